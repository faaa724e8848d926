"""What is found out about a derivative: checks, comparisons, curvature, stationary points."""

from __future__ import annotations

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from mcalc.request import EXACT
from mcalc.server.schemas.formulas import Formula
from mcalc.server.schemas.terms import At, Entry, Error, exact, said

__all__ = ["Bent", "Check", "Comparison", "Convexity", "Equation", "ExactCheck", "Stationary"]


@exact
class Check(TypedDict):
    """The derivative against finite differences of the value, at random points."""

    passed: Annotated[bool, said("Whether they agree.", True)]
    max_relative_error: Error
    points: Annotated[int, said("How many points.", 5)]
    sizes: Annotated[dict[str, int], said("The sizes that stood for the names.", {"p": 3, "n": 4})]


@exact
class ExactCheck(TypedDict):
    """The derivative against SymPy's derivative of each entry, for a few small sizes."""

    passed: Annotated[
        bool | None, said("Whether they are equal; null where that cannot be told.", True)
    ]
    method: Annotated[str, said("Always `exact`.", EXACT)]
    proven: NotRequired[
        Annotated[bool, said("Whether equal for all values, else at some points.", True)]
    ]
    points: NotRequired[
        Annotated[int, said("At how many rational points, to many digits, where not proven.", 3)]
    ]
    sizes: NotRequired[Annotated[dict[str, int], said("The sizes.", {"n": 3})]]
    entries: NotRequired[Annotated[int, said("How many entries the derivative has.", 9)]]
    entry: NotRequired[Entry]
    at: NotRequired[At]
    reason: NotRequired[
        Annotated[
            str,
            said("Why it cannot be told.", "expm: a matrix function is no formula in the entries"),
        ]
    ]


@exact
class Comparison(TypedDict):
    """Your answer against ours, at random points, in whichever layout yours is."""

    equal: Annotated[bool, said("Whether they agree.", False)]
    max_relative_error: Error
    up_to: Annotated[
        str | None,
        said(
            "Null where yours is as ours; else equal in another layout, or by another convention "
            "for the derivative by a structured variable.",
            "layout",
            json_schema_extra={"enum": ["layout", "structure", None]},
        ),
    ]
    note: NotRequired[
        Annotated[str, said("What is different.", "equal up to layout: yours is the transpose")]
    ]
    entry: NotRequired[Entry]
    ours: NotRequired[Annotated[float, said("Our value of that entry.", 1.5)]]
    yours: NotRequired[Annotated[float, said("Your value of that entry.", -0.5)]]
    at: NotRequired[At]


@exact
class Equation(TypedDict):
    """An equation."""

    left: Annotated[Formula, said("Its left side.", {"text": "A'*A*x"})]
    right: Annotated[Formula, said("Its right side.", {"text": "A'*y"})]


@exact
class Bent(TypedDict):
    """What a function is under conditions."""

    kind: Annotated[str, said("What it is.", "convex")]
    conditions: Annotated[
        list[str], said("All that this needs.", ["A+A' is positive semidefinite"])
    ]


@exact
class Convexity(TypedDict):
    """Whether a scalar function of a variable is convex, concave or affine, with the proof."""

    kind: Annotated[
        str,
        said(
            "`constant`, `affine`, `unknown`; `convex` or `concave`, `strictly` or `strongly` so.",
            "strictly convex",
        ),
    ]
    text: Annotated[str, said("The same in words, with what is so under conditions.", "convex")]
    when: Annotated[list[Bent], said("What it is besides, wherever conditions hold.", [])]
    reasons: Annotated[
        list[str],
        said("The proof, a step a line.", ["x'*x is strongly convex: a sum of squares"]),
    ]


@exact
class Stationary(TypedDict):
    """Where a gradient is zero, if that is a linear equation in some form."""

    name: Annotated[
        str, said("What kind of equation it is.", "normal equations", "Sylvester equation")
    ]
    equation: Annotated[
        Equation, said("The equation.", {"left": {"text": "A'*A*x"}, "right": {"text": "A'*y"}})
    ]
    solution: Annotated[
        Formula | None,
        said("The one point; null where there is no formula for it.", {"text": "pinv(A)*y"}),
    ]
    conditions: Annotated[list[str], said("Where it is the one point.", ["A has full column rank"])]
