"""What to say about a text that does not parse.

Four tables, each read from the top; the first row that fits is said. A text that got a poor
message gets a row, and a line in tests/data/syntax_errors.txt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from mcalc.errors import ParseError
from mcalc.syntax.characters import Span, quote, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark import Token

__all__ = ["CLOSING", "Fault", "explain", "opens", "span"]


def span(token: Token) -> Span:
    """Where `token` stands in the text, as start and end."""
    start = token.start_pos or 0  # None only in tokens that no lexer made
    return start, start + len(token)


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the parser stopped.

    `found` is None at the end of the text, and of type CHARACTER where no token begins;
    `previous` is None at the start. `opened` holds the brackets that await their end.
    """

    text: str
    previous: Token | None
    found: Token | None
    opened: tuple[Token, ...]
    expected: frozenset[str] = frozenset()


class _Row(NamedTuple):
    """A regular expression over what is there; the words for it; what they point at.

    `{found}`, `{previous}` and `{opening}` are quoted from the text.
    """

    pattern: str
    message: str
    hint: str
    at: Literal["found", "previous", "opening", "pair"] = "found"


# Fits the text from the fault on, where something stands that the language has elsewhere.
_MISPLACED = (
    _Row(
        r"==|(?<==)=",
        "A formula has no comparisons.",
        "Write one side, or the difference of both.",
    ),
    _Row(
        r"=",
        "`=` has no meaning here.",
        "Write one side; `=` stands in definitions only: `T*x where T = A*B`.",
    ),
    _Row(
        r"\\[A-Za-z]+",
        "LaTeX commands such as {found} are not read.",
        "Write `a/b` for a fraction, `*` for a product, and names without the backslash.",
    ),
    _Row(r"(?<=\.\*)\*", "`.**` is not an operator.", "The element-wise power is `.^`."),
)

# Fits the text from the fault on, where something stands that the language does not have.
_UNKNOWN = (
    _Row(
        r"(?<=_)\{",
        "LaTeX indices are not read.",
        "Make the index a part of the name: `x_1`.",
    ),
    _Row(
        r"(?<=\^)\{",
        "LaTeX exponents are not read.",
        "Use round brackets: `x^(a+b)`; the transpose is `X'`, the inverse `X^-1`.",
    ),
    _Row(
        r"[{}]",
        "Curly brackets have no meaning in a formula.",
        "Use round brackets to group and square ones for blocks: `[A, B; C, D]`.",
    ),
    _Row(r"(?<=[0-9])_", "A number has no `_` in it.", "Write the digits without gaps: `1000`."),
    _Row(
        r"(?<=‖)_",
        "Indices of norms are not read.",
        "Write `norm1(x)`, `norm2(x)` or `norminf(x)`.",
    ),
    _Row(r"_", "A name does not begin with `_`.", "Begin it with a letter, as in `x_1`."),
    _Row(
        r"\.'",
        "`.'` is not an operator.",
        "The transpose is `'`; nothing here is complex.",
    ),
    _Row(
        r"(?<=[0-9])\.(?=[eE][-+0-9]|\W|$)",
        "There are no digits behind this dot.",
        "Write `2.0`, and element-wise operators in one piece: `.*`.",
    ),
    _Row(
        r"\.[^\W\d]\w*",
        "Python attributes and methods are not read: {found}.",
        "Write functions around their argument, as in `inv(X)`; only `X.T` is understood.",
    ),
    _Row(
        r"\.+",
        "A dot stands only in numbers and in `.*`, `./`, `.^`, `.T`.",
        "Write element-wise operators in one piece: `x .* y`.",
    ),
    _Row(
        r"[|∥]+",
        "Bars of this kind are not read.",
        "Write `norm2(x)` or `‖x‖` for the length, `abs(a)`, or `det(A)`.",
    ),
    _Row(
        r"[’‘′″ʹʼ´`\"“”]+", "{found} has no meaning in a formula.", "The transpose is written `X'`."
    ),
    _Row(r"[‐‑‒–—―]", "{found} is not the minus sign.", "Write `-`."),
    _Row(r"[∗⋅⋆•∙]", "{found} is not read.", "Write `*`, or `.*` entry by entry."),
    _Row(r"[÷∕⁄]", "{found} is not read.", "Write `/`."),
    _Row(r"⊤", "{found} is not read.", "The transpose is written `X'`, `X^T` or `Xᵀ`."),
    _Row(r"⁻ᵀ", "{found} is not read.", "Write `inv(X)'` or `X⁻¹ᵀ`."),
    _Row(r"√", "{found} is not read.", "Write `sqrt(x)`."),
    _Row(r"∑|∏", "{found} is not read.", "Write `sum(x)` or `prod(x)`."),
    _Row(
        r"[∂∇]",
        "{found} is not read.",
        "Write the function alone; the variable is named apart from it.",
    ),
    _Row(
        r"[<>≤≥≠!&~?:]",
        "{found} has no meaning in a formula.",
        "There are no comparisons or conditions; `max(a, b)`, `relu(x)`, `abs(x)` may do.",
    ),
    _Row(r"[%#]", "{found} has no meaning in a formula.", "There are no comments."),
    _Row(
        r"[₀-₉ₐ-ₜᵢ-ᵥ⁰-ⁿ]",
        "{found} is not read.",
        "Make an index a part of the name, `x_1`, and write powers with `^`.",
    ),
)

