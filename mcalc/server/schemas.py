"""What requests and answers look like, for the documentation.

Requests are checked by `mcalc.request` and answers made by `mcalc.api`: tests hold what is said
here of either to what they do.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, NotRequired, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from mcalc.request import FORMATS, KINDS, LAYOUTS, MAX_ORDER, MAX_SIZE, MAX_VARIABLES, STRUCTURES
from mcalc.syntax.parser import MAX_LENGTH

__all__ = ["Answer", "Failure", "Functions", "Health", "Preview", "Question", "components"]

_exact: Final = with_config(ConfigDict(extra="forbid"))

_REFERENCE: Final = "#/components/schemas/{model}"

_EXPRESSION: Final = "det(X)*x'*A*x"
_GRADIENT: Final = "x'*A*x*adj(X)'"
_GRADIENT_LATEX: Final = r"x^{\top}Ax\,\mathrm{adj}(X)^{\top}"

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
_FUNCTION: Final = {
    "name": "tr",
    "aliases": ["trace"],
    "signature": "(n,n)->()",
    "doc": "The trace: the sum of the diagonal entries.",
    "group": "linear",
    "conditions": [],
    "sources": [],
}


def _one_of(words: Any) -> Any:
    """A word of a list."""
    return Field(json_schema_extra={"enum": list(words)})


_Kind: TypeAlias = Annotated[str, _one_of(KINDS)]
_Layout: TypeAlias = Annotated[str, _one_of(LAYOUTS)]
_Format: TypeAlias = Annotated[str, _one_of(FORMATS)]
_Structure: TypeAlias = Annotated[str, _one_of(STRUCTURES)]
_Size: TypeAlias = Annotated[int, Field(ge=1, le=MAX_SIZE)] | str

_Text: TypeAlias = Annotated[
    str, Field(description="In the input language; it can be asked in turn.", examples=[_GRADIENT])
]
_Latex: TypeAlias = Annotated[
    str, Field(description="In LaTeX, where `formats` has it.", examples=[_GRADIENT_LATEX])
]
_Mathml: TypeAlias = Annotated[
    str,
    Field(
        description="One `<math>` with its LaTeX in it, where `formats` has it.",
        examples=['<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">…</math>'],
    ),
]
_Shape: TypeAlias = Annotated[
    list[_Size],
    Field(description="The size of each axis: none for a scalar.", examples=[["n", "n"]]),
]
_Error: TypeAlias = Annotated[
    float | None, Field(description="The largest relative error.", examples=[2.1e-10])
]


# ---------------------------------------------------------------- requests
@_exact
class Declaration(TypedDict):
    """What is said of a name. What is not said is left to the defaults."""

    kind: NotRequired[
        Annotated[
            _Kind | None,
            Field(
                description="By default a name that begins with `a`-`g` or a Greek letter is a "
                "scalar, with `h`-`z` a vector, with a capital a matrix.",
                examples=["matrix"],
            ),
        ]
    ]
    shape: NotRequired[
        Annotated[
            list[_Size] | None,
            Field(
                max_length=2,
                description="A size for each axis, a name or a number.",
                examples=[["n", "n"]],
            ),
        ]
    ]
    structure: NotRequired[
        Annotated[
            list[_Structure] | None,
            Field(description="What is known of it.", examples=[["symmetric"]]),
        ]
    ]


@_exact
class Question(TypedDict):
    """What to differentiate, by what, and how to write it. Only `expression` is needed."""

    expression: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_LENGTH,
            description="In the input language.",
            examples=[_EXPRESSION, "norm2(A*x-y)^2"],
        ),
    ]
    wrt: NotRequired[
        Annotated[
            str | Annotated[list[str], Field(min_length=1, max_length=MAX_ORDER)] | None,
            Field(
                description="The variable to differentiate by, or one for each differentiation, "
                "first to last. By default each variable in turn.",
                examples=["X", ["x", "y"]],
            ),
        ]
    ]
    order: NotRequired[
        Annotated[
            Annotated[int, Field(ge=1, le=MAX_ORDER)] | None,
            Field(description="How often to differentiate; 1 by default.", examples=[1, 2]),
        ]
    ]
    variables: NotRequired[
        Annotated[
            Annotated[dict[str, Declaration], Field(max_length=MAX_VARIABLES)] | None,
            Field(
                description="Declarations by name, where the defaults are wrong.",
                examples=[{"A": {"shape": ["n", "n"], "structure": ["symmetric"]}}],
            ),
        ]
    ]
    formats: NotRequired[
        Annotated[
            Annotated[list[_Format], Field(min_length=1)] | None,
            Field(
                description="What to write the answer in; text and LaTeX by default.",
                examples=[["text", "latex", "numpy"]],
            ),
        ]
    ]
    steps: NotRequired[
        Annotated[bool | None, Field(description="Show the way there.", examples=[False])]
    ]
    check: NotRequired[
        Annotated[
            bool | None,
            Field(description="Compare the derivative with finite differences.", examples=[True]),
        ]
    ]
    compare: NotRequired[
        Annotated[
            str | None,
            Field(
                description="A derivative of your own, to be compared with ours.",
                examples=["det(X)*x'*A*x*inv(X)'"],
            ),
        ]
    ]
    along: NotRequired[
        Annotated[
            str | list[str] | None,
            Field(
                description="Names for directions: the last differentiations are contracted with "
                "them.",
                examples=["V"],
            ),
        ]
    ]
    define: NotRequired[
        Annotated[
            dict[str, str] | None,
            Field(
                description="Functions of your own, by formula; their parameter is `t`.",
                examples=[{"swish": "t*sigmoid(t)"}],
            ),
        ]
    ]
    layout: NotRequired[
        Annotated[
            _Layout | None,
            Field(description="Which axes come first; mixed by default.", examples=["mixed"]),
        ]
    ]


# ---------------------------------------------------------------- answers
@_exact
class Expression(TypedDict):
    """An expression."""

    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]
    shape: _Shape


@_exact
class Understood(TypedDict):
    """An expression with its kind."""

    kind: Annotated[_Kind, Field(description="What it is.", examples=["scalar"])]
    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]
    shape: _Shape


@_exact
class Known(TypedDict):
    """What is known of a variable, by declaration, by default, and by its place."""

    kind: Annotated[_Kind, Field(description="What it is.", examples=["matrix"])]
    shape: _Shape
    structure: NotRequired[
        Annotated[
            list[_Structure],
            Field(description="What is declared of it.", examples=[["symmetric"]]),
        ]
    ]


@_exact
class Formula(TypedDict):
    """A formula."""

    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]


@_exact
class Step(TypedDict):
    """A step on the way to the derivative."""

    rule: Annotated[str, Field(description="The rule.", examples=["product rule"])]
    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]


@_exact
class Code(TypedDict):
    """A complete module with the functions `value`, `derivative` and `value_and_derivative`."""

    source: Annotated[
        str, Field(description="The module.", examples=["import numpy as np\n\n\ndef value(...)"])
    ]
    arguments: Annotated[
        dict[str, str],
        Field(
            description="The names of the variables there, which are keywords.",
            examples=[{"A": "A", "lambda": "lambda_"}],
        ),
    ]


@_exact
class Check(TypedDict):
    """The derivative against finite differences of the value, at random points."""

    passed: Annotated[bool, Field(description="Whether they agree.", examples=[True])]
    max_relative_error: _Error
    points: Annotated[int, Field(description="How many points.", examples=[5])]
    sizes: Annotated[
        dict[str, int],
        Field(description="The sizes that stood for the names.", examples=[{"p": 3, "n": 4}]),
    ]


@_exact
class Comparison(TypedDict):
    """Your answer against ours, at random points."""

    equal: Annotated[bool, Field(description="Whether they agree.", examples=[False])]
    max_relative_error: _Error
    at: NotRequired[
        Annotated[
            dict[str, Any],
            Field(description="A point where they differ.", examples=[{"x": [0.3, -1.2]}]),
        ]
    ]


@_exact
class Derivative(TypedDict):
    """A derivative."""

    wrt: Annotated[
        list[str],
        Field(description="The variable of each differentiation.", examples=[["X"]]),
    ]
    kind: Annotated[
        str,
        Field(
            description="A gradient is that of a scalar; `directional` is contracted with a "
            "direction.",
            examples=["gradient"],
            json_schema_extra={
                "enum": ["gradient", "jacobian", "hessian", "tensor", "directional"]
            },
        ),
    ]
    shape: _Shape
    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]
    notation: Annotated[
        str,
        Field(
            description="`matrix` where the text is the derivative in matrix notation; `vec` where "
            "it is the Jacobian of `vec(value)` by `vec(variable)`.",
            examples=["matrix"],
            json_schema_extra={"enum": ["matrix", "vec"]},
        ),
    ]
    layout: Annotated[_Layout, Field(description="Which axes come first.", examples=["mixed"])]
    along: NotRequired[
        Annotated[
            list[str], Field(description="The directions it is contracted with.", examples=[["V"]])
        ]
    ]
    tensor: Annotated[
        str,
        Field(
            description="The same in index notation.",
            examples=["∂f/∂X[i,j] = x[k]*A[k,l]*x[l]*adj(X)[j,i]"],
        ),
    ]
    tensor_latex: NotRequired[
        Annotated[
            str,
            Field(
                description="The same in index notation in LaTeX.",
                examples=[r"\frac{\partial f}{\partial X_{ij}} = \dots"],
            ),
        ]
    ]
    tensor_mathml: NotRequired[_Mathml]
    half_vectorized: NotRequired[
        Annotated[
            Formula,
            Field(
                description="By a symmetric matrix: the derivative by its lower triangle.",
                examples=[{"text": "duplication(n)'*vec(x*x')"}],
            ),
        ]
    ]
    differential: Annotated[
        Formula,
        Field(description="The differential of the value.", examples=[{"text": "tr(A*d(X))"}]),
    ]
    second_differential: NotRequired[
        Annotated[
            Formula,
            Field(
                description="The differential of the differential, where the order is 2.",
                examples=[{"text": "2*d(x)'*A*d2(x)"}],
            ),
        ]
    ]
    conditions: Annotated[
        list[str], Field(description="Where the formula holds.", examples=[["X is invertible"]])
    ]
    steps: NotRequired[
        Annotated[
            list[Step],
            Field(description="The way there.", examples=[[{"rule": "product", "text": "…"}]]),
        ]
    ]
    code: NotRequired[
        Annotated[
            dict[str, Code],
            Field(
                description="Programs, by format.",
                examples=[{"numpy": {"source": "import numpy as np\n…", "arguments": {"X": "X"}}}],
            ),
        ]
    ]
    check: NotRequired[
        Annotated[
            Check | None,
            Field(
                description="The check that was asked for; null where no value can be computed.",
                examples=[
                    {"passed": True, "max_relative_error": 2e-10, "points": 5, "sizes": {"n": 3}}
                ],
            ),
        ]
    ]
    compare: NotRequired[
        Annotated[
            Comparison | None,
            Field(
                description="The comparison that was asked for; null likewise.",
                examples=[{"equal": True, "max_relative_error": 1e-15}],
            ),
        ]
    ]


_Variables: TypeAlias = Annotated[
    dict[str, Known],
    Field(
        description="Every variable, by name.",
        examples=[{"x": {"kind": "vector", "shape": ["n"]}}],
    ),
]


@_exact
class Answer(TypedDict):
    """An answer."""

    expression: Annotated[
        Expression,
        Field(
            description="The expression as it is understood.",
            examples=[{"text": _EXPRESSION, "shape": []}],
        ),
    ]
    variables: _Variables
    derivatives: Annotated[
        list[Derivative],
        Field(
            description="The derivative, or without `wrt` one for each variable.",
            examples=[[_DERIVATIVE]],
        ),
    ]


@_exact
class Preview(TypedDict):
    """What is known of an expression without calculus."""

    expression: Annotated[
        Understood,
        Field(
            description="The expression as it is understood.",
            examples=[{"kind": "scalar", "text": _EXPRESSION, "shape": []}],
        ),
    ]
    variables: _Variables


@_exact
class Problem(TypedDict):
    """What went wrong, where, and what to do."""

    kind: Annotated[
        str,
        Field(
            description="`syntax`: it does not parse. `name`: an unknown function or variable. "
            "`shape`: sizes or kinds cannot agree. `domain`: no value anywhere. `limit`: too long, "
            "deep, large, slow or much. `request`: the request itself. `internal`: our fault.",
            examples=["shape"],
            json_schema_extra={
                "enum": ["syntax", "name", "shape", "domain", "limit", "request", "internal"]
            },
        ),
    ]
    message: Annotated[
        str, Field(description="What is wrong.", examples=["`det` is for square matrices."])
    ]
    position: NotRequired[
        Annotated[
            int,
            Field(
                ge=0,
                description="Where in the expression, in Unicode code points.",
                examples=[12],
            ),
        ]
    ]
    length: NotRequired[
        Annotated[int, Field(ge=0, description="How far it reaches.", examples=[1])]
    ]
    hint: NotRequired[
        Annotated[str, Field(description="What to do.", examples=["Declare X as `X: n n`."])]
    ]


@_exact
class Failure(TypedDict):
    """An error, the same shape for all."""

    error: Annotated[
        Problem,
        Field(
            description="What went wrong.",
            examples=[
                {"kind": "syntax", "message": "A `)` is missing.", "position": 7, "length": 1}
            ],
        ),
    ]


# ---------------------------------------------------------------- functions, health
@_exact
class Function(TypedDict):
    """A function of the language."""

    name: Annotated[str, Field(description="Its name.", examples=["tr"])]
    aliases: Annotated[list[str], Field(description="Its other names.", examples=[["trace"]])]
    signature: Annotated[
        str,
        Field(
            description="Sizes of arguments and result: `()` a scalar, `(n)` a column, `(_,n)` a "
            "row; brackets `[n,n]` where the axes have to be there.",
            examples=["(n,n)->()"],
        ),
    ]
    doc: Annotated[str, Field(description="What it is.", examples=["The trace."])]
    group: Annotated[str, Field(description="What it belongs to.", examples=["linear"])]
    conditions: Annotated[
        list[str],
        Field(description="Where it can be differentiated.", examples=[["X is invertible"]]),
    ]
    sources: Annotated[
        list[str],
        Field(
            description="Where its rule is taken from, where that is no common knowledge.",
            examples=[["Magnus & Neudecker, ch. 8, sec. 4"]],
        ),
    ]


@_exact
class Functions(TypedDict):
    """The functions of the language."""

    functions: Annotated[
        list[Function],
        Field(
            description="Each of them, by group.",
            examples=[[_FUNCTION]],
        ),
    ]


@_exact
class Health(TypedDict):
    """That the server is alive."""

    status: Annotated[str, Field(description="Always `ok`.", examples=["ok"])]
    version: Annotated[str, Field(description="The version of the program.", examples=["0.1.0"])]


def components() -> dict[str, Any]:
    """The schemas of questions and of failures, by name."""
    found: dict[str, Any] = {}
    for model in (Question, Failure):
        schema = TypeAdapter(model).json_schema(ref_template=_REFERENCE)
        found |= {**schema.pop("$defs"), model.__name__: schema}
    return found
