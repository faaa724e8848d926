"""Elements of presentation MathML as strings, and formulas of them cut into pieces.

Browsers have tables of how operators behave, and they differ: every operator says itself what it
is. There are no styles in formulas, so that a page may forbid them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from mcalc.printers.names import greek, name_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
_PRODUCTS: Final = tuple(map(circled, "⊙⊘⊗"))
_WHOLE: Final = re.compile(r"<math [^>]*><semantics><mrow>(.*)</mrow><annotation ", re.DOTALL)
_TOKEN: Final = re.compile(r"<[^>]*>|[^<]+")
_CLOSE: Final = close_bracket(")", tall=False)
_TALL: Final = 'stretchy="true"'
_LONG: Final = 24
"""Signs of a bracket that may be broken."""
_VERY_LONG: Final = 48
"""Signs of a piece that may be broken at a product."""


def pieces(formula: str) -> list[str]:
    """The formula of `annotated` as several: a line may be broken between two of them.

    They begin with `=`, `+`, `−` or words, also with those in long brackets; and what is very long
    even so, before `⊙`, `⊘` and `⊗` too.
    """
    found = []
    for line in _lines(_elements(inside(formula)), BREAK):
        is_long = sum(element.signs for element in line) > _VERY_LONG
        found += _lines(line, _PRODUCTS) if is_long else [line]
    return [
        f'<math xmlns="{_NAMESPACE}" displaystyle="true"><mrow>'
        f"{''.join([element.markup for element in line])}</mrow></math>"
        for line in found
    ]


@dataclass(frozen=True, slots=True)
class _Element:
    """An element with those in it, and how many signs it shows."""

    markup: str
    signs: int
    inner: list[_Element]


def _lines(elements: Sequence[_Element], breaks: Collection[str]) -> list[list[_Element]]:
    """The elements in lines, each of which but the first begins with a break or with words."""
    found: list[list[_Element]] = [[]]
    for element in elements:
        if found[-1] and (element.markup in breaks or element.markup.startswith("<mtext>")):
            found.append([])
        found[-1].append(element)
    return found


def _elements(markup: str) -> list[_Element]:
    """The elements side by side, those of long rows and brackets one by one."""
    found = []
    pending = _siblings(markup)[::-1]
    while pending:
        element = pending.pop()
        opened = _opened(element) if element.signs > _LONG else []
        pending += reversed(opened)
        if not opened:
            found.append(element)
    return found


def _opened(element: _Element) -> list[_Element]:
    """The elements of a row that may be broken; none where it may not.

    What a bracket is raised to goes with the sign that closes it, where it looks the same.
    """
    if element.markup.startswith("<msup>"):
        base, top = element.inner
        *others, last = _opened(base) or [base]
        if last.markup != _CLOSE:
            return []
        return [*others, _Element(f"<msup>{_CLOSE}{top.markup}</msup>", 1 + top.signs, [])]
    if not element.markup.startswith("<mrow>") or _TALL in element.inner[0].markup:
        return []
    return element.inner


def _siblings(markup: str) -> list[_Element]:
    """The elements side by side."""
    tops: list[list[_Element]] = [[]]
    begins: list[tuple[int, int]] = []
    signs = 0
    for match in _TOKEN.finditer(markup):
        token = match[0]
        if token.startswith("</"):
            start, before = begins.pop()
            inner = tops.pop()
            tops[-1].append(_Element(markup[start : match.end()], signs - before, inner))
        elif token.startswith("<"):
            begins.append((match.start(), signs))
            tops.append([])
        else:
            signs += len(token)
    return tops[0]
