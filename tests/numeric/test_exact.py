"""The exact check proves right derivatives, disproves wrong ones, and says what it cannot tell."""

import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
import sympy

from mcalc import derive
from mcalc.core.algebra import add, mul, number, scale, transpose
from mcalc.core.leaves import variable
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.declaration import Declaration
from mcalc.numeric.coordinates import coordinates
from mcalc.numeric.exact import exact
from mcalc.numeric.sample import points
from mcalc.numeric.spaces import belongs, directions
from mcalc.ops.blocks import Span, selection
from mcalc.simplify.engine import for_reading
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

MATRICES = {
    "S": {"structure": ["symmetric"]},
    "P": {"structure": ["spd"]},
    "K": {"structure": ["skew"]},
    "D": {"structure": ["diagonal"]},
    "L": {"structure": ["lower"]},
    "R": {"structure": ["upper"]},
    "Q": {"structure": ["orthogonal"]},
}


def ask(expression, wrt, order=1, **fields):
    declared = {n: d for n, d in MATRICES.items() if n in expression}
    given = {"variables": declared | fields.pop("variables", {}), **fields}
    return derive(expression, wrt, order=order, **given).only.derivative


def judged(expression, wrt, order=1, **fields):
    derivative = ask(expression, wrt, order, **fields)
    return exact(derivative, for_reading(derivative.result))


