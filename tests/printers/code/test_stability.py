"""Generated code at extreme inputs: finite and right where the true value is."""

from __future__ import annotations

import math
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


# What overflows or loses digits as it is written, with its true form.
FORMS: dict[str, Callable[[Any], Any]] = {
    "log(cosh(t))": lambda t: mpmath.log(mpmath.cosh(t)),
    "log(exp(t)+exp(-t))": lambda t: mpmath.log(2 * mpmath.cosh(t)),
    "log(1-tanh(t)^2)": lambda t: -2 * mpmath.log(mpmath.cosh(t)),
    "log(1+tanh(t))": lambda t: mpmath.log(2 * sigmoid(2 * t)),
    "log(3+exp(t))": lambda t: mpmath.log(3 + mpmath.exp(t)),
    "log1p(exp(t))": lambda t: mpmath.log(1 + mpmath.exp(t)),
    "exp(-t)/(1+exp(-t))^2": lambda t: sigmoid(t) * sigmoid(-t),
    "1/cosh(t)": mpmath.sech,
    "1/cosh(t)^2": lambda t: mpmath.sech(t) ** 2,
    "sqrt(1+t^2)": lambda t: mpmath.sqrt(1 + t * t),
    "t*sigmoid(t)": lambda t: t * sigmoid(t),
    "1-erf(t)": mpmath.erfc,
    "tanh(t)": mpmath.tanh,
}


@pytest.mark.parametrize("t", [*LOGITS, 1e-9, 5.0, -5.0])
@pytest.mark.parametrize("expression", FORMS)
def test_functions_of_one_entry_and_their_derivatives(expression: str, t: float) -> None:
    true = FORMS[expression]
    with mpmath.workdps(1500):
        step = mpmath.mpf("1e-200")
        values = [true(mpmath.mpf(t) + k * step) for k in (-1, 0, 1)]
        slope = (values[2] - values[0]) / (2 * step)
        bend = (values[2] - 2 * values[1] + values[0]) / step**2
    value, first = computed(expression, "t", t=t)
    _, second = computed(expression, "t", order=2, t=t)
    for ours, wanted in ((value, values[1]), (first, slope), (second, bend)):
        assert abs(float(ours) - wanted) <= 1e-15 + TOLERANCE * abs(wanted)


@pytest.mark.parametrize("t", [1e3, 1e5, -1e7])
def test_the_bend_of_a_smoothed_absolute_value(t: float) -> None:
    exact = mpmath.mpf(t)
    for expression in ("sqrt(1+t^2)", "t/sqrt(1+t^2)"):
        _, found = computed(expression, "t", order=2 - (expression[0] == "t"), t=t)
        assert close(found, (1 + exact**2) ** mpmath.mpf("-1.5"))


@pytest.mark.parametrize("t", [1e3, 40.0, 0.5, 1e-9])
@pytest.mark.parametrize("expression", ["log(exp(t)-1)", "log(expm1(t))"])
def test_the_inverse_of_softplus(expression: str, t: float) -> None:
    exact = mpmath.mpf(t)
    value, slope = computed(expression, "t", t=t)
    assert close(value, mpmath.log(mpmath.expm1(exact)))
    assert close(slope, 1 / (1 - mpmath.exp(-exact)))


@pytest.mark.parametrize("small", [1e-18, 1e-9, -1e-12])
@pytest.mark.parametrize("expression", ["1-exp(t)", "1-exp(-t)", "-(1-exp(t))*2"])
def test_complements_of_exponentials(expression: str, small: float) -> None:
    value, _ = computed(expression, "t", t=small)
    exact = mpmath.mpf(small)
    sign, factor = (-1 if "(-t)" in expression else 1), (-2 if "*2" in expression else 1)
    assert close(value, -factor * mpmath.expm1(sign * exact))


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


