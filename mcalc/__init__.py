"""Derivatives of vector and matrix expressions, as formulas and as code.

>>> import mcalc
>>> mcalc.derive("norm2(A*x-y)^2", wrt="x").text
"2*A'*(A*x-y)"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcalc.errors import McalcError
from mcalc.version import __version__

if TYPE_CHECKING:
    from mcalc.api import Answer, answer, compile, derive
    from mcalc.declaration import Declaration
    from mcalc.request import Request

__all__ = [
    "Answer", "Declaration", "McalcError", "Request", "__version__", "answer", "compile", "derive",
]  # fmt: skip

_HOMES = {
    "Answer": "mcalc.api",
    "answer": "mcalc.api",
    "compile": "mcalc.api",
    "derive": "mcalc.api",
    "Declaration": "mcalc.declaration",
    "Request": "mcalc.request",
}


def __getattr__(name: str) -> Any:
    """The public names are loaded when they are first used, so that `mcalc --version` is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
