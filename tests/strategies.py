"""Random expressions, typed: every size different, so that a wrong axis is found out."""

from fractions import Fraction

from hypothesis import reject
from hypothesis import strategies as st

import mcalc.ops  # noqa: F401 - fills the table
from mcalc.core.algebra import (
    add,
    call,
    eye,
    filled,
    hadamard,
    inverse,
    matpow,
    mul,
    number,
    power,
    scale,
    transpose,
    zeros,
)
from mcalc.core.leaves import variable
from mcalc.core.op import OPS
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import Size
from mcalc.errors import McalcError
from mcalc.ops.shaping import diag, diagonal
from mcalc.ops.vectorize import kron, vec

SIZES = {"m": 2, "n": 3, "p": 4}
AXES = [Size.symbol(name) for name in SIZES]
SHAPES = (
    [SCALAR]
    + [Shape(i) for i in AXES]
    + [Shape(None, i) for i in AXES]
    + [Shape(i, j) for i in AXES for j in AXES]
)
ELEMENTWISE = ("exp", "sin", "tanh", "abs", "sign", "sigmoid", "relu")
FRACTIONS = [Fraction(text) for text in ("-1", "2", "-2", "1/2", "-1/2", "2/3", "5/2", "-0.01")]
EXPONENTS = [Fraction(text) for text in ("2", "3", "-1", "-2", "1/2", "-1/2", "1/3")]


def variables(shape):
    """The variables of a shape: two of each, one of them symmetric where it can be."""
    suffix = "".join(str(axis) for axis in shape.axes)
    letters = (
        "ab" if shape.is_scalar else "rs" if shape.is_row else "xy" if shape.is_column else "AB"
    )
    made = [variable(letter + suffix, shape) for letter in letters]
    if shape.is_matrix and shape.rows == shape.cols:
        made.append(variable("S" + suffix, shape, ("symmetric",)))
    return made


ALL_VARIABLES = [v for shape in SHAPES for v in variables(shape)]


@st.composite
def expressions(draw, shape=None, depth=4):
    """An expression in normal form, of the shape if one is given."""
    if shape is None:
        shape = draw(st.sampled_from(SHAPES))
    try:
        return _draw(draw, shape, draw(st.integers(1, depth)))
    except McalcError:  # without a value: a division by zero, a root of a negative number
        return reject()


def _draw(draw, shape, depth):
    if depth == 0:
        return draw(st.sampled_from(_leaves(shape)))

    def some(shape):
        return _draw(draw, shape, max(0, depth - draw(st.integers(1, 2))))

    rules = [rule for accepts, rule in _RULES if accepts(shape)]
    return draw(st.sampled_from(rules))(draw, shape, some)


def _leaves(shape):
    constants = [filled(shape)]
    if shape.is_scalar:
        constants = [number(c) for c in (2, 3, Fraction(1, 3), Fraction(-3, 4))]
    elif shape.is_matrix and shape.rows == shape.cols:
        constants.append(eye(shape.rows))
    return [*variables(shape), *variables(shape), *constants, zeros(shape)]


def _anything(shape):
    return True


def _square(shape):
    return shape.is_matrix and shape.rows == shape.cols


def _product(draw, shape, some):
    inner = draw(st.sampled_from(AXES))
    return mul(some(Shape(shape.rows, inner)), some(Shape(inner, shape.cols)))


def _outer(draw, shape, some):
    return mul(some(Shape(shape.rows)), some(Shape(None, shape.cols)))


def _sum_of_kron(draw, shape, some):
    A, B = (some(draw(st.sampled_from(SHAPES))) for _ in "AB")
    return call(OPS["sum"], kron(A, vec(B)))


def _larger(draw, shape, some):
    return call(OPS["max of two"], some(shape), some(shape))


def _power(draw, shape, some):
    return power(some(shape), number(draw(st.sampled_from(EXPONENTS))))


def _named(names, argument):
    def rule(draw, shape, some):
        return call(OPS[draw(st.sampled_from(names))], some(argument(draw, shape)))

    return rule


def _any_square(draw, shape):
    axis = draw(st.sampled_from(AXES))
    return Shape(axis, axis)


_RULES = [
    (_anything, lambda draw, shape, some: add(some(shape), some(shape))),
    (_anything, lambda draw, shape, some: add(some(shape), scale(-1, some(shape)))),
    (_anything, lambda draw, shape, some: scale(draw(st.sampled_from(FRACTIONS)), some(shape))),
    (_anything, lambda draw, shape, some: mul(some(SCALAR), some(shape))),
    (_anything, lambda draw, shape, some: mul(power(some(SCALAR), number(-1)), some(shape))),
    (_anything, lambda draw, shape, some: hadamard(some(shape), some(shape))),
    (_anything, lambda draw, shape, some: transpose(some(shape.T))),
    (_anything, _product),
    (_anything, _power),
    (_anything, _larger),
    (_anything, _named(ELEMENTWISE, lambda draw, shape: shape)),
    (lambda shape: shape.is_matrix, _outer),
    (_square, lambda draw, shape, some: inverse(some(shape))),
    (_square, lambda draw, shape, some: matpow(some(shape), number(2))),
    (_square, lambda draw, shape, some: diag(some(Shape(shape.rows)))),
    (
        lambda shape: shape.is_column,
        lambda draw, shape, some: diagonal(some(Shape(shape.rows, shape.rows))),
    ),
    (lambda shape: shape.is_scalar, _sum_of_kron),
    (lambda shape: shape.is_scalar, _named(("tr", "det"), _any_square)),
    (
        lambda shape: shape.is_scalar,
        _named(
            ("sum", "norm1", "norm2", "mean"), lambda draw, shape: draw(st.sampled_from(SHAPES))
        ),
    ),
]
