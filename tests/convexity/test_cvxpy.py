"""At least what disciplined convex programming certifies, on CVXPY's own verdicts.

`tests/data/curvature.jsonl` has them, one function a line, in our language and in CVXPY's; where
CVXPY is installed, they are asked for again.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.convexity.questions import verdict

LINES = Path(__file__).parents[1].joinpath("data", "curvature.jsonl").read_text("utf-8")
CASES = [json.loads(line) for line in LINES.splitlines()]

# What is convex or concave may be found to be more.
_SAID = {
    "AFFINE": ("affine",),
    "CONVEX": ("affine", "convex", "strictly convex", "strongly convex"),
    "CONCAVE": ("affine", "concave", "strictly concave", "strongly concave"),
}


def test_there_are_enough_functions():
    assert len({case["expression"] for case in CASES}) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"])
def test_what_cvxpy_certifies_is_certified(case):
    found = verdict(case["expression"], case["wrt"], case["declared"])
    assert found.kind in _SAID[case["curvature"]]


# More than that: CVXPY certifies none of these as they are written here.
BEYOND = [
    ("log(1+exp(x))", "x", {"x": "scalar"}, "cp.log(1 + cp.exp(t))"),
    ("(X*w-y)'*(X*w-y)", "w", {}, "(A @ x - b).T @ (A @ x - b)"),
    (
        "sum(log(vector(1)+exp(-y.*(X*w))))",
        "w",
        {},
        "cp.sum(cp.log(1 + cp.exp(-cp.multiply(b, A @ x))))",
    ),
    (
        "x*log(x/y)",
        "x",
        {"x": "scalar", "y": "scalar positive"},
        "t * cp.log(t / 2)",
    ),
    ("sqrt(1+x^2)", "x", {"x": "scalar"}, "cp.sqrt(1 + t**2)"),
    ("x^2+sin(x)", "x", {"x": "scalar"}, None),
    ("tr(X*S*X*S)", "X", {"X": "matrix n,n symmetric", "S": "matrix n,n psd"}, None),
]


@pytest.mark.parametrize(("expression", "wrt", "declared", "theirs"), BEYOND)
def test_more_is_certified(expression, wrt, declared, theirs):
    assert verdict(expression, wrt, declared).kind in _SAID["CONVEX"]


@pytest.fixture(scope="module")
def names():
    """The variables and constants of the lines."""
    cp = pytest.importorskip("cvxpy")
    rng = np.random.default_rng(0)
    return {
        "cp": cp,
        "A": rng.standard_normal((4, 3)),
        "B": rng.standard_normal((3, 3)),
        "R": rng.standard_normal((3, 4)),
        "T": rng.standard_normal((4, 5)),
        "P": np.eye(3),
        "a": rng.standard_normal(3),
        "b": rng.standard_normal(4),
        "w": rng.uniform(0.1, 1, 3),
        "c": 2.0,
        "s": 2.0,
        "t": cp.Variable(),
        "x": cp.Variable(3),
        "y": cp.Variable(4, pos=True),
        "z": cp.Variable(3, pos=True),
        "S": cp.Variable((3, 3), PSD=True),
        "U": cp.Variable((4, 2)),
        "V": cp.Variable((5, 3)),
        "X": cp.Variable((3, 3)),
        "Y": cp.Variable((3, 3), symmetric=True),
    }


@pytest.mark.filterwarnings("ignore")
def test_the_verdicts_are_cvxpys(names):
    for case in CASES:
        theirs = eval(case["cvxpy"], names)
        assert theirs.curvature == case["curvature"], case["expression"]
    for expression, _, _, theirs in BEYOND:
        if theirs is not None:
            assert not eval(theirs, names).is_convex(), expression
