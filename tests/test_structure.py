"""By a structured variable: the derivative lies in its subspace and is right along every direction.

The subspaces are written out here, and the derivatives along them are differences of values.
"""

import numpy as np
import pytest
import scipy.linalg

from mcalc import derive
from mcalc.numeric.differences import along
from tests import reference

N, M = 3, 2
SIZES = {"n": N, "m": M}
OTHERS = {
    "A": ("m", "n"),
    "B": ("n", "m"),
    "C": ("n", "n"),
    "x": ("n",),
    "y": ("n",),
    "r": ("n",),
    "a": (),
}
KINDS = {name: ("scalar", "vector", "matrix")[len(shape)] for name, shape in OTHERS.items()}
KINDS["r"] = "row_vector"


def _unit(i, j):
    E = np.zeros((N, N))
    E[i, j] = 1.0
    return E


_PAIRS = [(i, j) for i in range(N) for j in range(i)]
_DIAGONAL = [_unit(i, i) for i in range(N)]
_SYMMETRIC = [*_DIAGONAL, *[(_unit(i, j) + _unit(j, i)) / np.sqrt(2) for i, j in _PAIRS]]
_SKEW = [(_unit(i, j) - _unit(j, i)) / np.sqrt(2) for i, j in _PAIRS]
# An orthonormal basis of the directions in which a matrix of each structure may move, at X.
SUBSPACES = {
    "symmetric": lambda X: _SYMMETRIC,
    "spd": lambda X: _SYMMETRIC,
    "psd": lambda X: _SYMMETRIC,
    "skew": lambda X: _SKEW,
    "diagonal": lambda X: _DIAGONAL,
    "lower": lambda X: [*_DIAGONAL, *[_unit(i, j) for i, j in _PAIRS]],
    "upper": lambda X: [*_DIAGONAL, *[_unit(j, i) for i, j in _PAIRS]],
    "orthogonal": lambda X: [X @ K for K in _SKEW],
}
_G = np.random.default_rng(1).uniform(-1, 1, (N, N))
MEMBERS = {
    "symmetric": _G + _G.T,
    "spd": _G @ _G.T + np.eye(N),
    "psd": _G @ _G.T + np.eye(N),
    "skew": _G - _G.T,
    "diagonal": np.diag([0.7, -1.2, 0.4]),
    "lower": np.tril(_G),
    "upper": np.triu(_G),
    "orthogonal": scipy.linalg.expm(_G - _G.T),
}


def moved(structure, X, H, t):
    return X @ scipy.linalg.expm(t * X.T @ H) if structure == "orthogonal" else X + t * H


def values():
    rng = np.random.default_rng(2)
    return {name: rng.uniform(-1, 1, [SIZES[s] for s in shape]) for name, shape in OTHERS.items()}


def derivative(text, wrt, structures):
    """The array of the derivative at the values, X and Y members of their spaces."""
    declared = {k: {"kind": KINDS[k], "shape": shape} for k, shape in OTHERS.items()}
    for name, structure in structures.items():
        declared[name] = {"kind": "matrix", "shape": ["n", "n"], "structure": [structure]}
    answer = derive(text, wrt, variables=declared).only
    given = {**values(), **{k: MEMBERS[s] for k, s in structures.items()}, **SIZES}
    function = answer.compile("numpy")
    return np.asarray(function(**{k: given[v] for k, v in answer.numpy.arguments.items()}))


def value(text, matrices, **others):
    found = {name: reference.value(v, KINDS[name]) for name, v in {**values(), **others}.items()}
    found |= {name: reference.value(X, "matrix") for name, X in matrices.items()}
    return reference.evaluate(text, found, SIZES)


def assert_inside(array, basis, axes):
    """Along those two axes the array is what its products with the basis add up to."""
    products = [np.tensordot(array, H, (axes, (0, 1))) for H in basis]
    again = sum(np.multiply.outer(p, H) for p, H in zip(products, basis, strict=True))
    again = np.moveaxis(again, (-2, -1), axes)
    np.testing.assert_allclose(again, array, atol=1e-9 * max(1, np.abs(array).max()))


