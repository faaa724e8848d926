"""Derivatives against values that JAX computed for hand-written functions (float64).

`data/references.jsonl` has a request a line, a point, and there the value and the derivative.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from mcalc import derive

DATA = Path(__file__).parent / "data"
CASES = [json.loads(line) for line in (DATA / "references.jsonl").read_text().splitlines()]
TOLERANCE = 1e-6


def arguments(code, at):
    return {
        keyword: np.array(at[name], dtype=float) if np.ndim(at[name]) else float(at[name])
        for name, keyword in code.arguments.items()
    }


def assert_close(found, wanted):
    found, wanted = np.asarray(found), np.asarray(wanted, dtype=float)
    assert found.shape == wanted.shape
    size = np.abs(wanted).max(initial=0.0)
    assert np.abs(found - wanted).max(initial=0.0) <= TOLERANCE * max(size, 1e-3)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_code_gives_the_reference_values(case):
    answer = derive(**case["request"])
    for point in case["points"]:
        by_variables = {tuple(d["wrt"]): d["array"] for d in point["derivatives"]}
        assert {d.wrt for d in answer.derivatives} == set(by_variables)
        for derivative in answer.derivatives:
            function = derivative.compile("numpy")
            given = arguments(derivative.numpy, point["at"])
            kept = {name: np.array(value) for name, value in given.items()}
            wanted = by_variables[derivative.wrt]
            assert_close(function(**given), wanted)
            assert_close(function.value(**given), point["value"])
            value, both = function.value_and_derivative(**given)
            assert_close(value, point["value"])
            assert_close(both, wanted)
            for name, value in given.items():
                assert np.array_equal(kept[name], value), f"the code changes {name}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_text_means_the_derivative(case):
    """The text, sent back as an expression, has the reference value."""
    answer = derive(**case["request"])
    declared = answer.as_dict()["variables"]
    for derivative in answer.derivatives:
        again = derive(derivative.text, variables=declared)
        if not again.derivatives:  # no variable is left: the size of a constant is all it says
            continue
        for point in case["points"]:
            wanted = next(
                np.array(d["array"], dtype=float)
                for d in point["derivatives"]
                if tuple(d["wrt"]) == derivative.wrt
            )
            read = again.derivatives[0]
            found = read.compile("numpy").value(**arguments(read.numpy, point["at"]))
            if derivative.derivative.notation == "vec":
                columns = int(np.prod(np.shape(point["at"][derivative.wrt[-1]]), dtype=int))
                wanted = wanted.reshape(-1, columns, order="F")
                found = np.reshape(found, wanted.shape)
            assert_close(found, wanted)
