"""Request in, answer out: the one door for the command line, batch, REST, the page and Python."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mcalc.calculus.conditions import conditions
from mcalc.calculus.derivative import Derivative, bilinear_form, direction
from mcalc.calculus.derivative import derive as take_derivative
from mcalc.calculus.layout import arranged, is_transposed
from mcalc.core import facts
from mcalc.core.algebra import mul, transpose
from mcalc.core.leaves import Variable, duplication
from mcalc.core.op import OPS, Op
from mcalc.errors import McalcError, RequestError, UnknownName
from mcalc.ops.further import abstract, by_formula
from mcalc.ops.vectorize import vec
from mcalc.printers.code.languages import LANGUAGES, language
from mcalc.printers.index import index_latex, index_mathml, index_notation
from mcalc.printers.latex import latex
from mcalc.printers.mathml import mathml
from mcalc.printers.text import text
from mcalc.request import Declaration, Request, choice
from mcalc.simplify.engine import for_reading, simplify
from mcalc.syntax.lower import Lowered, lower
from mcalc.syntax.parser import Limits, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcalc.core.expr import Expr
    from mcalc.printers.code.module import Code

__all__ = ["Answer", "DerivativeAnswer", "answer", "derive"]

JSON = dict[str, Any]


@dataclass(frozen=True)
class DerivativeAnswer:
    """One derivative, written out in the formats that are asked for, when they are asked for."""

    derivative: Derivative
    question: Lowered
    request: Request

    @cached_property
    def result(self) -> Expr:
        """The derivative, as short as it gets, in the layout asked for."""
        return self._arranged(for_reading(self.derivative.result))

    def _arranged(self, result: Expr) -> Expr:
        return arranged(self.derivative, result, self.request.layout)

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names of the variables, one for each order."""
        return tuple(_name(v) for v in self.derivative.wrt)

    @property
    def shape(self) -> tuple[str | int, ...]:
        """The sizes of the array of entries."""
        axes = self.derivative.axes
        if is_transposed(self.derivative, self.request.layout):
            first = len(self.derivative.value.shape.axes)
            axes = axes[first:] + axes[:first] if first else tuple(reversed(axes))
        return _sizes(axes)

    @cached_property
    def text(self) -> str:
        """The derivative in the input language."""
        return text(self.result)

    @cached_property
    def latex(self) -> str:
        """The derivative in LaTeX."""
        return latex(self.result)

    @cached_property
    def tensor(self) -> str:
        """The derivative in index notation."""
        return index_notation(self.derivative)

    @cached_property
    def tensor_latex(self) -> str:
        """The derivative in index notation in LaTeX, its sums written out."""
        return index_latex(self.derivative)

    @cached_property
    def half_vectorized(self) -> Expr | None:
        """By a symmetric variable, the derivative by the entries of its lower triangle, vech.

        Of a scalar the column duplication'*vec(G), else the Jacobian times duplication: each entry
        off the diagonal stands for two. None by other variables and for higher orders.
        Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 3, sec. 8.
        """
        derivative = self.derivative
        (X, *others) = derivative.wrt
        if others or derivative.along or not X.shape.is_matrix or not X.has(facts.SYMMETRIC):
            return None
        D = duplication(X.shape.axes[0])
        if not derivative.value.shape.is_scalar:
            return for_reading(mul(derivative.result, D))
        G = derivative.result
        column = transpose(G) if derivative.notation == "vec" else vec(for_reading(G))
        return mul(transpose(D), column)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Where the formula holds, in words."""
        derivative = self.derivative
        lower = [take_derivative(derivative.value, derivative.wrt[:k]).result
                 for k in range(1, len(derivative.wrt))]  # fmt: skip
        found = conditions([derivative.value, *lower], self.result)
        return tuple(c.property.format(text(c.subject)) for c in found)

    @property
    def numpy(self) -> Code:
        """A NumPy module with the value, the derivative, and both."""
        return self.code("numpy")

    def code(self, name: str) -> Code:
        """A module in a language with the value, the derivative, and both.

        Raises: RequestError for what cannot be said in the language.
        """
        if name not in self._codes:
            self._codes[name] = self._write(choice(name, LANGUAGES, "language"))
        return self._codes[name]

    @cached_property
    def _codes(self) -> dict[str, Code]:
        return {}

    def _write(self, name: str) -> Code:
        from mcalc.printers.code.module import write

        variables = {**self.question.declared, **self.question.variables}
        needed = {
            name: node
            for name, node in variables.items()
            if name in self.question.variables or _fixes_a_size(node, self.question)
        }
        needed |= {_name(V): V for V in self.derivative.along}
        needed = dict(sorted(needed.items()))
        heading = self._heading(needed)
        result = self._arranged(simplify(self.derivative.result))
        return write(language(name), self.derivative, result, needed, heading)

    def _heading(self, variables: Mapping[str, Expr]) -> str:
        """The question that the code answers: expression, variables, conditions, layout."""
        by = " and then by ".join(self.wrt)
        along = ", ".join(_name(V) for V in self.derivative.along)
        first = f"{text(self.question.written, as_typed=True)}, differentiated by {by}"
        lines = [first + (f" along {along}." if along else "."), ""]
        for name, node in variables.items():
            words = [str(size) for size in _sizes(node.shape.axes)]
            structure = _declaration(node).get("structure", [])
            kind = node.shape.kind.replace("_", " ")
            lines.append(" ".join([f"{name}: {kind}", "×".join(words), *structure]).strip())
        if self.conditions:
            lines += ["", f"Valid where {'; '.join(self.conditions)}."]
        lines.append(f"Axes: the value's, then the variables' ({self.request.layout} layout).")
        return "\n".join(lines)

    def compile(self, language: str = "numpy") -> Callable[..., Any]:
        """The derivative as a function of the variables, by keyword.

        Its attributes `value` and `value_and_derivative` are the other functions of the module, and
        `source` is its text.

        Raises: RequestError for a language that cannot be run here.

        >>> import numpy as np
        >>> derive("x'*x", wrt="x").derivatives[0].compile()(x=np.array([1.0, 2.0]))
        array([2., 4.])
        """
        if language != "numpy":
            raise RequestError(f"no callable can be made for {language}", hint="numpy can be")
        from mcalc.numeric.callable import load

        function: Callable[..., Any] = load(self.numpy.source)
        return function

    @cached_property
    def check(self) -> JSON | None:
        """The derivative against differences of the value, as a field of the answer."""
        from mcalc.numeric.verify import verify

        found = verify(self.derivative, for_reading(self.derivative.result))
        if found is None:
            return None
        return {
            "passed": found.passed,
            "max_relative_error": found.max_relative_error,
            "points": found.points,
            "sizes": dict(found.sizes),
        }

    @cached_property
    def comparison(self) -> JSON | None:
        """The user's own answer against this one, as a field of the answer."""
        if self.request.compare is None:
            return None
        from mcalc.numeric.verify import against

        theirs = self._own_answer(self.request.compare)
        found = against(self.derivative, self.result, theirs)
        if found is None:
            return None
        entry: JSON = {"equal": found.equal, "max_relative_error": found.max_relative_error}
        if found.at is not None:
            entry["at"] = {name: value.tolist() for name, value in found.at.items()}
        return entry

    def _own_answer(self, typed: str) -> Expr:
        """The user's answer, its variables those of the question.

        Raises: McalcError, with the place in the answer.
        """
        known = {**self.question.declared, **self.question.variables}
        declared = {name: Declaration(**_declared(node)) for name, node in known.items()}
        expected = self.derivative.result.shape
        try:
            functions = own_functions(self.request)
            return lower(
                parse(typed), typed, declared, expected=expected, functions=functions
            ).value
        except McalcError as error:
            error.position = error.length = None  # places are those of the expression
            error.message = f"in compare: {error.message}"
            raise

    def as_dict(self) -> JSON:
        """The entry of `derivatives` in an answer."""
        derivative, formats = self.derivative, self.request.formats
        entry: JSON = {
            "wrt": list(self.wrt),
            "kind": derivative.kind,
            "shape": list(self.shape),
            "text": self.text,
        }
        if "latex" in formats:
            entry["latex"] = self.latex
        if "mathml" in formats:
            entry["mathml"] = mathml(self.result)
        entry["notation"] = derivative.notation
        entry["layout"] = self.request.layout
        if derivative.along:
            entry["along"] = [_name(v) for v in derivative.along]
        entry["tensor"] = self.tensor
        if "latex" in formats:
            entry["tensor_latex"] = self.tensor_latex
        if "mathml" in formats:
            entry["tensor_mathml"] = index_mathml(self.derivative, self.tensor_latex)
        if self.half_vectorized is not None:
            entry["half_vectorized"] = {"text": text(self.half_vectorized)}
            if "latex" in formats:
                entry["half_vectorized"]["latex"] = latex(self.half_vectorized)
            if "mathml" in formats:
                entry["half_vectorized"]["mathml"] = mathml(self.half_vectorized)
        differential: JSON = {"text": text(derivative.differential)}
        if "latex" in formats:
            differential["latex"] = latex(derivative.differential)
        if "mathml" in formats:
            differential["mathml"] = mathml(derivative.differential)
        entry["differential"] = differential
        second = bilinear_form(derivative)
        if second is not None:
            entry["second_differential"] = {"text": text(second)}
            if "latex" in formats:
                entry["second_differential"]["latex"] = latex(second)
        entry["conditions"] = list(self.conditions)
        codes = {name: self.code(name) for name in formats if name in LANGUAGES}
        if codes:
            entry["code"] = {
                name: {"source": code.source, "arguments": dict(code.arguments)}
                for name, code in codes.items()
            }
        if self.request.check:
            entry["check"] = self.check
        if self.request.compare is not None:
            entry["compare"] = self.comparison
        return entry

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


