"""No false verdict on random functions, against chords and Hessians at random points."""

import random

import pytest

from mcalc.convexity.verdict import curvature
from mcalc.errors import McalcError
from tests.convexity.random_questions import lowered, random_question
from tests.convexity.sampled import violation

QUESTIONS = 80


@pytest.mark.parametrize("seed", range(5))
def test_no_verdict_is_false(seed):
    rng = random.Random(seed)
    asked = decided = measured = 0
    while asked < QUESTIONS:
        text, name = random_question(rng)
        try:
            found = lowered(text)
        except McalcError:  # without a value: a root of a negative number
            continue
        if name not in found.variables:
            continue
        asked += 1
        X = found.variables[name]
        judged = curvature(found.value, X)
        for kind, conditions in [(judged.kind, ()), *judged.when]:
            if kind != "unknown":
                decided += 1
                fault, chords = violation(found.value, X, kind, conditions, seed=asked, draws=2)
                assert fault is None, f"{text} in {name}: {kind} {conditions}: {fault}"
                measured += chords > 0
    # Most verdicts can be held against numbers, and there are enough of them.
    assert decided > QUESTIONS / 3
    assert measured > decided / 2
