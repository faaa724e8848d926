"""The largest and the smallest entry: their derivatives as texts, told apart from rounding."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.numeric.evaluate import evaluate

ENTRIES = ["x", "x-y", "3*x-y/3", "x'", "A*x-y", "x.*y+z", "exp(x)-y", "X-Y", "X'*X-Y", "abs(x-y)"]


@pytest.mark.parametrize("entries", ENTRIES)
@pytest.mark.parametrize("extremum", ["max", "min"])
def test_the_text_means_the_entry_whatever_the_rounding(extremum, entries):
    name = "X" if "X" in entries else "x"
    declared = {"A": {"shape": ["n", "n"]}} if "A" in entries else {}
    found = derive(f"{extremum}({entries})", name, variables=declared).only
    sizes = {str(axis) for v in found.question.variables.values() for axis in v.shape.axes}
    known = {
        v: {"kind": node.shape.kind, "shape": [str(axis) for axis in node.shape.axes]}
        for v, node in found.question.variables.items()
    }
    read = derive(found.text, variables=known).question.value
    rng = np.random.default_rng(1)
    at = dict.fromkeys(sizes, 3)
    for _ in range(20):
        values = {
            v: rng.standard_normal([3] * len(node.shape.axes))
            for v, node in found.question.variables.items()
        }
        ours, theirs = evaluate([found.result, read], values, at)
        np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)