@dataclass(frozen=True)
class Answer:
    """The answer to a request, a derivative for each variable asked for."""

    request: Request
    question: Lowered
    derivatives: tuple[DerivativeAnswer, ...]

    @property
    def only(self) -> DerivativeAnswer:
        """The one derivative of the answer.

        Raises: RequestError where there are several.
        """
        if len(self.derivatives) != 1:
            raise RequestError(
                f"the answer has {len(self.derivatives)} derivatives",
                hint="ask for one variable with wrt, or look at .derivatives",
            )
        return self.derivatives[0]

    @property
    def text(self) -> str:
        """The derivative in the input language."""
        return self.only.text

    @property
    def latex(self) -> str:
        """The derivative in LaTeX."""
        return self.only.latex

    def compile(self, language: str = "numpy") -> Callable[..., Any]:
        """The derivative as a function of the variables, by keyword."""
        return self.only.compile(language)

    def as_dict(self) -> JSON:
        """The answer as JSON has it."""
        written = self.question.written
        expression: JSON = {
            "text": text(written, as_typed=True),
            "shape": list(_sizes(written.shape.axes)),
        }
        if "latex" in self.request.formats:
            expression["latex"] = latex(written, as_typed=True)
        if "mathml" in self.request.formats:
            expression["mathml"] = mathml(written, as_typed=True)
        known = {**self.question.declared, **self.question.variables}
        return {
            "expression": expression,
            "variables": {name: _declaration(known[name]) for name in sorted(known)},
            "derivatives": [d.as_dict() for d in self.derivatives],
        }

    def _repr_latex_(self) -> str:
        rows = [
            rf"\frac{{\partial}}{{\partial {latex(d.derivative.wrt[0])}}} &= {d.latex}"
            for d in self.derivatives
        ]
        return r"$\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}$"


