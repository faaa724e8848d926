"""Elements of presentation MathML as strings, and formulas of them cut into pieces.

Browsers have tables of how operators behave, and they differ: every operator says itself what it
is. There are no styles in formulas, so that a page may forbid them.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from mcalc.printers.names import greek, name_parts

if TYPE_CHECKING:
    from mcalc.core.size import Size

__all__ = [
    "APPLY",
    "BREAK",
    "COMMA",
    "EQUALS",
    "MINUS",
    "MULTIPLY",
    "NEGATIVE",
    "PLUS",
    "SLASH",
    "TOP",
    "TOTAL",
    "annotated",
    "circled",
    "close_bracket",
    "identifier",
    "inside",
    "mathml_name",
    "mathml_size",
    "number",
    "open_bracket",
    "operator",
    "pieces",
    "space",
    "text_in",
]

_NAMESPACE: Final = "http://www.w3.org/1998/Math/MathML"


def operator(sign: str, form: str = "infix", *, before: str = "0", after: str = "0") -> str:
    """An operator that no browser draws larger than it is."""
    return f'<mo form="{form}" lspace="{before}" rspace="{after}">{sign}</mo>'


def circled(sign: str, form: str = "infix", space: str = "0.2222em") -> str:
    """An operator that some browsers would draw large: ⊙, ⊘, ⊗."""
    return (
        f'<mo form="{form}" lspace="{space}" rspace="{space}" largeop="false" stretchy="false">'
        f"{sign}</mo>"
    )


def _spaced(sign: str, width: str) -> str:
    return operator(sign, before=width, after=width)


PLUS: Final = _spaced("+", "0.2222em")
MINUS: Final = _spaced("−", "0.2222em")
EQUALS: Final = _spaced("=", "0.2778em")
NEGATIVE: Final = operator("−", "prefix")
TOP: Final = operator("⊤", "prefix")
SLASH: Final = operator("/")
COMMA: Final = operator(",", after="0.1667em")
TOTAL: Final = '<mo form="prefix" lspace="0" rspace="0.1667em" movablelimits="false">∑</mo>'
# What screen readers hear and nobody sees.
APPLY: Final = operator("\u2061")
MULTIPLY: Final = operator("\u2062")


def space(width: str) -> str:
    """A gap."""
    return f'<mspace width="{width}"></mspace>'


def open_bracket(sign: str, *, tall: bool) -> str:
    """An opening bracket, as high as what it holds where that is tall."""
    return _bracket(sign, "prefix", tall)


def close_bracket(sign: str, *, tall: bool) -> str:
    """A closing bracket, as high as what it holds where that is tall."""
    return _bracket(sign, "postfix", tall)


def _bracket(sign: str, form: str, tall: bool) -> str:
    stretchy = "true" if tall else "false"
    return f'<mo form="{form}" lspace="0" rspace="0" stretchy="{stretchy}">{sign}</mo>'


def identifier(word: str) -> str:
    """A letter in italics, or a word upright."""
    return f"<mi>{escape(word)}</mi>"


def number(digits: str) -> str:
    """A number."""
    return f"<mn>{digits}</mn>"


def text_in(words: str) -> str:
    """Words in a formula."""
    return f"<mtext>{escape(words)}</mtext>"


def mathml_name(name: str) -> str:
    """A variable's name: letters, then digits and what follows `_` as indices.

    >>> mathml_name("x_1"), mathml_name("lambda")
    ('<msub><mi>x</mi><mn>1</mn></msub>', '<mi>λ</mi>')
    """
    letters, indices = name_parts(name)
    head = identifier(greek(letters))
    if not indices:
        return head
    below = [number(i) if i.isdigit() else identifier(greek(i)) for i in indices]
    inner = below[0] if len(below) == 1 else f"<mrow>{COMMA.join(below)}</mrow>"
    return f"<msub>{head}{inner}</msub>"


def mathml_size(size: Size) -> str:
    """A size: `m n + 2`."""
    signs = {
        "*": MULTIPLY,
        "+": PLUS,
        "-": MINUS,
        "/": SLASH,
        ",": COMMA,
        "(": open_bracket("(", tall=False),
        ")": close_bracket(")", tall=False),
    }
    spelled = []
    for piece in re.findall(r"\d+|[^\W\d]\w*|.", str(size)):
        if piece.isdigit():
            spelled.append(number(piece))
        elif piece == "min":
            spelled.append(identifier("min"))
        else:
            spelled.append(mathml_name(piece) if piece[0].isalpha() else signs[piece])
    return spelled[0] if len(spelled) == 1 else f"<mrow>{''.join(spelled)}</mrow>"


# ---------------------------------------------------------------- whole formulas
def annotated(inner: str, tex: str) -> str:
    """A formula on a line of its own, which carries its LaTeX."""
    return (
        f'<math xmlns="{_NAMESPACE}" display="block"><semantics><mrow>{inner}</mrow>'
        f'<annotation encoding="application/x-tex">{escape(tex, quote=False)}</annotation>'
        "</semantics></math>"
    )


def inside(formula: str) -> str:
    """The elements of the formula, without what `annotated` put around them."""
    whole = _WHOLE.match(formula)
    assert whole is not None
    return whole[1]


BREAK: Final = (EQUALS, PLUS, MINUS)
_WHOLE: Final = re.compile(r"<math [^>]*><semantics><mrow>(.*)</mrow><annotation ", re.DOTALL)
_TOKEN: Final = re.compile(r"<[^>]*>|[^<]+")
_OPEN: Final = "<mrow>" + open_bracket("(", tall=False)
_CLOSE: Final = close_bracket(")", tall=False)
_LONG: Final = 24
"""Signs of a bracket that may be broken."""


def pieces(formula: str) -> list[str]:
    """The formula of `annotated` as several: a line may be broken between two of them.

    They begin with `=`, `+`, `−` or words, also with those in a long bracket.
    """
    found: list[str] = []
    line: list[str] = []
    for element in _elements(inside(formula)):
        if line and (element in BREAK or element.startswith("<mtext>")):
            found.append("".join(line))
            line = []
        line.append(element)
    found.append("".join(line))
    return [
        f'<math xmlns="{_NAMESPACE}" displaystyle="true"><mrow>{p}</mrow></math>' for p in found
    ]


def _elements(markup: str) -> list[str]:
    """The elements side by side, those of a long bracket one by one."""
    found: list[str] = []
    for element, length in _siblings(markup):
        if length > _LONG and element.startswith(_OPEN) and element.endswith(_CLOSE + "</mrow>"):
            found += [inner for inner, _ in _siblings(element[len("<mrow>") : -len("</mrow>")])]
        else:
            found.append(element)
    return found


def _siblings(markup: str) -> list[tuple[str, int]]:
    """The elements side by side, each with how many signs it shows."""
    found = []
    depth = start = length = 0
    for match in _TOKEN.finditer(markup):
        token = match[0]
        if not token.startswith("<"):
            length += len(token)
            continue
        depth += -1 if token.startswith("</") else 1
        if depth == 0:
            found.append((markup[start : match.end()], length))
            start, length = match.end(), 0
    return found
