import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcalc import ops  # noqa: F401 - fills the table
from mcalc.core.op import OPS
from mcalc.errors import LimitError, ParseError
from mcalc.terminal import (
    RED,
    answer_text,
    error_text,
    failures,
    format_text,
    function_list,
    styled,
)

# Errors


def excerpt(text: str, position: int, length: int = 1, width: int = 80) -> str:
    """The line and the carets, with the indentation off."""
    error = ParseError("Message.", position=position, length=length)
    message, *lines = error_text(error, text, width + 2).split("\n")
    assert message == "Message."
    assert all(line.startswith("  ") for line in lines)
    return "\n".join(line[2:] for line in lines)


@pytest.mark.parametrize(
    ("text", "position", "length", "shown"),
    [
        ("a+b", 1, 1, "a+b\n ^"),
        ("abc", 0, 3, "abc\n^^^"),
        ("a+", 2, 1, "a+\n  ^"),
        ("", 0, 1, "\n^"),
        ("矩阵+%", 3, 1, "矩阵+%\n     ^"),
        ("矩阵+x", 0, 2, "矩阵+x\n^^^^"),
        ("e\u0301+%", 3, 1, "e\u0301+%\n  ^"),
        ("ae\u0301%", 2, 1, "ae\u0301%\n ^"),
        ("\u1112\u1161+%", 3, 1, "\u1112\u1161+%\n   ^"),
        ("\u0301x", 0, 1, "U+0301x\n^^^^^^"),
        ("a\t+\u3000%", 4, 1, "a + %\n    ^"),
        ("a\x1b[31m", 1, 1, "aU+001B[31m\n ^^^^^^"),
        ("a\u202eb%", 3, 1, "aU+202Eb%\n        ^"),
        ("a+\nb+%\nc", 5, 1, "b+%\n  ^"),
        ("a+\r\nb+%\r\nc", 6, 1, "b+%\n  ^"),
        ("a+(\nb", 2, 3, "a+(\n  ^"),
        ("a\n\nb", 2, 1, "\n^"),
    ],
)
def test_the_caret_stands_under_the_place(text, position, length, shown):
    assert excerpt(text, position, length) == shown


def test_a_long_line_is_cut_around_the_place():
    text = "a" * 500 + "%" + "b" * 500
    assert excerpt(text, 500, width=11) == "…aaaa%bbbb…\n     ^"
    assert excerpt(text, 0, width=11) == "aaaaaaaaa…\n^"
    assert excerpt(text, 1000, width=11).split("\n")[0].endswith("bbb")
    assert excerpt("矩" * 100, 50, width=20).split("\n")[1].strip() == "^^"


def test_message_and_hint_show_no_control_characters():
    error = LimitError("a\x1b[31m", hint="b\x07")
    assert error_text(error, "x", 80) == "aU+001B[31m\nhint: bU+0007"


def cells(text: str) -> int:
    """The width of a text that has no Hangul vowels."""
    return sum(
        (unicodedata.category(c) not in ("Mn", "Me"))
        * (1 + (unicodedata.east_asian_width(c) in "WF"))
        for c in text
    )


@given(
    st.text(max_size=60).filter(lambda text: not re.search("[\u1160-\u11ff]", text)),
    st.integers(0, 60),
    st.integers(1, 60),
    st.integers(15, 60),
)
def test_any_text_is_shown_safely_and_within_the_width(text, position, length, width):
    line, carets = excerpt(text, min(position, len(text)), length, width).split("\n")
    assert (line + carets).isprintable()
    assert re.fullmatch(r" *\^+", carets)
    assert cells(line) <= width
    assert len(carets) <= width


# Answers

X = {
    "wrt": ["X"],
    "kind": "gradient",
    "shape": ["p", "p"],
    "text": "x'*A*x*adj(X)'",
    "latex": "x^\\top",
    "notation": "matrix",
    "tensor": "…",
    "differential": {"text": "x'*A*x*tr(adj(X)*dX)"},
    "conditions": ["X is invertible", "x ≠ 0"],
    "steps": [
        {"of": "f", "rule": "the function", "formula": "det(X)", "text": "det(X)"},
        {
            "of": "df",
            "rule": "d det(X) = tr(adj(X)*d(X))",
            "formula": "tr(adj(X)*d(X))",
            "text": "tr(adj(X)*d(X))",
            "source": "Jacobi's formula",
        },
        {"of": "df", "rule": "so on", "formula": "x" * 70, "text": "x" * 70, "left_out": 3},
    ],
    "code": {"numpy": {"source": "import numpy as np\n"}},
    "check": {"passed": True, "max_relative_error": 2.1e-10, "points": 5, "sizes": {"p": 3}},
    "compare": {"equal": False, "max_relative_error": 0.41, "at": {"X": [[1.5]]}},
}
Y = {
    **{key: X[key] for key in ("latex", "code", "tensor", "differential")},
    "wrt": ["x", "x", "y"],
    "kind": "tensor",
    "shape": ["n", "n", 3],
    "text": "kron(A, eye)",
    "notation": "vec",
}
ANSWER = {
    "expression": {"text": "det(X)*x'*A*x", "latex": "", "shape": []},
    "variables": {
        "A": {"kind": "matrix", "shape": ["n", 3], "structure": ["symmetric"]},
        "X": {},
    },
    "derivatives": [X, Y],
}