# Fits the text from the operand before the fault on, where a second operand follows it at once.
_SIDE_BY_SIDE = (
    _Row(
        r"(?<=\\)[A-Za-z]{2}",
        "LaTeX commands such as `\\cdot` are not read.",
        "Write `*` for a product, and names without the backslash.",
        "pair",
    ),
    _Row(r"0[xXbBoO]\w*$", "Numbers are decimal.", "Write it with the digits 0 to 9.", "pair"),
    _Row(
        r"[0-9.]+[eE]$",
        "An exponent has no digits.",
        "Write `1e3` or `1e-3`; for a product write `*` between.",
        "pair",
    ),
    _Row(r"[0-9][0-9.]*\.[0-9]+$", "This number has two dots.", "Keep one of them.", "pair"),
    _Row(
        r"(for|if|in|else|and|or|not|import|return)\b|.*[\s)](for|if|in|else|and|or|not|is)$",
        "A formula has no statements.",
        "Write one expression; sums go through `sum`, products of vectors through `*`.",
        "pair",
    ),
    _Row(
        r"where\b|.*\bwhere$",
        "`where` is not followed by definitions.",
        "Write `T*x where T = A*B, x = B*y`.",
        "pair",
    ),
    _Row(
        r"",
        "Nothing joins {previous} and {found}.",
        "Write `*` between them for a product.",
    ),
)

# Fits "previous found", in the words of `_situation`.
_SITUATION = (
    _Row("start end", "The expression is empty.", "Write a formula, such as `x'*A*x`."),
    _Row(
        "definition .*",
        "A definition needs `=` behind its name {previous}.",
        "Write `T*x where T = A*B, x = B*y`.",
        "previous",
    ),
    _Row("change .*", "This definition has no `=`.", "Write `d(u) = A*d(x)`.", "previous"),
    _Row(
        "definitions (?!end).*",
        "A definition was expected, not {found}.",
        "Write `T*x where T = A*B, x = B*y`.",
    ),
    _Row(
        "(opening|operand) end",
        "{opening} is never closed.",
        "Write its closing bracket where it ends, or take it out.",
        "opening",
    ),
    _Row(
        ".* end",
        "Nothing follows {previous}.",
        "Complete the expression, or take {previous} out.",
        "previous",
    ),
    _Row("opening closing", "There is nothing in these brackets.", "Fill them.", "pair"),
    _Row(
        "start stray|operand stray",
        "{found} closes nothing.",
        "Take it out, or open it further left.",
    ),
    _Row(
        ".* mismatch",
        "{found} does not close {opening}.",
        "Close the brackets in the order in which they were opened.",
    ),
    _Row(
        "operand comma",
        "`,` separates the arguments of a function, the entries of a block, and definitions.",
        "Differentiate one expression at a time, or stack them: `[x; y]`.",
    ),
    _Row("operand semicolon", "`;` separates the rows of a block: `[x; y]`.", "Take it out."),
    _Row(
        "operand where",
        "`where` stands once, behind the whole expression and outside all brackets.",
        "Separate the definitions by `,`.",
    ),
    _Row(
        "separator (comma|semicolon|closing|stray)|opening (comma|semicolon)",
        "Something is missing before {found}.",
        "Write an expression there, or take a separator out.",
    ),
    _Row(
        "operator (comma|semicolon|closing|stray|where)",
        "Nothing stands to the right of {previous}.",
        "Complete the expression, or take {previous} out.",
        "previous",
    ),
    _Row(
        "operator operator",
        "{found} cannot follow {previous}.",
        "Write a number, a name or a bracket between them.",
    ),
    _Row(
        ".*",
        "Nothing stands to the left of {found}.",
        "Write a number, a name or a bracket before it.",
    ),
)

_CLOSED_BY = {"LPAR": "RPAR", "LSQB": "RSQB", "NORM": "NORM"}
CLOSING = frozenset(_CLOSED_BY.values())

