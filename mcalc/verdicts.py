"""What a derivative is judged by: a check of its own, and the answer of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcalc.calculus.readings import readings
from mcalc.errors import McalcError, ShapeError
from mcalc.question import own_functions
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.declaration import Declaration
    from mcalc.numeric.evaluate import Values
    from mcalc.request import Request

__all__ = ["checked", "checked_exactly", "compared"]

JSON = dict[str, Any]


def checked(derivative: Derivative, result: Expr) -> JSON | None:
    """The derivative against differences of the value; None where there are none."""
    from mcalc.numeric.verify import verify

    found = verify(derivative, result)
    if found is None:
        return None
    return {
        "passed": found.passed,
        "max_relative_error": found.max_relative_error,
        "points": found.points,
        "sizes": dict(found.sizes),
    }


def checked_exactly(derivative: Derivative, result: Expr) -> JSON:
    """The derivative against SymPy's, entry by entry; `passed` is None where it cannot be told."""
    from mcalc.numeric.exact import exact

    found = exact(derivative, result)
    entry: JSON = {"passed": found.passed, "method": "exact"}
    if found.passed is None:
        return entry | {"reason": found.reason}
    entry |= {"sizes": dict(found.sizes), "entries": found.entries}
    if found.passed:
        entry["proven"] = not found.points
    if found.points:
        entry["points"] = found.points
    if found.entry is not None:
        entry["entry"] = list(found.entry)
    if found.at is not None:
        entry["at"] = _listed(found.at)
    return entry


def compared(
    derivative: Derivative,
    result: Expr,
    request: Request,
    declared: Mapping[str, Declaration],
    *,
    only: bool,
) -> JSON | None:
    """The answer in `compare` against the derivative; None where neither has a value.

    Raises: McalcError for an answer that is none; ShapeError for one of a shape that does not fit,
        if this is the only derivative.
    """
    from mcalc.numeric.verify import against

    try:
        theirs = _own_answer(derivative, request, declared)
        found = against(derivative, result, theirs, request.layout)
    except McalcError as error:
        if isinstance(error, ShapeError) and not only:
            return {"equal": False, "max_relative_error": None, "up_to": None, "note": str(error)}
        error.position = error.length = None  # places are those of the expression
        error.message = f"in compare: {error.message}"
        error.args = (error.message,)
        raise
    if found is None:
        return None
    entry: JSON = {
        "equal": found.equal,
        "max_relative_error": found.max_relative_error,
        "up_to": found.up_to,
    }
    if found.note:
        entry["note"] = f"equal up to {found.up_to}: {found.note}"
    if found.entry is not None:
        entry |= {"entry": list(found.entry), "ours": found.ours, "yours": found.theirs}
    if found.at is not None:
        entry["at"] = _listed(found.at)
    return entry


def _own_answer(
    derivative: Derivative, request: Request, declared: Mapping[str, Declaration]
) -> Expr:
    """The answer, its variables those of the question, its constants of sizes that fit.

    Raises: McalcError.
    """
    typed = request.compare
    assert typed is not None
    tree, functions = parse(typed), own_functions(request)
    misfit: Expr | None = None
    fault: McalcError | None = None
    for shape in dict.fromkeys(reading.shape for reading in readings(derivative, request.layout)):
        try:
            found = lower(tree, typed, declared, expected=shape, functions=functions).value
        except McalcError as error:
            fault = fault or error
            continue
        if found.shape == shape:
            return found
        misfit = misfit or found
    if misfit is not None:
        return misfit
    assert fault is not None
    raise fault


def _listed(at: Values) -> JSON:
    return {name: value.tolist() for name, value in at.items()}