@pytest.mark.parametrize("expression", [
    "2+exp(t)", "2-exp(t)", "1-2*exp(t)", "1+exp(t)", "2-erf(t)", "2*sigmoid(t)-1", "3-sigmoid(t)",
    "log(2+tanh(t))", "log(exp(t)-2)", "log(exp(t)+2*exp(-t))", "log(2*exp(t)-1)", "log(3+exp(t))",
    "exp(t)*sigmoid(t)", "log(3-tanh(t)^2)", "sqrt(2+t^2)-t^2/sqrt(2+t^2)",
    "sqrt(1+t^2)-2*t^2/sqrt(1+t^2)",
    "sinh(t)/cosh(t)^3+sinh(t)*cosh(t)", "t*(log(t)+2)-(t-1)*(log(t)-3)",
])  # fmt: skip
def test_what_is_like_a_form_and_is_none_stays_right(expression: str) -> None:
    t = 1.25
    names = {n: getattr(np, n) for n in ("exp", "log", "sqrt", "sinh", "cosh", "tanh")}
    names |= {"sigmoid": lambda s: 1 / (1 + np.exp(-s)), "erf": math.erf, "t": t}
    value, slope = computed(expression, "t", t=t)
    source = expression.replace("^", "**")
    assert np.isclose(value, eval(source, dict(names)), rtol=1e-13)
    ends = [eval(source, {**names, "t": t + h}) for h in (-1e-6, 1e-6)]
    assert np.isclose(slope, (ends[1] - ends[0]) / 2e-6, rtol=1e-8)


def test_logsumexp_of_multiples() -> None:
    x = np.array(LOGITS)
    true = mpmath.log(sum(mpmath.exp(t) for t in LOGITS))
    for expression, factor in (
        ("log(sum(exp(x))/3)", 1 / mpmath.mpf(3)),
        ("log(2*sum(exp(x)))", 2),
    ):
        value, _ = computed(expression, "x", x=x)
        assert close(value, true + mpmath.log(factor))


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


@pytest.mark.parametrize("expression", [
    "p'*(log(p)-log(y))", "sum(p.*(log(p)-log(y)))", "sum(p.*log(p./y))", "p'*log(p)-p'*log(y)",
])  # fmt: skip
def test_divergences_where_probabilities_are_zero(expression: str) -> None:
    p, y = np.array([0.0, 0.25, 0.75]), np.array([0.5, 0.25, 0.25])
    value, gradient = computed(expression, "y", p=p, y=y)
    assert close(value, mpmath.mpf("0.75") * mpmath.log(3))
    assert close(gradient, [0, -1, -3])


def test_the_divergence_from_a_softmax() -> None:
    x, p = np.array([1e3, -1e3, 0.5]), np.array([0.0, 0.5, 0.5])
    value, gradient = computed("sum(p.*log(p./softmax(x)))", "x", p=p, x=x)
    total = sum(mpmath.exp(t) for t in x.tolist())
    true = -mpmath.log(2) - (mpmath.mpf("-1e3") + mpmath.mpf("0.5")) / 2 + mpmath.log(total)
    assert close(value, true)
    assert np.allclose(gradient, [1.0, -0.5, -0.5], rtol=1e-12, atol=0.0)


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


@pytest.mark.parametrize("size", [1e-200, 1e-100, 1.0, 1e100, 1e180])
def test_directions_of_small_and_large_vectors(size: float) -> None:
    x, y = size * np.array([3.0, -4.0]), np.array([1.0, 2.0])
    side = [mpmath.mpf("0.8"), mpmath.mpf("0.6")]  # what x turns to
    r = 5 * mpmath.mpf(size)
    _, hessian = computed("norm2(x)", "x", order=2, x=x)
    assert close(hessian, [[a * b / r for b in side] for a in side])
    _, gradient = computed("x'*y/norm2(x)", "x", x=x, y=y)
    assert close(gradient, [a * (side[0] * 1 + side[1] * 2) / r for a in side])


def test_the_norm_of_a_matrix_and_of_nothing() -> None:
    value, gradient = computed("norm2(X)", "X", X=1e-200 * np.diag([3.0, 4.0]))
    assert close(value, 5 * mpmath.mpf(1e-200))
    assert close(gradient, [mpmath.mpf("0.6"), 0, 0, mpmath.mpf("0.8")])
    assert computed("norm2(x)", "x", x=np.zeros(3))[0] == 0.0
