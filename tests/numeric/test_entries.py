"""What operations mean entry by entry agrees with their numeric form, for each of them."""

import numpy as np
import pytest
import sympy

from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE, call
from mcalc.core.expr import intern
from mcalc.core.leaves import variable
from mcalc.core.op import OPS
from mcalc.core.shape import Shape, strictly_equal
from mcalc.core.size import Size
from mcalc.numeric.entries import Entries, NoFormula, require_formulas
from mcalc.numeric.evaluate import concrete, evaluate
from mcalc.numeric.meanings import MEANINGS, WITHOUT
from mcalc.numeric.quotients import TooLarge
from mcalc.ops import further
from mcalc.ops.blocks import BLOCKS
from mcalc.ops.shaping import DIAGONAL
from mcalc.ops.vectorize import UNVEC

OWN = {op.name: op for op in OPS.values() if op.define is None}
OF_THE_ALGEBRA = {ADD, MUL, HADAMARD, POWER, MATPOW, TRANSPOSE, BLOCKS, UNVEC, DIAGONAL}
SIZES = {"m": 2, "n": 3, "p": 2, "q": 2}


def test_every_operation_has_a_meaning_or_a_reason_why_not():
    unsaid = set(OWN) - set(MEANINGS) - set(WITHOUT)
    assert not unsaid, f"give {unsaid} a meaning in MEANINGS, or a reason in WITHOUT"
    assert not set(MEANINGS) & set(WITHOUT)
    indicators = {name for name in MEANINGS if name.startswith("indicator")}
    assert (set(MEANINGS) | set(WITHOUT)) - indicators <= set(OWN)


def arguments(op):
    """A variable for each argument, of a shape that the signature allows."""
    found = []
    letters = iter("XYZ")
    for rows, cols, _ in op.signature.arguments:
        size = [Size.of(op.length) if op.length else Size.symbol(a) for a in (rows, cols)]
        axes = [None if a == "_" else s for a, s in zip((rows, cols), size, strict=True)]
        structure = ("spd",) if op.needs_symmetric else ()
        found.append(variable(next(letters), Shape(*axes), structure))
    op.signature.apply([a.shape for a in found], strictly_equal)
    return found


def agree(e, leaves, rng):
    """Entry by entry at positive rational numbers, and by the numeric form."""
    symbols, values, given = {}, {}, {}
    for leaf in leaves:
        shape = concrete(leaf.shape, SIZES)
        M = np.round(rng.uniform(0.1, 0.9, shape) * 64) / 64
        if len(shape) == 2 and shape[0] == shape[1]:
            M = M @ M.T + np.eye(shape[0])
        if leaf.data.name == "k":
            M = np.asarray(2.0)
        entries = np.empty(shape, dtype=object)
        for place in np.ndindex(*shape):
            entries[place] = sympy.Symbol(f"{leaf.data.name}{list(place)}", real=True)
            given[entries[place]] = sympy.Rational(float(M[place]))
        symbols[leaf], values[leaf.data.name] = entries, M
    found = Entries(symbols, SIZES)(e)
    own = {"magnitude": abs, "signum": np.sign, "ramp": lambda x: max(x, 0)}
    names = sorted(given, key=str)
    numbers = sympy.lambdify(names, list(found.flat), modules=[own, "mpmath"])(
        *[given[s] for s in names]
    )
    (wanted,) = evaluate([e], values, SIZES)
    np.testing.assert_allclose(
        np.array(numbers, dtype=float).reshape(found.shape), wanted, rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("name", sorted(set(OWN) & set(MEANINGS)))
def test_meanings_agree_with_the_numeric_form(name):
    op = OWN[name]
    given = arguments(op)
    if name == "polygamma":
        given[0] = variable("k", Shape())
    if name == "arccosh":  # of numbers from 1 on
        given = [variable("X", Shape(Size.symbol("n"))), *given[1:]]
        agree(call(op, given[0] + call(OPS["exp"], given[0])), given, np.random.default_rng(1))
        return
    shape = op.signature.apply([a.shape for a in given], strictly_equal)
    agree(intern(op, tuple(given), shape, written=True), given, np.random.default_rng(1))


m, n = Size.symbol("m"), Size.symbol("n")
A, S = variable("A", Shape(m, n)), variable("S", Shape(n, n))
x, a = variable("x", Shape(n)), variable("a", Shape())


@pytest.mark.parametrize(
    "e",
    [
        A @ x - 2 * (A @ x) / a,
        A * A @ S @ S.T,
        (A @ S)**3,
        call(OPS["inv"], S) @ call(OPS["inv"], S) @ x,
        call(OPS["norm2"], A),
        call(OPS["norminf"], x - 3 * (x * x)),
        call(OPS["mean"], A),
        call(OPS["diag"], x) @ S,
        call(DIAGONAL, S @ S),
        call(OPS["kron"], A, x.T),
        call(OPS["pinv"], A),
        call(OPS["pinv"], A.T),
    ],
    ids=str,
)  # fmt: skip
def test_the_algebra_agrees_with_the_numeric_form(e):
    leaves = [v for v in (A, S, x, a) if v in {*_leaves(e)}]
    agree(e, leaves, np.random.default_rng(2))


def _leaves(e):
    from mcalc.core.expr import postorder

    return [node for node in postorder(e) if not node.args]


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_what_has_no_meaning_says_why(name):
    op = OWN[name]
    e = call(op, variable("S", Shape(n, n), ("symmetric",)))
    with pytest.raises(NoFormula, match=name):
        require_formulas(e)


def test_powers_that_are_not_whole_have_no_formula():
    from mcalc.core.algebra import matpow

    with pytest.raises(NoFormula, match="whole"):
        require_formulas(matpow(S, a))


def test_size_is_limited():
    big = {"m": 30, "n": 30}
    entries = np.array([[sympy.Symbol(f"S{i}{j}") for j in range(30)] for i in range(30)])
    with pytest.raises(TooLarge):
        Entries({S: entries}, big)(S @ S)
    deep = x
    for _ in range(300):
        deep = call(OPS["sin"], deep)
    with pytest.raises(TooLarge):
        Entries({x: np.array(sympy.symbols("x:3"))}, SIZES)(deep)


def test_functions_of_sympy_and_unknown_ones():
    J = further.from_sympy("besselj")
    two = variable("k", Shape())
    agree(call(J, two, x), [two, x], np.random.default_rng(3))
    f = further.abstract("f")
    (value,) = Entries({a: np.array(sympy.Symbol("a"))}, {})(call(f, a)).flat
    slope = sympy.diff(value, sympy.Symbol("a"))
    (wanted,) = Entries({a: np.array(sympy.Symbol("a"))}, {})(
        call(further.abstract("f", 1), a)
    ).flat
    assert slope == wanted
