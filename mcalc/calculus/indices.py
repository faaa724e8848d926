"""A multilinear form entry by entry: sums of products with indices, deltas contracted away.

From the rules of the linear operations (`Linear.indices`), with a Kronecker delta for each tangent.
This form always exists, so there is always an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from mcalc.calculus.derivative import Derivative, multilinear_form
from mcalc.core.algebra import HADAMARD, MUL, TRANSPOSE, hadamard, mul, split
from mcalc.core.expr import Expr, postorder
from mcalc.core.index import Factor, Index, Slot, Slots
from mcalc.core.leaves import (
    COMMUTATION,
    EYE,
    ONE,
    ONES,
    TANGENT,
    commutation_sizes,
    eye,
    is_zero,
    number_value,
)
from mcalc.core.products import chain, scalars
from mcalc.core.size import Size
from mcalc.core.sums import terms
from mcalc.errors import InternalError, LimitError
from mcalc.ops.shaping import DIAG
from mcalc.ops.vectorize import KRON, VEC, paired_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcalc.core.shape import Shape

MOST_TERMS = 4000


@dataclass(frozen=True, slots=True)
class Term:
    """coefficient * product of factors, summed over the indices that are not free.

    `free` says what stands at each free index of the tensor: an index at two places is a delta
    between them, a tuple the parts of an axis whose size is a product.
    """

    coefficient: Fraction
    factors: tuple[Factor, ...]
    free: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """The entries at the free indices, as a sum of terms."""

    free: tuple[Index, ...]
    terms: tuple[Term, ...]


class _Indices:
    """New indices, numbered from zero."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, size: Size) -> Index:
        index = Index(self.count, size)
        self.count += 1
        return index


@lru_cache(maxsize=8)  # text, LaTeX and MathML ask for the same
def entries_of(derivative: Derivative, *, products: bool = False) -> Tensor:
    """The entries of a derivative, from its multilinear form.

    Where that form is no product of linear operations (a second derivative of a matrix function),
    or has too many terms, they are those of the matrix that the derivative is also known as.
    """
    try:
        return entries(*multilinear_form(derivative), products=products)
    except (InternalError, LimitError):
        return _entries_of_matrix(derivative)


def _entries_of_matrix(derivative: Derivative) -> Tensor:
    """The entries of the result, whose rows and columns are in the order of vec."""
    new = _Indices()
    free = tuple([new(axis) for axis in derivative.axes])
    if derivative.notation == "matrix":
        rows, cols = derivative.result.shape
        slots = iter(free)
        pair: Slots = (None if rows is None else next(slots), None if cols is None else next(slots))
    else:
        last = len(derivative.free[-1].shape.axes)
        pair = (
            _in_order_of_vec(free[: len(free) - last]),
            _in_order_of_vec(free[len(free) - last :]),
        )
        if derivative.result.shape.cols is None:
            pair = (_in_order_of_vec(free), None)
    return Tensor(free, (Term(ONE, ((derivative.result, pair),), free),))


def _in_order_of_vec(indices: tuple[Index, ...]) -> Slot:
    """The first index is the fastest."""
    return indices[0] if len(indices) == 1 else tuple(reversed(indices))


class _Varying:
    """Whether a tangent occurs in an expression; asked of parts and of what rules make of them."""

    def __init__(self, tangents: tuple[Expr, ...]) -> None:
        self._known: dict[Expr, bool] = dict.fromkeys(tangents, True)

    def __call__(self, e: Expr) -> bool:
        if e not in self._known:
            for node in postorder(e):
                if node not in self._known:
                    self._known[node] = any(self._known[a] for a in node.args)
        return self._known[e]


def entries(form: Expr, tangents: tuple[Expr, ...], *, products: bool = False) -> Tensor:
    """The entries of a form that is linear in each of the tangents.

    The free indices are the form's axes, then each tangent's. Matrix products stay whole, as code
    wants them, unless `products` asks for their indices too.
    """
    new = _Indices()
    out: Slots = _slots(form.shape, new)
    targets = {dX: _slots(dX.shape, new) for dX in tangents}
    free = tuple(
        slot for slots in (out, *targets.values()) for slot in slots if isinstance(slot, Index)
    )
    varying = _Varying(tangents)
    if is_zero(form) or (tangents and not varying(form)):
        return Tensor(free, ())
    finished: list[Term] = []
    todo: list[tuple[Fraction, list[Factor], list[Factor]]] = [(ONE, [], [(form, out)])]
    while todo:
        coefficient, done, pending = todo.pop()
        if not pending:
            finished.extend(contract(coefficient, done, free, new, products=products))
            continue
        if len(todo) + len(finished) > MOST_TERMS:
            raise LimitError(f"more than {MOST_TERMS} terms in index notation")
        node, slots = pending.pop()
        todo.extend(
            reversed(_expand(node, slots, varying, targets, new, coefficient, done, pending))
        )
    return Tensor(free, merge(finished, free))


def _slots(shape: Shape, new: Callable[[Size], Index]) -> Slots:
    rows = None if shape.rows is None else new(shape.rows)
    return rows, None if shape.cols is None else new(shape.cols)


