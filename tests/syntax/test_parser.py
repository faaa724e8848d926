import sys
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mcalc import resources
from mcalc.errors import LimitError, McalcError, ParseError
from mcalc.syntax.parser import MAX_DEPTH, MAX_DIGITS, MAX_LENGTH, Limits, parse
from mcalc.syntax.surface import Node

DATA = Path(__file__).parents[1] / "data"
UNLIMITED = Limits(length=10**6, depth=10**6, digits=10**6)


def lines(name: str) -> list[str]:
    text = (DATA / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if not line.startswith("#")]


def nodes(tree: Node) -> Iterator[Node]:
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += node.args


def fault(text: str, limits: Limits | None = None) -> McalcError:
    with pytest.raises(McalcError) as caught:
        parse(text) if limits is None else parse(text, limits)
    return caught.value


# Trees


@pytest.mark.parametrize("line", [line for line in lines("syntax_trees.txt") if line])
def test_tree(line):
    text, tree = line.split(" => ")
    assert repr(parse(text)) == tree


@pytest.mark.parametrize("line", [line for line in lines("syntax_trees.txt") if line])
def test_white_space_around_the_formula_moves_it(line):
    text = line.split(" => ")[0]
    here, moved = nodes(parse(text)), nodes(parse(f"\n\t {text}\r\n"))
    for a, b in zip(here, moved, strict=True):
        assert (a.start + 3, a.end + 3, a.op_start + 3) == (b.start, b.end, b.op_start)


def test_names_are_normalised_and_places_are_not():
    tree = parse("e\u0301*\u212b")
    assert [arg.text for arg in tree.args] == ["\u00e9", "\u00c5"]
    assert [(arg.start, arg.end) for arg in tree.args] == [(0, 2), (3, 4)]


def test_positions():
    text = "2*( A + B )⁻¹ - kron (x, [y'; z])'"
    places = [
        (n.kind, text[n.start : n.end], text[n.op_start : n.op_end]) for n in nodes(parse(text))
    ]
    assert sorted(places) == sorted(
        [
            ("binary", text, "-"),
            ("binary", "2*( A + B )⁻¹", "*"),
            ("number", "2", "2"),
            ("binary", "( A + B )⁻¹", "⁻¹"),
            ("binary", "( A + B )", "+"),
            ("name", "A", "A"),
            ("name", "B", "B"),
            ("number", "⁻¹", "⁻¹"),
            ("transpose", "kron (x, [y'; z])'", "'"),
            ("call", "kron (x, [y'; z])", "kron"),
            ("name", "x", "x"),
            ("block", "[y'; z]", "[y'; z]"),
            ("row", "y'", "y'"),
            ("transpose", "y'", "'"),
            ("name", "y", "y"),
            ("row", "z", "z"),
            ("name", "z", "z"),
        ]
    )


def test_positions_of_definitions():
    text = "T*x where T = 2, x = -T"
    tree = parse(text)
    places = [(text[n.start : n.end], text[n.op_start : n.op_end]) for n in (tree, *tree.args)]
    assert places == [(text, "where"), ("T*x", "*"), ("T = 2", "T"), ("x = -T", "x")]


# Errors


def error_cases() -> list[list[str]]:
    return [
        case.split("\n") for case in "\n".join(lines("syntax_errors.txt")).strip().split("\n\n")
    ]


@pytest.mark.parametrize(("text", "carets", "message"), error_cases())
def test_error(text, carets, message):
    error = fault(text)
    assert isinstance(error, ParseError)
    assert error.message == message
    assert (error.position, error.length) == (carets.index("^"), carets.count("^"))
    assert error.hint


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_empty(text):
    error = fault(text)
    assert isinstance(error, ParseError)
    assert error.message == "The expression is empty."
    assert error.position is None


@pytest.mark.parametrize(
    "c",
    [
        *"\x00\x07\x1b\x1c\x7f\x85",
        *"\u200b\u200d\u2060\ufeff\u00ad",  # of no width
        *"\u202e\u2066\u061c",  # bidi
        *"\ue000\U000f0000\uffff\ud800\udfff",  # private, not a character, surrogates
        *"\u115f\u3164",  # letters that do not show
        *"\u0301\u20dd\ufe0f",  # marks
    ],
)
@pytest.mark.parametrize("before", ["", "x", "x*"])
def test_what_does_not_show_is_refused_and_shown(c, before):
    error = fault(f"{before}{c}y")
    assert isinstance(error, ParseError)
    joined = before == "x" and unicodedata.category(c).startswith("M")  # blamed with its letter
    assert error.position == (0 if joined else len(before))
    assert error.length == (2 if joined else 1)
    assert f"U+{ord(c):04X}" in error.message
    assert c not in error.message


@pytest.mark.parametrize("c", "٣½①ⁿᵢʰªʹ🙂√")
@pytest.mark.parametrize("before", ["", "x", "2*"])
def test_what_is_no_letter_is_refused(c, before):
    error = fault(before + c)
    assert isinstance(error, ParseError)
    assert (error.position, error.length) == (len(before), 1)


@pytest.mark.parametrize(
    "name", ["é", "e\u0301", "r\u0304\u0323", "ℓ", "я", "א", "行列ー", "한", "ß2_"]
)
def test_letters_of_any_script(name):
    (found,) = parse(f"-{name}").args
    assert found.text == unicodedata.normalize("NFC", name)


def test_messages_stay_short():
    assert len(fault("x" * 3000 + " y").message) < 100


def test_what_was_typed_is_not_a_template():
    assert "{previous}" not in fault("x {previous}").message
    assert fault("x.*{found}").message == "Curly brackets have no meaning in a formula."


