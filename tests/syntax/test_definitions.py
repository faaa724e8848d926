"""Definitions behind `where`, of names and of their changes."""

import pytest

from mcalc import derive
from mcalc.errors import ParseError, ShapeError, UnknownName


def text(expression):
    return derive(expression, wrt="x").only.derivative.value


@pytest.mark.parametrize(
    ("defined", "plain"),
    [
        ("u'*d(u) where u = A*x, d(u) = A*d(x)", "(A*x)'*A*d(x)"),
        ("d2(u)'*B*d(u) where u = A*x, d(u) = A*d(x), d2(u) = A*d2(x)", "(A*d2(x))'*B*A*d(x)"),
        ("s*d(s) where u = A*x, s = u'*u, d(s) = 2*u'*A*d(x)", "2*(A*x)'*(A*x)*((A*x)'*A*d(x))"),
        ("v'*d(v) where u = A*x, d(u) = A*d(x), v = u, d(v) = d(u)", "(A*x)'*A*d(x)"),
        ("x'*d(x)*d where d = 3", "3*x'*d(x)"),
    ],
)
def test_the_change_of_a_name_means_what_it_is_defined_to_be(defined, plain):
    assert text(defined) is text(plain)


@pytest.mark.parametrize(
    ("expression", "error", "place", "message"),
    [
        ("u'*d(u) where u = A*x", UnknownName, "d(u)", "d(u) is not defined"),
        ("x'*x where d(u) = x", UnknownName, "d(u)", "`d(u)` is defined, and u is not"),
        ("2*d(x) where d(x) = y", UnknownName, "d(x) =", "`d(x)` is defined, and x is not"),
        ("x'*x where g(x) = 2", UnknownName, "g(x)", "g(…) cannot be defined here"),
        ("u'*u where u = A*x, d(u) = A", ShapeError, "d(u)", "u has m entries"),
        ("u'*u where u = x, d(2*u) = x", ParseError, "2*u", "On the left of a definition"),
        ("u'*u where u = x, d(u, x) = x", ParseError, ", x)", "`,` separates"),
    ],
)
def test_what_cannot_be_defined(expression, error, place, message):
    with pytest.raises(error) as caught:
        derive(expression, wrt="x")
    assert message in caught.value.message
    assert caught.value.position == expression.index(place)
    assert caught.value.hint


def test_a_variable_named_as_a_function_that_is_defined_stays_a_variable():
    assert derive("d*x'*x where u = d", wrt="x").only.text == "2*d*x"
