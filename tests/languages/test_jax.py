"""Modules for JAX: they agree with NumPy's, whatever JAX does with them."""

import os
import subprocess
import sys

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

from mcalc import derive  # noqa: E402
from mcalc.numeric.callable import load  # noqa: E402

TRACED = [
    ("norm2(A*x-y)^2", "x", {}),
    ("X*Y*X'", "X", {}),
    ("logdet(S)+y'*inv(S)*y", "S", {"variables": {"S": {"structure": ["spd"]}}}),
    ("softmax(W*x)", "W", {}),
    ("tr(A*X^k)", "X", {"variables": {"k": {"kind": "scalar"}}}),
    ("tr(A*S^k)", "S", {"variables": {"k": {"kind": "scalar"}, "S": {"structure": ["spd"]}}}),
    ("y'*expm(A)*x", "A", {}),
    ("tr(logm(X)*sqrtm(X))", "X", {}),
    ("tr(adj(X))+prod(x)", "X", {}),
    ("sum(lgamma(x))", "x", {"order": 2}),
    ("kron(x,x)", "x", {}),
    ("norm2(x)", "x", {"order": 2}),
    ("max(X)", "X", {}),
]


@pytest.fixture(autouse=True)
def double():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def module(expression, wrt, **request):
    derivative = derive(expression, wrt=wrt, **request).derivatives[0]
    return load(derivative.code("jax").source), load(derivative.code("numpy").source)


def point(function, rng):
    """Well-conditioned arguments, by their names."""
    near = np.eye(3) + 0.2 * rng.standard_normal((3, 3))
    kinds = {"k": 3.0, "S": near @ near.T}
    code = function.__code__
    return {
        name: kinds.get(name, near if name.isupper() else near[0] + 2)
        for name in code.co_varnames[: code.co_kwonlyargcount]
    }


def test_case(case):
    code = case.code("jax")
    function = load(code.source)
    value, derivative = function.value_and_derivative(**case.arguments(code))
    case.check(value, derivative)


def test_the_type_follows_the_arguments(case):
    """Whatever the default type, no array is of another than the arguments."""
    code = case.code("jax")
    function = load(code.source)
    given = {k: jnp.asarray(x, "float32") for k, x in case.arguments(code).items()}
    for result in jax.eval_shape(function.value_and_derivative, **given):
        assert result.dtype == jnp.float32 or result.weak_type


@pytest.mark.parametrize(("expression", "wrt", "further"), TRACED, ids=lambda x: str(x)[:30])
def test_compiled_and_mapped(expression, wrt, further):
    """jit and vmap, with the check of shapes on."""
    function, wanted = module(expression, wrt, **further)
    rng = np.random.default_rng(0)
    points = [point(function, rng) for _ in range(2)]
    batch = {name: np.stack([p[name] for p in points]) for name in points[0]}
    value, derivative = jax.jit(jax.vmap(function.value_and_derivative))(**batch)
    for k, at in enumerate(points):
        np.testing.assert_allclose(value[k], wanted.value(**at), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(derivative[k], wanted(**at), rtol=1e-9, atol=1e-12)


def test_float32_is_as_right_as_it_can_be():
    function, wanted = module("y'*inv(X)*y+norm2(X)", "X")
    at = point(function, np.random.default_rng(1))
    found = function(**{name: jnp.asarray(x, "float32") for name, x in at.items()})
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, wanted(**at), rtol=1e-4)


def test_derivatives_of_what_jax_differentiates():
    """The derivative is JAX's own derivative of the value."""
    function, _ = module("y'*tanh(X*softmax(y))+logdet(X)", "X")
    at = point(function, np.random.default_rng(2))
    theirs = jax.grad(lambda X: function.value(**{**at, "X": X}))(at["X"])
    np.testing.assert_allclose(function(**at), theirs, rtol=1e-9)


def test_shapes_are_checked_in_the_names_of_the_expression():
    function, _ = module("A*x", "x")
    with pytest.raises(ValueError, match="A m×n, x n; given"):
        jax.jit(function)(A=jnp.ones((2, 3)), x=jnp.ones(2))


SHARDED = """
import jax, numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from mcalc import derive
from mcalc.numeric.callable import load
jax.config.update("jax_enable_x64", True)
function = load(derive("sum(softplus(-y.*(X*w)))", wrt="w").only.code("jax").source)
mesh = jax.sharding.Mesh(jax.devices(), ("rows",))
rng = np.random.default_rng(0)
at = {"X": rng.standard_normal((8, 3)), "y": rng.standard_normal(8), "w": rng.standard_normal(3)}
rows = NamedSharding(mesh, PartitionSpec("rows"))
split = {**at, "X": jax.device_put(at["X"], rows), "y": jax.device_put(at["y"], rows)}
np.testing.assert_allclose(jax.jit(function)(**split), function(**at), rtol=1e-12)
product = load(derive("A*B", wrt="B").only.code("jax").source).value
A = jax.device_put(at["X"], rows)
found = jax.jit(product)(A=A, B=np.ones((3, 2)))
assert len(found.sharding.device_set) == 4, found.sharding
"""


def test_sharded_arrays_pass_through():
    devices = "--xla_force_host_platform_device_count=4"
    subprocess.run(
        [sys.executable, "-c", SHARDED],
        env={**os.environ, "XLA_FLAGS": devices, "JAX_PLATFORMS": "cpu"},
        check=True,
        timeout=120,
    )