def answer(request: Request, limits: Limits | None = None) -> Answer:
    """The answer to a request.

    Raises: McalcError.
    """
    tree = parse(request.expression, limits or Limits())
    declared = {n: d for n, d in request.variables.items() if d.kind != "function"}
    functions = own_functions(request)
    question = lower(tree, request.expression, declared, limits=limits, functions=functions)
    wanted = (
        [(name,) * request.order for name in question.variables]
        if request.wrt is None
        else [request.wrt]
    )
    for names in wanted:
        for name in names:
            if name not in question.variables and name not in question.declared:
                raise _no_variable(name, question)
    variables = {**question.declared, **question.variables}
    found = []
    for names in wanted:
        by = tuple([variables[n] for n in names])
        directions = _directions(request.along, by, question)
        derivative = take_derivative(question.value, by, directions)
        found.append(DerivativeAnswer(derivative, question, request))
    return Answer(request, question, tuple(found))


def own_functions(request: Request) -> dict[str, Op]:
    """The functions that a request brings along: by formula, and unknown ones.

    Raises: McalcError for a formula that is none, RequestError for a name that is taken.
    """
    found = {n: abstract(n) for n, d in request.variables.items() if d.kind == "function"}
    for head, formula in request.define.items():
        name, _, parameter = head.removesuffix(")").partition("(")
        try:
            declared = {parameter: Declaration(kind="scalar")}
            body = lower(parse(formula), formula, declared, functions=found)
            others = set(body.variables) - {parameter}
            if others:
                raise RequestError(
                    f"its formula has {sorted(others)[0]} besides its parameter {parameter}"
                )
            found[name] = by_formula(name, body.value, body.declared[parameter])
        except McalcError as error:
            error.position = error.length = None  # places are those of the expression
            error.message = f"in the definition of {name}: {error.message}"
            raise
    for name in found:
        if name in OPS:
            raise RequestError(f"{name} is a function of the language", hint="choose another name")
    return found


