"""The page of worked examples is what the program derives, and every line of it is true."""

import importlib.util
import shlex
import textwrap
from pathlib import Path

import pytest

from mcalc import derive
from mcalc.cli import main
from tests.derivations import check

DOCS = Path(__file__).parents[1] / "docs"


def load():
    spec = importlib.util.spec_from_file_location("examples", DOCS / "examples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = load()


def test_the_page_is_up_to_date():
    written = (DOCS / "examples.md").read_text("utf-8")
    assert written == EXAMPLES.page(), "run make documents"


@pytest.mark.parametrize("example", EXAMPLES.EXAMPLES, ids=lambda example: example.title)
def test_every_line_equals_the_one_before(example):
    answer = derive(example.expression, wrt=example.wrt, **example.fields)
    assert check(answer, answer.only)


def test_the_page_has_what_the_course_derives():
    asked = " ".join(example.expression for example in EXAMPLES.EXAMPLES)
    for expression in ("A^3", "A^-1", "det(A)", "x'*A*x", "norm2(A)", "diag(x)", "p*p'", "sin(x)"):
        assert expression in asked


@pytest.mark.parametrize("example", EXAMPLES.EXAMPLES, ids=lambda example: example.title)
def test_the_commands_of_the_page_are_right(example, capsys):
    """What the page says to type gives the derivation below it."""
    page = (DOCS / "examples.md").read_text("utf-8")
    section = page.split(f"## {example.title}\n")[1]
    _, command, after = section.split("`", 2)
    main(shlex.split(command)[1:])
    derivation = textwrap.indent(after.split("```\n")[1], "  ")
    assert derivation in capsys.readouterr().out
