"""The matrix product and matrix powers in normal form.

A product is flat: a rational coefficient (kept by the sum around it), scalar factors in a fixed
order, then the chain of vectors and matrices. A part of the chain that is a scalar (`x'*A*y`) is
a factor in front; of it and its transpose the one with the shorter text stands there. Powers of one
matrix merge, and what is inverse to its neighbour goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import (
    EYE,
    NUMBER,
    ONE,
    ONES,
    ZEROS,
    eye,
    is_zero,
    number,
    number_value,
    ones,
    zeros,
)
from mcalc.core.matrix_powers import inverse, matpow, matrix_power_parts
from mcalc.core.op import Op
from mcalc.core.powers import base_and_exponent, merged_exponent, power
from mcalc.core.product_facts import is_projection, product_facts
from mcalc.core.shape import Shape
from mcalc.core.sums import NOTHING, TRANSPOSE, add, scale, split, subtract, times, transpose
from mcalc.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from fractions import Fraction


Powers = dict[Expr, Expr]
ScalarRule = Callable[[Expr, Expr], "tuple[Expr | None, Expr] | None"]
ChainRule = Callable[[tuple[Expr, ...]], "tuple[int, Expr] | None"]


# ---------------------------------------------------------------- taking a product apart
def scalars(e: Expr) -> tuple[Expr, ...]:
    """The scalar factors in front of a product's chain."""
    return tuple([a for a in e.args if a.shape.is_scalar])


def chain(e: Expr) -> tuple[Expr, ...]:
    """The vectors and matrices of a product, in order."""
    return tuple([a for a in e.args if not a.shape.is_scalar])


def take_scalars(e: Expr) -> tuple[Expr, Expr]:
    """A vector or matrix as (scalar factor, the rest)."""
    c, rest = split(e)
    if rest.op is MUL and scalars(rest):
        return scale(c, mul(*scalars(rest))), _chain_node(chain(rest), rest.shape)
    return number(c), rest


def fill_value(e: Expr) -> Expr | None:
    """The scalar that stands at every entry of a vector or matrix, where it is written so."""
    if e.shape.is_scalar:
        return None
    factor, rest = take_scalars(e)
    for f in chain(rest) if rest.op is MUL else (rest,):
        if f.op is not ONES and not (f.op is TRANSPOSE and f.args[0].op is ONES):
            return None
    return factor


def is_filled_with_one(e: Expr) -> bool:
    """Whether all entries are written as one."""
    value = fill_value(e)
    return value is not None and number_value(value) == 1


def filled(shape: Shape) -> Expr:
    """All ones, of any shape."""
    column = ones(shape.rows) if shape.rows is not None else number(1)
    row = transpose(ones(shape.cols)) if shape.cols is not None else number(1)
    return mul(column, row)


# ---------------------------------------------------------------- the constructor
def product_shape(a: Shape, b: Shape) -> Shape:
    """The shape of a*b, where a scalar scales.

    Raises: ShapeError.
    """
    if a.is_scalar:
        return b
    if b.is_scalar:
        return a
    if a.cols != b.rows:
        raise ShapeError(f"{a.describe()} times {b.describe()}")
    return Shape(a.rows, b.cols)


def mul(*factors: Expr) -> Expr:
    """The matrix product; scalars scale.

    Raises: ShapeError where neighbours do not fit.
    """
    shape = Shape()
    for f in factors:
        shape = product_shape(shape, f.shape)
    if any(is_zero(f) for f in factors):
        return zeros(shape)
    coefficient = ONE
    powers: Powers = {}
    links: list[Expr] = []
    for f in factors:
        c, rest = split(f)
        coefficient = times(coefficient, c)
        if rest.shape.is_scalar:
            coefficient = times(coefficient, collect(powers, _scalar_factors(rest)))
        elif rest.op is MUL:
            coefficient = times(coefficient, collect(powers, scalars(rest)))
            links.extend(chain(rest))
        else:
            links.append(rest)
    c, kept, found = _reduce(links)
    coefficient = times(coefficient, c)
    for segment in found:
        factor, scalar = split(segment)
        factor = times(factor, collect(powers, _scalar_factors(scalar)))
        coefficient = times(coefficient, factor)
    if not coefficient:
        return zeros(shape)
    factor, front = _fronted(powers)
    coefficient = times(coefficient, factor)
    scalar_factors, kept = _with_scalar_rules(front, kept)
    if not kept and not shape.is_scalar:
        assert shape.rows is not None
        kept = [eye(shape.rows)]
    return scale(coefficient, _node(scalar_factors, tuple(kept), shape))


