"""Each operation of the table and of the algebra against numbers; a new one needs no new test."""

from collections import Counter
from fractions import Fraction
from itertools import zip_longest
from math import prod

import numpy as np
import pytest

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MATPOW,
    MUL,
    POWER,
    TRANSPOSE,
    build,
    call,
    hadamard,
    is_zero,
    matpow,
    mul,
    number,
    power,
    scale,
    transpose,
    zeros,
)
from mcalc.core.condition import Property
from mcalc.core.expr import postorder
from mcalc.core.index import Index
from mcalc.core.leaves import VARIABLE, variable
from mcalc.core.op import OPS, Op
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.errors import DomainError, LimitError
from mcalc.numeric.differences import along
from mcalc.numeric.evaluate import concrete, evaluate, numpy_form, spread
from mcalc.numeric.sample import holds
from mcalc.numeric.spaces import belongs, structured
from mcalc.ops.blocks import BLOCKS, blocks
from mcalc.ops.matrix_functions import (
    FRECHET,
    FRECHET_MATRIX,
    Function,
    frechet,
    frechet_matrix,
)
from mcalc.ops.shaping import DIAGONAL
from mcalc.ops.vectorize import UNVEC, unvec
from tests.numeric.strategies import (
    SIZES,
    M,
    N,
    P,
    argument_shapes,
    arguments,
    arity,
    draw,
    false_claims,
    is_square,
    near,
    structures_for,
)

TABLE = [*dict.fromkeys(OPS.values()), DIAGONAL]


# ---------------------------------------------------------------- cases
class Case:
    """A node over variables, and values of these where its conditions hold."""

    def __init__(self, name, make, shapes, sample="normal", symmetric=False, structures=None):
        self.name = name
        if structures is None and symmetric:
            structures = [("symmetric",) if is_square(shape) else () for shape in shapes]
        self.args = arguments(shapes, structures)
        self.node = make(*self.args)
        self.rng = np.random.default_rng(0)
        whole = _whole(self.node)
        self.values = {}
        for e in self.args:
            drawn = draw(self.rng, "whole" if e in whole else sample, concrete(e.shape, SIZES))
            self.values[e.data.name] = structured(drawn, e.data.structure)

    def __repr__(self):
        return f"{self.name}({'; '.join(e.shape.describe() for e in self.args)})"

    @property
    def belongs(self):
        """Whether values of the structures were found (nothing is diagonal and positive)."""
        return self.in_domain(self.values) and all(
            belongs(self.values[e.data.name], e.data.structure) for e in self.args
        )

    def in_domain(self, values):
        """Whether the conditions of all nodes hold."""
        conditions = [c for n in postorder(self.node) if n.op.domain for c in n.op.domain(n)]
        at = evaluate([c.subject for c in conditions], values, SIZES)
        return all(holds(c.property, x, 1e-2) for c, x in zip(conditions, at, strict=True))

    def at(self, *roots, **values):
        return evaluate(roots, self.values | values, SIZES)

    def another(self, name, shape, structure=()):
        """A variable of a shape, with a random value."""
        made = variable(name, shape, structure)
        drawn = self.rng.standard_normal(concrete(shape, SIZES))
        self.values[name] = structured(drawn, structure)
        return made

    def with_value(self, i, value, *, joint):
        """The values with another argument i; the rest zero where the node is jointly linear."""
        mine = self.node.args[i].data.name
        others = {
            e.data.name: 0 * self.values[e.data.name] if joint else self.values[e.data.name]
            for e in self.args
        }
        return others | {mine: value}


def _whole(node):
    """The arguments that have to be whole numbers."""
    conditions = node.op.domain(node) if node.op.domain else []
    return {c.subject for c in conditions if c.property is Property.INTEGER}


def _table_cases():
    for op in TABLE:
        for shapes in argument_shapes(op):
            if len(shapes) == 1 and op is DIAGONAL and not shapes[0].is_matrix:
                continue
            yield op, shapes


def _call(op):
    return lambda *args: call(op, *args)


SCALAR, COLUMN, ROW, MATRIX, SQUARE = Shape(), Shape(M), Shape(None, M), Shape(M, N), Shape(N, N)


def _sum(*args):
    return build(ADD, args, (Fraction(2), Fraction(-1), Fraction(3)))


def _entries(shape):
    return Shape(prod(shape.axes, start=Size.of(1))) if shape.axes else Shape()


