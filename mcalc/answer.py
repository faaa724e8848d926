"""Answers: each derivative in the formats asked for, written out when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mcalc.assumptions import new_names
from mcalc.calculus.conditions import conditions
from mcalc.calculus.derivative import Derivative, bilinear_form
from mcalc.calculus.derivative import derive as take_derivative
from mcalc.calculus.layout import arranged, axes_in, axes_in_words, half_vectorized
from mcalc.calculus.stationary import stationary
from mcalc.convexity.verdict import curvature
from mcalc.core.leaves import Variable
from mcalc.declaration import Declaration
from mcalc.errors import RequestError
from mcalc.fields import choice
from mcalc.printers.code.languages import IN_PYTHON, LANGUAGES, language
from mcalc.printers.index import index_latex, index_mathml, index_notation
from mcalc.printers.latex import latex
from mcalc.printers.mathml import mathml
from mcalc.printers.text import text
from mcalc.simplify.assume import Assumption, reading_under, rewritten
from mcalc.simplify.engine import for_reading, simplify
from mcalc.steps.derivation import Step, steps
from mcalc.verdicts import checked, checked_exactly, compared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcalc.core.condition import Condition
    from mcalc.core.expr import Expr
    from mcalc.printers.code.module import Code
    from mcalc.request import Request
    from mcalc.syntax.lower import Lowered

__all__ = ["Answer", "DerivativeAnswer"]

JSON = dict[str, Any]


@dataclass(frozen=True)
class DerivativeAnswer:
    """One derivative, written out in the formats that are asked for, when they are asked for."""

    derivative: Derivative
    question: Lowered
    request: Request
    assumed: tuple[Assumption, ...] = ()

    @cached_property
    def result(self) -> Expr:
        """The derivative, as short as it gets, in the layout asked for, under the assumptions."""
        return arranged(self.derivative, self._under_assumptions[0], self.request.layout)

    @cached_property
    def _under_assumptions(self) -> tuple[Expr, tuple[Assumption, ...]]:
        if not self.assumed:
            return self._reading, ()
        return reading_under(self.derivative.result, self.assumed)

    @cached_property
    def _reading(self) -> Expr:
        """The derivative, as short as it gets without assumptions."""
        return for_reading(self.derivative.result)

    def _formula(self, e: Expr) -> JSON:
        """An expression that goes with the result, under the same assumptions."""
        return formula(rewritten(e, self.assumed), self.request.formats, fold=self.request.fold)

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names of the variables, one for each order."""
        return tuple(_name(v) for v in self.derivative.wrt)

    @property
    def shape(self) -> tuple[str | int, ...]:
        """The sizes of the array of entries."""
        axes = self.derivative.axes
        return _sizes([axes[k] for k in axes_in(self.derivative, self.request.layout)])

    @cached_property
    def text(self) -> str:
        """The derivative in the input language."""
        return text(self.result, fold=self.request.fold)

    @cached_property
    def latex(self) -> str:
        """The derivative in LaTeX."""
        return latex(self.result, fold=self.request.fold)

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
        return half_vectorized(self.derivative, self._reading)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Where the formula holds, in words: its domain, then the assumptions that it uses."""
        return (*self._domain, *[a.text for a in self._under_assumptions[1]])

    @cached_property
    def _domain(self) -> tuple[str, ...]:
        derivative = self.derivative
        lower = [take_derivative(derivative.value, derivative.wrt[:k]).result
                 for k in range(1, len(derivative.wrt))]  # fmt: skip
        stages = [(f, [X]) for f, X in zip([derivative.value, *lower], derivative.wrt, strict=True)]
        found = conditions(stages, self._reading)
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
        wanted = language(name)
        layout = self.request.layout if wanted.arranges else "mixed"
        derivative = self._to_compute
        result = arranged(derivative, simplify(derivative.result), layout)
        data = partial(trial, derivative, result, needed, layout=layout)
        return write(
            wanted,
            derivative,
            result,
            needed,
            self._heading(needed, layout),
            data if self.request.with_check else None,
            layout,
        )

    @cached_property
    def _to_compute(self) -> Derivative:
        """The derivative, of the value in a form that overflows less, where there is one."""
        from mcalc.printers.code.stable import rewritten

        derivative = self.derivative
        value = rewritten(derivative.value)
        if value is derivative.value:
            return derivative
        return take_derivative(value, derivative.wrt, derivative.along)

    def _heading(self, variables: Mapping[str, Expr], layout: str) -> str:
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
        if self._domain:
            lines += ["", f"Valid where {'; '.join(self._domain)}."]
        lines.append(f"Axes: {axes_in_words(self.derivative, layout)} ({layout} layout).")
        return "\n".join(lines)

    def compile(self, language: str = "numpy") -> Callable[..., Any]:
        """The derivative as a function of the variables, by keyword: by NumPy, JAX or PyTorch.

        Its attributes `value` and `value_and_derivative` are the other functions of the module, and
        `source` is its text.

        Raises: RequestError for a language that is no Python, or whose package is not installed.

        >>> import numpy as np
        >>> from mcalc import derive
        >>> derive("x'*x", wrt="x").derivatives[0].compile()(x=np.array([1.0, 2.0]))
        array([2., 4.])
        """
        from mcalc.numeric.callable import load

        wanted = choice(language, LANGUAGES, "language")
        if wanted not in IN_PYTHON:
            raise RequestError(
                f"no callable can be made for {wanted}, which Python does not run",
                hint=f"take its source, from code({wanted!r}), or one of {', '.join(IN_PYTHON)}",
            )
        function: Callable[..., Any] = load(self.code(wanted).source)
        return function

    @cached_property
    def check(self) -> JSON | None:
        """The derivative against differences of the value, as a field of the answer."""
        return checked(self.derivative, self._reading)

    @cached_property
    def exact_check(self) -> JSON:
        """The derivative against SymPy's, entry by entry, as a field of the answer."""
        return checked_exactly(self.derivative, self._reading)

    @cached_property
    def comparison(self) -> JSON | None:
        """The user's own answer against this one, as a field of the answer."""
        if self.request.compare is None:
            return None
        known = {**self.question.declared, **self.question.variables}
        declared = {name: Declaration(**_declared(node)) for name, node in known.items()}
        result = self._reading
        only = self.request.wrt is not None or len(self.question.variables) < 2
        return compared(self.derivative, result, self.request, declared, only=only)

    @cached_property
    def stationary(self) -> JSON | None:
        """Where the gradient is zero, as an equation and its solution, where it is linear."""
        found = stationary(self.derivative)
        if found is None:
            return None
        left, right, solution = (
            None if e is None else self._formula(for_reading(e))
            for e in (found.left, found.right, found.solution)
        )
        return {
            "name": found.name,
            "equation": {"left": left, "right": right},
            "solution": solution,
            "conditions": [_said(c) for c in found.conditions],
        }

    @cached_property
    def convexity(self) -> JSON | None:
        """How a scalar function of one variable bends, and why; None for any other derivative."""
        derivative = self.derivative
        X, *others = dict.fromkeys(derivative.wrt)
        if others or derivative.along or not derivative.value.shape.is_scalar:
            return None
        found = curvature(derivative.value, X)
        return {
            "kind": found.kind,
            "text": found.sentence.written(_read),
            "when": [
                {"kind": kind, "conditions": [_said(c) for c in needed]}
                for kind, needed in found.when
            ],
            "reasons": [reason.written(_read) for reason in found.reasons],
        }

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, a rule a line."""
        written = self.question.written
        return steps(self.derivative, self.result, written, fold=self.request.fold)

    def _code_entry(self, name: str) -> JSON:
        """A module and its arguments; what cannot be said in one language can be in another."""
        try:
            code = self.code(name)
        except RequestError as error:
            return {"error": error.as_dict()}
        return {"source": code.source, "arguments": dict(code.arguments)}

    def as_dict(self) -> JSON:
        """The entry of `derivatives` in an answer."""
        derivative, formats = self.derivative, self.request.formats
        entry: JSON = {
            "wrt": list(self.wrt),
            "kind": derivative.kind,
            "shape": list(self.shape),
            **formula(self.result, formats, fold=self.request.fold),
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
            entry["half_vectorized"] = self._formula(self.half_vectorized)
        entry["differential"] = self._formula(derivative.differential)
        second = bilinear_form(derivative)
        if second is not None:
            entry["second_differential"] = self._formula(second)
        entry["conditions"] = list(self.conditions)
        if self.request.convexity and self.convexity is not None:
            entry["convexity"] = self.convexity
        if self.request.stationary and self.stationary is not None:
            entry["stationary"] = self.stationary
        if self.request.steps:
            entry["steps"] = [_step(step, formats) for step in self.steps]
        languages = [name for name in formats if name in LANGUAGES]
        if languages:
            entry["code"] = {name: self._code_entry(name) for name in languages}
        if self.request.check:
            entry["check"] = self.exact_check if self.request.check == "exact" else self.check
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

    @property
    def head(self) -> JSON:
        """What is known without derivatives: the expression and its variables, as JSON has them."""
        written = self.question.written
        expression = {
            "kind": written.shape.kind,
            **formula(written, self.request.formats, as_typed=True),
            "shape": list(_sizes(written.shape.axes)),
        }
        assumed = self.derivatives[0].assumed if self.derivatives else ()
        named = new_names(assumed, self.question)
        known = {**self.question.declared, **self.question.variables, **named}
        return {
            "expression": expression,
            "variables": {name: _declaration(known[name]) for name in sorted(known)},
        }

    def as_dict(self) -> JSON:
        """The answer as JSON has it."""
        return {**self.head, "derivatives": [d.as_dict() for d in self.derivatives]}

    def _repr_latex_(self) -> str:
        rows = [
            rf"\frac{{\partial}}{{\partial {latex(d.derivative.wrt[0])}}} &= {d.latex}"
            for d in self.derivatives
        ]
        return r"$\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}$"


def formula(e: Expr, formats: Sequence[str], *, as_typed: bool = False, fold: bool = False) -> JSON:
    """An expression as text, and in LaTeX and MathML where these are among the formats."""
    printers = {"text": text, "latex": latex, "mathml": mathml}
    wanted = ["text", *[name for name in ("latex", "mathml") if name in formats]]
    return {name: printers[name](e, as_typed=as_typed, fold=fold) for name in wanted}


def _step(step: Step, formats: Sequence[str]) -> JSON:
    """A step as JSON has it."""
    entry: JSON = {"of": step.of, "rule": step.rule, "formula": step.body, "text": step.text}
    if "latex" in formats:
        entry["latex"] = step.latex
    if "mathml" in formats:
        entry["mathml"] = step.mathml
    if step.source:
        entry["source"] = step.source
    if step.left_out:
        entry["left_out"] = step.left_out
    return entry


def _read(e: Expr) -> str:
    """An expression as a reader writes it."""
    return text(for_reading(e))


def _said(condition: Condition) -> str:
    """A condition in words."""
    return condition.property.format(_read(condition.subject))


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
