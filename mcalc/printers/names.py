"""Names and sizes in LaTeX, and what a name is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mcalc.core.size import Size

__all__ = ["ascii_name", "greek", "latex_name", "latex_size", "name_parts"]

_GREEK: Final = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon"),
    *("phi", "chi", "psi", "omega"),
)
_CAPITALS: Final = frozenset(
    ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
)
_COMMANDS: Final = _CAPITALS | frozenset(_GREEK) - {"omicron"}
_SIGNS: Final = {chr(ord("α") + i): word for i, word in enumerate(_GREEK)} | {
    chr(ord("Α") + i): word.capitalize() for i, word in enumerate(_GREEK)
}
_LETTERS: Final = {word: sign for sign, word in _SIGNS.items() if word in _COMMANDS}
_NAME: Final = re.compile(r"([^\W\d_]+)(\d*)((?:_[^\W_]+)*)")


def latex_name(name: str) -> str:
    r"""A variable's name: letters, then digits and what follows `_` as indices.

    >>> [latex_name(name) for name in ("x", "A12", "lambda_k", "weight", "λ")]
    ['x', 'A_{12}', '\\lambda_{k}', '\\mathit{weight}', '\\lambda']
    """
    letters, indices = name_parts(name)
    if not indices and not _NAME.fullmatch(name):
        return _italic(name)
    below = ",".join([index if index.isdigit() else _word(index) for index in indices])
    return _word(letters) + (f"_{{{below}}}" if below else "")


def name_parts(name: str) -> tuple[str, list[str]]:
    """The letters of a name and its indices; a name of another make has none.

    >>> name_parts("A12"), name_parts("lambda_k"), name_parts("x__1")
    (('A', ['12']), ('lambda', ['k']), ('x__1', []))
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return name, []
    letters, digits, rest = match.groups()
    return letters, [index for index in (digits, *rest.split("_")) if index]


def ascii_name(name: str) -> str:
    """The name in ASCII: Greek letters written out, others by their numbers.

    >>> [ascii_name(name) for name in ("x1", "λ_k", "Σ", "ж")]
    ['x1', 'lambda_k', 'Sigma', 'u0436']
    """
    return "".join([c if c.isascii() else _SIGNS.get(c, f"u{ord(c):04x}") for c in name])


def greek(word: str) -> str:
    """The Greek letter of that name, or the word."""
    return _LETTERS.get(word, word)


def _word(word: str) -> str:
    word = _SIGNS.get(word, word)
    if word in _COMMANDS:
        return "\\" + word
    return word if len(word) == 1 and word.isascii() else _italic(word)


def _italic(word: str) -> str:
    command = "mathit" if word.isascii() else "textit"
    return f"\\{command}{{{word.replace('_', chr(92) + '_')}}}"


def latex_size(size: Size) -> str:
    """A size: `m n + 2`."""
    signs = {"*": " ", "+": " + ", "-": " - ", ",": ", "}
    pieces = re.findall(r"\d+|[^\W\d]\w*|.", str(size))
    spelled = []
    for piece in pieces:
        if piece == "min":
            spelled.append(r"\min")
        else:
            spelled.append(latex_name(piece) if piece[0].isalpha() else signs.get(piece, piece))
    return "".join(spelled)