PROVEN = [
    ("x'*A*x", "x"), ("norm2(A*x-y)^2", "x"), ("norm2(A*x-y)", "x"), ("det(X)*x'*A*x", "X"),
    ("logdet(X)", "X"), ("log(det(P))", "P"), ("tr(inv(X)*A)", "X"), ("tr(A*X*B)", "X"),
    ("adj(X)*x", "X"), ("sum(softplus(-y.*(X*w)))", "w"), ("tanh(A*x)'*y", "A"), ("x.*sin(x)", "x"),
    ("logsumexp(A*x)", "x"), ("softmax(x)'*y", "x"), ("max(x)", "x"), ("norm1(A*x)", "x"),
    ("norminf(x-y)", "x"), ("max(x, y)'*y", "x"), ("prod(x)", "x"), ("cross(x, y)", "x"),
    ("x'*log(x)", "x"), ("sum(x.^a)", "a"), ("lgamma(a)+digamma(b)*a", "a"), ("erf(a*b)", "a"),
    ("tr(chol(P)*A)", "P"), ("tr(pinv(A)*B)", "A"), ("inv(X)", "X"), ("X*X'", "X"),
    ("diag(A*x)*B", "x"), ("tr((A*diag(x)*A')^-1)", "x"), ("x*x'", "x"), ("[x; a*x]", "a"),
    ("norm2(inv(A+x*y')*z)^2", "x"), ("besselj(2, a)", "a"), ("y'*A*d(x)*a", "a"),
    ("tr(A*S)", "S"), ("x'*S*S*x", "S"), ("tr(A*K*B*K)", "K"), ("tr(A*D*B*D)", "D"),
    ("tr(A*L*L'*B)", "L"), ("tr(A*R*B)", "R"), ("tr(A*Q)", "Q"), ("x'*Q*A*Q'*x", "Q"),
    ("A*S*B", "S"), ("exp(-x'*P*x/2)/sqrt(det(P))", "P"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wrt"), PROVEN)
def test_right_derivatives_are_proven(expression, wrt):
    found = judged(expression, wrt)
    assert found.passed, found
    assert found.points == 0
    assert found.entries > 0


@pytest.mark.parametrize(("expression", "wrt"), [
    ("x'*A*x", ["x", "x"]), ("det(X)", ["X", "X"]), ("logdet(P)", ["P", "P"]),
    ("x'*S*y", ["x", "S"]), ("sigmoid(a'*x)", ["x", "x"]), ("tr(A*S*B*S)", ["S", "S"]),
    ("exp(x)", ["x", "x"]), ("x'*A*x*a", ["x", "a", "x"]),
])  # fmt: skip
def test_higher_orders(expression, wrt):
    found = judged(expression, wrt, len(wrt), variables={"a": {}} if "a'" not in expression else
                   {"a": {"kind": "vector"}})  # fmt: skip
    assert found.passed, found
    assert found.points == 0


def test_along_directions():
    assert judged("det(X)", "X", 2, along=["V"]).passed
    assert judged("tr(A*S*S)", "S", along=["V"]).passed
    assert judged("tr(A*Q)", "Q", along=["V"]).passed is None


def test_unknown_functions_are_proven_for_all_of_them():
    known = {"f": {"kind": "function"}}
    for order in (1, 2):
        found = judged("y'*f(A*x)", "x", order, variables=known)
        assert found.passed
        assert found.points == 0


def test_sizes_are_small_and_different():
    assert sorted(judged("tr(A*X*B)", "X").sizes.values()) == [2, 3, 4]
    assert judged("x'*A*x", "x").sizes == {"n": 3}
    many = judged("kron(X, A)", "X")
    assert many.passed
    assert set(many.sizes.values()) == {2}
    # inv(A'*A) exists for tall A only, and min(m,n) follows from m and n.
    tall = judged("tr(inv(A'*A))", "A")
    assert tall.passed
    assert tall.sizes["m"] > tall.sizes["n"]
    assert judged("x'*A*x", "x", variables={"x": {"shape": [1]}}).sizes == {}


# ---------------------------------------------------------------- what is wrong
def corner(shape):
    """One in the last place, zero elsewhere."""
    rows, cols = (
        number(1) if axis is None else selection(Span(axis - Size.of(1), None, Size.of(0)))
        for axis in shape
    )
    return mul(rows, transpose(cols))


FAULTS = {
    "twice": lambda result: scale(2, result),
    "sign": lambda result: scale(-1, result),
    "a thousandth": lambda result: scale(Fraction(1001, 1000), result),
    "one entry": lambda result: add(result, scale(Fraction(1, 10**9), corner(result.shape))),
}


@pytest.mark.parametrize(("expression", "wrt"), [
    ("x'*A*x", "x"), ("logdet(X)", "X"), ("norm2(A*x-y)", "x"), ("softmax(x)'*y", "x"),
    ("max(x)", "x"), ("lgamma(a)", "a"), ("inv(X)", "X"), ("tr(A*S)", "S"), ("tr(A*L*B)", "L"),
    ("x'*Q*y", "Q"), ("relu(A*x)'*y", "x"), ("exp(x)", "x"),
])  # fmt: skip
@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_derivatives_are_disproved(expression, wrt, fault):
    derivative = ask(expression, wrt)
    found = exact(derivative, FAULTS[fault](derivative.result))
    assert found.passed is False
    assert found.entry is not None
    assert found.at is not None


@pytest.mark.parametrize(("expression", "wrt", "wrong"), [
    ("x'*A*x", "x", "2*A*x"), ("logdet(X)", "X", "inv(X)"), ("det(X)", "X", "adj(X)"),
    ("tr(A*S)", "S", "A"), ("tr(A*K)", "K", "A'"), ("norm2(x)", "x", "x"), ("tr(A*D)", "D", "A"),
    ("tr(A*Q)", "Q", "A'"), ("A*x", "A", "kron(eye, x')"), ("sum(exp(a*x))", "x", "exp(a*x)"),
    ("tr(inv(X))", "X", "-inv(X*X)"), ("a^b", "b", "a^b*log(b)"), ("x'*log(x)", "x", "log(x)"),
])  # fmt: skip
def test_usual_mistakes_are_disproved(expression, wrt, wrong):
    answer = derive(
        expression, wrt, variables={n: d for n, d in MATRICES.items() if n in expression}
    )
    derivative = answer.only.derivative
    declared = {
        name: Declaration(v.shape.kind, tuple(str(a) for a in v.shape.axes), v.data.structure)
        for name, v in answer.question.variables.items()
    }
    theirs = lower(parse(wrong), wrong, declared, expected=derivative.result.shape).value
    assert exact(derivative, for_reading(derivative.result)).passed
    assert exact(derivative, theirs).passed is False


def test_where_units_are_dead_nothing_is_claimed_wrongly():
    """sign(relu(x)) is 0 for all x < 0: there it is no relu(x)/|relu(x)|."""
    found = judged("y'*relu(B*relu(x))", "x")
    assert found.passed
    assert judged("sum(sign(relu(x)).*x)", "x").passed


# ---------------------------------------------------------------- what cannot be told
@pytest.mark.parametrize(("expression", "wrt", "reason"), [
    ("tr(expm(A))", "A", "expm"), ("lambda_max(S)", "S", "eigenvalues"),
    ("sum(svdvals(X))", "X", "singular"), ("eigvals(S)", "S", "eigenvalues"),
    ("logm(X)", "X", "logm"), ("tr(X^a)", "X", "whole"), ("kron(kron(X, X), X)", "X", "too large"),
    ("det(X)", "X", "too large"), ("pinv(x*y')", "x", "zero"),
    ("arccosh(sin(a))", "a", "no point"),
])  # fmt: skip
def test_what_cannot_be_told_is_said(expression, wrt, reason):
    sized = {"X": {"kind": "matrix", "shape": [9, 9]}} if expression == "det(X)" else {}
    found = judged(expression, wrt, variables=sized)
    assert found.passed is None
    assert reason in found.reason


@pytest.mark.parametrize("expression", [
    "x" + "'*x*x" * 20, "det(X*X*X*X)*tr(inv(X*A*X*B))^3", "tr((X+A)^12)",
    "sin(" * 100 + "a" + ")" * 100, "logsumexp(A*tanh(B*tanh(C*tanh(A*tanh(B*x)))))",
    "norm2(inv(A*X+B)*inv(X*B+C)*inv(X)-A)",
])  # fmt: skip
def test_work_is_limited(expression):
    limited(expression)


def test_sizes_are_limited():
    found = limited("x'*A*x", variables={"x": {"shape": [100]}})
    assert "too large" in found.reason


def limited(expression, **fields):
    """The verdict, found in time."""
    wrt = next(name for name in ("X", "x", "a") if name in expression)
    begun = time.process_time()
    found = judged(expression, wrt, **fields)
    assert time.process_time() - begun < 8
    assert found.passed is not False
    return found


# ---------------------------------------------------------------- coordinates
STRUCTURES = ["symmetric", "spd", "skew", "diagonal", "lower", "upper", "orthogonal"]


@pytest.mark.parametrize("structure", [(), *[(word,) for word in STRUCTURES]], ids=str)
def test_coordinates_span_the_space_of_the_structure(structure):
    n = Size.symbol("n")
    X = variable("X", Shape(n, n), structure)
    found = coordinates(X, {"n": 3})
    (point,) = points([X], 1, {"n": 3})
    numbers = {s: sympy.Rational(q) for s, q in found.at(point.values["X"]).items()}
    at = np.vectorize(lambda e: float(sympy.sympify(e).subs(numbers)), otypes=[float])
    value = at(found.value)
    np.testing.assert_allclose(value, point.values["X"], atol=1e-12)
    assert belongs(value, structure)
    basis = np.array([at(d.value).ravel() for d in found.directions])
    np.testing.assert_allclose(
        basis @ basis.T, np.diag([d.square for d in found.directions]), atol=1e-12
    )
    others = directions(value, structure).reshape(-1, 9)
    both = np.vstack([basis, others])
    assert np.linalg.matrix_rank(both, tol=1e-9) == len(others) == len(basis)
    for direction in found.directions:  # the rates do move X along it
        moved = sum(
            at(np.vectorize(lambda e, s=s: sympy.diff(e, s))(found.value))
            * float(sympy.sympify(rate).subs(numbers))
            for s, rate in direction.rates.items()
        )
        np.testing.assert_allclose(moved, at(direction.value), atol=1e-12)


def test_sympy_stays_out_of_the_ordinary_way():
    script = (
        "import sys; from mcalc import derive;"
        'a = derive("norm2(A*x-y)^2", wrt=\'x\', check=True, compare="2*A\'*(A*x-y)");'
        "a.as_dict(); assert 'sympy' not in sys.modules; assert 'mpmath' not in sys.modules;"
        "b = derive('x\\'*x', wrt='x', check='exact').as_dict(); assert 'sympy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
