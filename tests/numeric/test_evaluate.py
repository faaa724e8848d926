"""Values of expressions at arrays."""

import numpy as np
import pytest

from mcalc.core.algebra import call, hadamard, mul, number, power
from mcalc.core.leaves import Direction, commutation, extent, pi, tangent, variable
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.errors import InternalError
from mcalc.numeric.evaluate import adjugate, evaluate
from mcalc.ops.blocks import blocks
from mcalc.ops.vectorize import kron, vec

M, N = Size.symbol("m"), Size.symbol("n")
SIZES = {"m": 3, "n": 2}


def test_shapes_of_results_are_those_that_users_see():
    x, r = variable("x", Shape(N)), variable("r", Shape(None, N))
    values = {"x": np.array([1.0, 2.0]), "r": np.array([3.0, 5.0])}
    scalar, column, row, outer = evaluate([r @ x, 2 * x, 2 * r, x @ r], values, SIZES)
    assert scalar.shape == ()
    assert scalar == 13
    assert column.tolist() == [2, 4]
    assert row.tolist() == [6, 10]
    assert outer.tolist() == [[3, 5], [6, 10]]


def test_kronecker_products_of_rows_columns_and_matrices():
    rng = np.random.default_rng(0)
    A, x, r = rng.random((3, 2)), rng.random(2), rng.random(2)
    values = {"A": A, "x": x, "r": r}
    a, b, c = variable("A", Shape(M, N)), variable("x", Shape(N)), variable("r", Shape(None, N))
    for e, expected in (
        (kron(a, b), np.kron(A, x[:, None])),
        (kron(a, c), np.kron(A, r[None, :])),
        (kron(b, b), np.kron(x, x)),
        (kron(b, c), np.outer(x, r)),
        (kron(c, b), np.outer(x, r)),
    ):
        assert np.allclose(evaluate([e], values, SIZES)[0], expected)


def test_commutation_takes_vec_to_that_of_the_transpose():
    X = variable("X", Shape(M, N))
    values = {"X": np.arange(6.0).reshape(3, 2)}
    one, other = evaluate([mul(commutation(M, N), vec(X)), vec(X.T)], values, SIZES)
    assert one.tolist() == other.tolist()


def test_tangents_sizes_and_constants():
    X = variable("X", Shape(M, N))
    dX, d2X = tangent(X), tangent(X, 1)
    H, G = np.ones((3, 2)), np.full((3, 2), 5.0)
    found = evaluate(
        [dX + 2 * d2X, extent(M), pi()], {}, SIZES, {Direction("X", 0): H, Direction("X", 1): G}
    )
    assert found[0].tolist() == (H + 2 * G).tolist()
    assert found[1] == 3
    assert found[2] == np.pi


def test_what_has_no_value_is_nan():
    x, X = variable("x", Shape()), variable("X", Shape(N, N))
    values = {"x": np.array(-1.0), "X": np.zeros((2, 2))}
    roots = [call(OPS["log"], x), call(OPS["inv"], X), power(x, number(-1))]
    log, inv, reciprocal = evaluate(roots, values, SIZES)
    assert np.isnan(log)
    assert np.isnan(inv).all()
    assert reciprocal == -1


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_adjugate_at_any_rank(n, rank):
    """By cofactors, whatever the rank."""
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, min(n, rank))) @ rng.standard_normal((min(n, rank), n))
    cofactors = np.array(
        [
            [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(X, i, 0), j, 1)) for j in range(n)]
            for i in range(n)
        ]
    )
    assert np.allclose(adjugate(X), cofactors.T, atol=1e-12)


def test_missing_values_are_a_fault_of_the_caller():
    x = variable("x", Shape(N))
    with pytest.raises(InternalError, match="no value"):
        evaluate([x], {}, SIZES)
    with pytest.raises(InternalError, match="size"):
        evaluate([x], {"x": np.ones(2)}, {})
    with pytest.raises(InternalError, match="shape"):
        evaluate([x], {"x": np.ones(3)}, SIZES)


def test_deep_expressions_do_not_recurse():
    x = variable("x", Shape(N))
    e = x
    for _ in range(5000):
        e = call(OPS["sin"], e + x)
    (value,) = evaluate([e], {"x": np.zeros(2)}, SIZES)
    assert value.tolist() == [0, 0]


def test_blocks_whose_rows_have_different_lengths():
    a, x = variable("a", Shape()), variable("x", Shape(N))
    e = blocks([[a, x.T], [kron(x, x.T) @ x, kron(x, x.T)]], Shape(N + Size.of(1), N + Size.of(1)))
    values = {"a": np.array(7.0), "x": np.array([1.0, 2.0])}
    (value,) = evaluate([e], values, SIZES)
    assert value.tolist() == [[7, 1, 2], [5, 1, 2], [10, 2, 4]]


def test_element_wise_products_and_powers_of_scalars():
    x, s = variable("x", Shape(N)), variable("s", Shape())
    values = {"x": np.array([1.0, 2.0]), "s": np.array(3.0)}
    found = evaluate([hadamard(s, x), power(x, s), power(s, number(-2))], values, SIZES)
    assert found[0].tolist() == [3, 6]
    assert found[1].tolist() == [1, 8]
    assert found[2] == pytest.approx(1 / 9)
