"""Stationary points: the gradient is zero there, by differences of the function alone."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.calculus.stationary import stationary
from mcalc.core.leaves import variable_name
from mcalc.numeric.differences import differences
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import holds, point
from mcalc.numeric.spaces import belongs
from mcalc.printers.text import text
from mcalc.question import ask
from mcalc.request import Request
from mcalc.simplify.engine import for_reading

SPD, SYMMETRIC = {"structure": ["spd"]}, {"structure": ["symmetric"]}
SCALAR, VECTOR = {"kind": "scalar"}, {"kind": "vector"}
POSITIVE = {"kind": "scalar", "structure": ["positive"]}


def of(expression, wrt, **variables):
    derivative = derive(expression, wrt, variables=variables).only.derivative
    return derivative, stationary(derivative)


def shown(found):
    """(name, equation, solution, conditions) in words."""
    left, right = text(for_reading(found.left)), text(for_reading(found.right))
    solution = None if found.solution is None else text(for_reading(found.solution))
    said = [c.property.format(text(c.subject)) for c in found.conditions]
    return found.name, f"{left} = {right}", solution, said


SOLVED = {
    "least squares": ("norm2(A*x-y)^2", "x", {}),
    "one half of it": ("(A*x-y)'*(A*x-y)/2", "x", {}),
    "weighted": ("sum(w.*(A*x-y).^2)", "x", {"w": {"kind": "vector", "structure": ["positive"]}}),
    "generalised least squares": ("(y-A*x)'*inv(S)*(y-A*x)", "x", {"S": SPD}),
    "ridge": ("norm2(A*x-y)^2+c*norm2(x)^2", "x", {"c": POSITIVE}),
    "Tikhonov": ("norm2(A*x-y)^2+norm2(L*(x-z))^2", "x", {}),
    "logistic prior": ("(X*w-y)'*(X*w-y)+w'*diag(v)*w", "w", {"w": VECTOR}),
    "quadratic": ("x'*A*x/2-z'*x", "x", {}),
    "row": ("norm2(x*A-y)^2", "x", {"x": {"kind": "row_vector"}, "y": {"kind": "row_vector"}}),
    "scalar": ("(a*x-b)^2", "x", {"x": SCALAR}),
    "mean of a sample": ("norm2(y-vector(b))^2", "b", {}),
    "several outputs": ("norm2(A*X-B)^2", "X", {}),
    "from the right": ("norm2(X*A-B)^2", "X", {}),
    "two-sided": ("norm2(A*X*B-C)^2", "X", {}),
    "factorisation": ("norm2(T-U*V')^2+c*norm2(V)^2", "V", {"c": POSITIVE}),
    "Sylvester": ("tr(X'*A*X)+tr(X*B*X')-2*tr(C'*X)", "X", {}),
    "Lyapunov": ("tr(X'*A*X)+tr(X*A*X')-2*tr(C'*X)", "X", {"A": SPD}),
    "symmetric Lyapunov": ("tr(S*A*S)-tr(M*S)", "S", {"S": SYMMETRIC, "A": SPD}),
    "symmetric, two-sided": ("tr(S*A*S*B)-tr(M*S)", "S", {"S": SYMMETRIC}),
    "Stein": ("tr(X'*A*X*B)+norm2(X)^2-2*tr(C'*X)", "X", {"A": SPD, "B": SPD}),
    "residual of Sylvester": ("norm2(A*X+X*B-C)^2", "X", {}),
    "merged": ("tr(X'*A*X*B)-tr(C'*X)", "X", {"B": SPD}),
    "Gaussian mean": ("(x-m)'*inv(S)*(x-m)", "m", {"S": SPD, "m": VECTOR}),
    "Gaussian covariance": ("logdet(S)+tr(inv(S)*M)", "S", {"S": SPD, "M": SPD}),
    "of any matrix": ("logdet(S)+tr(inv(S)*M*M')", "S", {"S": SPD}),
    "precision": ("tr(M*P)-logdet(P)", "P", {"P": SPD, "M": SPD}),
    "without structure": ("logdet(X)-tr(A*X)", "X", {}),
    "variance": ("n*log(s)+c/s", "s", {"s": POSITIVE, "c": POSITIVE, "n": POSITIVE}),
    "deviation": ("n*log(s)+c/(2*s^2)", "s", {"s": POSITIVE, "c": POSITIVE, "n": POSITIVE}),
    "rate": ("c*log(x)-x/c", "x", {"x": POSITIVE}),
    "analytic centre": ("sum(log(x))-y'*x", "x", {"y": {"structure": ["positive"]}}),
    "entropy": ("x'*log(x)-y'*x", "x", {}),
    "exponential family": ("sum(exp(x))-y'*x", "x", {"y": {"structure": ["positive"]}}),
    "nearest symmetric": ("norm2(S-M)^2", "S", {"S": SYMMETRIC}),
    "nearest skew": ("norm2(K-M)^2", "K", {"K": {"structure": ["skew"]}}),
    "nearest diagonal": ("norm2(D-M)^2", "D", {"D": {"structure": ["diagonal"]}}),
    "nearest triangular": ("norm2(L-M)^2", "L", {"L": {"structure": ["lower"]}}),
    "orthogonal coefficients": ("norm2(Q*A-B)^2", "A", {"Q": {"structure": ["orthogonal"]}}),
    "diagonal scaling": ("norm2(A*diag(x)-B)^2", "x", {}),
    "one by one": ("norm2(A*x-y)^2", "x", {"A": {"shape": [1, 1]}}),
    "one column": ("norm2(X-M)^2", "X", {"X": {"shape": ["n", 1]}}),
    "homogeneous": ("tr(X'*X*A)", "X", {"A": SPD}),
    "constants that are tangents": ("x'*A*x+x'*B*y", "x", {"A": SPD}),
}


@pytest.mark.parametrize("case", SOLVED)
def test_the_gradient_is_zero_at_the_solution(case):
    expression, wrt, declared = SOLVED[case]
    derivative, found = of(expression, wrt, **declared)
    assert found is not None
    assert found.solution is not None
    (X,) = derivative.wrt
    value = derivative.value
    judged = 0
    drawn = (point([value, found.solution, derivative.result], seed) for seed in range(8))
    for at in filter(None, drawn):
        subjects = [c.subject for c in found.conditions]
        x, *claims = evaluate([found.solution, *subjects], at.values, at.sizes)
        pairs = zip(found.conditions, claims, strict=True)
        if not all(holds(c.property, claim, 1e-3) for c, claim in pairs):
            continue
        judged += 1
        assert belongs(x, X.data.structure)

        def f(there, at=at):
            return evaluate([value], {**at.values, variable_name(X): there}, at.sizes)[0]

        slopes = differences(f, x, X.data.structure)
        away = differences(f, at.values[variable_name(X)], X.data.structure)
        size = max(np.abs(away.derivative).max(), 1.0)
        np.testing.assert_allclose(slopes.derivative, 0, atol=1e-7 * size)
        there = {**at.values, variable_name(X): x}
        left, right = evaluate([found.left, found.right], there, at.sizes)
        np.testing.assert_allclose(left, right, atol=1e-8 * max(np.abs(right).max(), 1))
    assert judged >= 2, "the conditions hardly ever hold"


@pytest.mark.parametrize(("case", "wanted"), [
    ("least squares", ("normal equations", "A'*A*x = A'*y", "pinv(A)*y",
                       ["A has full column rank"])),
    ("from the right", ("normal equations", "X*A*A' = B*A'", "B*pinv(A)",
                        ["A' has full column rank"])),
    ("generalised least squares", ("linear equation", "A'*inv(S)*A*x = A'*inv(S)*y",
                                   "inv(A'*inv(S)*A)*A'*inv(S)*y", ["A has full column rank"])),
    ("scalar", ("linear equation", "x*a^2 = a*b", "b/a", ["a ≠ 0"])),
    ("Gaussian mean", ("linear equation", "inv(S)*m = inv(S)*x", "x", [])),
    ("Gaussian covariance", ("linear equation", "S = M", "M", [])),
    ("precision", ("linear equation", "M*P = eye(n)", "inv(M)", [])),
    ("without structure", ("linear equation", "X*A = eye(n)", "inv(A)", ["A is invertible"])),
    ("entropy", ("linear equation", "log(x) = y-vector(1)", "exp(y-vector(1))", [])),
    ("nearest diagonal", ("linear equation", "D = eye.*M", "eye.*M", [])),
])  # fmt: skip
def test_how_it_reads(case, wanted):
    assert shown(of(SOLVED[case][0], SOLVED[case][1], **SOLVED[case][2])[1]) == wanted


@pytest.mark.parametrize(("case", "name"), [
    ("Sylvester", "Sylvester equation"), ("Lyapunov", "Lyapunov equation"),
    ("symmetric Lyapunov", "Lyapunov equation"), ("Stein", "Stein equation"),
    ("residual of Sylvester", "generalized Sylvester equation"), ("ridge", "linear equation"),
    ("factorisation", "linear equation"),
])  # fmt: skip
def test_names_of_equations(case, name):
    assert of(SOLVED[case][0], SOLVED[case][1], **SOLVED[case][2])[1].name == name


def test_the_general_equation_of_lyapunov():
    _, found = of("tr(X'*A*X)+tr(X*A'*X')-2*tr(C'*X)", "X", A={"shape": ["n", "n"]})
    assert found.name == "Lyapunov equation"


@pytest.mark.parametrize(("expression", "wrt", "declared"), [
    ("norm1(A*x-y)", "x", {}),  # sign(A*x-y) changes, though not by its differential
    ("sum(relu(A*x))+x'*y", "x", {}), ("max(x)-x'*y", "x", {}), ("norm2(x)", "x", {}),
    ("x'*A*x*sum(x)", "x", {}), ("logsumexp(x)-x'*y", "x", {}), ("det(X)", "X", {}),
    ("logdet(X)", "X", {}), ("tr(inv(X)*A)+tr(B*X)", "X", {}),
    ("x'*A*x", "x", {"A": {"structure": ["skew"]}}),
    ("tr(A*Q)", "Q", {"Q": {"structure": ["orthogonal"]}}),
    ("sum(x.*f(x))", "x", {"f": {"kind": "function"}}),
    ("n*log(s)+c/s^2", "s", {"s": SCALAR, "n": SCALAR}),  # ±, for s of either sign
    ("tr(X*X*X)", "X", {}),
])  # fmt: skip
def test_what_is_not_linear_is_not_solved(expression, wrt, declared):
    assert of(expression, wrt, **declared)[1] is None


@pytest.mark.parametrize(("expression", "wrt", "declared"), [
    ("(y'*x-a)^2", "x", {}),  # y*y' has rank one
    ("(X*u+v)'*D*(X*u+v)", "X", {"u": VECTOR, "v": VECTOR}),
    ("norm2(A*x-y)^2", "A", {}), ("norm2(L*A-M)^2", "L", {"L": {"structure": ["lower"]}}),
    ("tr(D*A*D*B)-tr(C*D)", "D", {"D": {"structure": ["diagonal"]}}),
    ("norm2(tril(X)-M)^2", "X", {}), ("(x+1)^2", "x", {"x": POSITIVE}),
])  # fmt: skip
def test_equations_without_a_formula_for_their_solution(expression, wrt, declared):
    _, found = of(expression, wrt, **declared)
    assert found.solution is None
    assert found.conditions == ()


def test_constant_gradients_have_none():
    assert of("y'*x", "x")[1] is None
    assert of("x'*y-y'*x", "x")[1] is None


def test_only_first_derivatives_of_scalars_have_them():
    for fields in ({"order": 2}, {"along": ["v"]}):
        assert stationary(derive("x'*A*x", "x", **fields).only.derivative) is None
    assert stationary(derive("A*x", "x").only.derivative) is None


def test_tangents_are_constants():
    _, found = of("x'*A*x/2+x'*d(x)", "x", A=SPD)
    assert shown(found)[1:3] == ("A*x = -d(x)", "-inv(A)*d(x)")


@pytest.mark.parametrize("case", SOLVED)
def test_texts_mean_what_they_stand_for(case):
    expression, wrt, declared = SOLVED[case]
    answer = derive(expression, wrt, variables=declared, stationary=True)
    found = stationary(answer.only.derivative)
    entry = answer.as_dict()
    said = entry["derivatives"][0]["stationary"]
    typed = [said["equation"]["left"], said["equation"]["right"], said["solution"]]
    assert found is not None
    assert found.solution is not None
    meanings = [found.left, found.right, found.solution]
    at = point([answer.question.value, *meanings], 1)
    assert at is not None
    for part, meant in zip(typed, meanings, strict=True):
        request = {"expression": part["text"], "variables": entry["variables"]}
        value = ask(Request.from_json(request)).value
        ours, theirs = evaluate([meant, value], at.values, at.sizes)
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("expression", "wrt", "solution", "needed"),
    [
        ("2*c+sqrt(c)", "c", None, []),
        ("3*c-sqrt(c)", "c", "1/36", []),
        ("b*c+sqrt(c)", "c", "1/(4*b^2)", ["b < 0"]),
        ("sum(w.^1.5)+y'*w", "w", "4*y.^2/9", ["entries of y < 0"]),
        ("sum(w.^1.5)-y'*w", "w", "4*y.^2/9", ["entries of y > 0"]),
    ],
)
def test_powers_of_what_is_positive_are_positive(expression, wrt, solution, needed):
    declared = {"c": POSITIVE, "w": {"kind": "vector", "structure": ["positive"]}}
    found = of(expression, wrt, **{wrt: declared[wrt]})[1]
    assert found is not None
    _, _, said, conditions = shown(found)
    assert said == solution
    assert [c for c in conditions if "≠" not in c] == needed
