"""Modules for PyTorch: they agree with NumPy's, on any device and in any floating type."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mcalc import derive  # noqa: E402
from mcalc.numeric.callable import load  # noqa: E402


def tensors(given, **options):
    """Arrays as tensors; numbers stay numbers of Python's."""
    return {name: torch.tensor(x, **options) if np.ndim(x) else x for name, x in given.items()}


def test_case(case):
    code = case.code("torch")
    function = load(code.source)
    given = case.arguments(code)
    at = {name: torch.tensor(x, dtype=torch.float64) for name, x in given.items()}
    kept = {name: x.clone() for name, x in at.items()}
    value, derivative = function.value_and_derivative(**at)
    assert torch.is_tensor(value)
    assert torch.is_tensor(derivative)
    case.check(value, derivative)
    case.check(function.value(**at), function(**at))
    assert all(torch.equal(kept[name], x) for name, x in at.items())


def test_the_type_follows_the_arguments(case):
    code = case.code("torch")
    given = case.arguments(code)
    if not any(np.ndim(x) for x in given.values()):
        pytest.skip("numbers alone have the default type")
    results = load(code.source).value_and_derivative(**tensors(given, dtype=torch.float32))
    assert all(result.dtype == torch.float32 for result in results)


def test_nothing_is_made_on_another_device(case):
    """The meta device has shapes but no entries: what mixes it with another fails."""
    code = case.code("torch")
    if any(f"def {name}(" in code.source for name in ("logm", "sqrtm", "matrix_power")):
        pytest.skip("how long it iterates depends on the entries")
    results = load(code.source).value_and_derivative(
        **tensors(case.arguments(code), dtype=torch.float64, device="meta")
    )
    for result, wanted in zip(results, case.wanted, strict=True):
        assert result.device.type == "meta"
        assert tuple(result.shape) == wanted.shape


@pytest.mark.parametrize(
    ("expression", "wrt"),
    [
        ("norm2(A*x-y)^2", "x"),
        ("logdet(X)+y'*inv(X)*y", "X"),
        ("y'*sqrtm(X)*y", "X"),
        ("sum(softmax(X*y).^2)", "X"),
        ("tr(expm(X)*A)", "X"),
    ],
)
def test_autograd_goes_through_value_and_derivative(expression, wrt):
    """The derivative is autograd's derivative of the value; its own derivative is the Hessian."""
    first = load(derive(expression, wrt=wrt).only.code("torch").source)
    second = load(derive(expression, wrt=wrt, order=2).only.code("torch").source)
    names = first.__code__.co_varnames[: first.__code__.co_kwonlyargcount]
    rng = np.random.default_rng(0)
    shapes = {name: (3, 3) if name.isupper() else (3,) for name in names}
    at = {
        name: torch.tensor(np.eye(*s) if len(s) == 2 else np.ones(s)) + 0.2 * torch.tensor(
            rng.standard_normal(s)
        )
        for name, s in shapes.items()
    }  # fmt: skip
    x = at[wrt].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(first.value(**{**at, wrt: x}), x)
    torch.testing.assert_close(first(**at), gradient, rtol=1e-9, atol=1e-11)
    hessian = torch.autograd.functional.jacobian(lambda x: first(**{**at, wrt: x}), at[wrt])
    torch.testing.assert_close(second(**at), hessian, rtol=1e-8, atol=1e-10)


def test_kronecker_products_of_matrices_in_any_order_in_memory():
    function = load(derive("kron(A,B')", wrt="A").only.code("torch").source)
    A, B = torch.rand(2, 3, dtype=torch.float64), torch.rand(3, 4, dtype=torch.float64)
    wanted = np.kron(A.numpy(), B.numpy().T)
    np.testing.assert_allclose(function.value(A=A, B=B), wanted)
    np.testing.assert_allclose(function.value(A=A.T.contiguous().T, B=B), wanted)


def test_numbers_may_be_plain():
    function = load(derive("a*exp(b)+log(2)", wrt="b").only.code("torch").source)
    assert function(a=2.0, b=0.0).item() == 2.0
    double = torch.tensor(0.1, dtype=torch.float64)
    assert function(a=2.0, b=double).dtype == torch.float64


def test_functions_of_scipy_alone_are_refused():
    from mcalc.errors import RequestError

    with pytest.raises(RequestError, match="PyTorch has no besselj"):
        derive("sum(besselj(2,x))", wrt="x").only.code("torch")


def test_shapes_are_checked_in_the_names_of_the_expression():
    function = load(derive("A*x", wrt="x").only.code("torch").source)
    with pytest.raises(ValueError, match="A m×n, x n; given"):
        function(A=torch.ones(2, 3), x=torch.ones(2))
