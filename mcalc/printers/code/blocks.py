"""The compressed form of a derivative, for NumPy: the block that stands along its diagonals.

The Hessian of norm2(T-U*V')^2 by U is 2*(V'*V) ⊗ eye: an array of four axes in which two are equal
wherever an entry is not zero, and all of it is in the small block 2*V'*V.
"""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING, ClassVar

from mcalc.calculus.indices import Tensor, Term, leaves
from mcalc.calculus.layout import entries_in
from mcalc.core.index import Index
from mcalc.errors import RequestError
from mcalc.printers.code.numpy import NumPy
from mcalc.printers.code.tensor import emit_tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Emit, Result
    from mcalc.printers.code.trial import Trial

LETTERS = ascii_lowercase[8:]


class Blocks(NumPy):
    """Modules with `derivative` as the block alone, and what entries of it the block's are."""

    name = "blocks"
    docs: ClassVar[Mapping[str, str]] = {
        "value": "The value.",
        "derivative": "The block.",
        "value_and_derivative": "The value and the block, sharing their work.",
    }

    def functions(
        self, derivative: Derivative, result: Expr, layout: str
    ) -> Mapping[str, tuple[Emit, ...]]:
        """Those of every module, the derivative as its block.

        Raises: RequestError where no axes of the derivative are equal in all entries.
        """
        tensor = entries_in(derivative, layout)
        places, kept = _pattern(tensor)
        self.places, self.kept = places, kept

        def block(g: Generator) -> Value:
            return emit_tensor(g, _compressed(tensor, kept))

        whole = super().functions(derivative, result, layout)
        (value,) = whole["value"]
        return {"value": (value,), "derivative": (block,), "value_and_derivative": (value, block)}

    def doc(self, name: str, results: list[Result]) -> str:
        """Of the block, what of the derivative it is."""
        doc = super().doc(name, results)
        return f"{doc} {_described(self.places, self.kept)}" if name == "derivative" else doc

    def found(self, trial: Trial) -> list[str]:
        """The whole derivative, from its block."""
        sizes = [str(n) for change in trial.free for n in change.direction.shape]
        shape = f"(*np.shape({self.array_of('value', 'point')}), {', '.join(sizes)})"
        if trial.transposed:
            shape = f"[{shape}[k] for k in {trial.axes}]"
        distinct = dict.fromkeys(self.places)
        spread = ", ".join(":" if k in self.kept else "None" for k in distinct)
        block = self.array_of("derivative", "point") + (f"[{spread}]" if self.kept else "")
        axes = "".join(LETTERS[k] for k in self.places)
        entries = "".join(LETTERS[k] for k in distinct)
        return [
            f"found = np.zeros({shape})",
            f'np.einsum("{axes}->{entries}", found)[...] = {block}',
        ]


def _pattern(tensor: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(the first axis that each axis is equal to, the axes that the block has).

    Raises: RequestError where no axes are equal in all terms.
    """
    found = {_places(term) for term in tensor.terms}
    (places,) = found if len(found) == 1 else (tuple(range(len(tensor.free))),)
    if places is None or places == tuple(range(len(tensor.free))):
        raise RequestError(
            "the derivative has no two axes that are equal wherever it is not zero",
            hint="ask for the whole of it, as numpy",
        )
    kept = tuple(
        [
            k
            for k in dict.fromkeys(places)
            if places.count(k) == 1 or any(_depends(term, k) for term in tensor.terms)
        ]
    )
    return places, kept


def _places(term: Term) -> tuple[int, ...] | None:
    """The first axis with the same index, for each axis; None where an axis has several."""
    if not all(isinstance(slot, Index) for slot in term.free):
        return None
    return tuple([term.free.index(slot) for slot in term.free])


def _depends(term: Term, axis: int) -> bool:
    (index,) = leaves(term.free[axis])
    return any(
        index in leaves(slot) for _, slots in term.factors for slot in slots if slot is not None
    )


def _compressed(tensor: Tensor, kept: tuple[int, ...]) -> Tensor:
    """The entries of the block."""
    terms = tuple(
        [
            Term(term.coefficient, term.factors, tuple([term.free[k] for k in kept]))
            for term in tensor.terms
        ]
    )
    return Tensor(tuple([tensor.free[k] for k in kept]), terms)


def _described(places: tuple[int, ...], kept: tuple[int, ...]) -> str:
    """What entries of the derivative those of the block are."""
    whole = ", ".join(LETTERS[k] for k in places)
    block = ", ".join(LETTERS[k] for k in kept)
    return f"derivative[{whole}] = block[{block}], all other entries are zero."