# Limits


def test_length():
    assert MAX_LENGTH == 4000
    for n in (MAX_LENGTH - 1, MAX_LENGTH):
        assert parse("x" + "'" * (n - 1)).end == n
    error = fault("x" * (MAX_LENGTH + 1))
    assert isinstance(error, LimitError)
    assert "4001" in error.message
    assert "4000" in error.message


@pytest.mark.parametrize(("left", "right"), ["()", "[]", "‖‖", ("f(", ")"), ("x^-(", ")^2")])
def test_depth(left, right):
    assert MAX_DEPTH == 200
    for n in (MAX_DEPTH - 1, MAX_DEPTH):
        parse(left * n + "x" + right * n)
    error = fault(left * (MAX_DEPTH + 1) + "x" + right * (MAX_DEPTH + 1))
    assert isinstance(error, LimitError)
    assert "200" in error.message
    last = len(left) * (MAX_DEPTH + 1) - 1
    assert (error.position, error.length) == (last, 1)


def test_limits_can_be_raised():
    parse("(" * 300 + "x" * 5000 + "+" + "1" * 60 + ")" * 300, UNLIMITED)


def test_only_brackets_within_brackets_count():
    parse("+".join(["(x)"] * 300))
    parse("x" + "'" * 3000)
    parse("-" * 3000 + "x")


@pytest.mark.parametrize("number", ["{}", "1.{}", "{}e5", "x^{}", "x²+{}"])
def test_digits(number):
    others = sum(c in "15" for c in number)
    for n in (MAX_DIGITS - 1, MAX_DIGITS):
        parse(number.replace("{}", "7" * (n - others)))
    error = fault(number.replace("{}", "7" * (MAX_DIGITS + 1 - others)))
    assert isinstance(error, LimitError)
    assert "51" in error.message
    assert isinstance(fault("x" + "²" * 51), LimitError)


N = 20_000
DEEP = {
    "brackets": "(" * N + "x" + ")" * N,
    "calls": "f(" * N + "x" + ")" * N,
    "blocks": "[" * N + "x" + "]" * N,
    "norms": "‖" * N + "x" + "‖" * N,
    "signs": "-" * N + "x",
    "signs of an exponent": "x^" + "-" * N + "x",
    "transposes": "x" + "'" * N,
    "powers": "x" + "^2" * N,
    "sum": "x" + "+x" * N,
    "arguments": "f(x" + ",x" * N + ")",
    "rows": "[x" + ";x" * N + "]",
    "definitions": "x where x = x" + ", x = x" * N,
    "never closed": "f(" * N,
}


@pytest.mark.parametrize("name", DEEP)
def test_nothing_recurses(name):
    parse("x")  # building the parser may
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(stack_depth() + 40)
    try:
        if name == "never closed":
            assert fault(DEEP[name], UNLIMITED).position == len(DEEP[name]) - 1
        else:
            assert repr(parse(DEEP[name], UNLIMITED)).count("x") > 0
    finally:
        sys.setrecursionlimit(limit)


def stack_depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


# Any text

PIECES = [
    *"xAT2.5e_'^*/\\+-@()[],;=‖ᵀ²⁻¹⊗∘·−<{}$\n \u0301\u200b\ud800é",
    *("where ", "where T = ", ".T", ".*", "./", ".^", "**", "f(", "\\otimes ", "\\frac", "1e9"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=25))
def test_any_text_gives_a_tree_or_an_error_in_place(text):
    error = None
    try:
        tree = parse(text)
    except McalcError as caught:
        error = caught
    if error is None:
        for node in nodes(tree):
            assert 0 <= node.start <= node.op_start < node.op_end <= node.end <= len(text)
            assert all(node.start <= arg.start <= arg.end <= node.end for arg in node.args)
    else:
        assert error.hint
        assert (error.message + error.hint).isprintable()
        if error.position is not None:
            assert error.length is not None
            assert 0 <= error.position < error.position + error.length <= len(text)


OPERATORS = ["+", "-", "*", "/", "\\", ".*", "./", "^", ".^", "**", "@", "⊗", "−", "\\odot "]
SPACE = st.text(" \t\n\r\u00a0", max_size=3)


@st.composite
def formulas(draw: st.DrawFn) -> list[str]:
    """The tokens of a formula."""
    tokens = [draw(st.sampled_from(["x", "A1", "2", "1.5e-3", ".5", "λ", "where"]))]
    for step in draw(
        st.lists(st.sampled_from(["operator", "mark", "group", "call", "norm", "block"]))
    ):
        match step:
            case "operator":
                tokens += [
                    draw(st.sampled_from(OPERATORS)),
                    draw(st.sampled_from(["y", "3", "-z"])),
                ]
            case "mark":
                tokens.append(draw(st.sampled_from(["'", "ᵀ", ".T", "²", "⁻¹"])))
            case "group":
                tokens = ["(", *tokens, ")"]
            case "call":
                tokens = ["f", "(", *tokens, ",", "x", ")"]
            case "norm":
                tokens = ["‖", *tokens, "‖"]
            case "block":
                tokens = ["[", *tokens, ";", "w", "]"]
    return tokens


@given(formulas(), st.data())
def test_white_space_means_nothing(tokens, data):
    raised = [token in ("²", "⁻¹") for token in tokens]
    assume(not any(a and b for a, b in pairwise(raised)))  # side by side they are one exponent
    spaced = "".join(data.draw(SPACE) + token for token in tokens)
    assert repr(parse(spaced)) == repr(parse("".join(tokens)))


def test_a_missing_file_is_named():
    with pytest.raises(FileNotFoundError, match=r"no\.such"):
        resources.find("grammar/no.such")
