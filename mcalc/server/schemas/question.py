"""What is asked."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import Field
from typing_extensions import TypedDict

from mcalc.request import EXACT, MAX_ASSUMPTIONS, MAX_ORDER, MAX_VARIABLES
from mcalc.server.schemas.terms import (
    EXPRESSION,
    Format,
    Kind,
    Layout,
    Size,
    Structure,
    exact,
    one_of,
    said,
)
from mcalc.syntax.parser import MAX_LENGTH

__all__ = ["Declaration", "Question"]


@exact
class Declaration(TypedDict, total=False):
    """What is said of a name. What is not said is left to the defaults."""

    kind: Annotated[
        Kind | None,
        said(
            "By default a name that begins with `a`-`g` or a Greek letter is a "
            "scalar, with `h`-`z` a vector, with a capital a matrix.",
            "matrix",
        ),
    ]
    shape: Annotated[
        list[Size] | None,
        said("A size for each axis, a name or a number.", ["n", "n"], max_length=2),
    ]
    structure: Annotated[list[Structure] | None, said("What is known of it.", ["symmetric"])]


@exact
class Question(TypedDict, total=False):
    """What to differentiate, by what, and how to write it. Only `expression` is needed."""

    expression: Required[
        Annotated[
            str,
            said(
                "In the input language.",
                EXPRESSION,
                "norm2(A*x-y)^2",
                min_length=1,
                max_length=MAX_LENGTH,
            ),
        ]
    ]
    wrt: Annotated[
        str | Annotated[list[str], Field(min_length=1, max_length=MAX_ORDER)] | None,
        said(
            "The variable to differentiate by, or one for each differentiation, "
            "first to last. By default each variable in turn.",
            "X",
            ["x", "y"],
        ),
    ]
    order: Annotated[
        Annotated[int, Field(ge=1, le=MAX_ORDER)] | None,
        said("How often to differentiate; 1 by default.", 1, 2),
    ]
    variables: Annotated[
        Annotated[dict[str, Declaration | str], Field(max_length=MAX_VARIABLES)] | None,
        said(
            "Declarations by name, where the defaults are wrong: objects, or words in a text.",
            {"A": {"shape": ["n", "n"], "structure": ["symmetric"]}},
            {"A": "symmetric n n", "x": "vector 3"},
        ),
    ]
    formats: Annotated[
        Annotated[list[Format], Field(min_length=1)] | None,
        said("What to write the answer in; text and LaTeX by default.", ["text", "latex", "numpy"]),
    ]
    steps: Annotated[bool | None, said("Show the way there.", False)]
    check: Annotated[
        bool | Annotated[str, one_of([EXACT])] | None,
        said(
            "Compare the derivative with finite differences; `exact`: with SymPy's derivative of "
            "each entry, for a few small sizes.",
            True,
            EXACT,
        ),
    ]
    compare: Annotated[
        str | None,
        said("A derivative of your own, to be compared with ours.", "det(X)*x'*A*x*inv(X)'"),
    ]
    along: Annotated[
        str | list[str] | None,
        said("Names for directions: the last differentiations are contracted with them.", "V"),
    ]
    define: Annotated[
        dict[str, str] | None,
        said(
            "Functions of your own, by formula; their parameter is `t`.", {"swish": "t*sigmoid(t)"}
        ),
    ]
    layout: Annotated[Layout | None, said("Which axes come first; mixed by default.", "mixed")]
    where: Annotated[
        str | Annotated[list[str], Field(max_length=MAX_ASSUMPTIONS)] | None,
        said(
            "Assumptions under which the answer is written: what is on the left of `=` is "
            "replaced by what is on the right; a new name on the left names what is on the right. "
            "Code, `check` and `compare` take the answer without them.",
            ["A'*A = eye", "a = x'*x"],
        ),
    ]
    fold: Annotated[
        bool | None,
        said("Give names to the shared parts of a long formula: `… where T1 = …`.", False),
    ]
    with_check: Annotated[
        bool | None, said("End modules of code in a check of their own, with data.", False)
    ]
    convexity: Annotated[bool | None, said("Say whether the function is convex, and why.", True)]
    stationary: Annotated[
        bool | None, said("Say where the gradient is zero, if that is a linear equation.", True)
    ]
