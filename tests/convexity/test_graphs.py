"""What is declared of functions of one number, held against their values."""

from fractions import Fraction
from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mcalc.ops  # noqa: F401 - fills the table
from mcalc.core.graph import power_graph
from mcalc.core.intervals import REALS, Interval, around, hull
from mcalc.core.op import OPS
from mcalc.numeric.evaluate import numpy_form

FUNCTIONS = {
    name: (numpy_form(op), op.graph)
    for name, op in OPS.items()
    if op.elementwise and op.graph is not None
}
EXPONENTS = [Fraction(n, d) for d in (1, 2, 3) for n in range(-7, 8) if n]
POWERS = {
    f"x^{n}": (lambda x, n=n: np.power(x, float(n)), power_graph(n))
    for n in dict.fromkeys(EXPONENTS)
}
ALL = [pytest.param(f, graph, id=name) for name, (f, graph) in (FUNCTIONS | POWERS).items()]
TOLERANCE = 1e-11


def grid(inside):
    """Numbers of an interval, more of them near its ends and near 0, in order."""
    low, high = max(inside.low, -12.0), min(inside.high, 12.0)
    x = np.concatenate(
        [np.linspace(low, high, 301), low + np.logspace(-6, 0, 20), high - np.logspace(-6, 0, 20)]
    )
    return np.array([v for v in np.unique(x) if v in inside and low <= v <= high])


def curve(f, part):
    """Numbers of an interval and the values there, where there are any."""
    x = grid(part)
    with np.errstate(all="ignore"):
        y = f(x)
    good = np.isfinite(y)
    return x[good], y[good]


def second_differences(x, y):
    """How far each value lies below the chord of its neighbours, beside their size."""
    t = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    chord = (1 - t) * y[:-2] + t * y[2:]
    return (chord - y[1:-1]) / np.maximum(np.abs(chord), 1)


def test_every_elementwise_function_has_a_graph():
    # max and min are of two numbers, the order of polygamma is a whole one
    without = {name for name, op in OPS.items() if op.elementwise and op.graph is None}
    assert without == {"max of two", "min of two", "polygamma"}


@pytest.mark.parametrize(("f", "graph"), ALL)
def test_it_bends_as_declared(f, graph):
    for parts, sign in ((graph.convex, 1), (graph.concave, -1)):
        for part in parts:
            x, y = curve(f, part)
            assert len(x) > 20
            assert (sign * second_differences(x, y)).min() >= -TOLERANCE


@pytest.mark.parametrize(("f", "graph"), ALL)
def test_it_bends_strictly_where_it_is_said_to(f, graph):
    if not graph.strict:
        return
    for parts, sign in ((graph.convex, 1), (graph.concave, -1)):
        for part in parts:
            near = Interval(max(part.low, -2.0), min(part.high, 2.0), part.low_open, part.high_open)
            x, y = curve(f, near)
            wide = slice(None, None, 40)
            assert (sign * second_differences(x[wide], y[wide])).min() > 0


@pytest.mark.parametrize(("f", "graph"), ALL)
def test_it_rises_and_falls_as_declared(f, graph):
    for parts, sign in ((graph.rising, 1), (graph.falling, -1), (graph.flat_rising, 1)):
        for part in parts:
            _, y = curve(f, part)
            steps = sign * np.diff(y)
            assert steps.min() >= -TOLERANCE * np.abs(y).max()
            assert parts is graph.flat_rising or sign * (y[-1] - y[0]) > 0


@pytest.mark.parametrize(("f", "graph"), ALL)
def test_its_values_lie_where_declared(f, graph):
    for part, image in graph.values:
        x, y = curve(f, part)
        # Saturated or underflown, an open end is met.
        closed = Interval(image.low, image.high, isinf(image.low), isinf(image.high))
        assert len(x) > 20
        assert all(v in closed for v in y)
        moderate = y[np.abs(x) < 3]
        assert all(v in image for v in moderate)


@pytest.mark.parametrize(("f", "graph"), ALL)
def test_its_logarithm_bends_as_declared(f, graph):
    for parts, sign in ((graph.log_convex, 1), (graph.log_concave, -1)):
        for part in parts:
            x, y = curve(f, part)
            assert (y >= 0).all()
            x, y = x[y > 1e-300], np.log(y[y > 1e-300])
            # Far out a value is 1 but for rounding, and so is its logarithm 0.
            assert (sign * second_differences(x, y)).min() >= -1e-9


@pytest.mark.parametrize(("f", "graph"), ALL)
def test_its_second_derivative_stays_away_from_zero_where_declared(f, graph):
    for part in graph.strongly_convex:
        x = grid(part)[5:-5]
        h = 1e-3
        second = (f(x + h) - 2 * f(x) + f(x - h)) / h**2
        assert second.min() > 0.5


# ---------------------------------------------------------------- intervals
ENDS = st.one_of(
    st.sampled_from([-inf, inf, 0.0, 1.0, -1.0]), st.floats(-1e6, 1e6, allow_nan=False)
)


@st.composite
def intervals(draw):
    low, high = sorted([draw(ENDS), draw(ENDS)])
    if low == high:
        low, high = (0.0, 0.0) if isinf(low) else (low, high)
        return Interval(low, high)
    open_low, open_high = draw(st.booleans()), draw(st.booleans())
    return Interval(low, high, open_low or isinf(low), open_high or isinf(high))


def member(draw, inside):
    """A number of the interval, its ends more often than others."""
    low, high = max(inside.low, -1e7), min(inside.high, 1e7)
    ends = [v for v in (inside.low, inside.high, 0.0, (low + high) / 2) if v in inside]
    return draw(st.sampled_from(ends)) if ends and not isinf(ends[0]) else (low + high) / 2


@given(st.data(), intervals(), intervals())
def test_arithmetic_loses_no_number(data, a, b):
    x, y = member(data.draw, a), member(data.draw, b)
    exact_sum = Fraction(x) + Fraction(y)
    exact_product = Fraction(x) * Fraction(y)
    assert exact_sum in a + b
    assert exact_product in a * b
    assert -x in -a
    assert x in a | b
    assert y in hull([a, b])
    assert a <= REALS
    if x in b:
        assert x in a & b


@given(st.data(), intervals(), intervals())
def test_containment_is_of_every_number(data, a, b):
    if a <= b:
        assert member(data.draw, a) in b


@given(st.fractions())
def test_a_number_lies_in_the_interval_around_it(value):
    assert value in around(value)
