"""Modules that check themselves: a right one passes, and a wrong one does not."""

import subprocess
import sys

import pytest

from mcalc import derive
from mcalc.errors import RequestError

QUESTIONS = [
    {"expression": "norm2(A*x-y)^2", "wrt": "x"},
    {"expression": "norm2(A*x-y)^2", "wrt": "x", "order": 2},
    {"expression": "norm2(A*x-y)^2", "wrt": ["x", "y"]},
    {"expression": "A*X*B", "wrt": "X"},
    {"expression": "a*A*x", "wrt": "a"},
    {"expression": "c^4", "wrt": "c", "order": 3},
    {"expression": "log(x)'*x", "wrt": "x", "order": 3},
    {"expression": "logdet(S)", "wrt": "S", "order": 2, "variables": {"S": {"structure": ["spd"]}}},
    {"expression": "tr(Q*A)", "wrt": "Q", "variables": {"Q": {"structure": ["orthogonal"]}}},
    {"expression": "logdet(X)", "wrt": "X", "order": 2, "along": "V"},
    {"expression": "A*x", "wrt": "x", "layout": "denominator"},
    {"expression": "tr(A*X)", "wrt": "X", "layout": "numerator"},
    {"expression": "a*X*A", "wrt": "a", "layout": "denominator"},
    {"expression": "X*A", "wrt": "X", "layout": "denominator"},
    {"expression": "inv(X)", "wrt": "X", "layout": "denominator"},
    {"expression": "x*y'", "wrt": ["x", "y"], "layout": "denominator"},
    {"expression": "x'*A*y", "wrt": ["x", "y"], "layout": "denominator"},
    {"expression": "x.*x.*x", "wrt": "x", "order": 2, "layout": "denominator"},
    {"expression": "tr(X'*A*X)", "wrt": "X", "order": 2, "layout": "denominator"},
]
BLOCKS = [
    {"expression": "norm2(T-U*V')^2", "wrt": "U", "order": 2},
    {"expression": "A*X", "wrt": "X"},
    {"expression": "A*X", "wrt": "X", "layout": "denominator"},
    {"expression": "x'*x", "wrt": "x", "order": 2},
]


def source(question, language="numpy"):
    return derive(**question, with_check=True).only.code(language).source


def run(module):
    return subprocess.run([sys.executable, "-c", module], capture_output=True, text=True)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q['expression']} {q['wrt']}")
def test_right_modules_pass(question, capsys):
    exec(compile(source(question), "generated", "exec"), {"__name__": "__main__"})
    assert "differences of the value" in capsys.readouterr().out


@pytest.mark.parametrize("question", BLOCKS, ids=lambda q: f"{q['expression']} {q['wrt']}")
def test_blocks_are_tried_as_parts_of_the_whole(question, capsys):
    exec(compile(source(question, "blocks"), "generated", "exec"), {"__name__": "__main__"})
    assert "differences of the value" in capsys.readouterr().out


def test_a_wrong_module_fails():
    right = source(QUESTIONS[0])
    wrong = right.replace("return 2.0 *", "return 3.0 *")
    assert wrong != right
    assert run(right).returncode == 0
    failed = run(wrong)
    assert failed.returncode == 1
    assert "AssertionError" in failed.stderr


def test_it_is_there_only_where_it_is_asked_for():
    assert "__main__" not in derive("x'*x", wrt="x").only.numpy.source


def test_what_cannot_be_tried_is_refused():
    with pytest.raises(RequestError, match="no check of its own"):
        source({"expression": "f(a)", "wrt": "a", "variables": {"f": {"kind": "function"}}})
