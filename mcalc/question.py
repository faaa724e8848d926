"""What is asked: the expression of a request, read with its declarations and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.op import OPS
from mcalc.declaration import Declaration
from mcalc.errors import McalcError, RequestError
from mcalc.ops.further import abstract, by_formula
from mcalc.syntax.lower import Lowered, lower
from mcalc.syntax.parser import Limits, parse

if TYPE_CHECKING:
    from mcalc.core.op import Op
    from mcalc.request import Request

__all__ = ["ask", "own_functions"]


def ask(request: Request, limits: Limits | None = None) -> Lowered:
    """The expression of a request with its variables.

    Raises: McalcError.
    """
    text = request.expression
    tree = parse(text, limits or Limits())
    declared = {n: d for n, d in request.variables.items() if d.kind != "function"}
    return lower(tree, text, declared, limits=limits, functions=own_functions(request))


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