def _algebra_cases():
    """Makers of nodes of the algebra's own operations, with shapes and samplers."""
    for shape in (SCALAR, COLUMN, MATRIX, SQUARE, Shape(Size.of(1), Size.of(1))):
        yield "add", _sum, (shape,) * 3, "normal"
        yield "scale", lambda x: scale(Fraction(-2, 3), x), (shape,), "normal"
        yield "hadamard", hadamard, (shape,) * 3, "normal"
        for k in (2, -1, Fraction(1, 2), Fraction(-3, 2), 3):
            yield f"power {k}", lambda x, k=k: power(x, number(k)), (shape,), "positive"
        yield "power", power, (shape, shape), "positive"
        yield "power", power, (shape, SCALAR), "positive"
    for shape in (MATRIX, SQUARE):
        yield "transpose", transpose, (shape,), "normal"
        yield (
            "unvec",
            lambda v, shape=shape: unvec(v, shape),
            (_entries(shape),),
            "normal",
        )
    for shapes in (
        (SCALAR, SCALAR, SCALAR),
        (SCALAR, COLUMN),
        (SCALAR, MATRIX),
        (SCALAR, ROW, Shape(M, N)),
        (MATRIX, Shape(N, P)),
        (MATRIX, Shape(N)),
        (ROW, MATRIX),
        (COLUMN, Shape(None, N)),
        (COLUMN, Shape(None, N), Shape(N, P)),
        (SCALAR, MATRIX, Shape(N, P), Shape(P, M)),
        (Shape(M, Size.of(1)), Shape(Size.of(1), N)),
    ):
        yield "mul", mul, shapes, "normal"
    yield "dot", lambda x, y: mul(transpose(x), y), (COLUMN, COLUMN), "normal"
    yield "form", lambda x, A, y: mul(transpose(x), A, y), (COLUMN, MATRIX, Shape(N)), "normal"
    for k in (-2, -1, 2, 3, 4):
        yield f"matpow {k}", lambda X, k=k: matpow(X, number(k)), (SQUARE,), "invertible"
    whole = Shape(M + P, N + P)
    yield (
        "blocks",
        lambda A, B, C, D: blocks([[A, B], [C, D]], whole),
        (MATRIX, Shape(M, P), Shape(P, N), Shape(P, P)),
        "normal",
    )
    yield (
        "stacked",
        lambda x, s, y: blocks([[x], [s], [y]], Shape(M + N + Size.of(1))),
        (COLUMN, SCALAR, Shape(N)),
        "normal",
    )
    yield (
        "rows of blocks",
        lambda A, x, B: blocks([[A, x], [B]], Shape(M + P, N + Size.of(1))),
        (MATRIX, COLUMN, Shape(P, N + Size.of(1))),
        "normal",
    )


ALGEBRA = [
    pytest.param(*parts, False, id=f"{parts[0]}-{i}") for i, parts in enumerate(_algebra_cases())
]
for _function in (OPS["expm"], OPS["logm"], OPS["sqrtm"]):
    _along = lambda A, E, f=_function: frechet(Function(f), A, E)  # noqa: E731
    ALGEBRA.append(pytest.param("frechet", _along, (SQUARE, SQUARE), "spd", False))
    _matrix = lambda A, f=_function: frechet_matrix(Function(f), A)  # noqa: E731
    ALGEBRA.append(pytest.param("frechet matrix", _matrix, (SQUARE,), "spd", False))


EVERY = [
    pytest.param(
        op.name,
        _call(op),
        shapes,
        op.sample,
        op.needs_symmetric,
        id=f"{op.name}({'; '.join(s.describe() for s in shapes)})",
    )
    for op, shapes in _table_cases()
] + ALGEBRA


def _rules(case):
    """(node, argument number) for the arguments that are variables, where the node has rules."""
    node = case.node
    if node.op is VARIABLE or not (node.op.linear or node.op.differential):
        return []
    return [i for i, a in enumerate(node.args) if a.op is VARIABLE and node.args.count(a) == 1]


def _structures(shapes, symmetric):
    """Structures of all arguments, each argument having each of its own in turn."""
    return zip_longest(*[structures_for(s, symmetric=symmetric) for s in shapes], fillvalue=())


every = pytest.mark.parametrize(("name", "make", "shapes", "sample", "symmetric"), EVERY)


