"""The constructors keep the value: whatever they simplify is what NumPy makes of the same steps."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mcalc.core import facts
from mcalc.core.algebra import (
    MATPOW,
    POWER,
    add,
    build,
    call,
    eye,
    hadamard,
    matpow,
    mul,
    number,
    ones,
    power,
    scale,
    transpose,
    zeros,
)
from mcalc.core.condition import Property
from mcalc.core.expr import Expr, intern, postorder
from mcalc.core.leaves import commutation, extent, variable
from mcalc.core.op import OPS
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import Size, SizeMismatch
from mcalc.errors import DomainError, LimitError, ShapeError
from mcalc.numeric.evaluate import Array, concrete, evaluate, natural, numpy_form, spread
from mcalc.numeric.sample import holds
from mcalc.numeric.spaces import belongs, structured
from mcalc.ops.shaping import diag, diagonal
from mcalc.ops.vectorize import kron, unvec, vec
from tests.numeric.strategies import STRUCTURES, arity, false_claims, is_square

K, L, ONE = Size.symbol("k"), Size.symbol("l"), Size.of(1)
SIZES = {"k": 2, "l": 3}
LARGEST = 1e5
ENTRIES = 40


@dataclass(frozen=True)
class Pair:
    """An expression as the constructors make it, and its value as NumPy has it, as a matrix.

    `scale` is the largest number on the way, by which rounding is measured.
    """

    e: object
    value: np.ndarray
    scale: float

    def __repr__(self):
        return f"{self.e!r}"


def _leaves():
    """Variables of each shape and structure, and constants."""
    shapes = [SCALAR, *(Shape(k) for k in (K, L, ONE)), *(Shape(None, k) for k in (K, L, ONE))]
    shapes += [Shape(a, b) for a in (K, L, ONE) for b in (K, L, ONE)]
    rng = np.random.default_rng(3)
    values: dict[str, Array] = {}
    leaves: list[Expr] = []
    for shape in shapes:
        for structure in STRUCTURES:
            if not (is_square(shape) or set(structure) <= {"positive"}):
                continue
            for letter in (
                "abcd" if not structure and shape.is_scalar else "ab" if not structure else "a"
            ):
                name = f"{letter}{len(leaves)}"
                drawn = np.asarray(rng.uniform(-2, 2, concrete(shape, SIZES)))
                value = structured(drawn, structure)
                if belongs(value, structure):
                    values[name] = value
                    leaves.append(variable(name, shape, structure))
    for name, whole in (("k", 2.0), ("l", -1.0)):  # exponents that have no literal
        values[name] = np.asarray(whole)
        leaves.append(variable(name, SCALAR))
    leaves += [ones(K), ones(L), transpose(ones(K)), eye(K), eye(L), eye(ONE), extent(K)]
    leaves += [zeros(Shape(K)), zeros(Shape(K, L)), zeros(Shape(K, K)), zeros(Shape(None, L))]
    leaves += [commutation(K, L), commutation(K, K)]
    leaves += [number(v) for v in (0, 1, 2, -1, Fraction(1, 2), Fraction(-2, 3))]
    found = evaluate(leaves, values, SIZES)
    pairs = [
        Pair(e, spread(v, e.shape), max(1.0, np.abs(v).max()))
        for e, v in zip(leaves, found, strict=True)
    ]
    return values, pairs


VALUES, LEAVES = _leaves()
NUMBERS = [Fraction(n) for n in (-2, -1, 0, 1, 2, 3)] + [
    Fraction(1, 2),
    Fraction(-1, 2),
    Fraction(2, 3),
    Fraction(-3, 2),
]


# ---------------------------------------------------------------- one step, twice
def _in_domain(op, args, shape):
    """Whether the conditions of the operation, as written, hold."""
    raw = intern(op, tuple(args), shape, written=True)
    conditions = op.domain(raw) if op.domain else []
    subjects = evaluate([c.subject for c in conditions], VALUES, SIZES)
    return all(holds(c.property, v, 1e-2) for c, v in zip(conditions, subjects, strict=True))


def _table(op):
    """An operation of the table on matrices by its NumPy form."""

    def step(*pairs):
        try:
            shape = op.signature.apply([p.e.shape for p in pairs], _equal)
        except SizeMismatch:
            return None
        # The forms take vectors as 1-D arrays; scalars and sums along an axis have two axes here.
        scalars = not op.elementwise and all(p.e.shape.is_scalar for p in pairs)
        flat = "axis=" not in op.numpy and not scalars
        arrays = [natural(p.value, p.e.shape) if flat else p.value for p in pairs]
        if op.name == "inv" and not holds(Property.INVERTIBLE, pairs[0].value, 1e-2):
            return None
        if op.length and any(p.e.shape.axes != (Size.of(op.length),) for p in pairs):
            return None
        if op.needs_symmetric and not pairs[0].e.has(facts.SYMMETRIC):
            return None
        if not _in_domain(op, [p.e for p in pairs], shape):
            return None
        value = np.asarray(numpy_form(op)(*arrays), dtype=np.float64)
        return (lambda: call(op, *[p.e for p in pairs])), value.reshape(_dims(shape))

    return step


def _equal(a, b):
    if a != b:
        raise SizeMismatch


def _dims(shape):
    return tuple(1 if axis is None else axis.evaluate(SIZES) for axis in shape)


def _alike(make, form):
    """A binary step on expressions of one shape."""
    return lambda a, b: (
        ((lambda: make(a.e, b.e)), form(a.value, b.value)) if a.e.shape == b.e.shape else None
    )


def _product(a, b):
    if a.e.shape.is_scalar or b.e.shape.is_scalar:
        return (lambda: mul(a.e, b.e)), a.value * b.value
    return (
        ((lambda: mul(a.e, b.e)), a.value @ b.value) if a.e.shape.cols == b.e.shape.rows else None
    )


def _entrywise(a, b):
    fits = a.e.shape == b.e.shape or a.e.shape.is_scalar or b.e.shape.is_scalar
    return ((lambda: hadamard(a.e, b.e)), a.value * b.value) if fits else None


def _power(k):
    def step(a):
        if not _in_domain(POWER, (a.e, number(k)), a.e.shape):
            return None
        return (lambda: power(a.e, number(k))), np.power(a.value, float(k))

    return step


def _general_power(a, b):
    fits = a.e.shape == b.e.shape or b.e.shape.is_scalar
    fits = fits and _in_domain(POWER, (a.e, b.e), a.e.shape)
    return ((lambda: power(a.e, b.e)), np.power(a.value, b.value)) if fits else None


def _matpow(k):
    def step(a):
        if not (is_square(a.e.shape) or a.e.shape.is_scalar):
            return None
        if not _in_domain(MATPOW, (a.e, number(k)), a.e.shape):
            return None
        return (lambda: matpow(a.e, number(k))), np.linalg.matrix_power(a.value, k)

    return step


def _general_matpow(a, b):
    fits = (
        is_square(a.e.shape) and b.e.shape.is_scalar and _in_domain(MATPOW, (a.e, b.e), a.e.shape)
    )
    whole = b.value.ravel()[0].round() if fits else 0.0
    if not fits or abs(whole) > 4 or (whole < 0 and not holds(Property.INVERTIBLE, a.value, 1e-2)):
        return None
    value = np.linalg.matrix_power(a.value, int(whole))
    return ((lambda: matpow(a.e, b.e)), value) if b.value.ravel()[0] == whole else None


def _diag(a):
    return ((lambda: diag(a.e)), np.diag(a.value.ravel())) if not a.e.shape.is_matrix else None


def _diagonal(a):
    return ((lambda: diagonal(a.e)), np.diag(a.value)[:, None]) if is_square(a.e.shape) else None


def _vec(a):
    return (lambda: vec(a.e)), a.value.reshape(-1, 1, order="F")


def _unvec(a):
    shape = Shape(K, L)
    fits = a.e.shape == Shape(K * L)
    return ((lambda: unvec(a.e, shape)), a.value.reshape(2, 3, order="F")) if fits else None


UNARY = {
    "transpose": lambda a: ((lambda: transpose(a.e)), a.value.T),
    **{
        f"scale by {c}": (lambda a, c=c: ((lambda: scale(c, a.e)), float(c) * a.value))
        for c in NUMBERS
    },
    **{f"power {k}": _power(k) for k in NUMBERS},
    **{f"matpow {k}": _matpow(k) for k in (-2, -1, 0, 1, 2, 3)},
    "diag": _diag,
    "diagonal": _diagonal,
    "vec": _vec,
    "unvec": _unvec,
}
BINARY = {
    "add": _alike(add, np.add),
    "subtract": _alike(lambda a, b: a - b, np.subtract),
    "mul": _product,
    "hadamard": _entrywise,
    "power": _general_power,
    "matpow": _general_matpow,
    "kron": lambda a, b: ((lambda: kron(a.e, b.e)), np.kron(a.value, b.value)),
}
TABLE = [
    op for op in dict.fromkeys(OPS.values()) if op.name not in ("diag", "vec", "kron", "transpose")
]
UNARY |= {op.name: _table(op) for op in TABLE if arity(op) == 1}
BINARY |= {op.name: _table(op) for op in TABLE if arity(op) == 2}


def stepped(rule, *pairs):
    """The pair that a step makes, checked; None where it does not apply or leaves the floats."""
    with np.errstate(all="ignore"):
        try:
            found = rule(*pairs)
        except np.linalg.LinAlgError:
            return None
    if found is None:
        return None
    make, value = found
    if (
        not np.isfinite(value).all()
        or np.abs(value).max(initial=0.0) > LARGEST
        or value.size > ENTRIES
    ):
        return None
    size = max(1.0, np.abs(value).max(initial=0.0), *[p.scale for p in pairs])
    if size > LARGEST:
        return None
    try:
        e = make()
    except LimitError:
        return None
    except DomainError:
        if any(not p.e.args and p.e.op.name == "number" for p in pairs):
            return None
        raise
    found = spread(evaluate([e], VALUES, SIZES)[0], e.shape)
    assert found.shape == value.shape, (pairs, e)
    assert np.isfinite(found).all(), (pairs, e)
    assert (np.abs(found - value) <= 1e-6 * size).all(), (pairs, e, found, value)
    # The value as evaluated, so that the next step starts from what its expression has.
    return Pair(e, found, size)


# ---------------------------------------------------------------- what is drawn
@st.composite
def pools(draw, steps=8):
    """Pairs made one from another by random steps."""
    pool = draw(st.lists(st.sampled_from(LEAVES), min_size=3, max_size=6, unique_by=id))
    for _ in range(draw(st.integers(1, steps))):
        if draw(st.booleans()):
            rule, arguments = draw(st.sampled_from(sorted(UNARY))), (draw(st.sampled_from(pool)),)
            made = stepped(UNARY[rule], *arguments)
        else:
            rule = draw(st.sampled_from(sorted(BINARY)))
            first = draw(st.sampled_from(pool))
            second = draw(st.sampled_from(pool + LEAVES))
            made = stepped(BINARY[rule], first, second)
        if made is not None:
            pool.append(made)
    return pool


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pools())
def test_value_is_kept_and_facts_hold(pool):
    for pair in pool:
        value = natural(pair.value, pair.e.shape)
        assert not false_claims(pair.e, value, pair.scale, strict=False), pair


# ---------------------------------------------------------------- one form for equal things
def laws(a, b, c):
    """(name, one way to write it, another) for expressions; both have to be the same node."""
    if a.shape == b.shape == c.shape:
        yield "a+b = b+a", add(a, b), add(b, a)
        yield "(a+b)+c = a+(b+c)", add(add(a, b), c), add(a, add(b, c))
        yield "a-b = -(b-a)", a - b, scale(-1, b - a)
        yield "2(a+b) = 2a+2b", scale(2, add(a, b)), add(scale(2, a), scale(2, b))
        yield "(a+b)' = a'+b'", transpose(add(a, b)), add(transpose(a), transpose(b))
        yield "a.*b = b.*a", hadamard(a, b), hadamard(b, a)
        yield "(a.*b).*c = a.*(b.*c)", hadamard(hadamard(a, b), c), hadamard(a, hadamard(b, c))
        yield "(a.*b)' = a'.*b'", transpose(hadamard(a, b)), hadamard(transpose(a), transpose(b))
    yield "a'' = a", transpose(transpose(a)), a
    yield "(a.^2)' = a'.^2", transpose(power(a, number(2))), power(transpose(a), number(2))
    yield "2(3a) = 6a", scale(2, scale(3, a)), scale(6, a)
    if _chains(a, b):
        yield "(a*b)' = b'*a'", transpose(mul(a, b)), mul(transpose(b), transpose(a))
        yield "2a*b = a*2b", mul(scale(2, a), b), mul(a, scale(2, b))
        if _chains(mul(a, b), c) and _chains(b, c) and _chains(a, mul(b, c)):
            yield "(a*b)*c = a*(b*c)", mul(mul(a, b), c), mul(a, mul(b, c))
            yield "a*b*c", mul(a, b, c), mul(a, mul(b, c))
        if mul(a, b).shape.is_scalar or is_square(mul(a, b).shape):
            yield "tr(a*b) = tr(b*a)", call(OPS["tr"], mul(a, b)), call(OPS["tr"], mul(b, a))
    if a.shape.is_scalar and _chains(b, c):
        yield "(s*b)*c = b*(s*c)", mul(mul(a, b), c), mul(b, mul(a, c))
        yield "s*b = b*s", mul(a, b), mul(b, a)
    if is_square(a.shape):
        yield (
            "inv(a') = inv(a)'",
            matpow(transpose(a), number(-1)),
            transpose(matpow(a, number(-1))),
        )
        yield "a^2*a = a^3", mul(matpow(a, number(2)), a), matpow(a, number(3))
        yield "tr(a') = tr(a)", call(OPS["tr"], transpose(a)), call(OPS["tr"], a)
        yield "diag(a') = diag(a)", diagonal(transpose(a)), diagonal(a)
    for op in dict.fromkeys(OPS.values()):
        if (
            not op.transposed
            or op.needs_symmetric
            or (op.name not in ("exp", "sin", "abs", "relu") and op.elementwise)
        ):
            continue
        try:
            straight, turned = call(op, a), call(op, transpose(a))
        except (ShapeError, DomainError):
            continue
        yield (
            f"{op.name}(a')",
            turned,
            transpose(straight) if op.transposed == "commutes" else straight,
        )


def _chains(a, b):
    return a.shape.is_scalar or b.shape.is_scalar or a.shape.cols == b.shape.rows


def broken_laws(a, b, c):
    """The laws that do not hold, and the nodes that are not in normal form."""
    try:
        found = [(name, left, right) for name, left, right in laws(a, b, c) if left is not right]
    except (DomainError, LimitError):
        return []
    again = [(build(node.op, node.args, node.data), node) for node in postorder(a) if node.args]
    return found + [("built again", made, node) for made, node in again if made is not node]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(pools(), st.randoms(use_true_random=False))
def test_what_is_equal_by_an_elementary_law_is_one_node(pool, random):
    a, b, c = (random.choice(pool).e for _ in range(3))
    # Of a skew matrix S' and -S are one: functions of the two are not brought together.
    assume(not any(node.has(facts.SKEW) for node in postorder(a, b, c)))
    assert not broken_laws(a, b, c)
