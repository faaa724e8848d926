"""The derivation of a derivative as a teacher writes it: `steps`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mcalc.calculus.derivative import Derivative, Stage, bilinear_form, stages
from mcalc.calculus.structure import is_structured, released
from mcalc.calculus.transpose import transpose as adjoint
from mcalc.core import facts
from mcalc.core.algebra import MUL, number
from mcalc.core.algebra import transpose as normal_transpose
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import TANGENT, Direction
from mcalc.core.shape import SCALAR
from mcalc.printers.latex import latex
from mcalc.printers.markup import EQUALS, annotated
from mcalc.printers.mathml import inner_mathml
from mcalc.printers.text import folded, text
from mcalc.steps import sides
from mcalc.steps.adjoint import Transposition
from mcalc.steps.differential import Definition, Differentiation
from mcalc.steps.identities import Rule
from mcalc.steps.reading import readings
from mcalc.steps.stacked import Stacking, stacked, times
from mcalc.steps.written import product_of, replaced, settled, transposed

if TYPE_CHECKING:
    from mcalc.steps.sides import Side

LONGEST_IN_FULL = 60
"""A longer differential is turned into a gradient in the names of its inner functions."""
MOST_NAMES = 12
"""Definitions that are shown; of more, the first and the last ones."""


@dataclass(frozen=True)
class Step:
    """A line of a derivation: of what it is the value, by which rule, and which value it is.

    source       where the rule is proved, if that is not common knowledge
    definitions  what the names in the value stand for
    left_out     how many rules were applied since the line before without a line of their own
    fold         whether shared parts of a long formula get names
    as_typed     whether the value is written as it was typed
    """

    side: Side
    rule: str
    value: Expr
    source: str = ""
    definitions: tuple[Definition, ...] = ()
    left_out: int = 0
    fold: bool = False
    as_typed: bool = False

    @property
    def of(self) -> str:
        """The left side."""
        return self.side.text

    @cached_property
    def body(self) -> str:
        """The formula, as it is read below the definitions of its names."""
        return text(self.value, fold=self.fold, as_typed=self.as_typed)

    @cached_property
    def text(self) -> str:
        """The formula with the definitions of its names: valid input, with the same value."""
        if self.as_typed:
            return self.body
        body, shared = folded(self.value, fold=self.fold)
        where = [d.text for d in self.definitions] + [f"{name} = {e}" for name, e in shared]
        return f"{body} where {', '.join(where)}" if where else body

    @cached_property
    def latex(self) -> str:
        """The line in LaTeX, with its left side."""
        return f"{self.side.latex} = {latex(self.value, fold=self.fold, as_typed=self.as_typed)}"

    @cached_property
    def mathml(self) -> str:
        """The line in MathML, with its left side."""
        value = inner_mathml(self.value, fold=self.fold, as_typed=self.as_typed)
        return annotated(self.side.mathml + EQUALS + value, self.latex)


def steps(
    derivative: Derivative, shown: Expr, written: Expr | None = None, *, fold: bool = False
) -> tuple[Step, ...]:
    """The lines from the function to the derivative as it is shown, its shared parts folded or not.

    The first line is the function as it was written, where that is known. Lines of the same thing
    that follow each other are equal, and no two of them read alike.

    >>> from mcalc import derive
    >>> answer = derive("norm2(A*x-y)^2", wrt="x").only
    >>> for step in steps(answer.derivative, answer.result):
    ...     print(f"{step.of} = {step.body}  by {step.rule}")
    f = norm2(A*x-y)^2  by the function
    u = A*x-y  by inner function
    f = u'*u  by in these names
    df = 2*u'*d(u)  by d(u'*u) = 2*u'*d(u)
    df = 2*u'*A*d(x)  by d(u) = A*d(x)
    df = 2*(A*x-y)'*A*d(x)  by u = A*x-y
    gradient = 2*A'*(A*x-y)  by df = gradient'*d(x)
    """
    *found, last = _Derivation(derivative, shown).found
    if written is not None:
        typed = Step(sides.FUNCTION, found[0].rule, written, as_typed=True)
        again = [] if found[0].body == typed.body else [replace(found[0], rule="rewritten")]
        found = [typed, *again, *found[1:]]
    return (*found, replace(last, fold=fold))


class _Derivation:
    """The lines of a derivation, one after the other."""

    def __init__(self, derivative: Derivative, shown: Expr) -> None:
        self.derivative = derivative
        self.found: list[Step] = []
        self.last: dict[Side, Step] = {}
        self.names: dict[Expr, Expr] = {}
        self._add(sides.FUNCTION, Rule("the function"), derivative.value)
        of = sides.FUNCTION
        for order, stage in enumerate(
            stages(derivative.value, derivative.wrt, derivative.along), start=1
        ):
            of = self._differentiate(stage, of, order)
        self._read(of, shown)

    def _add(
        self,
        of: Side,
        rule: Rule,
        value: Expr,
        definitions: tuple[Definition, ...] = (),
        left_out: int = 0,
    ) -> None:
        """A further line, unless it reads as the last one of the same."""
        step = Step(of, rule.name, value, rule.source, definitions, left_out)
        if of not in self.last or self.last[of].body != step.body:
            self.found.append(step)
            self.last[of] = step

    # ------------------------------------------------------------ one differentiation
    def _differentiate(self, stage: Stage, of: Side, order: int) -> Side:
        """The lines of one differentiation; what its result is called."""
        d_of = sides.change(of)
        by = Differentiation(stage.value, stage.X, stage.dX, stage.differential, self.names)
        self._define(by, of)
        for line in by.lines():
            self._add(d_of, line.rule, line.value, by.definitions(line.value), line.left_out)
        result = self._result_of(stage, of, order)
        if stage.direction is not None:
            at = f"{text(stage.dX)} = {text(stage.direction)}"
            self._add(result, Rule(at), stage.result)
        elif stage.value.shape.is_scalar:
            self._transpose(stage, by, d_of, result)
        elif stage.X.shape.is_scalar:
            self._add(result, _read_off(d_of, result, stage.dX), stage.result)
        else:
            self._stack(stage, by, d_of, result)
        return result

    def _define(self, by: Differentiation, of: Side) -> None:
        """The names of the inner functions, and the function in them."""
        half = MOST_NAMES // 2
        left_out = max(len(by.new) - MOST_NAMES, 0)
        shown = by.new[:half] + by.new[half + left_out :] if left_out else by.new
        for i, definition in enumerate(shown):
            name, value = definition.name, definition.value
            before = left_out if i == half else 0
            rule = Rule("inner function")
            self._add(sides.of_name(name), rule, value, by.definitions(value), before)
        if by.names:
            self._add(of, Rule("in these names"), by.top, by.definitions(by.top))

    def _result_of(self, stage: Stage, of: Side, order: int) -> Side:
        """What the derivative of that order is called."""
        if stage.direction is not None:
            return sides.along(stage.direction, of)
        if all(X.shape.is_scalar for X in self.derivative.wrt[:order]):
            return sides.derivative(order)
        if order > 2:
            return sides.higher(order)
        if self.derivative.value.shape.is_scalar:
            return sides.GRADIENT if order == 1 else sides.HESSIAN
        return sides.JACOBIAN if order == 1 else sides.higher(order)

    # ------------------------------------------------------------ the gradient of a scalar
    def _transpose(self, stage: Stage, by: Differentiation, d_of: Side, result: Side) -> None:
        X, dX = stage.X, stage.dX
        form = self.found[-1].value
        if by.in_names is not None and len(self.found[-1].body) > LONGEST_IN_FULL:
            form = by.in_names
        moving = Transposition(form, dX, number(1))
        before = text(form)
        for line in () if by.left_out else moving.lines():
            if text(line.value) != before:
                self._add(d_of, line.rule, line.value, by.definitions(line.value))
        raw = adjoint(stage.differential, dX, number(1))
        G = moving.gradient
        projected = stage.result is not raw
        of = sides.UNRESTRICTED if projected else result
        read_off = _read_off(d_of, of, dX)
        if G is None:
            self._add(of, read_off, raw, left_out=moving.remaining)
        else:
            self._add(of, read_off, G, by.definitions(G))
            self._add(of, Rule("the names written out"), settled(by.without_names(G)))
            if not projected:  # of a structured change, several G have the same ⟨G, dX⟩
                self._add(of, Rule("terms collected"), raw)
        if projected:
            self._add(result, _projection(X), stage.result)

    # ------------------------------------------------------------ the matrix of a linear map
    def _stack(self, stage: Stage, by: Differentiation, d_of: Side, result: Side) -> None:
        X, dX = stage.X, stage.dX
        form = self.found[-1].value
        if is_structured(X):
            form, dX = _unrestricted(stage)
            self._add(d_of, _projected_change(X), form)
        vec_of = sides.stacked(d_of) if form.shape.is_matrix else d_of
        self._add(vec_of, Rule("columns stacked"), stacked(form))
        for line in () if by.left_out else Stacking(form, dX).lines():
            self._add(vec_of, line.rule, line.value)
        change = stacked(dX)
        collected = Rule(f"common factor {text(change)}")
        self._add(vec_of, collected, times(stage.result, change))
        rule = Rule(f"{vec_of.text} = {result.text}*{text(change)}")
        if result is sides.HESSIAN and len(self.derivative.wrt) == 2:
            rule = self._bilinear(times(stage.result, change))
        self._add(result, rule, stage.result)

    def _bilinear(self, change_of_gradient: Expr) -> Rule:
        """The lines of the second differential; the rule by which the Hessian is read off."""
        second = bilinear_form(self.derivative)
        first = next(stages(self.derivative.value, self.derivative.wrt[:1])).dX
        assert second is not None
        of = sides.SECOND_DIFFERENTIAL
        self._add(of, Rule("the differential of df"), second)
        whole = product_of(MUL, (transposed(stacked(first)), change_of_gradient), SCALAR)
        self._add(of, Rule(f"d²f = ⟨d(gradient), {text(first)}⟩"), whole)
        return Rule("the matrix of this form")

    # ------------------------------------------------------------ what the reader gets
    def _read(self, of: Side, shown: Expr) -> None:
        """The simplifications up to what is shown."""
        result = self.derivative.result
        if self.found[-1].value.shape != result.shape:
            of = sides.transposed(sides.stacked(of))
            self._add(of, Rule("columns stacked"), result)
        for line in readings(result):
            self._add(of, line.rule, line.value, left_out=line.left_out)
        last = self.found[-1].value
        if normal_transpose(last) is shown and last is not shown:
            self._add(sides.transposed(of), Rule("in the layout asked for"), shown)
        elif last is not shown:
            of = of if last.shape == shown.shape else sides.transposed(of)
            self._add(of, Rule("under the assumptions"), shown)


def _read_off(d_of: Side, of: Side, dX: Expr) -> Rule:
    """The rule by which the factor of dX is the derivative."""
    change = text(dX)
    if dX.shape.is_scalar:
        product = f"{of.text}*{change}"
    elif dX.shape.is_matrix:
        product = f"tr({of.text}'*{change})"
    else:
        product = f"{of.text}'*{change}" if dX.shape.is_column else f"{change}*{of.text}'"
    return Rule(f"{d_of.text} = {product}")


# What a matrix that changes in a subspace is called, and the projection of G onto it.
_SPACES = (
    (facts.DIAGONAL, "diagonal", "eye.*G"),
    (facts.SYMMETRIC, "symmetric", "(G+G')/2"),
    (facts.SKEW, "skew", "(G-G')/2"),
    (facts.LOWER, "lower triangular", "tril(G)"),
    (facts.UPPER, "upper triangular", "triu(G)"),
)


def _projection(X: Expr) -> Rule:
    """The projection onto the space in which X changes, by its name."""
    for fact, word, formula in _SPACES:
        if X.has(fact):
            return Rule(f"projection to {word} matrices: {formula}")
    x = text(X)
    return Rule(
        f"projection to the tangent space: G-{x}*(G'*{x}+{x}'*G)/2",
        "Edelman, Arias & Smith, The geometry of algorithms with orthogonality constraints (1998), "
        "sec. 2.2.1",
    )


def _projected_change(X: Expr) -> Rule:
    """Why the change of X may be replaced by its projection."""
    dX = f"d({text(X)})"
    for fact, word, formula in _SPACES:
        if X.has(fact):
            return Rule(f"{dX} is {word}: {dX} = {formula.replace('G', dX)}")
    return Rule(f"{dX} lies in the tangent space")


def _unrestricted(stage: Stage) -> tuple[Expr, Expr]:
    """The differential with the projection of any change in place of dX, and this change.

    It is written like dX: on the changes that X can have, the projection is the identity.
    """
    form, free = released(stage.differential, stage.X, stage.dX)
    assert isinstance(stage.dX.data, Direction)
    data = stage.dX.data._replace(structure=("any",))
    change = intern(TANGENT, (), free.shape, data, name="d")
    return replaced(form, {free: change}), change