# ---------------------------------------------------------------- values and shapes
@pytest.mark.parametrize(
    ("op", "shapes"),
    [pytest.param(*c, id=f"{c[0].name}-{i}") for i, c in enumerate(_table_cases())],
)
def test_value_is_that_of_the_numpy_form_whatever_the_structure(op, shapes):
    """Also of defined operations; shapes are those of the signature, facts hold."""
    for structures in _structures(shapes, op.needs_symmetric):
        case = Case(op.name, _call(op), shapes, op.sample, structures=structures)
        if not case.belongs:
            continue
        expected = op.signature.apply(shapes, _equal)
        assert case.node.shape == expected
        raw = [case.values[e.data.name] for e in case.args]
        if (
            "axis=" in op.numpy
            or op.name == "kron"
            or (not op.elementwise and all(e.shape.is_scalar for e in case.args))
        ):
            raw = [spread(x, e.shape) for x, e in zip(raw, case.args, strict=True)]
        dims = concrete(expected, SIZES)
        with np.errstate(all="ignore"):
            try:
                template = np.reshape(numpy_form(op)(*raw), dims)
            except np.linalg.LinAlgError:
                continue
        if not np.isfinite(template).all() or np.abs(template).max() > 1e6:
            continue
        (value,) = case.at(case.node)
        assert near(value, template), case.node
        assert not false_claims(case.node, value), case.node


def _equal(a, b):
    assert a == b


@every
def test_transpose_has_the_transposed_value_and_is_its_own_inverse(
    name, make, shapes, sample, symmetric
):
    for structures in _structures(shapes, symmetric):
        case = Case(name, make, shapes, sample, symmetric, structures)
        if not case.belongs:
            continue
        flipped = transpose(case.node)
        assert flipped.shape == case.node.shape.T
        assert transpose(flipped) is case.node
        value, turned = case.at(case.node, flipped)
        if np.isfinite(value).all():
            assert near(turned, value.T)
            assert not false_claims(flipped, turned), flipped


@every
def test_node_is_in_normal_form(name, make, shapes, sample, symmetric):
    """Built again from its own arguments, a node is itself."""
    for structures in _structures(shapes, symmetric):
        case = Case(name, make, shapes, sample, symmetric, structures)
        if not case.belongs:
            continue
        for node in postorder(case.node):
            if node.args:
                assert build(node.op, node.args, node.data) is node


@every
def test_zero_in_place_of_an_argument(name, make, shapes, sample, symmetric):
    """A linear operation of zero is zero; what else simplifies has the right value."""
    case = Case(name, make, shapes, sample, symmetric)
    for i, e in enumerate(case.args):
        try:
            node = make(*[zeros(e.shape) if a is e else a for a in case.args])
        except (DomainError, LimitError):
            continue
        name_ = e.data.name
        value, raw = case.at(node)[0], case.at(case.node, **{name_: 0 * case.values[name_]})[0]
        if case.in_domain(case.values | {name_: 0 * case.values[name_]}):
            assert near(value, raw)
            assert not false_claims(node, value), node
        linear = case.node.op.linear_in(i) and not case.node.op.joint
        if linear and case.node.args[i : i + 1] == (e,):
            assert is_zero(node)


# ---------------------------------------------------------------- transposed claims
@pytest.mark.parametrize("op", [op for op in TABLE if op.transposed], ids=lambda op: op.name)
def test_claim_about_the_transpose(op):
    for (shape,) in argument_shapes(op):
        dims = concrete(shape, SIZES) or (1, 1)
        X = draw(np.random.default_rng(1), op.sample, dims)
        form = numpy_form(op)
        straight = np.asarray(form(X))
        expected = straight.T if op.transposed == "commutes" else straight
        assert near(np.asarray(form(X.T)), expected)


# ---------------------------------------------------------------- linear arguments
@every
def test_adjoint_by_the_dot_test(name, make, shapes, sample, symmetric):
    case = Case(name, make, shapes, sample, symmetric)
    node = case.node
    for i in _rules(case):
        rules = node.op.linear_in(i)
        if rules is None:
            continue
        c = case.another("c", node.shape)
        adjoint = rules.adjoint(node, i, c)
        assert adjoint.shape == node.args[i].shape
        assert node.args[i] not in set(postorder(adjoint)), "an adjoint reads its linear argument"
        v = case.rng.standard_normal(concrete(node.args[i].shape, SIZES))
        (Lv,) = case.at(node, **case.with_value(i, v, joint=node.op.joint))
        (Lc,) = case.at(adjoint)
        left, right = np.sum(case.values["c"] * Lv), np.sum(Lc * v)
        assert abs(left - right) <= 1e-10 * max(1.0, abs(left)), (left, right)


def _column(value, shape):
    return spread(value, shape).ravel(order="F")


