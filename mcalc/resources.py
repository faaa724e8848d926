"""Where the data files of the program are, installed or in a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find"]

_PACKAGE = Path(__file__).resolve().parent


def find(name: str) -> Path:
    """The path of a data file or folder, such as "grammar/mcalc.lark".

    A wheel carries the data inside the package; a checkout and an editable install have it beside
    the package.

    Raises: FileNotFoundError where the installation lacks it.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is neither in {_PACKAGE} nor beside it")