def derive(
    expression: str,
    wrt: str | Sequence[str] | None = None,
    *,
    limits: Limits | None = None,
    **fields: Any,
) -> Answer:
    """The derivative of an expression in the input language.

    wrt is a variable, a list of them for a mixed derivative, or None for every variable. Further
    fields are those of a request: order, variables, formats, check, compare.

    Raises: McalcError.

    >>> derive("x'*A*x", wrt="x").text
    "(A+A')*x"
    """
    request: dict[str, object] = {"expression": expression, **fields}
    if wrt is not None:
        request["wrt"] = wrt if isinstance(wrt, str) else list(wrt)
    return answer(Request.from_json(request), limits)


def _directions(
    names: tuple[str, ...], by: tuple[Expr, ...], question: Lowered
) -> tuple[Expr, ...]:
    """Variables shaped and structured as those that change along them.

    Raises: RequestError for a name that the expression has.
    """
    taken = {**question.declared, **question.variables}
    found = []
    for name, X in zip(names, by[len(by) - len(names) :], strict=True):
        if name in taken:
            raise RequestError(
                f"the direction {name} is a variable of the expression",
                hint="give the direction a name of its own",
            )
        found.append(direction(name, X))
    return tuple(found)


def _no_variable(name: str, question: Lowered) -> UnknownName:
    known = ", ".join(question.variables) or "none"
    return UnknownName(f"the expression has no variable {name}", hint=f"its variables are: {known}")


def _name(node: Expr) -> str:
    assert isinstance(node.data, Variable)
    return node.data.name


def _sizes(axes: Sequence[Any]) -> tuple[str | int, ...]:
    return tuple(str(s) if s.value is None else s.value for s in axes)


def _declaration(node: Expr) -> JSON:
    assert isinstance(node.data, Variable)
    said: JSON = {"kind": node.shape.kind, "shape": list(_sizes(node.shape.axes))}
    if node.data.structure:
        said["structure"] = list(node.data.structure)
    return said


def _declared(node: Expr) -> JSON:
    said = _declaration(node)
    return {**said, "shape": tuple(said["shape"]), "structure": tuple(said.get("structure", ()))}


def _fixes_a_size(node: Expr, question: Lowered) -> bool:
    """Whether a variable that does not occur has a size that no other one tells."""
    told = {str(a) for v in question.variables.values() for a in v.shape.axes}
    return any(axis.value is None and str(axis) not in told for axis in node.shape.axes)
