"""Points in the domain of expressions."""

import numpy as np
import pytest

from mcalc.core.algebra import add, call, matpow, mul, number, scale
from mcalc.core.condition import Property
from mcalc.core.leaves import variable
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import _HOLDS, holds, point, points
from mcalc.numeric.spaces import belongs, directions, structured
from tests.numeric.strategies import STRUCTURES

M, N = Size.symbol("m"), Size.symbol("n")
X = variable("X", Shape(N, N))
x, y, s, t = (
    variable(name, shape)
    for name, shape in zip("xyst", (Shape(N), Shape(N), Shape(), Shape()), strict=True)
)


def found_point(e, seed=0):
    found = point([e], seed)
    assert found is not None
    return found


def f(name, *args):
    return call(OPS[name], *args)


def test_every_property_can_be_tested():
    assert set(_HOLDS) == set(Property)
    for claim in Property:
        assert not holds(claim, np.array([[np.nan]]), 0.1)


@pytest.mark.parametrize(
    "e",
    [
        f("log", s),
        f("log", scale(-1, s)),
        add(f("log", s), f("log", scale(-1, t))),
        f("log", add(s, scale(-1, t), number(-3))),
        f("sum", f("arcsin", x)),
        f("sum", f("arccosh", add(x, y))),
        f("logdet", X @ X.T + X),
        f("log", f("det", X)),
        f("log", scale(-1, f("det", X))),
        f("tr", f("inv", mul(variable("A", Shape(M, N)).T, variable("A", Shape(M, N))))),
        f("det", f("inv", variable("K", Shape(N, N), ("skew",)))),
        f("sqrt", number(1) - x.T @ x),
        f("sqrt", x.T @ X @ x - number(100)),
        f("log", f("tr", f("logm", X))),
    ],
    ids=repr,
)
def test_points_are_found_where_conditions_meet(e):
    found = points([e], 5)
    assert len(found) == 5
    assert len({p.values[next(iter(p.values))].tobytes() for p in found}) == 5
    for at in found:
        assert at.sizes == found[0].sizes
        assert np.isfinite(evaluate([e], *at)[0])


def test_sizes_are_small_and_different():
    found = found_point(mul(variable("A", Shape(M, N)), x))
    assert sorted(found.sizes.values()) == [2, 3]


def test_the_lesser_of_two_sizes_is_no_size_of_its_own():
    found = found_point(f("svdvals", variable("A", Shape(M, N))))
    assert set(found.sizes) == {"m", "n"}


def test_none_where_there_is_no_point():
    nowhere = f("log", scale(-1, add(number(1), x.T @ x)))
    assert point([nowhere], 0) is None
    assert points([nowhere], 5) == []


def test_same_seed_same_point():
    one, other = found_point(f("log", s), 3), found_point(f("log", s), 3)
    assert one.values["s"] == other.values["s"]
    assert one.values["s"] != found_point(f("log", s), 4).values["s"]


def test_an_exponent_of_a_matrix_is_a_whole_number():
    found = found_point(matpow(X, s))
    assert found.values["s"] == round(float(found.values["s"]))


@pytest.mark.parametrize(
    "structure",
    [
        *STRUCTURES,
        ("psd", "symmetric"),
        ("lower", "symmetric"),
        ("lower", "upper"),
        ("orthogonal", "skew"),
        ("orthogonal", "spd"),
        ("positive", "spd"),
        ("positive", "symmetric"),
    ],
)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_structured_values_and_changes(structure, n):
    if "skew" in structure and "orthogonal" in structure and n == 1:
        return
    rng = np.random.default_rng(0)
    value = structured(rng.standard_normal((n, n)), structure)
    assert belongs(value, structure)
    basis = directions(value, structure)
    flat = basis.reshape(len(basis), n * n)
    assert np.allclose(flat @ flat.T, np.eye(len(basis)))
    for H in basis:
        if "orthogonal" in structure:
            assert np.allclose(value.T @ H + H.T @ value, 0)
        else:
            linear = set(structure) - {"spd", "psd", "positive"}
            assert belongs(
                H, linear | ({"symmetric"} if {"spd", "psd"} & set(structure) else set())
            )


@pytest.mark.parametrize(
    ("structure", "dimension"),
    [
        ((), 16),
        (("symmetric",), 10),
        (("skew",), 6),
        (("diagonal",), 4),
        (("lower",), 10),
        (("orthogonal",), 6),
        (("lower", "symmetric"), 4),
        (("diagonal", "orthogonal"), 0),
        (("spd",), 10),
        (("positive",), 16),
    ],
)
def test_dimensions_of_the_spaces(structure, dimension):
    value = structured(np.random.default_rng(0).standard_normal((4, 4)), structure)
    assert len(directions(value, structure)) == dimension