def _scalar_factors(e: Expr) -> tuple[Expr, ...]:
    """The factors of a product of scalars; a chain that makes one scalar is a single factor."""
    return e.args if e.op is MUL and all(a.shape.is_scalar for a in e.args) else (e,)


def collect(powers: Powers, factors: Iterable[Expr]) -> Fraction:
    """Multiply factors into a table of powers of equal bases; the rational part is returned."""
    coefficient = ONE
    for f in factors:
        c, rest = split(f)
        coefficient = times(coefficient, c)
        if rest.op is NUMBER:
            continue
        base, exponent = base_and_exponent(rest)
        powers[base] = merged_exponent(powers[base], exponent) if base in powers else exponent
    return coefficient


def _fronted(powers: Powers) -> tuple[Fraction, list[Expr]]:
    """The scalar factors in order, with the rational part that their powers may have."""
    coefficient, front = ONE, []
    pending = [power(b, e) for b, e in powers.items()]
    simplified: Powers = {}
    for f in pending:
        c, rest = split(f)
        c = times(c, collect(simplified, _scalar_factors(rest)))
        coefficient = times(coefficient, c)
    for b, e in simplified.items():
        c, f = split(power(b, e))
        coefficient = times(coefficient, c)
        if number_value(f) is None:
            front.append(f)
    joined = joined_pair(front)
    if joined is not None:
        again: Powers = {}
        coefficient *= collect(again, (part for f in joined for part in _scalar_factors(f)))
        c, front = _fronted(again)
        return coefficient * c, front
    return coefficient, sorted(front, key=lambda f: f.sort_key)


def joined_pair(found: list[Expr]) -> list[Expr] | None:
    """The factors with a pair of them made one, where an operation knows how; else None."""
    for i, f in enumerate(found):
        if f.op.beside is None:
            continue
        for j, other in enumerate(found):
            simpler = f.op.beside(f, other) if i != j else None
            if simpler is not None:
                return [simpler, *[g for k, g in enumerate(found) if k not in (i, j)]]
    return None


def _with_scalar_rules(front: list[Expr], links: list[Expr]) -> tuple[tuple[Expr, ...], list[Expr]]:
    """det(X)*inv(X) and its like: a scalar factor that a link of the chain absorbs."""
    for rule in SCALAR_RULES:
        for i, f in enumerate(front):
            for j, link in enumerate(links):
                found = rule(f, link)
                if found is not None:
                    rest, absorbed = found
                    front = front[:i] + ([] if rest is None else [rest]) + front[i + 1 :]
                    links = [*links[:j], absorbed, *links[j + 1 :]]
                    return _with_scalar_rules(front, links)
    return tuple(front), links


SCALAR_RULES: list[ScalarRule] = []
"""Rules (scalar factor, link) ↦ (what is left of the factor, new link) or None; ops add theirs."""
CHAIN_RULES: list[ChainRule] = []
"""Rules (two or three neighbours) ↦ (how many of the last of them, what they make) or None."""
_NEIGHBOURS = 3


