"""Where a matrix commutes with its change, functions of it change as those of a number do."""

import numpy as np
import pytest

from mcalc import derive

# (expression, variable): no block matrix is needed for any of them.
COMMUTING = [
    ("expm(b*A)", "b"),
    ("x'*expm(b*X'*X)*x", "b"),
    ("logm(S+b*eye)", "b"),
    ("(S+b*eye)^(1/2)*x", "b"),
    ("expm(-b*A)*A^2*x", "b"),
    ("tr(A*expm(A))", "A"),
    ("tr(S*logm(S))", "S"),
    ("tr(A^2*expm(A+2*eye))", "A"),
    ("tr(inv(A+eye)*logm(A))", "A"),
    ("tr(A'*sqrtm(A'))", "A"),
    ("(b*A)^k", "b"),
]
DECLARED = {"S": {"structure": ["spd"]}, "k": {"kind": "scalar"}}


@pytest.mark.parametrize(("expression", "wrt"), COMMUTING)
def test_the_derivative_is_that_of_numbers_times_the_change(expression, wrt):
    declared = {name: said for name, said in DECLARED.items() if name in expression}
    found = derive(expression, wrt, variables=declared).only
    assert "[" not in found.text
    assert found.check is not None
    assert found.check["passed"]


@pytest.mark.parametrize("expression", ["expm(b*A+B)", "expm(b*A*B+A)", "logm(X'*X+b*X*X')"])
def test_what_does_not_commute_is_not_taken_for_it(expression):
    declared = {"X": {"shape": ["n", "n"]}}
    found = derive(expression, "b", variables=declared if "X" in expression else {}).only
    assert "[" in found.text
    assert found.check is not None
    assert found.check["passed"]


@pytest.mark.parametrize("product", ["(b*A)^k*A", "A*(b*A)^k", "(b*A)^k*(b*A)", "A*B*(b*A*B)^k"])
def test_a_power_of_a_multiple_takes_no_bare_factor_in(product):
    rng = np.random.default_rng(4)
    A, B, b, k = rng.random((3, 3)), rng.random((3, 3)), 0.3, 2
    found = derive(product, "b", variables={"k": {"kind": "scalar"}}).only
    given = {"A": A, "B": B, "b": b, "k": float(k)}
    value = found.compile().value(**{name: given[v] for v, name in found.numpy.arguments.items()})
    wanted = {
        "(b*A)^k*A": b**k * A @ A @ A,
        "A*(b*A)^k": b**k * A @ A @ A,
        "(b*A)^k*(b*A)": b ** (k + 1) * A @ A @ A,
        "A*B*(b*A*B)^k": b**k * np.linalg.matrix_power(A @ B, 3),
    }
    np.testing.assert_allclose(value, wanted[product])
