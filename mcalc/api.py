"""Request in, answer out: the one door for the command line, batch, REST, the page and Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mcalc.answer import Answer, DerivativeAnswer
from mcalc.assumptions import assumptions
from mcalc.calculus.derivative import derive as take_derivative
from mcalc.calculus.derivative import direction
from mcalc.core import facts
from mcalc.errors import RequestError, UnknownName
from mcalc.question import ask
from mcalc.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcalc.core.expr import Expr
    from mcalc.syntax.lower import Lowered
    from mcalc.syntax.parser import Limits

__all__ = ["Answer", "DerivativeAnswer", "answer", "compile", "derive"]


def answer(request: Request, limits: Limits | None = None) -> Answer:
    """The answer to a request.

    Raises: McalcError.
    """
    question = ask(request, limits)
    assumed = assumptions(request, question)
    free = [name for name, X in question.variables.items() if not X.has(facts.PROJECTOR)]
    wanted = [(name,) * request.order for name in free or question.variables]
    if request.wrt is not None:
        wanted = [request.wrt]
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
        found.append(DerivativeAnswer(derivative, question, request, assumed))
    return Answer(request, question, tuple(found))


def derive(
    expression: str,
    wrt: str | Sequence[str] | None = None,
    *,
    limits: Limits | None = None,
    **fields: Any,
) -> Answer:
    """The derivative of an expression in the input language.

    wrt is a variable, a list of them for a mixed derivative, or None for every variable. Further
    fields are those of a request: order, variables, formats, check, compare, where.

    Raises: McalcError.

    >>> derive("x'*A*x", wrt="x").text
    "(A+A')*x"
    >>> derive("x'*A*x", wrt="x", variables={"A": "symmetric"}).text
    '2*A*x'
    """
    return answer(_request(expression, wrt, fields), limits)


def compile(
    expression: str,
    wrt: str | Sequence[str] | None = None,
    *,
    language: str = "numpy",
    **fields: Any,
) -> Callable[..., Any]:
    """The derivative as a function of the variables, by keyword: by NumPy, JAX or PyTorch.

    Its attributes `value` and `value_and_derivative` are functions too, and `source` is the module.
    What was compiled before is there at once. Further fields are those of `derive`.

    Raises: McalcError.

    >>> import numpy as np
    >>> gradient = compile("norm2(A*x-y)^2", wrt="x")
    >>> gradient(A=np.eye(2), x=np.ones(2), y=np.zeros(2))
    array([2., 2.])
    """
    request = _request(expression, wrt, fields)
    return _compiled(_Asked(repr(request), request), language)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, known by what it says."""

    said: str
    request: Request = field(compare=False)


@lru_cache(maxsize=256)
def _compiled(asked: _Asked, language: str) -> Callable[..., Any]:
    return answer(asked.request).compile(language)


def _request(
    expression: str, wrt: str | Sequence[str] | None, fields: dict[str, object]
) -> Request:
    request: dict[str, object] = {"expression": expression, **fields}
    if wrt is not None:
        request["wrt"] = wrt if isinstance(wrt, str) else list(wrt)
    return Request.from_json(request)


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