def _node(front: tuple[Expr, ...], links: tuple[Expr, ...], shape: Shape) -> Expr:
    if not front and not links:
        return number(1)
    if len(front) + len(links) == 1:
        return (front + links)[0]
    if shape.is_scalar and links:
        raise AssertionError("a scalar chain was not taken in front")
    args = front + links
    known = product_facts(front, links, shape)
    return intern(MUL, args, shape, facts=known, cost=_product_cost(args))


def _product_cost(args: tuple[Expr, ...]) -> int:
    """One for each `*`; a matrix of ones is written as one constant."""
    return len(args) - 1 if any(a.size for a in args) else 0


def _chain_node(links: tuple[Expr, ...], shape: Shape) -> Expr:
    """The node of a chain that is reduced already, a scalar one in its own orientation."""
    if len(links) == 1:
        return links[0]
    if shape.is_scalar:
        flipped = flipped_chain(links)
        signs = [split(f) for f in flipped]
        if any(c != 1 for c, _ in signs):
            odd = sum(c < 0 for c, _ in signs) % 2
            if odd and tuple([rest for _, rest in signs]) == links:
                return number(0)  # x'*S*x of a skew S is its own opposite
            flipped = links
        if _chain_key(flipped) < _chain_key(links):
            links = flipped
    known = product_facts((), links, shape)
    return intern(MUL, links, shape, facts=known, cost=_product_cost(links))


def _chain_key(links: tuple[Expr, ...]) -> tuple[int, int, list[tuple[str, str]]]:
    inner = sum(f.op is TRANSPOSE for f in links[1:])
    return inner, sum(f.size for f in links), [f.content for f in links]


# ---------------------------------------------------------------- neighbours in the chain
def _reduce(links: list[Expr]) -> tuple[Fraction, list[Expr], list[Expr]]:
    """(rational factor, the chain without its scalar parts, these parts)."""
    coefficient = ONE
    done: list[Expr] = []
    start = 0  # of the open part of the chain: what lies before ends in a column
    found: list[Expr] = []
    todo = list(reversed(links))
    inverted = any(_is_chain(matrix_power_parts(f)[0]) for f in links)
    while todo:
        f = todo.pop()
        c, f = split(f)
        coefficient = times(coefficient, c)
        if f.shape.is_scalar:
            found.append(f)
            continue
        if f.op is MUL:
            found.extend(scalars(f))
            todo.extend(reversed(chain(f)))
            continue
        if f.op is ZEROS:
            return NOTHING, [], []
        if f.op is EYE and (done or todo):
            continue
        if len(done) > start:
            joined = (
                _join(done, f)
                or (_merged_inverse(done, start, f) if inverted else None)
                or _joined_by_rule(done, start, f)
            )
            if joined is not None:
                todo.append(joined)
                continue
        done.append(f)
        if f.shape.cols is not None:
            continue
        if done[start].shape.rows is None:
            segment = tuple(done[start:])
            del done[start:]
            found.append(_scalar_segment(segment))
        else:
            start = len(done)
    return coefficient, done, found


def _scalar_segment(segment: tuple[Expr, ...]) -> Expr:
    if len(segment) == 2:
        from mcalc.core.hadamard import dot  # the Hadamard product builds on this module

        return dot(transpose(segment[0]), segment[1])
    return _chain_node(segment, Shape())


def _join(done: list[Expr], f: Expr) -> Expr | None:
    """What the end of the chain (popped) and the next factor make together, where they simplify."""
    last = done[-1]
    simpler = _merged_powers(last, f)
    for rule, node, neighbour in ((last.op.before, last, f), (f.op.after, f, last)):
        if simpler is None and rule is not None:
            simpler = rule(node, neighbour)
    if simpler is not None:
        done.pop()
    return simpler


def _joined_by_rule(done: list[Expr], start: int, f: Expr) -> Expr | None:
    """What the last links (removed) and the next factor make by a rule for neighbours."""
    last = (*done[max(start, len(done) + 1 - _NEIGHBOURS) :], f)
    for rule in CHAIN_RULES:
        found = rule(last)
        if found is not None:
            count, made = found
            del done[len(done) + 1 - count :]
            return made
    return None