def _expand(
    node: Expr,
    slots: Slots,
    varying: _Varying,
    targets: dict[Expr, Slots],
    new: Callable[[Size], Index],
    coefficient: Fraction,
    done: list[Factor],
    pending: list[Factor],
) -> list[tuple[Fraction, list[Factor], list[Factor]]]:
    """The partial terms that come of one pending factor with tangents in it, or of the whole."""
    if not targets:
        return [(c * coefficient, [(t, slots)], []) for t, c in terms(node)]
    if node.op is TANGENT:
        deltas = [
            (eye(axis), (slot, target))
            for axis, slot, target in zip(node.shape, slots, targets[node], strict=True)
            if axis is not None
        ]
        return [(coefficient, done + deltas, pending)]
    places = [i for i, a in enumerate(node.args) if varying(a)]
    if not node.op.joint:
        # Linear in each of these arguments: one is followed, the others come back as factors.
        places = places[:1]
    found = []
    for i in places:
        rules = node.op.linear_in(i)
        if rules is None:
            raise InternalError(f"{node.op.name} is not linear in its argument {i + 1}")
        factors, inner, c = rules.indices(node, i, slots, new)
        later = [*pending, (node.args[i], inner), *[f for f in factors if varying(f[0])]]
        now = done + [f for f in factors if not varying(f[0])]
        found.append((coefficient * c, now, later))
    return found


# ---------------------------------------------------------------- one term
def contract(
    coefficient: Fraction,
    factors: list[Factor],
    free: tuple[Index, ...],
    new: Callable[[Size], Index],
    *,
    products: bool,
) -> list[Term]:
    """A term with its factors taken apart and its deltas contracted; none where it vanishes."""
    opened: list[Factor] = []
    deltas: list[tuple[Slot, Slot]] = []
    stack = list(reversed(factors))
    while stack:
        value, slots = stack.pop()
        if is_zero(value):
            return []
        c, rest = split(value)
        coefficient *= c
        parts = _open(rest, slots, new)
        if parts is None and products:
            parts = _open_products(rest, slots, new)
        if parts is None:
            opened.append((rest, slots))
        elif rest.op is EYE:
            deltas.append(slots)
        else:
            stack.extend(reversed(parts))
    bound = _Substitution(free)
    for a, b in deltas:
        bound.equate(a, b)
    opened.extend(bound.unsolved())
    kept = [
        (value, (bound.apply(rows), bound.apply(cols)))
        for value, (rows, cols) in opened
        if number_value(value) is None
    ]
    kept, extra = _without_ones(_without_idle_deltas(kept, bound, free), bound, free)
    named = tuple(bound.apply(i) for i in free)
    return [Term(coefficient, tuple(kept + extra), named)]


def _open(value: Expr, slots: Slots, new: Callable[[Size], Index]) -> list[Factor] | None:
    """A factor as factors that say more; None where it is a value as it stands."""
    rows, cols = slots
    if value.op is EYE:
        return []
    if value.op is TRANSPOSE:
        return [(value.args[0], (cols, rows))]
    if value.op is MUL:
        links = chain(value)
        cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
        if scalars(value) and links:
            front: list[Factor] = [(s, (None, None)) for s in scalars(value)]
            return [*front, (mul(*links), slots)]
        if cut is not None and cut + 1 < len(links):
            return [
                (mul(*links[: cut + 1]), (rows, None)),
                (mul(*links[cut + 1 :]), (None, cols)),
            ]
    if value.op is DIAG:
        return [(value.args[0], (rows, None)), (eye(value.shape.axes[0]), (rows, cols))]
    if value.op is KRON:
        A, B = value.args
        deltas, left, right = paired_slots(A.shape, B.shape, slots, new)
        return [*deltas, (A, left), (B, right)]
    if value.op is VEC:
        m, n = value.args[0].shape.axes
        i, j = new(m), new(n)
        return [(eye(m * n), (rows, (j, i))), (value.args[0], (i, j))]
    if value.op is COMMUTATION:
        m, n = commutation_sizes(value)
        i, j = new(m), new(n)
        return [(eye(m * n), (rows, (i, j))), (eye(m * n), (cols, (j, i)))]
    if value.op is HADAMARD and any(f.op is EYE for f in value.args):
        rest = [f for f in value.args if f.op is not EYE]
        return [(eye(value.shape.axes[0]), slots), (hadamard(*rest), slots)]
    return None


def _open_products(value: Expr, slots: Slots, new: Callable[[Size], Index]) -> list[Factor] | None:
    """A product factor by factor, element by element too; None for anything else."""
    if value.op is HADAMARD:
        return [(f, slots) for f in value.args]
    if value.op is not MUL:
        return None
    found: list[Factor] = [(s, (None, None)) for s in value.args if s.shape.is_scalar]
    links = chain(value)
    left = slots[0]
    for i, f in enumerate(links):
        last = i == len(links) - 1
        right = slots[1] if last else None if f.shape.cols is None else new(f.shape.cols)
        found.append((f, (left, right)))
        left = right
    return found


