"""What requests and answers look like, for the documentation.

Requests are checked by `mcalc.request` and answers made by `mcalc.api`: tests hold what is said
here of either to what they do.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, NotRequired, Required, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from mcalc.declaration import KINDS, MAX_SIZE, STRUCTURES
from mcalc.request import EXACT, FORMATS, LAYOUTS, MAX_ASSUMPTIONS, MAX_ORDER, MAX_VARIABLES
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


def _said(description: str, *examples: Any, **limits: Any) -> Any:
    """What is said of a field."""
    return Field(description=description, examples=list(examples), **limits)


def _one_of(words: Any) -> Any:
    """A word of a list."""
    return Field(json_schema_extra={"enum": list(words)})


_Kind: TypeAlias = Annotated[str, _one_of(KINDS)]
_Layout: TypeAlias = Annotated[str, _one_of(LAYOUTS)]
_Format: TypeAlias = Annotated[str, _one_of(FORMATS)]
_Structure: TypeAlias = Annotated[str, _one_of(STRUCTURES)]
_Size: TypeAlias = Annotated[int, Field(ge=1, le=MAX_SIZE)] | str

_Text: TypeAlias = Annotated[
    str, _said("In the input language; it can be asked in turn.", _GRADIENT)
]
_Latex: TypeAlias = Annotated[str, _said("In LaTeX, where `formats` has it.", _GRADIENT_LATEX)]
_Mathml: TypeAlias = Annotated[
    str,
    _said(
        "One `<math>` with its LaTeX in it, where `formats` has it.",
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">…</math>',
    ),
]
_Shape: TypeAlias = Annotated[
    list[_Size], _said("The size of each axis: none for a scalar.", ["n", "n"])
]
_Entry: TypeAlias = Annotated[
    list[int], _said("The entry that differs most, counted from 0.", [0, 1])
]
_At: TypeAlias = Annotated[dict[str, Any], _said("A point where they differ.", {"x": [0.3, -1.2]})]
_Error: TypeAlias = Annotated[float | None, _said("The largest relative error.", 2.1e-10)]


# ---------------------------------------------------------------- requests
@_exact
class Declaration(TypedDict, total=False):
    """What is said of a name. What is not said is left to the defaults."""

    kind: Annotated[
        _Kind | None,
        _said(
            "By default a name that begins with `a`-`g` or a Greek letter is a "
            "scalar, with `h`-`z` a vector, with a capital a matrix.",
            "matrix",
        ),
    ]
    shape: Annotated[
        list[_Size] | None,
        _said("A size for each axis, a name or a number.", ["n", "n"], max_length=2),
    ]
    structure: Annotated[list[_Structure] | None, _said("What is known of it.", ["symmetric"])]


@_exact
class Question(TypedDict, total=False):
    """What to differentiate, by what, and how to write it. Only `expression` is needed."""

    expression: Required[
        Annotated[
            str,
            _said(
                "In the input language.",
                _EXPRESSION,
                "norm2(A*x-y)^2",
                min_length=1,
                max_length=MAX_LENGTH,
            ),
        ]
    ]
    wrt: Annotated[
        str | Annotated[list[str], Field(min_length=1, max_length=MAX_ORDER)] | None,
        _said(
            "The variable to differentiate by, or one for each differentiation, "
            "first to last. By default each variable in turn.",
            "X",
            ["x", "y"],
        ),
    ]
    order: Annotated[
        Annotated[int, Field(ge=1, le=MAX_ORDER)] | None,
        _said("How often to differentiate; 1 by default.", 1, 2),
    ]
    variables: Annotated[
        Annotated[dict[str, Declaration], Field(max_length=MAX_VARIABLES)] | None,
        _said(
            "Declarations by name, where the defaults are wrong.",
            {"A": {"shape": ["n", "n"], "structure": ["symmetric"]}},
        ),
    ]
    formats: Annotated[
        Annotated[list[_Format], Field(min_length=1)] | None,
        _said(
            "What to write the answer in; text and LaTeX by default.", ["text", "latex", "numpy"]
        ),
    ]
    steps: Annotated[bool | None, _said("Show the way there.", False)]
    check: Annotated[
        bool | Annotated[str, _one_of([EXACT])] | None,
        _said(
            "Compare the derivative with finite differences; `exact`: with SymPy's derivative of "
            "each entry, for a few small sizes.",
            True,
            EXACT,
        ),
    ]
    compare: Annotated[
        str | None,
        _said("A derivative of your own, to be compared with ours.", "det(X)*x'*A*x*inv(X)'"),
    ]
    along: Annotated[
        str | list[str] | None,
        _said("Names for directions: the last differentiations are contracted with them.", "V"),
    ]
    define: Annotated[
        dict[str, str] | None,
        _said(
            "Functions of your own, by formula; their parameter is `t`.", {"swish": "t*sigmoid(t)"}
        ),
    ]
    layout: Annotated[_Layout | None, _said("Which axes come first; mixed by default.", "mixed")]
    where: Annotated[
        str | Annotated[list[str], Field(max_length=MAX_ASSUMPTIONS)] | None,
        _said(
            "Assumptions under which the answer is written: what is on the left of `=` is "
            "replaced by what is on the right; a new name on the left names what is on the right. "
            "Code, `check` and `compare` take the answer without them.",
            ["A'*A = eye", "a = x'*x"],
        ),
    ]
    fold: Annotated[
        bool | None,
        _said("Give names to the shared parts of a long formula: `… where T1 = …`.", False),
    ]
    with_check: Annotated[
        bool | None, _said("End modules of code in a check of their own, with data.", False)
    ]
    convexity: Annotated[bool | None, _said("Say whether the function is convex, and why.", True)]
    stationary: Annotated[
        bool | None, _said("Say where the gradient is zero, if that is a linear equation.", True)
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

    kind: Annotated[_Kind, _said("What it is.", "scalar")]
    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]
    shape: _Shape


@_exact
class Known(TypedDict):
    """What is known of a variable, by declaration, by default, and by its place."""

    kind: Annotated[_Kind, _said("What it is.", "matrix")]
    shape: _Shape
    structure: NotRequired[
        Annotated[list[_Structure], _said("What is declared of it.", ["symmetric"])]
    ]


@_exact
class Formula(TypedDict):
    """A formula."""

    text: _Text
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]


@_exact
class Step(TypedDict):
    """A line of the derivation: equal to the line before, where that is of the same thing."""

    of: Annotated[str, _said("What the formula is equal to.", "df")]
    rule: Annotated[str, _said("The rule that gives it.", "d(u'*u) = 2*u'*d(u)")]
    formula: Annotated[
        str, _said("It, in the names that steps before have given to inner functions.", "2*u'*d(u)")
    ]
    text: Annotated[
        str,
        _said(
            "The same with what the names stand for: valid input.",
            "2*u'*d(u) where u = A*x-y, d(u) = A*d(x)",
        ),
    ]
    source: NotRequired[Annotated[str, _said("Where the rule is proved.", "Jacobi's formula")]]
    left_out: NotRequired[
        Annotated[int, _said("How many rules before this one have no line of their own.", 3)]
    ]
    latex: NotRequired[_Latex]
    mathml: NotRequired[_Mathml]


@_exact
class Code(TypedDict):
    """A complete module with the functions `value`, `derivative` and `value_and_derivative`."""

    source: Annotated[str, _said("The module.", "import numpy as np\n\n\ndef value(...)")]
    arguments: Annotated[
        dict[str, str],
        _said(
            "The names of the variables there, which are keywords.", {"A": "A", "lambda": "lambda_"}
        ),
    ]


@_exact
class Check(TypedDict):
    """The derivative against finite differences of the value, at random points."""

    passed: Annotated[bool, _said("Whether they agree.", True)]
    max_relative_error: _Error
    points: Annotated[int, _said("How many points.", 5)]
    sizes: Annotated[dict[str, int], _said("The sizes that stood for the names.", {"p": 3, "n": 4})]


@_exact
class ExactCheck(TypedDict):
    """The derivative against SymPy's derivative of each entry, for a few small sizes."""

    passed: Annotated[
        bool | None, _said("Whether they are equal; null where that cannot be told.", True)
    ]
    method: Annotated[str, _said("Always `exact`.", EXACT)]
    proven: NotRequired[
        Annotated[bool, _said("Whether equal for all values, else at some points.", True)]
    ]
    points: NotRequired[
        Annotated[int, _said("At how many rational points, to many digits, where not proven.", 3)]
    ]
    sizes: NotRequired[Annotated[dict[str, int], _said("The sizes.", {"n": 3})]]
    entries: NotRequired[Annotated[int, _said("How many entries the derivative has.", 9)]]
    entry: NotRequired[_Entry]
    at: NotRequired[_At]
    reason: NotRequired[
        Annotated[
            str,
            _said("Why it cannot be told.", "expm: a matrix function is no formula in the entries"),
        ]
    ]


