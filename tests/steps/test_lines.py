"""The lines of the derivations of all reference cases are equal, none is missing or repeated."""

import json
from pathlib import Path

import pytest

from mcalc import derive
from tests.derivations import check

DATA = Path(__file__).parents[1] / "data"
CASES = [json.loads(line) for line in (DATA / "references.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_line_equals_the_one_before(case):
    answer = derive(**case["request"])
    for derivative in answer.derivatives:
        found = derivative.steps
        assert found[0].of == "f"
        assert any(step.of == "df" for step in found)
        assert found[-1].text == derivative.text
        assert check(answer, derivative)
