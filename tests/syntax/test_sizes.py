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


MATCHED = {
    "tr(kron(A, X))": {"A": "n n", "X": "p p"},
    "vec(X)'*kron(A, B)*vec(X)": {"A": "n n", "B": "p p", "X": "p n"},
    "vec(Y)'*kron(A, B)*vec(X)": {"A": "m n", "B": "p q", "X": "q n", "Y": "p m"},
    "kron(x, y)'*vec(X)": {"X": "m n", "x": "n", "y": "m"},
    "det([A, X; Y, B])": {"A": "n n", "B": "p p", "X": "n p", "Y": "p n"},
    "[A, B]*[x; y]": {"A": "m n", "B": "m p", "x": "n", "y": "p"},
    "tr(kron(A, B)*kron(C, D))": {"A": "m n", "B": "p q", "C": "n m", "D": "q p"},
    "(X-Y)*svdvals(X'*X)": {"X": "m n", "Y": "m n"},
}


@pytest.mark.parametrize("expression", MATCHED)
def test_sizes_are_matched_in_order_where_an_equation_leaves_a_choice(expression):
    found = derive(expression, None).question.variables
    sizes = {name: " ".join(map(str, node.shape.axes)) for name, node in found.items()}
    assert sizes == MATCHED[expression]


def test_the_trick_of_vec_is_found():
    assert derive("vec(Y)'*kron(A, B)*vec(X)", "X").text == "B'*Y*A"


@pytest.mark.parametrize("expression", ["[A, B]*[x; x]", "kron(A, kron(B, C))*vec(X)"])
def test_what_cannot_be_matched_is_asked_for(expression):
    with pytest.raises(ShapeError, match="nothing says how"):
        derive(expression)