@_exact
class Comparison(TypedDict):
    """Your answer against ours, at random points, in whichever layout yours is."""

    equal: Annotated[bool, _said("Whether they agree.", False)]
    max_relative_error: _Error
    up_to: Annotated[
        str | None,
        _said(
            "Null where yours is as ours; else equal in another layout, or by another convention "
            "for the derivative by a structured variable.",
            "layout",
            json_schema_extra={"enum": ["layout", "structure", None]},
        ),
    ]
    note: NotRequired[
        Annotated[str, _said("What is different.", "equal up to layout: yours is the transpose")]
    ]
    entry: NotRequired[_Entry]
    ours: NotRequired[Annotated[float, _said("Our value of that entry.", 1.5)]]
    yours: NotRequired[Annotated[float, _said("Your value of that entry.", -0.5)]]
    at: NotRequired[_At]


@_exact
class Equation(TypedDict):
    """An equation."""

    left: Annotated[Formula, _said("Its left side.", {"text": "A'*A*x"})]
    right: Annotated[Formula, _said("Its right side.", {"text": "A'*y"})]


@_exact
class Bent(TypedDict):
    """What a function is under conditions."""

    kind: Annotated[str, _said("What it is.", "convex")]
    conditions: Annotated[
        list[str], _said("All that this needs.", ["A+A' is positive semidefinite"])
    ]


