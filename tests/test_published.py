"""Answers are no longer than those that matrixcalculus.org gave for the same questions."""

import json
from pathlib import Path

import pytest

from mcalc import derive
from mcalc.syntax.parser import parse

DATA = Path(__file__).parent / "data"
CASES = [json.loads(line) for line in (DATA / "published.jsonl").read_text().splitlines()]
COMPARABLE = [case for case in CASES if case["operators"] is not None]

CONSTANTS = {"eye", "ones", "zeros"}


def operators(text):
    """The operators and calls in a formula; constants and a number's own sign count nothing."""
    total, stack = 0, [parse(text)]
    while stack:
        node = stack.pop()
        if node.kind == "call" and node.text in CONSTANTS:
            continue
        if node.kind == "call" and node.text in ("vector", "matrix"):
            total += not _is_literal(node.args[0])
        elif node.kind == "unary":
            total += node.text == "-" and not _is_literal(node.args[0])
        elif node.kind not in ("number", "name", "row"):
            total += 1
        stack.extend(node.args)
    return total


def _is_literal(node):
    while node.kind == "unary":
        node = node.args[0]
    return node.kind == "number"


@pytest.mark.parametrize("case", COMPARABLE, ids=lambda case: case["name"])
def test_no_longer_than_published(case):
    assert operators(case["published"]) == case["operators"]
    answer = derive(**case["request"])
    assert operators(answer.text) <= case["operators"], answer.text


def test_shorter_in_total():
    ours = sum(operators(derive(**case["request"]).text) for case in COMPARABLE)
    published = sum(case["operators"] for case in COMPARABLE)
    assert ours <= 0.7 * published
