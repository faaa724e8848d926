"""Names and sizes in LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mcalc.core.size import Size

__all__ = ["latex_name", "latex_size"]

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
_NAME: Final = re.compile(r"([^\W\d_]+)(\d*)((?:_[^\W_]+)*)")


def latex_name(name: str) -> str:
    r"""A variable's name: letters, then digits and what follows `_` as indices.

    >>> [latex_name(name) for name in ("x", "A12", "lambda_k", "weight", "λ")]
    ['x', 'A_{12}', '\\lambda_{k}', '\\mathit{weight}', '\\lambda']
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return _italic(name)
    letters, digits, rest = match.groups()
    indices = [index for index in (digits, *rest.split("_")) if index]
    below = ",".join([index if index.isdigit() else _word(index) for index in indices])
    return _word(letters) + (f"_{{{below}}}" if below else "")


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