def test_answer_text():
    assert (
        answer_text(ANSWER)
        == """\
det(X)*x'*A*x  (scalar)
  A: matrix n 3 symmetric
  X:

d/dX  gradient (p×p)
  x'*A*x*adj(X)'
  valid where X is invertible; x ≠ 0
  differential: x'*A*x*tr(adj(X)*dX)
  steps:
     f = det(X)            the function
    df = tr(adj(X)*d(X))   d det(X) = tr(adj(X)*d(X)) [1]
       = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                           so on, after 3 more
    [1] Jacobi's formula
  check: passed, largest relative error 2.1e-10 at 5 points with p = 3
  compare: NOT EQUAL, largest relative error 4.1e-01
    at X = [[1.5]]

d³/dx² dy  tensor (n×n×3)
  kron(A, eye)
  is the Jacobian of vec(value) by vec(variable); entry by entry:
  …
  differential: x'*A*x*tr(adj(X)*dX)"""
    )


EXACT = {"passed": True, "method": "exact", "sizes": {"n": 3}, "entries": 9}
STATIONARY = {
    "name": "normal equations",
    "equation": {"left": {"text": "A'*A*x"}, "right": {"text": "A'*y"}},
    "solution": {"text": "pinv(A)*y"},
    "conditions": ["A has full column rank"],
}


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"check": EXACT | {"proven": True}},
         ["check: passed, all 9 entries proven equal with n = 3"]),
        ({"check": EXACT | {"proven": False, "points": 3}},
         ["check: passed, all 9 entries equal to many digits at 3 points with n = 3"]),
        ({"check": EXACT | {"passed": False, "entry": [0, 1]}},
         ["check: NOT PASSED with n = 3",
          "  most at the entry [0, 1], counted from 0"]),
        ({"check": {"passed": None, "method": "exact", "reason": "it is too large"}},
         ["check: NOT POSSIBLE, it is too large"]),
        ({"compare": {"equal": True, "max_relative_error": 0.0, "up_to": "layout",
                      "note": "equal up to layout: yours is the transpose"}},
         ["compare: equal, largest relative error 0.0e+00",
          "  equal up to layout: yours is the transpose"]),
        ({"compare": {"equal": False, "max_relative_error": 0.5, "up_to": None,
                      "entry": [1], "ours": 2.0, "yours": 4.0}},
         ["compare: NOT EQUAL, largest relative error 5.0e-01",
          "  most at the entry [1], counted from 0: ours 2, yours 4"]),
        ({"stationary": STATIONARY},
         ["zero where A'*A*x = A'*y (normal equations): X = pinv(A)*y, if A has full column rank"]),
        ({"stationary": STATIONARY | {"solution": None, "conditions": []}},
         ["zero where A'*A*x = A'*y (normal equations)"]),
    ],
)  # fmt: skip
def test_verdicts_and_stationary_points(fields, lines):
    part = {k: v for k, v in X.items() if k not in ("check", "compare", "steps", "conditions")}
    shown = answer_text({**ANSWER, "derivatives": [part | fields]}).split("\n\n")[1].split("\n")
    assert shown[2:] == [f"  {line}" for line in lines]


def test_one_format_alone():
    single = {**ANSWER, "derivatives": [X]}
    assert format_text(single, "latex", headed=False) == "x^\\top"
    assert format_text(single, "numpy", headed=False) == "import numpy as np"
    assert format_text(single, "numpy", headed=True).startswith("# d/dX  gradient (p×p)\n")


def test_several_derivatives_have_headings_in_comments():
    assert format_text(ANSWER, "latex", headed=False).split("\n") == [
        "% d/dX  gradient (p×p)",
        "x^\\top",
        "% d³/dx² dy  tensor (n×n×3)",
        "x^\\top",
    ]


def test_failures():
    (failure,) = failures(ANSWER)
    assert failure.startswith("d/dX")
    assert "NOT EQUAL" in failure
    assert failures({**ANSWER, "derivatives": [Y]}) == []


# Functions


def test_the_list_has_every_function_once():
    listed = re.findall(r"^  ([\w, ]+?)  ", function_list(), re.MULTILINE)
    names = [name for group in listed for name in group.split(", ")]
    assert sorted(names) == sorted(filter(str.isidentifier, OPS))


# Style


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_style_only_on_a_terminal_that_wants_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert styled("x", RED, Terminal()) == "\x1b[31mx\x1b[0m"
    assert styled("x", RED, io.StringIO()) == "x"
    monkeypatch.setenv("TERM", "dumb")
    assert styled("x", RED, Terminal()) == "x"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert styled("x", RED, Terminal()) == "x"
