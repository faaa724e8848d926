"""Answers: each derivative in the formats asked for, written out when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mcalc.calculus.conditions import conditions
from mcalc.calculus.derivative import Derivative, bilinear_form
from mcalc.calculus.derivative import derive as take_derivative
from mcalc.calculus.layout import arranged, half_vectorized, is_transposed
from mcalc.core.leaves import Variable
from mcalc.errors import McalcError, RequestError
from mcalc.printers.code.languages import LANGUAGES, language
from mcalc.printers.index import index_latex, index_mathml, index_notation
from mcalc.printers.latex import latex
from mcalc.printers.mathml import mathml
from mcalc.printers.text import text
from mcalc.question import own_functions
from mcalc.request import Declaration, Request, choice
from mcalc.simplify.engine import for_reading, simplify
from mcalc.syntax.lower import Lowered, lower
from mcalc.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcalc.core.expr import Expr
    from mcalc.printers.code.module import Code

__all__ = ["Answer", "DerivativeAnswer"]

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
        """The derivative by the lower triangle of a symmetric variable."""
        return half_vectorized(self.derivative, for_reading(self.derivative.result))

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
        from mcalc.printers.code.trial import trial

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
        data = partial(trial, self.derivative, result, needed, layout=self.request.layout)
        return write(
            language(name),
            self.derivative,
            result,
            needed,
            heading,
            data if self.request.with_check else None,
        )

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
            **formula(self.result, formats),
            "notation": derivative.notation,
            "layout": self.request.layout,
        }
        if derivative.along:
            entry["along"] = [_name(v) for v in derivative.along]
        entry["tensor"] = self.tensor
        if "latex" in formats:
            entry["tensor_latex"] = self.tensor_latex
        if "mathml" in formats:
            entry["tensor_mathml"] = index_mathml(derivative, self.tensor_latex)
        if self.half_vectorized is not None:
            entry["half_vectorized"] = formula(self.half_vectorized, formats)
        entry["differential"] = formula(derivative.differential, formats)
        second = bilinear_form(derivative)
        if second is not None:
            entry["second_differential"] = formula(second, formats)
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
        expression = {
            **formula(written, self.request.formats, as_typed=True),
            "shape": list(_sizes(written.shape.axes)),
        }
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


def formula(e: Expr, formats: Sequence[str], *, as_typed: bool = False) -> JSON:
    """An expression as text, and in LaTeX and MathML where these are among the formats."""
    printers = {"text": text, "latex": latex, "mathml": mathml}
    wanted = ["text", *[name for name in ("latex", "mathml") if name in formats]]
    return {name: printers[name](e, as_typed=as_typed) for name in wanted}


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
