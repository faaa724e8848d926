"""What to say of two operands that do not fit, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.syntax.characters import RAISED_DIGITS

if TYPE_CHECKING:
    from mcalc.core.shape import Shape


def explain(
    operator: str, a: Shape, b: Shape, here: str, there: str, facts: str
) -> tuple[str, str | None]:
    """The message and the cure for two operands that do not fit."""
    if operator in ("+", "-"):
        scalar, array, name = (a, b, here) if a.is_scalar else (b, a, there)
        if scalar.is_scalar:
            word = "matrix" if array.is_matrix else "vector"
            constant = f"{word}({name})" + ("'" if array.is_row else "")
            return (
                f"a scalar and a {word} cannot be added: {facts}",
                f"write {constant} for a {word} with all entries {name}",
            )
        return f"both sides of {operator} must have one shape: {facts}", _transposed_hint(a, b)
    if operator == "*":
        elementwise = a.kind == b.kind and not a.is_matrix
        hint = None
        if elementwise:
            hint = f"{here}.*{there} multiplies element by element, {here}'*{there} is a scalar"
            if a.is_row:
                hint = f"{here}.*{there} multiplies element by element"
        elif a.is_matrix and b.is_matrix:
            hint = f"transpose one of them, or multiply element by element with {here}.*{there}"
        needs = ""
        if a.cols is not None and b.rows is not None:
            needs = "; the columns of the left side must be as many as the rows of the right"
        return f"{here}*{there} does not fit: {facts}{needs}", hint
    if operator == "/":
        if b.is_matrix:
            return f"only a square matrix divides: {facts}", None
        return f"division by a vector: {facts}", f"{here}./{there} divides element by element"
    if operator == "\\":
        return f"only a square matrix divides: {facts}", None
    if operator == "^":
        if not b.is_scalar:
            return f"an exponent is a scalar: {facts}", f"{here}.^{there} works element by element"
        hint = f"{here}.^{there.translate(RAISED_DIGITS)} raises each entry"
        return f"only a square matrix has powers: {facts}", hint
    return f"{operator} works on one shape or with a scalar: {facts}", _transposed_hint(a, b)


def _transposed_hint(a: Shape, b: Shape) -> str | None:
    return (
        "transpose one of them"
        if b == a.T or {a.kind, b.kind} == {"vector", "row_vector"}
        else None
    )
