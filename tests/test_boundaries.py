"""Where functions have corners, poles or equal eigenvalues: a stated condition, or a documented
subgradient that the code gives."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.core.op import OPS
from mcalc.ops.reductions import MAXIMUM, MINIMUM
from tests.reference import adjugate

SYMMETRIC = {"S": {"structure": ["symmetric"]}}


def answer(text, wrt, order=1):
    declared = {name: said for name, said in SYMMETRIC.items() if name in text}
    return derive(text, wrt, order=order, variables=declared).only


def at(derivative, **arguments):
    """The derivative by the generated code, warnings of poles left aside."""
    with np.errstate(all="ignore"):
        given = {name: np.array(value, dtype=float) for name, value in arguments.items()}
        return np.asarray(derivative.compile("numpy")(**given))


# ---------------------------------------------------------------- documented subgradients
def test_what_the_table_says():
    for name in ("abs", "relu"):
        assert "its derivative is taken to be 0 at 0" in OPS[name].doc
    for op in (MAXIMUM, MINIMUM):
        assert "equal entries share the derivative" in op.doc


@pytest.mark.parametrize(
    ("text", "wrt", "arguments", "wanted"),
    [
        ("abs(a)", "a", {"a": 0}, 0),
        ("abs(a)*a", "a", {"a": 0}, 0),
        ("norm1(x)", "x", {"x": [0, 2, -3]}, [0, 1, -1]),
        ("norm1(X)", "X", {"X": [[0, 2], [-3, 0]]}, [[0, 1], [-1, 0]]),
        ("norm1(x-y)", "x", {"x": [1, 2], "y": [1, 0]}, [0, 1]),
        ("sum(abs(x).^3)", "x", {"x": [0, -2]}, [0, -12]),
        ("relu(a)", "a", {"a": 0}, 0),
        ("relu(x)", "x", {"x": [0, 2, -3]}, np.diag([0, 1, 0])),
        ("sum(relu(X))", "X", {"X": [[0, 2], [-3, 0]]}, [[0, 1], [0, 0]]),
        ("max(a, b)", "a", {"a": 1, "b": 1}, 0.5),
        ("min(a, b)", "b", {"a": 1, "b": 1}, 0.5),
        ("max(x, y)", "x", {"x": [1, 2, 0], "y": [1, 0, 2]}, np.diag([0.5, 1, 0])),
        ("max(x, y)", "y", {"x": [1, 2, 0], "y": [1, 0, 2]}, np.diag([0.5, 0, 1])),
        ("sum(min(X, 0))", "X", {"X": [[0, 2], [-3, 0]]}, [[0.5, 0], [1, 0.5]]),
    ],
)
def test_the_documented_subgradient(text, wrt, arguments, wanted):
    np.testing.assert_array_equal(at(answer(text, wrt), **arguments), wanted)


# ---------------------------------------------------------------- right on the boundary
SINGULAR = {
    "1×1": [[0]],
    "zero": np.zeros((3, 3)),
    "rank 1": np.outer([1, 2, 3], [1, 0, -1]),
    "rank 2": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
}


@pytest.mark.parametrize("X", SINGULAR.values(), ids=SINGULAR.keys())
def test_the_determinant_of_a_singular_matrix(X):
    X = np.array(X, dtype=float)
    cofactors = adjugate(X).T
    for text, wanted in {
        "det(X)": cofactors,
        "det(X)^2": np.zeros_like(X),
        "det(X)*tr(X)": np.trace(X) * cofactors,
        "det(2*X')": 2 ** len(X) * cofactors,
        "tr(X*adj(X))": len(X) * cofactors,
    }.items():
        derivative = answer(text, "X")
        assert not derivative.conditions
        np.testing.assert_allclose(at(derivative, X=X), wanted, atol=1e-12 * max(1, abs(X).max()))


@pytest.mark.parametrize(
    ("text", "wrt", "arguments", "wanted"),
    [
        ("norm2(x)^2", "x", {"x": [0, 0]}, [0, 0]),
        ("norm2(X)^4", "X", {"X": np.zeros((2, 2))}, np.zeros((2, 2))),
        ("abs(a)^2", "a", {"a": 0}, 0),
        ("sum(x.^3)", "x", {"x": [0, 1]}, [0, 3]),
        ("prod(eigvals(S))", "S", {"S": np.diag([0, 2])}, np.diag([2, 0])),
        ("tr(expm(X))", "X", {"X": np.zeros((2, 2))}, np.eye(2)),
        ("logsumexp(x)", "x", {"x": [1000, 1000]}, [0.5, 0.5]),
        ("log(sum(exp(x)))", "x", {"x": [-1000, -1000]}, [0.5, 0.5]),
        ("log(1+exp(a))", "a", {"a": 800}, 1),
        ("exp(a)/(1+exp(a))", "a", {"a": 800}, 0),
        ("sqrt(a^2+b^2)", "a", {"a": 0, "b": 2}, 0),
    ],
)
def test_no_boundary_at_all(text, wrt, arguments, wanted):
    derivative = answer(text, wrt)
    np.testing.assert_allclose(at(derivative, **arguments), wanted, atol=1e-15)
    if "sqrt" not in text:
        assert not derivative.conditions


# ---------------------------------------------------------------- a condition
@pytest.mark.parametrize(
    ("text", "wrt", "order", "condition"),
    [
        ("abs(a)", "a", 1, "a ≠ 0"),
        ("norm1(x)", "x", 1, "entries of x ≠ 0"),
        ("sum(relu(X))", "X", 1, "entries of X ≠ 0"),
        ("norm2(x)", "x", 1, "x ≠ 0"),
        ("norm2(x)", "x", 2, "x ≠ 0"),
        ("norm2(X)", "X", 1, "X ≠ 0"),
        ("norm2(A*x-y)", "x", 1, "A*x-y ≠ 0"),
        ("norm2(A*x)", "x", 1, "A*x ≠ 0"),
        ("x/norm2(x)", "x", 1, "x ≠ 0"),
        ("max(x)", "x", 1, "the largest entry of x is unique"),
        ("min(X)", "X", 1, "the smallest entry of X is unique"),
        ("norminf(x)", "x", 1, "the largest entry of abs(x) is unique"),
        ("max(a, b)", "a", 1, "a-b ≠ 0"),
        ("lambda_max(S)", "S", 1, "the largest eigenvalue of S is simple"),
        ("lambda_min(S)", "S", 2, "the smallest eigenvalue of S is simple"),
        ("eigvals(S)", "S", 1, "the eigenvalues of S are distinct"),
        ("eigvals(S)", "S", 2, "the eigenvalues of S are distinct"),
        ("svdvals(X)", "X", 1, "the singular values of X are distinct and positive"),
        ("nucnorm(X)", "X", 1, "X has full rank"),
        ("nucnorm(X)", "X", 2, "the singular values of X are distinct and positive"),
        ("specnorm(X)", "X", 1, "the largest eigenvalue of X'*X is simple"),
        ("inv(X)", "X", 1, "X is invertible"),
        ("logdet(X)", "X", 1, "X is invertible"),
        ("adj(X)", "X", 1, "X is invertible"),
        ("det(X)", "X", 2, "X is invertible"),
        ("pinv(X)", "X", 1, "the rank of X is constant near it"),
        ("chol(S)", "S", 1, "S is positive definite"),
        ("sqrtm(X)", "X", 1, "X has no eigenvalue on the closed negative real axis"),
        ("logm(X)", "X", 1, "X has no eigenvalue on the closed negative real axis"),
        ("prod(x)", "x", 1, "entries of x ≠ 0"),
        ("log(a)", "a", 1, "a > 0"),
        ("sqrt(a)", "a", 1, "a > 0"),
        ("a^b", "b", 1, "a > 0"),
        ("1/a", "a", 1, "a ≠ 0"),
        ("arcsin(a)", "a", 1, "-1 < a < 1"),
        ("tan(a)", "a", 1, "cos(a) ≠ 0"),
    ],
)
def test_the_condition_is_stated(text, wrt, order, condition):
    assert condition in answer(text, wrt, order).conditions


@pytest.mark.parametrize(
    ("text", "wrt", "order", "conditions"),
    [
        ("x'*x", "x", 1, ()),
        ("norm2(x)", "x", 1, ("x ≠ 0",)),
        ("norm2(A*x)", "x", 1, ("A*x ≠ 0",)),
        ("norm2(A*x-y)", "x", 2, ("A*x-y ≠ 0",)),
        ("norm2(X*Y)", "X", 1, ("X*Y ≠ 0",)),
        ("log1p(a)", "a", 1, ("a > -1",)),
        ("arcsin(a)", "a", 1, ("-1 < a < 1",)),
        ("arctanh(x)", "x", 1, ("entries of x lie strictly between -1 and 1",)),
        ("log(a)", "a", 3, ("a > 0",)),
        ("sqrt(a)", "a", 2, ("a > 0",)),
        ("lambda_max(S)", "S", 2, ("the largest eigenvalue of S is simple",)),
        ("sum(eigvals(S))", "S", 1, ()),
        ("nucnorm(X)", "X", 1, ("X has full rank",)),
        ("inv(X)*inv(Y)", "X", 1, ("X is invertible", "Y is invertible")),
        ("logdet(X)", "X", 2, ("X is invertible",)),
        ("det(X)*inv(X)", "X", 1, ("X is invertible",)),
        ("inv(S'*S+eye)", "S", 1, ()),
        ("norm2(x)^3", "x", 1, ()),
    ],
)
def test_no_condition_is_stated_twice_or_in_vain(text, wrt, order, conditions):
    assert answer(text, wrt, order).conditions == conditions


@pytest.mark.parametrize(
    ("text", "wrt", "order", "arguments"),
    [
        ("norm2(x)", "x", 1, {"x": [0, 0]}),
        ("norm2(X)", "X", 1, {"X": np.zeros((2, 2))}),
        ("prod(x)", "x", 1, {"x": [0, 1]}),
        ("log(a)", "a", 1, {"a": 0}),
        ("sqrt(a)", "a", 2, {"a": 0}),
        ("specnorm(X)", "X", 1, {"X": np.zeros((2, 2))}),
        ("nucnorm(X)", "X", 2, {"X": np.eye(2)}),
        ("logdet(X)", "X", 1, {"X": np.zeros((2, 2))}),
        ("det(X)", "X", 2, {"X": np.zeros((2, 2))}),
        ("adj(X)", "X", 1, {"X": np.ones((2, 2))}),
        ("chol(S)", "S", 1, {"S": np.diag([1, 0])}),
    ],
)
def test_outside_the_domain_the_code_gives_no_number(text, wrt, order, arguments):
    """It fails, or some entry is no number: nothing that looks like an answer."""
    try:
        found = at(answer(text, wrt, order), **arguments)
    except np.linalg.LinAlgError:
        return
    assert not np.isfinite(found).all()
