"""Generated code at extreme inputs: finite and right where the true value is."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import pytest

import mcalc

if TYPE_CHECKING:
    from collections.abc import Callable

TOLERANCE = 1e-10
LOGITS = [1e3, -1e3, 40.0, -40.0, 0.5, 0.0]
SCALAR = {"t": {"kind": "scalar"}}
VECTORS = {"p": {"kind": "vector"}, "y": {"kind": "vector"}}
SPD = {"S": {"structure": ["spd"]}, "a": {"kind": "vector"}}

Vector = list[Any]


def computed(expression: str, wrt: str, order: int = 1, **given: Any) -> tuple[Any, Any]:
    """Value and derivative by the generated module, without a warning's leave."""
    declared = {name: d for group in (SCALAR, VECTORS, SPD) for name, d in group.items()}
    variables = {name: d for name, d in declared.items() if name in given}
    answer = mcalc.derive(expression, wrt=wrt, order=order, variables=variables).only
    function = answer.compile("numpy").value_and_derivative
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # exp(-1e3) may underflow
        found: tuple[Any, Any] = function(**given)
    return found


def close(found: Any, true: Any) -> bool:
    """Whether all entries agree to the tolerance, relative to their own size."""
    flat = np.ravel(np.asarray(found, dtype=float))
    expected = [mpmath.mpf(t) for t in np.ravel(np.asarray(true, dtype=object))]
    assert flat.shape == (len(expected),)
    return all(
        np.isfinite(a)
        and abs(mpmath.mpf(float(a)) - b) <= TOLERANCE * abs(b) + mpmath.mpf("1e-300")
        for a, b in zip(flat, expected, strict=True)
    )


def sigmoid(t: Any) -> Any:
    return 1 / (1 + mpmath.exp(-t))


@pytest.fixture(autouse=True)
def _digits() -> Any:
    with mpmath.workdps(600):  # enough for 1 + exp(-1000)
        yield


# ---------------------------------------------------------------- logits
ENTRIES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "log(1+exp(t))": (lambda t: mpmath.log(1 + mpmath.exp(t)), sigmoid),
    "log(sigmoid(t))": (lambda t: mpmath.log(sigmoid(t)), lambda t: sigmoid(-t)),
    "log(1-sigmoid(t))": (lambda t: mpmath.log(1 - sigmoid(t)), lambda t: -sigmoid(t)),
    "exp(t)/(1+exp(t))": (sigmoid, lambda t: sigmoid(t) * sigmoid(-t)),
    "sigmoid(t)": (sigmoid, lambda t: sigmoid(t) * sigmoid(-t)),
}


@pytest.mark.parametrize("t", LOGITS)
@pytest.mark.parametrize("expression", ENTRIES)
def test_functions_of_a_logit(expression: str, t: float) -> None:
    value, slope = ENTRIES[expression]
    found, derivative = computed(expression, "t", t=t)
    assert close(found, value(mpmath.mpf(t)))
    assert close(derivative, slope(mpmath.mpf(t)))


