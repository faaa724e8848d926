"""The functions of the language, and how the server is."""

from __future__ import annotations

from typing import Annotated, Final

from typing_extensions import TypedDict

from mcalc.server.schemas.question import Question
from mcalc.server.schemas.terms import exact, said

__all__ = ["Function", "Functions", "Health"]

_FUNCTION: Final = {
    "name": "tr",
    "aliases": ["trace"],
    "signature": "(n,n)->()",
    "doc": "The trace: the sum of the diagonal entries.",
    "group": "linear",
    "conditions": [],
    "sources": [],
    "example": {"expression": "tr(X)", "wrt": "X", "variables": {}},
}


@exact
class Function(TypedDict):
    """A function of the language."""

    name: Annotated[str, said("Its name.", "tr")]
    aliases: Annotated[list[str], said("Its other names.", ["trace"])]
    signature: Annotated[
        str,
        said(
            "Sizes of arguments and result: `()` a scalar, `(n)` a column, `(_,n)` a "
            "row; brackets `[n,n]` where the axes have to be there.",
            "(n,n)->()",
        ),
    ]
    doc: Annotated[str, said("What it is.", "The trace.")]
    group: Annotated[str, said("What it belongs to.", "linear")]
    conditions: Annotated[list[str], said("Where it can be differentiated.", ["X is invertible"])]
    sources: Annotated[
        list[str],
        said(
            "Where its rule is taken from, where that is no common knowledge.",
            ["Magnus & Neudecker, ch. 8, sec. 4"],
        ),
    ]
    example: Annotated[
        Question, said("A request for its derivative.", {"expression": "tr(X)", "wrt": "X"})
    ]


@exact
class Functions(TypedDict):
    """The functions of the language."""

    functions: Annotated[list[Function], said("Each of them, by group.", [_FUNCTION])]


@exact
class Health(TypedDict):
    """That the server is alive."""

    status: Annotated[str, said("Always `ok`.", "ok")]
    version: Annotated[str, said("The version of the program.", "0.1.0")]
