"""Which characters make a name, and how a character is shown in a message."""

from __future__ import annotations

import unicodedata

__all__ = ["RAISED_DIGITS", "Span", "name_fault", "quote", "visible"]

Span = tuple[int, int]

RAISED_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
"""Translates an exponent written in raised digits."""

_QUOTED_LENGTH = 40

# More than a letter and its accents ever need: sorting a longer run takes quadratic time.
_MARKED_LENGTH = 32

# Letters to Unicode, but nothing to the eye: the Hangul fillers.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")


def name_fault(name: str) -> Span | None:
    """The first part of `name` that cannot stand in a name, as start and end; None if all may.

    A name is made of letters of any script, ASCII digits and `_`. An accent may stand where it
    joins its letter to one character (in NFC).
    """
    if name.isascii():
        return None
    start = 0
    while start < len(name):
        end = start + 1
        while end < len(name) and end - start < _MARKED_LENGTH and _is_mark(name[end]):
            end += 1
        if not all(map(_belongs, unicodedata.normalize("NFC", name[start:end]))):
            return start, end
        start = end
    return None


def _belongs(c: str) -> bool:
    if c.isascii():
        return c.isalnum() or c == "_"
    return c.isalpha() and not (
        c in _INVISIBLE_LETTERS
        # Raised and lowered letters (xⁿ, xᵢ) would read as powers and indices.
        or unicodedata.decomposition(c).startswith(("<super>", "<sub>"))
        # The modifier letters among the accents look like a prime, that is, a transpose.
        or "\u02b0" <= c <= "\u02ff"
    )


def _is_mark(c: str) -> bool:
    return unicodedata.category(c).startswith("M")


def visible(text: str) -> str:
    """`text` with what does not show itself (control, bidi, private use, …) written as U+XXXX."""
    return "".join(
        c if _shows(c) and (i > 0 or not _is_mark(c)) else f"U+{ord(c):04X}"
        for i, c in enumerate(text)
    )


def _shows(c: str) -> bool:
    return c.isprintable() and c not in _INVISIBLE_LETTERS


def quote(text: str) -> str:
    """`text` between backticks, safe to show and of bounded length.

    >>> quote("x" + chr(0x200B))
    '`xU+200B`'
    """
    if len(text) > _QUOTED_LENGTH:
        text = text[: _QUOTED_LENGTH - 1] + "…"
    return f"`{visible(text)}`"
