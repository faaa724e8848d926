"""The languages that code can be written in, by the names of their formats."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mcalc.printers.code.module import Language

LANGUAGES: Final = {
    "numpy": "NumPy",
    "optimizer": "Optimizer",
    "blocks": "Blocks",
    "jax": "Jax",
    "torch": "PyTorch",
    "julia": "Julia",
    "matlab": "Matlab",
    "eigen": "Eigen",
    "r": "R",
}
"""The class of each, in the module of the same name."""

IN_PYTHON: Final = ("numpy", "optimizer", "blocks", "jax", "torch")
"""Those whose modules can be loaded here."""


def language(name: str) -> Language:
    """The language of that name; it is imported when it is asked for."""
    found: Language = getattr(import_module(f"mcalc.printers.code.{name}"), LANGUAGES[name])()
    return found