# The words of `_SITUATION` for the types of tokens; a bracket's takes the others to tell.
_BEFORE = {
    **dict.fromkeys(
        ("NAME", "DERIVED", "NUMBER", "RPAR", "RSQB", "TRANSPOSE", "SUPERSCRIPT"), "operand"
    ),
    **dict.fromkeys(("SIGN", "PRODUCT", "POWER"), "operator"),
    **dict.fromkeys(("LPAR", "LSQB"), "opening"),
    **dict.fromkeys(("COMMA", "SEMICOLON", "EQUAL", "WHERE"), "separator"),
}
_AFTER = {
    **dict.fromkeys(("NAME", "DERIVED", "NUMBER", "LPAR", "LSQB"), "operand"),
    **dict.fromkeys(("SIGN", "PRODUCT", "POWER", "TRANSPOSE", "SUPERSCRIPT"), "operator"),
    "COMMA": "comma",
    "SEMICOLON": "semicolon",
    "WHERE": "where",
}


def opens(token: Token, previous: Token | None, opened: Sequence[Token]) -> bool:
    """Whether `token`, which the parser took, is an opening bracket.

    The two bars of a norm look alike: one behind an operand is the second.
    """
    if token.type == "NORM":
        return _before(previous, opened) != "operand"
    return token.type in _CLOSED_BY


def explain(fault: Fault) -> ParseError:
    """The error that tells the user what is wrong at `fault`, where, and what to write instead."""
    text, previous, found = fault.text, fault.previous, fault.found
    if found is None:
        here = (len(text), len(text))
    else:
        here = span(found)
        for row in _UNKNOWN if found.type == "CHARACTER" else _MISPLACED:
            if match := re.compile(row.pattern).match(text, here[0]):
                return _say(row, fault, (here[0], max(here[1], match.end())))
        if found.type == "CHARACTER":
            return _strange(found)
    situation = _situation(fault)
    if situation == "operand operand" and previous is not None:
        both = span(previous)[0], here[1]
        row = next(
            row for row in _SIDE_BY_SIDE if re.compile(row.pattern, re.DOTALL).match(text, *both)
        )
    else:
        row = next(row for row in _SITUATION if re.fullmatch(row.pattern, situation))
    return _say(row, fault, here)


def _situation(fault: Fault) -> str:
    """Two words of `_SITUATION`: what is before the fault, and what is there."""
    found, opened = fault.found, fault.opened
    if fault.expected == {"EQUAL", "LPAR"}:
        before = "definition"
    elif fault.expected == {"EQUAL"}:
        before = "change"
    elif fault.expected == {"NAME"}:
        before = "definitions"
    else:
        before = _before(fault.previous, opened)
    if found is None:
        after = "end"
    elif found.type in _AFTER:
        after = _AFTER[found.type]
    elif not opened:
        after = "stray"
    else:
        after = "closing" if found.type == _CLOSED_BY[opened[-1].type] else "mismatch"
    return f"{before} {after}"


def _before(previous: Token | None, opened: Sequence[Token]) -> str:
    if previous is None:
        return "start"
    if previous.type == "NORM":
        return "opening" if opened and opened[-1] is previous else "operand"
    return _BEFORE[previous.type]


def _say(row: _Row, fault: Fault, here: Span) -> ParseError:
    places: dict[str, Span] = {"found": here}
    if fault.previous is not None:
        places["previous"] = span(fault.previous)
        places["pair"] = (places["previous"][0], here[1])
    if fault.opened:
        places["opening"] = span(fault.opened[-1])

    def fill(template: str) -> str:
        """`template` with its slots filled; what the user typed is not looked at again."""
        return re.sub(
            r"\{(\w+)\}", lambda slot: quote(fault.text[slice(*places[slot[1]])]), template
        )

    start, end = places[row.at]
    return ParseError(
        fill(row.message),
        position=start if end > start else None,
        length=end - start if end > start else None,
        hint=fill(row.hint),
    )


def _strange(found: Token) -> ParseError:
    """The error for a character, or a letter with its accents, that the language does not have."""
    start, end = span(found)
    c = found[-1]
    shown, hint = quote(found), "A name is made of letters, digits and `_`."
    if unicodedata.category(c).startswith("M"):
        shown, hint = _label(c), "Spell an accent that has no character of its own: `x_hat`."
    elif visible(c) != c:
        shown, hint = _label(c), "Take it out; copied text can hide such characters."
    elif c.isdecimal():
        hint = "Digits are 0 to 9."
    elif (plain := unicodedata.normalize("NFKC", c)).isascii() and plain != c:
        hint = f"Write {quote(plain)}."
    return ParseError(
        f"{shown} has no place in a formula.", position=start, length=end - start, hint=hint
    )


def _label(c: str) -> str:
    """The number and name of a character: `U+200B (ZERO WIDTH SPACE)`."""
    name = unicodedata.name(c, "")
    return f"U+{ord(c):04X}" + (f" ({name})" if name else "")
