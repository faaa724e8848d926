"""All ranks by all ranks, orders 1 to 3, against Taylor arithmetic (`tests.taylor`)."""

from functools import cache

import numpy as np
import pytest

from mcalc import derive
from tests import reference, taylor

# A matrix of m×n that depends on a variable of each rank; `square` is one of n×n.
CORES = {
    "product": {
        "a": "a*B*(A*B+a^2*S)",
        "x": "B*x*(x'*S*x)*x'",
        "r": "B*r'*r*S*r'*r",
        "X": "X*A*X*A*X",
        "Z": "B*Z*S*Z*Z'",
    },
    "inverse": {
        "a": "B*inv(S+a*T)",
        "x": "B*inv(S+x*y')",
        "r": "inv(P+z*r*A)*B",
        "X": "B*inv(S+A*X)",
        "Z": "B*inv(Z)",
    },
    "elementwise": {
        "a": "sin(a*B)",
        "x": "exp(z*x')",
        "r": "tanh(z*r).*B",
        "X": "tanh(X)",
        "Z": "sin(B*Z)",
    },
    "determinant": {
        "a": "det(S+a*T)*B",
        "x": "det(S+x*y')*B",
        "r": "det(P+z*r*A)*B",
        "X": "det(S+A*X)*B",
        "Z": "det(Z)*B",
    },
}
RANKS = {
    "scalar": "u'*({core})*v",
    "vector": "({core})*v",
    "row vector": "u'*({core})",
    "matrix": "{core}",
}
SHAPES = {
    "a": (),
    "b": (),
    **dict.fromkeys("xyv", ("n",)),
    **dict.fromkeys("zu", ("m",)),
    "r": ("n",),
    **dict.fromkeys("XBC", ("m", "n")),
    "A": ("n", "m"),
    **dict.fromkeys("ZST", ("n", "n")),
    "P": ("m", "m"),
}
KINDS = {
    name: "row_vector" if name == "r" else ("scalar", "vector", "matrix")[len(shape)]
    for name, shape in SHAPES.items()
}
VARIABLES = {name: {"kind": KINDS[name], "shape": SHAPES[name]} for name in SHAPES}
ORDERS = (1, 2, 3)
# Three columns make an array of the third order of a matrix large enough; the sizes differ in one
# and are the same in the other.
SIZES = ({"m": 3, "n": 2}, {"m": 2, "n": 2}, {"m": 1, "n": 3}, {"m": 1, "n": 1})


@cache
def point(m, n):
    rng = np.random.default_rng(3)
    sizes = {"m": m, "n": n}
    values = {k: rng.uniform(-1, 1, [sizes[s] for s in shape]) for k, shape in SHAPES.items()}
    for name in "SPZ":
        values[name] = values[name] + 2 * np.eye(len(values[name]))
    return values


def references(text, names, sizes):
    """The derivatives by any of the names in turn, as a function of these."""
    values = point(**sizes)
    unknowns, numbers = taylor.unknowns({name: values[name] for name in names}, max(ORDERS))
    variables = {k: reference.value({**values, **unknowns}[k], KINDS[k]) for k in SHAPES}
    F = reference.evaluate(text, variables, sizes)
    return lambda wrt: taylor.partials(F, *[numbers[name] for name in wrt])


@cache
def answer(text, wrt):
    return derive(text, list(wrt), variables=VARIABLES).only


def array(text, wrt, sizes):
    """The derivative by the generated code."""
    derivative = answer(text, tuple(wrt))
    values = {**point(**sizes), **sizes}
    given = {keyword: values[name] for keyword, name in derivative.numpy.arguments.items()}
    return derivative.compile("numpy")(**given)


def assert_equal(found, wanted):
    found = np.asarray(found)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max(initial=1))


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("name", ["a", "x", "r", "X", "Z"])
@pytest.mark.parametrize("operation", CORES)
def test_every_rank_by_every_rank(operation, name, rank):
    text = RANKS[rank].format(core=CORES[operation][name])
    for sizes in SIZES:
        wanted = references(text, [name], sizes)
        for order in ORDERS:
            assert_equal(array(text, [name] * order, sizes), wanted([name] * order))


MIXED = {
    "(a*x'*S*x)*X*A*X": ["aX", "Xa", "xX", "Xx", "axX", "XxX"],
    "inv(S+a*x*r)*A*X": ["ax", "xr", "rx", "Xr", "axr", "rXx"],
    "sin(a*X+z*x')*(x.*r')": ["ax", "Xx", "xX", "aXx", "rXa", "Xxr"],
    "det(S+x*r)*(r*Z*x+a^2)": ["xr", "rZ", "Za", "axr", "rxZ"],
    "r*inv(Z)*x*r.^2": ["rx", "Zr", "rrZ", "ZxZ"],
}


@pytest.mark.parametrize("text", MIXED)
def test_mixed_derivatives(text):
    sizes = {"m": 3, "n": 2}
    wanted = references(text, sorted({name for wrt in MIXED[text] for name in wrt}), sizes)
    for wrt in MIXED[text]:
        assert_equal(array(text, list(wrt), sizes), wanted(wrt))
