"""What a request assumes: equations under which an answer is written, `A'*A = eye`, `a = x'*x`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import fill_value, number, split, subtract
from mcalc.core.expr import postorder
from mcalc.core.leaves import EYE, VARIABLE, Variable
from mcalc.declaration import Declaration
from mcalc.errors import McalcError, RequestError, ShapeError
from mcalc.printers.text import text as as_text
from mcalc.question import own_functions
from mcalc.simplify.assume import Assumption
from mcalc.syntax.characters import quote
from mcalc.syntax.lower import Lowered, lower
from mcalc.syntax.parser import parse

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.request import Request

__all__ = ["assumptions", "new_names"]

_CONSTANTS = ("eye", "ones", "zeros", "pi")


def assumptions(request: Request, question: Lowered) -> tuple[Assumption, ...]:
    """The equations of `where`, each left side with what is to be written for it.

    A left side that is a name which the expression does not have names the right side.

    Raises: McalcError, which names the assumption.
    """
    found: list[Assumption] = []
    known = {**question.declared, **question.variables}
    functions = own_functions(request) if request.where else {}
    for text in request.where:
        try:
            left, right, variables = _equation(text, known, functions)
            if left.op is VARIABLE and left not in question.variables.values():
                left, right = right, left
            _check(left, right)
        except McalcError as error:
            error.position = error.length = None  # places are those of the expression
            error.message = f"in where, {quote(text)}: {error.message}"
            raise
        found.append(Assumption(text, left, right))
        known |= variables
    return tuple(found)


def new_names(assumed: tuple[Assumption, ...], question: Lowered) -> dict[str, Expr]:
    """The variables that occur in assumptions alone, by name."""
    found = {}
    for node in postorder(*[side for a in assumed for side in (a.left, a.right)]):
        if isinstance(node.data, Variable) and node.data.name not in question.variables:
            found[node.data.name] = node
    return dict(sorted(found.items()))


def _equation(
    text: str, known: dict[str, Expr], functions: dict[str, Op]
) -> tuple[Expr, Expr, dict[str, Expr]]:
    """Both sides of an equation and the variables in it, of sizes that suit each other."""
    sides = [side.strip() for side in text.split("=")]
    if len(sides) != 2 or not all(sides):
        raise RequestError(
            "an assumption is an equation with one `=`", hint="write `A'*A = eye` or `a = x'*x`"
        )
    declared = {name: _declaration(node) for name, node in known.items()}
    for side, other in (sides, sides[::-1]):
        tree = parse(side)
        if tree.kind == "name" and tree.text not in {*declared, *_CONSTANTS}:
            named = lower(parse(other), other, declared, functions=functions).value
            declared[tree.text] = _declared_as(named)
    # The two sides have one shape: a difference of them says what is unknown in either.
    whole = f"({sides[0]})-({sides[1]})"
    try:
        both = lower(parse(whole), whole, declared, functions=functions)
    except ShapeError:
        shapes = [lower(parse(s), s, declared, functions=functions).value.shape for s in sides]
        raise ShapeError(
            f"the left side is {shapes[0].describe()}, the right side {shapes[1].describe()}",
            hint="both sides of an equation have one shape",
        ) from None
    declared |= {name: _declaration(node) for name, node in both.variables.items()}
    shape = both.value.shape
    left, right = (
        lower(parse(s), s, declared, functions=functions, expected=shape).value for s in sides
    )
    return left, right, dict(both.variables)


def _check(left: Expr, right: Expr) -> None:
    """Raises: RequestError for what is no assumption about a variable, or cannot be true."""
    if not any(node.op is VARIABLE for node in postorder(left)):
        raise RequestError(
            f"what is to be replaced, {quote(as_text(left))}, has no variable",
            hint="a name of the expression, or a formula with such names, stands on the left",
        )
    _, rest = split(subtract(left, right))
    if rest.op is EYE or rest is number(1) or fill_value(rest) is number(1):
        raise RequestError("the two sides are never equal")


def _declaration(node: Expr) -> Declaration:
    assert isinstance(node.data, Variable)
    return _declared_as(node, node.data.structure)


def _declared_as(e: Expr, structure: tuple[str, ...] = ()) -> Declaration:
    """A declaration of a name for an expression."""
    sizes = tuple([str(s) if s.value is None else s.value for s in e.shape.axes])
    return Declaration(e.shape.kind, sizes, structure)
