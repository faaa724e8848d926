"""The derivatives of a row by JAX and by PyTorch, in each of the ways that they offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rows import Row

Call = Callable[[], Any]


def jax_ways(row: Row, given: dict[str, Any]) -> list[Call]:
    """Calls that compute the row by JAX, jitted; none where it is not installed."""
    try:
        import jax
    except ImportError:
        return []
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    names = [name for name in given if name != row.along]
    arrays = [jnp.asarray(given[name]) for name in names]
    place = names.index(row.wrt)

    def f(*values: Any) -> Any:
        rest = {row.along: given[row.along]} if row.along else {}
        return row.value(jnp, **dict(zip(names, values, strict=True)), **rest)

    def varied(x: Any, *values: Any) -> Any:
        return f(*values[:place], x, *values[place + 1 :])

    def pair(derivative: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values: (f(*values), derivative(*values))

    scalar = jax.eval_shape(f, *arrays).shape == ()
    ways: list[Callable[..., Any]]
    if row.along:
        v = jnp.asarray(given[row.along])
        gradient = jax.grad(f, place)
        ways = [
            lambda *a: jax.jvp(lambda x: gradient(*a[:place], x, *a[place + 1 :]), (a[place],),
                               (v,))[1],
            jax.grad(lambda *a: jnp.vdot(gradient(*a), v), place),
        ]  # fmt: skip
    elif row.order == 2:
        gradient = jax.grad(f, place)
        ways = [jax.jacfwd(gradient, place), jax.jacrev(gradient, place)]
    elif scalar and row.both:
        whole = jax.value_and_grad(f, place)
        ways = [whole]
    elif scalar:
        ways = [jax.grad(f, place)]
    else:
        ways = [jax.jacfwd(f, place), jax.jacrev(f, place)]
        if row.both:
            ways = [pair(way) for way in ways]

    def call(way: Callable[..., Any]) -> Call:
        compiled = jax.jit(way)
        return lambda: jax.block_until_ready(compiled(*arrays))

    return [call(way) for way in ways]


def torch_ways(row: Row, given: dict[str, Any]) -> list[Call]:
    """Calls that compute the row by PyTorch; none where it is not installed."""
    try:
        import torch
    except ImportError:
        return []
    from torch import func

    names = [name for name in given if name != row.along]
    tensors = [torch.as_tensor(given[name], dtype=torch.float64) for name in names]
    place = names.index(row.wrt)
    direction = torch.as_tensor(given[row.along]) if row.along else None

    def f(x: Any) -> Any:
        values = [*tensors[:place], x, *tensors[place + 1 :]]
        rest = {row.along: direction} if row.along else {}
        return row.value(_Torch(torch), **dict(zip(names, values, strict=True)), **rest)

    x = tensors[place]
    scalar = f(x).shape == ()

    def autograd() -> Any:
        leaf = x.detach().requires_grad_()
        value = f(leaf)
        (gradient,) = torch.autograd.grad(value, leaf)
        return (value.detach(), gradient) if row.both else gradient

    def double_backward() -> Any:
        leaf = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(f(leaf), leaf, create_graph=True)
        return torch.autograd.grad(gradient @ direction, leaf)[0]

    def functional() -> Any:
        gradient, value = func.grad_and_value(f)(x)
        return (value, gradient) if row.both else gradient

    def with_value(way: Callable[[], Any]) -> Call:
        return (lambda: (f(x), way())) if row.both else way

    if row.along:
        return [double_backward, lambda: func.jvp(func.grad(f), (x,), (direction,))[1]]
    if row.order == 2:
        return [lambda: func.hessian(f)(x), lambda: func.jacrev(func.grad(f))(x)]
    if scalar:
        return [autograd, functional]
    return [with_value(lambda: func.jacrev(f)(x)), with_value(lambda: func.jacfwd(f)(x))]


def products(A: Any, B: Any) -> dict[str, Call]:
    """The product of two matrices by each framework that is installed."""
    calls: dict[str, Call] = {}
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        pass
    else:
        jax.config.update("jax_enable_x64", True)
        product, arrays = jax.jit(jnp.matmul), (jnp.asarray(A), jnp.asarray(B))
        calls["JAX"] = lambda: jax.block_until_ready(product(*arrays))
    try:
        import torch
    except ImportError:
        pass
    else:
        tensors = torch.as_tensor(A), torch.as_tensor(B)
        calls["PyTorch"] = lambda: torch.matmul(*tensors)
    return calls


class _Torch:
    """The functions of NumPy under their names in PyTorch."""

    def __init__(self, torch: Any) -> None:
        self.linalg = _Linalg(torch)
        self.exp, self.log, self.tanh = torch.exp, torch.log, torch.tanh
        self.logaddexp, self.zeros_like = torch.logaddexp, torch.zeros_like
        self.eye = lambda n: torch.eye(n, dtype=torch.float64)


class _Linalg:
    def __init__(self, torch: Any) -> None:
        self.slogdet, self.inv = torch.linalg.slogdet, torch.linalg.inv
        self.solve = torch.linalg.solve