def test_the_logistic_loss_and_its_hessian() -> None:
    X = np.diag(LOGITS)
    w, y = np.ones(6), np.array([1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
    margins = [mpmath.mpf(float(a)) for a in -y * (X @ w)]
    loss = "sum(log(vector(1)+exp(-y.*(X*w))))"
    value, gradient = computed(loss, "w", X=X, w=w, y=y)
    assert close(value, sum(mpmath.log(1 + mpmath.exp(m)) for m in margins))
    assert close(
        gradient, [-mpmath.mpf(float(a * b)) * sigmoid(m)
                   for a, b, m in zip(LOGITS, y, margins, strict=True)]
    )  # fmt: skip
    _, hessian = computed(loss, "w", order=2, X=X, w=w, y=y)
    true = [mpmath.mpf(a) ** 2 * sigmoid(m) * sigmoid(-m)
            for a, m in zip(LOGITS, margins, strict=True)]  # fmt: skip
    assert close(np.diag(hessian), true)


@pytest.mark.parametrize("expression", ["log(sum(exp(x)))", "logsumexp(x)"])
def test_logsumexp_and_softmax(expression: str) -> None:
    x = np.array(LOGITS)
    total = sum(mpmath.exp(t) for t in LOGITS)
    shares = [mpmath.exp(t) / total for t in LOGITS]
    value, gradient = computed(expression, "x", x=x)
    assert close(value, mpmath.log(total))
    assert close(gradient, shares)
    _, hessian = computed(expression, "x", order=2, x=x)
    assert close(hessian[0, 2], -shares[0] * shares[2])
    assert np.isfinite(hessian).all()


def test_cross_entropy_of_a_softmax() -> None:
    x, y = np.array(LOGITS), np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    total = sum(mpmath.exp(t) for t in LOGITS)
    value, gradient = computed("-y'*log(softmax(x))", "x", x=x, y=y)
    assert close(value, mpmath.log(total) - LOGITS[1])
    true = [mpmath.exp(t) / total - mpmath.mpf(float(b)) for t, b in zip(LOGITS, y, strict=True)]
    assert np.allclose(gradient, [float(t) for t in true], rtol=0.0, atol=1e-12)


# ---------------------------------------------------------------- probabilities
def test_entropy_where_probabilities_are_zero_and_one() -> None:
    p = np.array([0.0, 1.0, 0.25])
    value, gradient = computed("p'*log(p)", "p", p=p)
    assert close(value, mpmath.mpf("0.25") * mpmath.log("0.25"))
    assert close(gradient[1:], [1, 1 + mpmath.log("0.25")])
    both, _ = computed("sum(p.*log(p))+sum((vector(1)-p).*log(vector(1)-p))", "p", p=p)
    quarter, rest = mpmath.mpf("0.25"), mpmath.mpf("0.75")
    assert close(both, quarter * mpmath.log(quarter) + rest * mpmath.log(rest))


def test_cross_entropy_where_the_label_says_that_it_is_certain() -> None:
    p, y = np.array([0.0, 1.0, 0.25]), np.array([0.0, 1.0, 1.0])
    value, _ = computed("-y'*log(p)", "p", p=p, y=y)
    assert close(value, -mpmath.log("0.25"))


@pytest.mark.parametrize("small", [1e-18, 1e-9, -1e-12])
def test_logarithms_near_one_and_exponentials_near_zero(small: float) -> None:
    value, slope = computed("log(1+t)", "t", t=small)
    assert close(value, mpmath.log(1 + mpmath.mpf(small)))
    assert close(slope, 1 / (1 + mpmath.mpf(small)))
    value, _ = computed("exp(t)-1", "t", t=small)
    assert close(value, mpmath.exp(mpmath.mpf(small)) - 1)


# ---------------------------------------------------------------- determinants, inverses
def tridiagonal(n: int) -> tuple[np.ndarray, Any]:
    """A positive definite matrix whose determinant under- or overflows, and the logarithm of it."""
    S = 2.5 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    before, now = mpmath.mpf(1), mpmath.mpf("2.5")
    for _ in range(n - 1):
        before, now = now, mpmath.mpf("2.5") * now - before
    return S, mpmath.log(now)


@pytest.mark.parametrize(
    ("expression", "scale"), [("logdet(S)", 1e3), ("logdet(X)", 1e-3), ("log(det(X))", 1e3)]
)
def test_logdet_of_a_thousand_rows(expression: str, scale: float) -> None:
    n = 1000
    S, true = tridiagonal(n)
    name = "S" if "S" in expression else "X"
    value, gradient = computed(expression, name, **{name: scale * S})
    assert close(value, true + n * mpmath.log(mpmath.mpf(scale)))
    row = np.einsum("j,jk->k", gradient[7], scale * S)
    assert np.allclose(row, np.eye(n)[7], rtol=0.0, atol=1e-10)


def test_the_logarithm_of_a_negative_determinant_is_not_a_number() -> None:
    X = np.diag([1.0, -2.0, 3.0])
    value, _ = computed("log(det(X))", "X", X=X)
    assert np.isnan(value)
    value, _ = computed("logdet(X)", "X", X=X)
    assert close(value, mpmath.log(6))
    swapped = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert np.isnan(computed("log(det(X))", "X", X=swapped)[0])
    assert close(computed("log(det(X))", "X", X=-np.fliplr(np.diag([2.0, 1.0])) * [1, -1])[0],
                 mpmath.log(2))  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 1e-100, 1e100])
def test_a_nearly_singular_positive_definite_matrix(scale: float) -> None:
    e = 2.0**-18
    S, a = scale * np.array([[1.0, 1.0 - e], [1.0 - e, 1.0]]), np.array([1.0, 2.0])
    exact = mpmath.matrix([[mpmath.mpf(float(s)) for s in row] for row in S])
    solved = mpmath.lu_solve(exact, mpmath.matrix([1, 2]))
    value, gradient = computed("a'*inv(S)*a", "a", S=S, a=a)
    assert close(value, solved[0] + 2 * solved[1])
    assert close(gradient, [2 * solved[0], 2 * solved[1]])
    value, gradient = computed("logdet(S)", "S", S=S)
    assert close(value, mpmath.log(mpmath.det(exact)))
    assert close(gradient.ravel(), list(mpmath.inverse(exact)))


def test_what_is_not_positive_definite_or_singular_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        computed("a'*inv(S)*a", "a", S=np.array([[1.0, 2.0], [2.0, 1.0]]), a=np.ones(2))
    with pytest.raises(np.linalg.LinAlgError):
        computed("x'*inv(X)*x", "X", X=np.ones((2, 2)), x=np.ones(2))


# ---------------------------------------------------------------- norms
@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-8, 1.0, 1e200])
def test_norms_of_small_and_large_vectors(size: float) -> None:
    x = size * np.array([3.0, -4.0])
    unit = [mpmath.mpf("0.6"), mpmath.mpf("-0.8")]
    for expression in ("norm2(x)", "sqrt(x'*x)"):
        value, gradient = computed(expression, "x", x=x)
        assert close(value, 5 * mpmath.mpf(size))
        assert close(gradient, unit)


def test_the_norm_of_a_matrix_and_of_nothing() -> None:
    value, gradient = computed("norm2(X)", "X", X=1e-200 * np.diag([3.0, 4.0]))
    assert close(value, 5 * mpmath.mpf(1e-200))
    assert close(gradient, [mpmath.mpf("0.6"), 0, 0, mpmath.mpf("0.8")])
    assert computed("norm2(x)", "x", x=np.zeros(3))[0] == 0.0
