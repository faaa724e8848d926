"""What goes wrong."""

from __future__ import annotations

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from mcalc.server.schemas.terms import exact, said

__all__ = ["Failure", "Problem"]


@exact
class Problem(TypedDict):
    """What went wrong, where, and what to do."""

    kind: Annotated[
        str,
        said(
            "`syntax`: it does not parse. `name`: an unknown function or variable. "
            "`shape`: sizes or kinds cannot agree. `domain`: no value anywhere. `limit`: too long, "
            "deep, large, slow or much. `request`: the request itself. `internal`: our fault.",
            "shape",
            json_schema_extra={
                "enum": ["syntax", "name", "shape", "domain", "limit", "request", "internal"]
            },
        ),
    ]
    message: Annotated[str, said("What is wrong.", "`det` is for square matrices.")]
    position: NotRequired[
        Annotated[int, said("Where in the expression, in Unicode code points.", 12, ge=0)]
    ]
    length: NotRequired[Annotated[int, said("How far it reaches.", 1, ge=0)]]
    hint: NotRequired[Annotated[str, said("What to do.", "Declare X as `X: n n`.")]]


@exact
class Failure(TypedDict):
    """An error, the same shape for all."""

    error: Annotated[
        Problem,
        said(
            "What went wrong.",
            {"kind": "syntax", "message": "A `)` is missing.", "position": 7, "length": 1},
        ),
    ]
