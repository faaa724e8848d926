"""Answers: derivatives, and what is known of an expression alone."""

from __future__ import annotations

from typing import Annotated, Final, NotRequired, TypeAlias

from typing_extensions import TypedDict

from mcalc.server.schemas.failure import Failure
from mcalc.server.schemas.formulas import Code, Expression, Formula, Known, Step
from mcalc.server.schemas.terms import EXPRESSION, Latex, Layout, Mathml, Shape, Text, exact, said
from mcalc.server.schemas.verdicts import Check, Comparison, Convexity, ExactCheck, Stationary

__all__ = ["Answer", "Derivative", "Preview"]

_DERIVATIVE: Final = {
    "wrt": ["X"],
    "kind": "gradient",
    "shape": ["n", "n"],
    "text": "A'",
    "notation": "matrix",
    "layout": "mixed",
    "tensor": "∂f/∂X[i,j] = A[j,i]",
    "differential": {"text": "tr(A*d(X))"},
    "conditions": [],
}


@exact
class Derivative(TypedDict):
    """A derivative."""

    wrt: Annotated[list[str], said("The variable of each differentiation.", ["X"])]
    kind: Annotated[
        str,
        said(
            "A gradient is that of a scalar; `directional` is contracted with a direction.",
            "gradient",
            json_schema_extra={
                "enum": ["gradient", "jacobian", "hessian", "tensor", "directional"]
            },
        ),
    ]
    shape: Shape
    text: Text
    latex: NotRequired[Latex]
    mathml: NotRequired[Mathml]
    notation: Annotated[
        str,
        said(
            "`matrix` where the text is the derivative in matrix notation; `vec` where "
            "it is the Jacobian of `vec(value)` by `vec(variable)`.",
            "matrix",
            json_schema_extra={"enum": ["matrix", "vec"]},
        ),
    ]
    layout: Annotated[Layout, said("Which axes come first.", "mixed")]
    along: NotRequired[Annotated[list[str], said("The directions it is contracted with.", ["V"])]]
    tensor: Annotated[
        str, said("The same in index notation.", "∂f/∂X[i,j] = x[k]*A[k,l]*x[l]*adj(X)[j,i]")
    ]
    tensor_latex: NotRequired[
        Annotated[
            str,
            said(
                "The same in index notation in LaTeX.",
                r"\frac{\partial f}{\partial X_{ij}} = \dots",
            ),
        ]
    ]
    tensor_mathml: NotRequired[Mathml]
    half_vectorized: NotRequired[
        Annotated[
            Formula,
            said(
                "By a symmetric matrix: the derivative by its lower triangle.",
                {"text": "duplication(n)'*vec(x*x')"},
            ),
        ]
    ]
    differential: Annotated[Formula, said("The differential of the value.", {"text": "tr(A*d(X))"})]
    second_differential: NotRequired[
        Annotated[
            Formula,
            said(
                "The differential of the differential, where the order is 2.",
                {"text": "2*d(x)'*A*d2(x)"},
            ),
        ]
    ]
    conditions: Annotated[list[str], said("Where the formula holds.", ["X is invertible"])]
    convexity: NotRequired[
        Annotated[
            Convexity,
            said(
                "How the function bends.",
                {
                    "kind": "unknown",
                    "text": "convex if A+A' is positive semidefinite",
                    "when": [{"kind": "convex", "conditions": ["A+A' is positive semidefinite"]}],
                    "reasons": [],
                },
            ),
        ]
    ]
    stationary: NotRequired[
        Annotated[
            Stationary,
            said(
                "Where the gradient is zero, if that is a linear equation.",
                {
                    "name": "normal equations",
                    "equation": {"left": {"text": "A'*A*x"}, "right": {"text": "A'*y"}},
                    "solution": {"text": "pinv(A)*y"},
                    "conditions": ["A has full column rank"],
                },
            ),
        ]
    ]
    steps: NotRequired[
        Annotated[
            list[Step],
            said(
                "The way there.",
                [{"of": "df", "rule": "product rule", "formula": "…", "text": "…"}],
            ),
        ]
    ]
    code: NotRequired[
        Annotated[
            dict[str, Code | Failure],
            said(
                "Programs, by format.",
                {"numpy": {"source": "import numpy as np\n…", "arguments": {"X": "X"}}},
            ),
        ]
    ]
    check: NotRequired[
        Annotated[
            Check | ExactCheck | None,
            said(
                "The check that was asked for; null where no value can be computed.",
                {"passed": True, "max_relative_error": 2e-10, "points": 5, "sizes": {"n": 3}},
            ),
        ]
    ]
    compare: NotRequired[
        Annotated[
            Comparison | None,
            said(
                "The comparison that was asked for; null likewise.",
                {
                    "equal": True,
                    "max_relative_error": 1e-15,
                    "up_to": "layout",
                    "note": "equal up to layout: yours is the transpose",
                },
            ),
        ]
    ]


_Understood: TypeAlias = Annotated[
    Expression,
    said(
        "The expression as it is understood.", {"kind": "scalar", "text": EXPRESSION, "shape": []}
    ),
]
_Variables: TypeAlias = Annotated[
    dict[str, Known], said("Every variable, by name.", {"x": {"kind": "vector", "shape": ["n"]}})
]


@exact
class Answer(TypedDict):
    """An answer."""

    expression: _Understood
    variables: _Variables
    derivatives: Annotated[
        list[Derivative],
        said("The derivative, or without `wrt` one for each variable.", [_DERIVATIVE]),
    ]


@exact
class Preview(TypedDict):
    """What is known of an expression without calculus."""

    expression: _Understood
    variables: _Variables
