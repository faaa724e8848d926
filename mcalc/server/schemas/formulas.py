"""Formulas and the steps to them, programs, and expressions with their variables."""

from __future__ import annotations

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from mcalc.server.schemas.terms import Kind, Latex, Mathml, Shape, Structure, Text, exact, said

__all__ = ["Code", "Expression", "Formula", "Known", "Step"]


@exact
class Expression(TypedDict):
    """An expression with its kind."""

    kind: Annotated[Kind, said("What it is.", "scalar")]
    text: Text
    latex: NotRequired[Latex]
    mathml: NotRequired[Mathml]
    shape: Shape


@exact
class Known(TypedDict):
    """What is known of a variable, by declaration, by default, and by its place."""

    kind: Annotated[Kind, said("What it is.", "matrix")]
    shape: Shape
    structure: NotRequired[
        Annotated[list[Structure], said("What is declared of it.", ["symmetric"])]
    ]


@exact
class Formula(TypedDict):
    """A formula."""

    text: Text
    latex: NotRequired[Latex]
    mathml: NotRequired[Mathml]


@exact
class Step(TypedDict):
    """A line of the derivation: equal to the line before, where that is of the same thing."""

    of: Annotated[str, said("What the formula is equal to.", "df")]
    rule: Annotated[str, said("The rule that gives it.", "d(u'*u) = 2*u'*d(u)")]
    formula: Annotated[
        str, said("It, in the names that steps before have given to inner functions.", "2*u'*d(u)")
    ]
    text: Annotated[
        str,
        said(
            "The same with what the names stand for: valid input.",
            "2*u'*d(u) where u = A*x-y, d(u) = A*d(x)",
        ),
    ]
    source: NotRequired[Annotated[str, said("Where the rule is proved.", "Jacobi's formula")]]
    left_out: NotRequired[
        Annotated[int, said("How many rules before this one have no line of their own.", 3)]
    ]
    latex: NotRequired[Latex]
    mathml: NotRequired[Mathml]


@exact
class Code(TypedDict):
    """A complete module with the functions `value`, `derivative` and `value_and_derivative`."""

    source: Annotated[str, said("The module.", "import numpy as np\n\n\ndef value(...)")]
    arguments: Annotated[
        dict[str, str],
        said(
            "The names of the variables there, which are keywords.", {"A": "A", "lambda": "lambda_"}
        ),
    ]