def _without_idle_deltas(
    factors: list[Factor], bound: _Substitution, free: tuple[Index, ...]
) -> list[Factor]:
    """A delta one side of which stands nowhere else, or at ones alone, sums to one with them."""
    kept = list(factors)
    for delta in [f for f in factors if f[0].op is EYE]:
        elsewhere = {i for index in free for i in leaves(bound.apply(index))}
        for f in kept:
            if f is not delta and f[0].op is not ONES:
                elsewhere |= {i for slot in f[1] for i in leaves(slot)}
        for side in delta[1]:
            mine = set(leaves(side))
            if not elsewhere & mine:
                at_ones = [f for f in kept if f[0].op is ONES and set(leaves(f[1][0])) <= mine]
                kept = [f for f in kept if f is not delta and f not in at_ones]
                break
    return kept


def _without_ones(
    factors: list[Factor], bound: _Substitution, free: tuple[Index, ...]
) -> tuple[list[Factor], list[Factor]]:
    """Ones at an index that is free or stands elsewhere are left out."""
    kept: list[Factor] = []
    ones: list[Factor] = []
    for f in factors:
        (ones if f[0].op is ONES else kept).append(f)
    seen = {i for _, slots in kept for s in slots for i in leaves(s)}
    seen |= {i for slot in free for i in leaves(bound.apply(slot))}
    extra = []
    for f in ones:
        mine = set(leaves(f[1][0]))
        if not mine <= seen:
            extra.append(f)
            seen |= mine
    return kept, extra


def leaves(slot: Slot) -> Iterable[Index]:
    """The indices in a slot."""
    stack = [slot]
    while stack:
        top = stack.pop()
        if isinstance(top, Index):
            yield top
        elif top is not None:
            stack.extend(reversed(top))


class _Substitution:
    """Deltas, solved: an index stands for another, or for a tuple of them."""

    def __init__(self, free: tuple[Index, ...]) -> None:
        self._free = set(free)
        self._bound: dict[Index, Slot] = {}
        self._unsolved: list[tuple[Slot, Slot]] = []

    def apply(self, slot: Slot) -> Slot:
        """The slot with all that is known put in; nesting is as deep as the sizes multiply."""
        if slot is None:
            return None
        if isinstance(slot, Index):
            return self.apply(self._bound[slot]) if slot in self._bound else slot
        parts = tuple([self.apply(s) for s in slot])
        flat: list[Slot] = []
        for p in parts:
            flat.extend(p if not isinstance(p, Index) and p is not None else (p,))
        return tuple(flat)

    def equate(self, a: Slot, b: Slot) -> None:
        """Make two slots the same."""
        a, b = self.apply(a), self.apply(b)
        if a == b or a is None or b is None:
            return
        if isinstance(a, Index) and isinstance(b, Index):
            # A summed index gives way to a free one, a later to an earlier.
            kept, gone = sorted((a, b), key=lambda i: (i not in self._free, i.number))
            self._bound[gone] = kept
        elif isinstance(a, Index):
            self._bound[a] = b
        elif isinstance(b, Index):
            self._bound[b] = a
        elif len(a) == len(b) and all(_size(p) == _size(q) for p, q in zip(a, b, strict=True)):
            for p, q in zip(a, b, strict=True):
                self.equate(p, q)
        else:
            self._unsolved.append((a, b))

    def unsolved(self) -> list[Factor]:
        """Deltas between two ways of splitting one axis, which stay identity matrices."""
        return [(eye(_size(a)), (a, b)) for a, b in self._unsolved]


def _size(slot: Slot) -> Size:
    total = Size.of(1)
    for i in leaves(slot):
        total = total * i.size
    return total


# ---------------------------------------------------------------- like terms
def merge(terms: list[Term], free: tuple[Index, ...]) -> tuple[Term, ...]:
    """Like terms merged up to the names of summed indices; what cancels goes."""
    merged: dict[tuple[object, ...], tuple[Fraction, Term]] = {}
    for term in terms:
        canonical = _renamed(term, free)
        key = (canonical.factors, canonical.free)
        c = merged[key][0] if key in merged else Fraction(0)
        merged[key] = (c + term.coefficient, canonical)
    return tuple([Term(c, t.factors, t.free) for c, t in merged.values() if c != 0])


def _renamed(term: Term, free: tuple[Index, ...]) -> Term:
    """Summed indices numbered as they come, after the free ones, factors in a fixed order."""
    names: dict[Index, Index] = {i: i for i in free}
    count = max((i.number for i in free), default=-1) + 1

    def rename(slot: Slot) -> Slot:
        nonlocal count
        if slot is None:
            return None
        if isinstance(slot, Index):
            if slot not in names:
                names[slot] = Index(count, slot.size)
                count += 1
            return names[slot]
        return tuple([rename(s) for s in slot])

    named_free = tuple([rename(s) for s in term.free])
    anonymous = sorted(
        term.factors,
        key=lambda f: (
            f[0].sort_key,
            [names[i].number if i in names else count for s in f[1] for i in leaves(s)],
        ),
    )
    factors = tuple([(value, (rename(r), rename(c))) for value, (r, c) in anonymous])
    return Term(ONE, factors, named_free)
