"""Every bad input is answered by an error of the right kind, never by a traceback."""

import io
import json
from pathlib import Path

import pytest

from mcalc import batch

DATA = Path(__file__).parent / "data"
CASES = [json.loads(line) for line in (DATA / "refusals.jsonl").read_text().splitlines()]
TOO_LARGE = {
    "a sum of 20,000 terms": "+".join(["x'*x"] * 20_000),
    "a product of 20,000 factors": "*".join(["A"] * 20_000),
    "20,000 brackets": "(" * 20_000 + "x" + ")" * 20_000,
    "20,000 calls": "exp(" * 20_000 + "x" + ")" * 20_000,
    "201 brackets": "(" * 201 + "x" + ")" * 201,
    "a number of 51 digits": "x*" + "1" * 51,
    "a tower of exponents": "a^(9^(9^9))",
    "a huge matrix power": "tr(X^1000000000)",
}
CASES += [
    {"name": name, "line": json.dumps({"expression": text}), "kinds": ["limit"]}
    for name, text in TOO_LARGE.items()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_refused_with_the_right_kind(case):
    out = io.BytesIO()
    batch.run(io.BytesIO(case["line"].encode() + b"\n"), out)
    (line,) = out.getvalue().splitlines()
    error = json.loads(line)["error"]
    assert error["kind"] in case["kinds"], error
    assert error["message"].strip()
    if "position" in error:
        expression = json.loads(case["line"])["expression"]
        assert 0 <= error["position"] <= len(expression)
        assert 0 <= error["position"] + error["length"] <= len(expression) + 1
