import inspect
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from mcalc.core.algebra import add, call, hadamard, mul, transpose
from mcalc.core.leaves import Variable, tangent, variable, variable_name
from mcalc.core.op import OPS
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import Size
from mcalc.declaration import Declaration
from mcalc.errors import LimitError
from mcalc.numeric.evaluate import evaluate
from mcalc.printers.folding import DEEPEST, LONGEST
from mcalc.printers.text import folded, text
from mcalc.syntax.lower import Lowered, lower
from mcalc.syntax.parser import Limits, parse
from tests.strategies import ALL_VARIABLES, SIZES, expressions

PRINTED = Path(__file__).parents[1] / "data" / "printed.txt"
UNLIMITED = Limits(length=10**7)

n = Size.symbol("n")
x, y = (variable(name, Shape(n)) for name in "xy")
W = variable("W", Shape(n, n))


def printed() -> list[list[str]]:
    lines = PRINTED.read_text("utf-8").splitlines()
    return [line.split(" => ") for line in lines if line and not line.startswith("#")]


def declared(*variables):
    """What keeps variables as they are when a text is read."""
    found = {}
    for v in variables:
        assert isinstance(v.data, Variable)
        sizes = tuple([str(a) if a.value is None else a.value for a in v.shape.axes])
        found[v.data.name] = Declaration(v.shape.kind, sizes, v.data.structure)
    return found


def read(source: str, *variables) -> Lowered:
    return lower(parse(source, UNLIMITED), source, declared(*variables))


# ---------------------------------------------------------------- single texts
@pytest.mark.parametrize(("typed", "expected", "_"), printed())
def test_text(typed, expected, _):
    assert text(read(typed).value) == expected


@pytest.mark.parametrize(("typed", "_", "__"), printed())
def test_text_reads_back(typed, _, __):
    first = read(typed)
    again = read(text(first.value), *first.variables.values())
    assert again.value is first.value


TYPED = """
-(A*x-y)
-x+y
0.5*x+x/2
x'*A'*A*x
tr(X'*X)
(x'*x)^(1/2)
A*vector(1)+y
A*(B*x)
A*B*x
x*a*y'
x.*(y.*z)
x-(y-z)
x-(y+z)
a/(b/c)
a/b/c
(a^b)^c
a^(b^c)
(-a)^2
(X^2)'
(x')'
norm2(x)^2*sum(x.^2)
sum(A,1)*x
2*3*x
"""


@pytest.mark.parametrize("typed", TYPED.split())
def test_an_expression_as_typed_stays_so(typed):
    assert text(read(typed).written, as_typed=True) == typed


@pytest.mark.parametrize(("typed", "_", "__"), printed())
def test_an_expression_as_typed_means_the_same(typed, _, __):
    first = read(typed)
    again = read(text(first.written, as_typed=True), *first.variables.values())
    assert again.value is first.value


def test_tangents():
    dX = tangent(W)
    assert text(mul(W, dX, x)) == "W*d(W)*x"
    assert text(tangent(x, 1)) == "d2(x)"


def test_long_numbers_are_rounded_to_more_than_a_float_holds():
    value = read("3^400*a").value
    ratio = [evaluate([e], {"a": np.array(1.0)}, {})[0] for e in (value, read(text(value)).value)]
    assert ratio[0] == ratio[1]


# ---------------------------------------------------------------- any text
@settings(max_examples=200, deadline=None)
@given(expressions())
def test_any_text_reads_back(e):
    again = read(text(e), *ALL_VARIABLES).value
    assert again.shape == e.shape
    if again is not e:
        a, b = evaluate([e, again], VALUES, SIZES)
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10)


def _values():
    rng = np.random.default_rng(0)
    for v in ALL_VARIABLES:
        drawn = rng.uniform(0.5, 1.5, [SIZES[str(axis)] for axis in v.shape.axes])
        assert isinstance(v.data, Variable)
        yield variable_name(v), (drawn + drawn.T) / 2 if v.data.structure else drawn


VALUES = dict(_values())


# ---------------------------------------------------------------- long and deep expressions
def doubled(times, e=x):
    """Written out, an expression of 2^times characters and more."""
    for _ in range(times):
        e = add(hadamard(call(OPS["tanh"], e), e), call(OPS["sin"], e))
    return e


def nested(times, e=x):
    for _ in range(times):
        e = call(OPS["tanh"], mul(W, e))
    return e


@pytest.mark.parametrize("e", [doubled(12), doubled(30), nested(130), nested(1000)])
def test_a_long_text_names_its_parts(e):
    printed = text(e)
    assert " where T1 = " in printed
    assert read(printed, x, W).value is e


def test_a_short_text_names_nothing():
    assert folded(doubled(3))[1] == []
    assert len(text(doubled(3))) < LONGEST


def test_names_are_new_and_explained_before_they_are_used():
    e = doubled(12, variable("T2", Shape(n)))
    body, definitions = folded(e)
    names = [name for name, _ in definitions]
    assert "T2" not in names
    assert len(set(names)) == len(names)
    known = set[str]()
    for name, value in [*definitions, ("", body)]:
        assert not any(later in value for later in set(names) - known if later != "T1")
        known.add(name)


def test_depth_costs_no_recursion():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        printed = text(nested(5000))
    finally:
        sys.setrecursionlimit(limit)
    assert printed.count("tanh") == 5000
    assert max(_depths(printed)) <= DEEPEST


def _depths(printed):
    depth = 0
    for c in printed:
        depth += (c == "(") - (c == ")")
        yield depth


def test_a_limit_is_kept():
    e = mul(transpose(x), W, y)
    assert text(e, limit=6) == "x'*W*y"
    with pytest.raises(LimitError):
        text(e, limit=5)
    with pytest.raises(LimitError):
        text(doubled(500), limit=2000)


def test_texts_do_not_depend_on_the_order_of_making():
    a, b = (variable(name, SCALAR) for name in "ab")
    assert text(add(a, b)) == text(add(b, a))