def flipped_chain(links: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The links of the transposed product; a projector of two links stays as it stands."""
    flipped: list[Expr] = []
    i = len(links) - 1
    while i >= 0:
        if i > 0 and is_projection(links[i - 1], links[i]):
            flipped += links[i - 1 : i + 1]
            i -= 2
        else:
            flipped.append(transpose(links[i]))
            i -= 1
    return tuple(flipped)


def _merged_powers(a: Expr, b: Expr) -> Expr | None:
    """X^i*X^j = X^(i+j), Q'*Q = eye for an orthogonal Q, P*(eye-P) = 0 for a projector P."""
    if a.shape.rows is None or a.shape.rows != a.shape.cols or b.shape.rows != b.shape.cols:
        return None
    (x, i), (y, j) = matrix_power_parts(a), matrix_power_parts(b)
    if a.has(facts.ORTHOGONAL) and transpose(a) is b:
        return eye(a.shape.rows)
    if a.has(facts.PROJECTOR) and b.has(facts.PROJECTOR) and a is not b:
        return zeros(a.shape) if subtract(eye(a.shape.rows), a) is b else None
    return matpow(x, add(i, j)) if x is y else None


def _is_chain(e: Expr) -> bool:
    """Whether this is a product without scalar factors, which a chain has link by link."""
    return e.op is MUL and not scalars(e)


def _merged_inverse(done: list[Expr], start: int, f: Expr) -> Expr | None:
    """inv(P)*P where P is a product, so that its factors stand one by one in the chain."""
    base, k = matrix_power_parts(f)
    if _is_chain(base) and k is not number(1):
        links = chain(base)
        if tuple(done[start:][-len(links) :]) == links:
            del done[-len(links) :]
            return matpow(base, add(k, number(1)))
    for i in range(len(done) - 1, start - 1, -1):
        base, k = matrix_power_parts(done[i])
        if _is_chain(base) and k is not number(1):
            links = chain(base)
            if (*tuple(done[i + 1 :]), f) == links:
                del done[i:]
                return matpow(base, add(k, number(1)))
            return None
    return None


def transposed_product(e: Expr) -> Expr:
    """(A*B)' = B'*A', scalars as they are."""
    flipped = flipped_chain(chain(e))
    if any(split(f)[0] != 1 for f in flipped):
        return mul(*scalars(e), *flipped)
    args = scalars(e) + flipped
    known = product_facts(scalars(e), flipped, e.shape.T)
    return intern(MUL, args, e.shape.T, facts=known, cost=_product_cost(args))


# ---------------------------------------------------------------- powers of a product
def _inverse_of_product(e: Expr) -> Expr | None:
    """inv(A*B) = inv(B)*inv(A) where each factor is square."""
    if all(f.shape.rows == f.shape.cols for f in chain(e)):
        return mul(*[inverse(f) for f in reversed(chain(e))])
    return None


def _power_of_product(e: Expr, exponent: Expr) -> Expr | None:
    """(s*t)^k = s^k*t^k for whole k or s, t ≥ 0; (s*X).^k = s^k*X.^k."""
    if is_filled_with_one(e):
        return e
    if not scalars(e) or (not chain(e) and len(e.args) == 1):
        return None
    if exponent.has(facts.INTEGER) or all(s.has(facts.NONNEGATIVE) for s in scalars(e)):
        if not chain(e):
            return mul(*[power(s, exponent) for s in e.args])
        if exponent.shape.is_scalar:
            front, rest = take_scalars(e)
            return mul(power(front, exponent), power(rest, exponent))
    return None


# ---------------------------------------------------------------- their operations
def _build_product(args: tuple[Expr, ...], data: Hashable) -> Expr:
    return mul(*args)


MUL = Op(
    name="product",
    transpose=transposed_product,
    power=_power_of_product,
    inverse=_inverse_of_product,
    build=_build_product,
)