@every
def test_matrix_on_stacked_columns(name, make, shapes, sample, symmetric):
    case = Case(name, make, shapes, sample, symmetric)
    node = case.node
    for i in _rules(case):
        rules = node.op.linear_in(i)
        if rules is None:
            continue
        matrix = rules.matrix(node, i)
        argument = node.args[i]
        assert matrix.shape == Shape(_entries(node.shape).rows, _entries(argument.shape).rows)
        assert argument not in set(postorder(matrix)), "a matrix reads its linear argument"
        v = case.rng.standard_normal(concrete(argument.shape, SIZES))
        (Lv,) = case.at(node, **case.with_value(i, v, joint=node.op.joint))
        (value,) = case.at(matrix)
        assert near(
            spread(value, matrix.shape) @ _column(v, argument.shape), _column(Lv, node.shape)
        )


@every
def test_indices_entry_by_entry(name, make, shapes, sample, symmetric):
    case = Case(name, make, shapes, sample, symmetric)
    node = case.node
    for i in _rules(case):
        rules = node.op.linear_in(i)
        if rules is None:
            continue
        numbers = iter(range(100, 200))

        def new(size, numbers=numbers):
            return Index(next(numbers), size)

        out = tuple(None if axis is None else new(axis) for axis in node.shape)
        factors, slots, coefficient = rules.indices(node, i, out, new)
        v = case.rng.standard_normal(concrete(node.args[i].shape, SIZES))
        (Lv,) = case.at(node, **case.with_value(i, v, joint=node.op.joint))
        terms = [(spread(case.at(e)[0], e.shape), e.shape, at) for e, at in factors]
        terms.append((spread(v, node.args[i].shape), node.args[i].shape, slots))
        assert near(float(coefficient) * _contracted(terms, out), Lv)


def _contracted(terms, out):
    """The sum over all indices but those of the result, of the product of entries."""
    indices = sorted(
        {index for _, _, slots in terms for slot in slots for index in _flat(slot)}
        | {i for i in out if i}
    )
    place = {index: k for k, index in enumerate(indices)}
    length = {index: index.size.evaluate(SIZES) for index in indices}

    def position(slot, size):
        if slot is None:
            assert size is None
            return 0
        if isinstance(slot, Index):
            assert size is None or size == slot.size, (size, slot)
            axes = [1] * len(indices)
            axes[place[slot]] = length[slot]
            return np.arange(length[slot]).reshape(axes)
        total = 0
        for part in slot:
            total = total * prod(length[i] for i in _flat(part)) + position(part, None)
        return total

    entries = np.ones([length[i] for i in indices])
    for value, shape, (rows, cols) in terms:
        entries = entries * value[position(rows, shape.rows), position(cols, shape.cols)]
    summed = tuple(k for k, index in enumerate(indices) if index not in out)
    kept = [index for index in indices if index in out]
    result = entries.sum(axis=summed)
    order = [kept.index(index) for index in out if index is not None]
    return np.transpose(result, order)


def _flat(slot):
    if slot is None:
        return []
    if isinstance(slot, Index):
        return [slot]
    return [index for part in slot for index in _flat(part)]


# ---------------------------------------------------------------- differentials
@every
def test_differential_against_differences(name, make, shapes, sample, symmetric):
    case = Case(name, make, shapes, sample, symmetric)
    node = case.node
    for i in _rules(case):
        rule = node.op.differential_by(i)
        if rule is None:
            continue
        argument = node.args[i]
        key = argument.data.name
        dX = case.another("dX", argument.shape, argument.data.structure)
        try:
            differential = rule(node, i, dX)
        except (DomainError, LimitError):
            continue
        assert differential.shape == node.shape
        X, H = case.values[key], case.values["dX"]
        found = along(lambda t: case.at(node, **{key: X + t * H})[0], 0.5)  # noqa: B023 - used at once
        (value,) = case.at(differential)
        assert found.error.max(initial=0.0) < 1e-6
        assert near(value, found.derivative, 10.0), node


# ---------------------------------------------------------------- the table itself
def test_no_rule_is_without_a_test():
    """Every linear and every differential rule of the table is reached by some case."""
    reached: Counter[tuple[Op, int]] = Counter()
    for parameters in EVERY:
        case = Case(*parameters.values)
        for i in _rules(case):
            reached[case.node.op, i] += 1
    for op in TABLE:
        if op.define is None and op is not OPS["transpose"]:
            for i in range(arity(op)):
                assert reached[op, i], f"{op.name}, argument {i + 1}"
    for op in (
        ADD,
        MUL,
        HADAMARD,
        POWER,
        MATPOW,
        TRANSPOSE,
        UNVEC,
        BLOCKS,
        FRECHET,
        FRECHET_MATRIX,
    ):
        assert any(found is op for found, _ in reached), op.name
