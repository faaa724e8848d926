"""The numeric check passes what is right and fails what is wrong."""

import sys

import numpy as np
import pytest

from mcalc.core.algebra import call, matpow, mul, number, power, scale, zeros
from mcalc.core.leaves import variable
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.numeric.check import check, compare
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import points

N = Size.symbol("n")
A, X = variable("A", Shape(N, N)), variable("X", Shape(N, N))
S, L, Q = (
    variable(n, Shape(N, N), (k,))
    for n, k in (("S", "symmetric"), ("L", "lower"), ("Q", "orthogonal"))
)
x, s = variable("x", Shape(N)), variable("s", Shape())


def f(name, *args):
    return call(OPS[name], *args)


def judged(*args):
    found = check(*args)
    assert found is not None
    return found


def compared(*args):
    found = compare(*args)
    assert found is not None
    return found


def at(e):
    return lambda point: evaluate([e], *point)[0]


def sym(e):
    return f("sym", e)


RIGHT = {
    "quadratic": (x.T @ A @ x, x, (A + A.T) @ x),
    "jacobian": (A @ x, x, A),
    "determinant": (f("det", X), X, f("adj", X).T),
    "logdet": (f("logdet", X), X, matpow(X, number(-1)).T),
    "constant": (x.T @ x, X, zeros(X.shape)),
    "zero": (f("tr", X - X.T) + s, X, zeros(X.shape)),
    "cancelling": (f("sin", s) * f("sin", s) + f("cos", s) * f("cos", s), s, number(0)),
    "steep": (f("exp", scale(30, s)), s, scale(30, f("exp", scale(30, s)))),
    "tiny": (
        power(s, number(9)) * scale(1, f("exp", number(-200))),
        s,
        mul(number(9), f("exp", number(-200)), power(s, number(8))),
    ),
    "kinked": (f("sum", f("abs", x)), x, f("sign", x)),
    "root": (f("norm2", x), x, x / f("norm2", x)),
    "symmetric": (f("tr", A @ S), S, sym(A)),
    "lower": (f("tr", A @ L), L, f("tril", A.T)),
    "orthogonal": (f("tr", A @ Q), Q, scale(1, A.T) - Q @ sym(Q.T @ A.T)),
    "large": (f("tr", X @ X @ X @ X @ X @ X), X, scale(6, matpow(X, number(5)).T)),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_derivatives_pass(case):
    value, wrt, derivative = RIGHT[case]
    found = judged(at(value), at(derivative), wrt, points([value, derivative, wrt], 5))
    assert found.passed
    assert found.points == 5
    assert found.max_relative_error < 1e-6


def _one_entry(D):
    def wrong(p):
        value = at(D)(p).copy()
        value.flat[0] += 1e-3 * np.abs(value).max()
        return value

    return wrong


WRONG = {
    "one per cent": lambda D: lambda p: 1.01 * at(D)(p),
    "one entry": _one_entry,
    "sign": lambda D: lambda p: -at(D)(p),
    "zero": lambda D: lambda p: 0 * at(D)(p),
    "not a number": lambda D: lambda p: np.nan * at(D)(p),
    "shape": lambda D: lambda p: at(D)(p)[..., None],
}


@pytest.mark.parametrize("case", [c for c in RIGHT if c not in ("constant", "zero", "cancelling")])
@pytest.mark.parametrize("fault", WRONG)
def test_wrong_derivatives_fail(case, fault):
    value, wrt, derivative = RIGHT[case]
    found = judged(at(value), WRONG[fault](derivative), wrt, points([value, derivative, wrt], 5))
    assert not found.passed
    assert 5e-4 < found.max_relative_error <= sys.float_info.max


@pytest.mark.parametrize(
    "case", ["determinant", "logdet", "lower", "orthogonal", "large", "jacobian"]
)
def test_a_transposed_answer_fails(case):
    value, wrt, derivative = RIGHT[case]
    found = judged(
        at(value), lambda p: at(derivative)(p).T, wrt, points([value, derivative, wrt], 5)
    )
    assert not found.passed


def test_a_gradient_outside_the_space_of_the_structure_fails():
    value = f("tr", A @ S)
    assert not judged(at(value), at(A.T), S, points([value, A], 5)).passed


def test_second_order_from_the_first():
    gradient, hessian = (A + A.T) @ x, A + A.T
    found = judged(at(gradient), at(hessian), x, points([gradient, hessian], 5))
    assert found.passed


def test_no_points_no_judgement():
    assert check(at(s), at(number(1)), s, []) is None


def test_comparison_of_equal_answers():
    one, other = f("tr", X @ A), f("sum", X * A.T)
    found = compared(at(one), at(other), points([one, other], 5))
    assert found.equal
    assert found.at is None
    assert found.max_relative_error < 1e-12


def test_comparison_says_where_answers_differ():
    one, other = X @ A, A @ X
    found = compared(at(one), at(other), points([one, other], 5))
    assert not found.equal
    assert set(found.at) == {"X", "A"}
    assert found.max_relative_error > 0.01


def test_answers_of_different_shapes_are_different():
    found = compared(at(x), at(A), points([x, A], 5))
    assert not found.equal
