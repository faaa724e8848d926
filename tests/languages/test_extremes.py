"""Values and derivatives at extreme arguments, where what is true is known without computing."""

import math

import numpy as np
import pytest

from mcalc import derive
from tests.languages.compute import JULIA, PYTHON

POINTS = [
    ("sum(softplus(x))", "x", {"x": [1e3, -1e3]}, 1e3, [1.0, 0.0]),
    ("sum(sigmoid(x))", "x", {"x": [1e3, -1e3]}, 1.0, [0.0, 0.0]),
    ("logsumexp(x)", "x", {"x": [1e3, 1e3]}, 1e3 + math.log(2), [0.5, 0.5]),
    ("logsumexp(x)", "x", {"x": [-1e3, -1e3]}, -1e3 + math.log(2), [0.5, 0.5]),
    ("y'*softmax(x)", "x", {"x": [1e3, -1e3], "y": [2.0, 5.0]}, 2.0, [0.0, 0.0]),
    ("logdet(X)", "X", {"X": 1e-3 * np.eye(1000)}, 1000 * math.log(1e-3), 1e3 * np.eye(1000)),
    ("sum(tanh(x))", "x", {"x": [1e3, -1e3]}, 0.0, [0.0, 0.0]),
]
NORMS = [
    ("norm2(x)", "x", {"x": [3e-200, 4e-200]}, 5e-200, [0.6, 0.8]),
    ("norm2(x)", "x", {"x": [3e200, 4e200]}, 5e200, [0.6, 0.8]),
]
CASES = [
    *[(name, *p) for name in (*PYTHON, *JULIA) for p in POINTS],
    *[(name, *p) for name in PYTHON for p in NORMS],  # our reader of Julia has NumPy's norm
]


@pytest.mark.parametrize(("target", "expression", "wrt", "at", "value", "slope"), CASES)
def test_right_at_extremes(target, expression, wrt, at, value, slope):
    code = derive(expression, wrt=wrt).only.code(target)
    given = {code.arguments[v]: np.array(x, dtype=float) for v, x in at.items()}
    found = {**PYTHON, **JULIA}[target](code.source, given)
    for ours, true in zip(found, (value, slope), strict=True):
        np.testing.assert_allclose(np.asarray(ours), true, rtol=1e-10, atol=1e-300)
