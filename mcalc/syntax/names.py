"""What a name is, what it stands for where nobody says, and what a wrong one was meant to be."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from mcalc.syntax.characters import name_fault

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["closest", "default_kind", "is_name"]

# A longer word is no slip of the pen, and comparing takes quadratic time.
_COMPARED_LENGTH = 40

# The lower-case Greek letters, written out; what follows must not be a letter: `nu`, `nu_1`, `nut`.
_GREEK = re.compile(
    "(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|omicron|pi|rho|sigma"
    r"|tau|upsilon|phi|chi|psi|omega)(?![^\W\d_])"
)


def is_name(text: str) -> bool:
    """Whether `text` is a name: a letter of any script, then letters, ASCII digits and `_`.

    >>> [is_name(text) for text in ("x_1", "λ", "2x", "x'")]
    [True, True, False, False]
    """
    if not text[:1].isalpha():
        return False
    return text.replace("_", "").isalnum() if text.isascii() else name_fault(text) is None


def default_kind(name: str) -> str:
    """What a name stands for that nobody declared: `scalar`, `vector` or `matrix`.

    By the first letter: `a`-`g` scalars, `h`-`z` columns, capitals of every script matrices. Greek
    letters, as themselves or written out, are scalars, and so are the small letters of all
    other scripts and letters that have no capitals. Accents and styles do not count: `é` is an `e`,
    `𝐱` an `x`.

    >>> [default_kind(name) for name in ("a", "x1", "X", "lambda1", "λ", "Σ")]
    ['scalar', 'vector', 'matrix', 'scalar', 'scalar', 'matrix']
    """
    letter = unicodedata.normalize("NFKD", name)[0]
    if letter.isupper():
        return "matrix"
    return "vector" if "h" <= letter <= "z" and not _GREEK.match(name) else "scalar"


def closest(word: str, known: Collection[str], likeness: float = 0.6) -> str | None:
    """The known word that `word` was probably meant to be: one alike, or one that it begins.

    >>> closest("symetric", ("skew", "symmetric")), closest("sym", ("skew", "symmetric"))
    ('symmetric', 'symmetric')
    """
    if len(word) > _COMPARED_LENGTH:
        return None
    folded = {candidate.casefold(): candidate for candidate in known}
    word = word.casefold()
    near = difflib.get_close_matches(word, folded, n=1, cutoff=likeness)
    if not near and len(word) > 2:
        near = [candidate for candidate in folded if candidate.startswith(word)]
    return folded[near[0]] if near else None
