"""The words that schemas are written in: fields with their descriptions, and kinds of texts."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from pydantic import ConfigDict, Field, with_config

from mcalc.declaration import KINDS, MAX_SIZE, STRUCTURES
from mcalc.request import FORMATS, LAYOUTS

__all__ = [
    "EXPRESSION",
    "GRADIENT",
    "At",
    "Entry",
    "Error",
    "Format",
    "Kind",
    "Latex",
    "Layout",
    "Mathml",
    "Shape",
    "Size",
    "Structure",
    "Text",
    "exact",
    "one_of",
    "said",
]

exact: Final = with_config(ConfigDict(extra="forbid"))

EXPRESSION: Final = "det(X)*x'*A*x"
GRADIENT: Final = "x'*A*x*adj(X)'"
_GRADIENT_LATEX: Final = r"x^{\top}Ax\,\mathrm{adj}(X)^{\top}"


def said(description: str, *examples: Any, **limits: Any) -> Any:
    """What is said of a field."""
    return Field(description=description, examples=list(examples), **limits)


def one_of(words: Any) -> Any:
    """A word of a list."""
    return Field(json_schema_extra={"enum": list(words)})


Kind: TypeAlias = Annotated[str, one_of(KINDS)]
Layout: TypeAlias = Annotated[str, one_of(LAYOUTS)]
Format: TypeAlias = Annotated[str, one_of(FORMATS)]
Structure: TypeAlias = Annotated[str, one_of(STRUCTURES)]
Size: TypeAlias = Annotated[int, Field(ge=1, le=MAX_SIZE)] | str

Text: TypeAlias = Annotated[str, said("In the input language; it can be asked in turn.", GRADIENT)]
Latex: TypeAlias = Annotated[str, said("In LaTeX, where `formats` has it.", _GRADIENT_LATEX)]
Mathml: TypeAlias = Annotated[
    str,
    said(
        "One `<math>` with its LaTeX in it, where `formats` has it.",
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">…</math>',
    ),
]
Shape: TypeAlias = Annotated[
    list[Size], said("The size of each axis: none for a scalar.", ["n", "n"])
]
Entry: TypeAlias = Annotated[
    list[int], said("The entry that differs most, counted from 0.", [0, 1])
]
At: TypeAlias = Annotated[dict[str, Any], said("A point where they differ.", {"x": [0.3, -1.2]})]
Error: TypeAlias = Annotated[float | None, said("The largest relative error.", 2.1e-10)]
