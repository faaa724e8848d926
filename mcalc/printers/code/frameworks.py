"""What JAX and PyTorch have in common: kinds of values whose spelling differs by a name alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.printers.code.python import subscripts
from mcalc.printers.code.writer import ATOM, SUM, Spelled, Writer

if TYPE_CHECKING:
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.writer import Spell


def contract(einsum: str) -> Spell:
    """A sum of products by that function."""
    return lambda w, v: (
        f"{einsum}('{subscripts(v.data)}', {', '.join(w.text(a, SUM) for a in v.args)})",
        ATOM,
    )


def matrix_power(whole: str) -> Spell:
    """A power of a matrix, by that function where the exponent is a number."""

    def spell(w: Writer, v: Value) -> Spelled:
        X, k = v.args
        if k.kind == "number":
            return f"{whole}({w.text(X, SUM)}, {Fraction(k.data)})", ATOM
        return f"matrix_power({w.text(X, SUM)}, {w.text(k, SUM)})", ATOM

    return spell


def constant(name: str, like: str) -> Spell:
    """A constant matrix by the helper of that name, from the sizes that are the data."""

    def spell(w: Writer, v: Value) -> Spelled:
        sizes = v.data if isinstance(v.data, tuple) else (v.data,)
        return f"{name}({', '.join(w.size(s) for s in sizes)}, {like})", ATOM

    return spell


def rows_of_blocks(w: Writer, v: Value) -> list[list[str]]:
    """The sources of the blocks of a matrix, row by row."""
    rows, start = [], 0
    for length in v.data:
        rows.append([w.text(a, SUM) for a in v.args[start : start + length]])
        start += length
    return rows


# ---------------------------------------------------------------- matrix functions
def _function(w: Writer, v: Value, parameters: tuple[Value, ...]) -> str:
    """The matrix function that a value is the derivative of."""
    if parameters:
        return f"lambda B: matrix_power(B, {w.text(parameters[0], SUM)})"
    return w.language.operation(v.data).removesuffix("({0})")


def frechet(w: Writer, v: Value) -> Spelled:
    """The derivative of a matrix function along a matrix."""
    A, E, *rest = v.args
    function = _function(w, v, tuple(rest))
    return f"frechet({function}, {w.text(A, SUM)}, {w.text(E, SUM)})", ATOM


def frechet_matrix(w: Writer, v: Value) -> Spelled:
    """The matrix of that derivative."""
    A, *rest = v.args
    return f"frechet_matrix({_function(w, v, tuple(rest))}, {w.text(A, SUM)})", ATOM
