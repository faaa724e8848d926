"""The names that sizes get."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.errors import ShapeError

# Sizes are written that have nothing to do with those of X; the values where m is 2 and n is 4.
APART = {
    "det(X)*ones(n)": lambda X: np.linalg.det(X) * np.ones(4),
    "tr(X)*ones(m, n)": lambda X: np.trace(X) * np.ones((2, 4)),
    "sum(X)*ones(m)'": lambda X: X.sum() * np.ones(2),
    "X*(ones(m)'*ones(m))*(ones(n)'*ones(n))": lambda X: 8 * X,
    "tr(commutation(m, n))*X": lambda X: 2 * X,
}


@pytest.mark.parametrize("expression", APART)
def test_a_size_that_is_written_is_not_that_of_a_variable_beside_it(expression):
    found = derive(expression, "X").only
    X = np.arange(9.0).reshape(3, 3) + np.eye(3)
    given = {"X": X, "m": 2, "n": 4}
    value = found.compile().value(**{k: given[v] for v, k in found.numpy.arguments.items()})
    np.testing.assert_allclose(value, APART[expression](X))


def test_a_size_that_is_written_is_that_of_what_it_fits():
    found = derive("A*ones(k)+eye(p)*x", "A").question
    assert [str(axis) for axis in found.variables["A"].shape.axes] == ["p", "k"]


SOLVED = {
    "tr(kron(X, X))": ["n", "n"],
    "norm2(kron(X, kron(X, X))-eye(27))": [3, 3],
    "vec(X*eye(k))'*vec(ones(n, k))": ["n", "k"],
    "sum(kron(X, X)*kron(y, eye(2)*y))": ["m", 2],
}


@pytest.mark.parametrize("expression", SOLVED)
def test_equations_between_products_are_solved_where_they_have_one_solution(expression):
    axes = derive(expression, "X").question.variables["X"].shape.axes
    assert [a.value or str(a) for a in axes] == SOLVED[expression]


@pytest.mark.parametrize("expression", ["sum(kron(X, X)*ones(8))", "tr(kron(X, X)+eye(5))"])
def test_equations_without_a_solution_are_errors(expression):
    with pytest.raises(ShapeError):
        derive(expression, "X")