@_exact
class Convexity(TypedDict):
    """Whether a scalar function of a variable is convex, concave or affine, with the proof."""

    kind: Annotated[
        str,
        _said(
            "`constant`, `affine`, `unknown`; `convex` or `concave`, `strictly` or `strongly` so.",
            "strictly convex",
        ),
    ]
    text: Annotated[str, _said("The same in words, with what is so under conditions.", "convex")]
    when: Annotated[list[Bent], _said("What it is besides, wherever conditions hold.", [])]
    reasons: Annotated[
        list[str],
        _said("The proof, a step a line.", ["x'*x is strongly convex: a sum of squares"]),
    ]


@_exact
class Stationary(TypedDict):
    """Where a gradient is zero, if that is a linear equation in some form."""

    name: Annotated[
        str, _said("What kind of equation it is.", "normal equations", "Sylvester equation")
    ]
    equation: Annotated[
        Equation, _said("The equation.", {"left": {"text": "A'*A*x"}, "right": {"text": "A'*y"}})
    ]
    solution: Annotated[
        Formula | None,
        _said("The one point; null where there is no formula for it.", {"text": "pinv(A)*y"}),
    ]
    conditions: Annotated[
        list[str], _said("Where it is the one point.", ["A has full column rank"])
    ]


@_exact
class Derivative(TypedDict):
    """A derivative."""

    wrt: Annotated[list[str], _said("The variable of each differentiation.", ["X"])]
    kind: Annotated[
        str,
        _said(
            "A gradient is that of a scalar; `directional` is contracted with a direction.",
            "gradient",
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
        _said(
            "`matrix` where the text is the derivative in matrix notation; `vec` where "
            "it is the Jacobian of `vec(value)` by `vec(variable)`.",
            "matrix",
            json_schema_extra={"enum": ["matrix", "vec"]},
        ),
    ]
    layout: Annotated[_Layout, _said("Which axes come first.", "mixed")]
    along: NotRequired[Annotated[list[str], _said("The directions it is contracted with.", ["V"])]]
    tensor: Annotated[
        str, _said("The same in index notation.", "∂f/∂X[i,j] = x[k]*A[k,l]*x[l]*adj(X)[j,i]")
    ]
    tensor_latex: NotRequired[
        Annotated[
            str,
            _said(
                "The same in index notation in LaTeX.",
                r"\frac{\partial f}{\partial X_{ij}} = \dots",
            ),
        ]
    ]
    tensor_mathml: NotRequired[_Mathml]
    half_vectorized: NotRequired[
        Annotated[
            Formula,
            _said(
                "By a symmetric matrix: the derivative by its lower triangle.",
                {"text": "duplication(n)'*vec(x*x')"},
            ),
        ]
    ]
    differential: Annotated[
        Formula, _said("The differential of the value.", {"text": "tr(A*d(X))"})
    ]
    second_differential: NotRequired[
        Annotated[
            Formula,
            _said(
                "The differential of the differential, where the order is 2.",
                {"text": "2*d(x)'*A*d2(x)"},
            ),
        ]
    ]
    conditions: Annotated[list[str], _said("Where the formula holds.", ["X is invertible"])]
    convexity: NotRequired[
        Annotated[
            Convexity,
            _said(
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
            _said(
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
            _said(
                "The way there.",
                [{"of": "df", "rule": "product rule", "formula": "…", "text": "…"}],
            ),
        ]
    ]
    code: NotRequired[
        Annotated[
            dict[str, Code | Failure],
            _said(
                "Programs, by format.",
                {"numpy": {"source": "import numpy as np\n…", "arguments": {"X": "X"}}},
            ),
        ]
    ]
    check: NotRequired[
        Annotated[
            Check | ExactCheck | None,
            _said(
                "The check that was asked for; null where no value can be computed.",
                {"passed": True, "max_relative_error": 2e-10, "points": 5, "sizes": {"n": 3}},
            ),
        ]
    ]
    compare: NotRequired[
        Annotated[
            Comparison | None,
            _said(
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


_Variables: TypeAlias = Annotated[
    dict[str, Known], _said("Every variable, by name.", {"x": {"kind": "vector", "shape": ["n"]}})
]


@_exact
class Answer(TypedDict):
    """An answer."""

    expression: Annotated[
        Expression, _said("The expression as it is understood.", {"text": _EXPRESSION, "shape": []})
    ]
    variables: _Variables
    derivatives: Annotated[
        list[Derivative],
        _said("The derivative, or without `wrt` one for each variable.", [_DERIVATIVE]),
    ]


@_exact
class Preview(TypedDict):
    """What is known of an expression without calculus."""

    expression: Annotated[
        Understood,
        _said(
            "The expression as it is understood.",
            {"kind": "scalar", "text": _EXPRESSION, "shape": []},
        ),
    ]
    variables: _Variables


@_exact
class Problem(TypedDict):
    """What went wrong, where, and what to do."""

    kind: Annotated[
        str,
        _said(
            "`syntax`: it does not parse. `name`: an unknown function or variable. "
            "`shape`: sizes or kinds cannot agree. `domain`: no value anywhere. `limit`: too long, "
            "deep, large, slow or much. `request`: the request itself. `internal`: our fault.",
            "shape",
            json_schema_extra={
                "enum": ["syntax", "name", "shape", "domain", "limit", "request", "internal"]
            },
        ),
    ]
    message: Annotated[str, _said("What is wrong.", "`det` is for square matrices.")]
    position: NotRequired[
        Annotated[int, _said("Where in the expression, in Unicode code points.", 12, ge=0)]
    ]
    length: NotRequired[Annotated[int, _said("How far it reaches.", 1, ge=0)]]
    hint: NotRequired[Annotated[str, _said("What to do.", "Declare X as `X: n n`.")]]


@_exact
class Failure(TypedDict):
    """An error, the same shape for all."""

    error: Annotated[
        Problem,
        _said(
            "What went wrong.",
            {"kind": "syntax", "message": "A `)` is missing.", "position": 7, "length": 1},
        ),
    ]


# ---------------------------------------------------------------- functions, health
@_exact
class Function(TypedDict):
    """A function of the language."""

    name: Annotated[str, _said("Its name.", "tr")]
    aliases: Annotated[list[str], _said("Its other names.", ["trace"])]
    signature: Annotated[
        str,
        _said(
            "Sizes of arguments and result: `()` a scalar, `(n)` a column, `(_,n)` a "
            "row; brackets `[n,n]` where the axes have to be there.",
            "(n,n)->()",
        ),
    ]
    doc: Annotated[str, _said("What it is.", "The trace.")]
    group: Annotated[str, _said("What it belongs to.", "linear")]
    conditions: Annotated[list[str], _said("Where it can be differentiated.", ["X is invertible"])]
    sources: Annotated[
        list[str],
        _said(
            "Where its rule is taken from, where that is no common knowledge.",
            ["Magnus & Neudecker, ch. 8, sec. 4"],
        ),
    ]


@_exact
class Functions(TypedDict):
    """The functions of the language."""

    functions: Annotated[list[Function], _said("Each of them, by group.", [_FUNCTION])]


@_exact
class Health(TypedDict):
    """That the server is alive."""

    status: Annotated[str, _said("Always `ok`.", "ok")]
    version: Annotated[str, _said("The version of the program.", "0.1.0")]


def components() -> dict[str, Any]:
    """The schemas of questions and of failures, by name."""
    found: dict[str, Any] = {}
    for model in (Question, Failure):
        schema = TypeAdapter(model).json_schema(ref_template=_REFERENCE)
        found |= {**schema.pop("$defs"), model.__name__: schema}
    return found