def assert_close(found, wanted, tolerance):
    scale = max(1.0, np.abs(wanted).max(initial=0.0))
    np.testing.assert_allclose(found, wanted, atol=tolerance * scale)


def mixed_slope(f):
    """The derivative of f(s, t) by s and by t at 0: differences at three steps, extrapolated."""
    row = []
    for h in (0.04, 0.02, 0.01):
        corners = f(h, h) - f(h, -h) - f(-h, h) + f(-h, -h)
        new = [corners / (4 * h * h)]
        for k, above in enumerate(row, start=1):
            new.append(new[-1] + (new[-1] - above) / (4**k - 1))
        row = new
    return row[-1]


FIRST_ORDER = [
    "tr(C*X)",
    "x'*X*y",
    "tr(A*X*B*A*X*B)",
    "norm2(X*x-y)^2",
    "det(X+2*eye(n))",
    "logdet(X*X'+eye(n))",
    "x'*inv(X+4*eye(n))*y",
    "sum(exp(X.*C))",
    "tr(X)*sum(X')",
    "sum(kron(X, A))",
    "X*x",
    "r*X",
    "diag(X*C)",
    "tanh(X'*x)",
    "A*X*B",
    "X*X'",
    "inv(X+4*eye(n))",
    "sin(a*X)",
    "X^3",
    "[X, x; r, a]",
]


@pytest.mark.parametrize("text", FIRST_ORDER)
@pytest.mark.parametrize("structure", SUBSPACES)
def test_first_derivatives(structure, text):
    X = MEMBERS[structure]
    found = derivative(text, "X", {"X": structure})
    basis = SUBSPACES[structure](X)
    assert_inside(found, basis, (found.ndim - 2, found.ndim - 1))
    for H in basis:
        slope = along(lambda t, H=H: value(text, {"X": moved(structure, X, H, t)})).derivative
        assert_close(np.tensordot(found, H, 2), slope, 1e-7)


SECOND_ORDER = [
    "tr(X*C*X*C)",
    "x'*X*X*y",
    "logdet(X*X'+eye(n))",
    "sum(exp(X.*C))",
    "tr(X)*det(X+2*eye(n))",
    "r*inv(X+4*eye(n))*x",
]
LINEAR = [structure for structure in SUBSPACES if structure not in ("orthogonal", "psd")]


@pytest.mark.parametrize("text", SECOND_ORDER)
@pytest.mark.parametrize("structure", LINEAR)
def test_second_derivatives(structure, text):
    X = MEMBERS[structure]
    found = derivative(text, ["X", "X"], {"X": structure})
    basis = SUBSPACES[structure](X)
    assert_inside(found, basis, (0, 1))
    assert_inside(found, basis, (2, 3))
    for H in basis:
        for G in basis:
            slope = mixed_slope(lambda s, t, H=H, G=G: value(text, {"X": X + s * H + t * G}))
            assert_close(np.tensordot(np.tensordot(found, G, 2), H, 2), slope, 1e-7)


@pytest.mark.parametrize("first", LINEAR)
@pytest.mark.parametrize("second", ["symmetric", "skew", "lower"])
def test_mixed_derivatives(first, second):
    text = "tr(X*C*Y*X)*x'*Y*x"
    structures = {"X": first, "Y": second}
    X, Y = MEMBERS[first], MEMBERS[second]
    found = derivative(text, ["X", "Y"], structures)
    assert_inside(found, SUBSPACES[first](X), (0, 1))
    assert_inside(found, SUBSPACES[second](Y), (2, 3))
    by_vector = derivative(text, ["x", "X"], structures)
    assert_inside(by_vector, SUBSPACES[first](X), (1, 2))
    for H in SUBSPACES[first](X):
        for G in SUBSPACES[second](Y):
            slope = mixed_slope(
                lambda s, t, H=H, G=G: value(text, {"X": X + s * H, "Y": Y + t * G})
            )
            assert_close(np.tensordot(np.tensordot(found, G, 2), H, 2), slope, 1e-7)
