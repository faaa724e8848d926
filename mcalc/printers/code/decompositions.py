"""Spectra from one decomposition: what asks for vectors gives the values too.

eigh S · svd X      the decomposition of a matrix, as Python's libraries return it
part F name         an operation of the table as a part of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.op import OPS
from mcalc.printers.code.passes import Pass

if TYPE_CHECKING:
    from mcalc.printers.code.ir import Value

PARTS = {
    "eigvals": ("eigh", "{0}[0]"),
    "eigvecs": ("eigh", "{0}[1]"),
    "lambda_max": ("eigh", "{0}[0][-1]"),
    "eigvec_max": ("eigh", "{0}[1][:, -1]"),
    "lambda_min": ("eigh", "{0}[0][0]"),
    "eigvec_min": ("eigh", "{0}[1][:, 0]"),
    "svdvals": ("svd", "{0}[1]"),
    "svdu": ("svd", "{0}[0]"),
    "svdv": ("svd", "{0}[2]"),
    "nucnorm": ("svd", "{0}[1].sum()"),
    "specnorm": ("svd", "{0}[1][0]"),
}
"""The decomposition that has an operation among its parts, and where."""
_TURNED = "svdv"
"""What stands transposed there."""


def shared(roots: tuple[Value, ...]) -> tuple[Value, ...]:
    """The same values, where two of one matrix's spectrum come from one decomposition."""
    return _Shared(roots).roots


class _Shared(Pass):
    def before(self, roots: tuple[Value, ...]) -> None:
        """How many parts of each decomposition are asked for."""
        self.asked: dict[tuple[str, Value], int] = {}
        for v in self.order:
            if _is_part(v):
                key = (PARTS[v.data.name][0], v.args[0])
                self.asked[key] = self.asked.get(key, 0) + 1

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """Parts of what several parts are asked of."""
        p = self.program
        if _is_part(v):
            kind = PARTS[v.data.name][0]
            if self.asked[kind, v.args[0]] > 1:
                name, turned = v.data.name, v.data.name == _TURNED
                shape = v.shape[::-1] if turned else v.shape
                part = p.value("part", p.value(kind, args[0]), data=name, shape=shape)
                return p.transposed(part) if turned else part
        return p.again(v, args)


def _is_part(v: Value) -> bool:
    return v.kind == "call" and v.data.name in PARTS and OPS.get(v.data.name) is v.data
