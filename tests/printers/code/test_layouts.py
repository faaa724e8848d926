"""Code in another layout: the axes of the variable first, also where all sizes are one."""

import numpy as np
import pytest

from mcalc import derive

SIZES = {"A": (3, 3), "B": (3, 2), "X": (3, 3), "a": (), "x": (3,), "y": (2,)}
SQUARE = {name: {"shape": ["n", "n"]} for name in "AX"}


def derivative(expression, wrt, layout):
    """The array of the derivative, at the same point for each layout."""
    used = {name: d for name, d in SQUARE.items() if name in expression}
    answer = derive(expression, wrt=wrt, variables=used, layout=layout).only
    rng = np.random.default_rng(1)
    point = {name: rng.normal(size=size) for name, size in SIZES.items()}
    given = {name: point[name] for name in answer.question.variables}
    found = np.asarray(answer.compile()(**given))
    assert len(found.shape) == len(answer.shape)
    return found


@pytest.mark.parametrize(
    ("expression", "wrt", "last"),
    [
        ("X*A", "X", 2),
        ("X*B", "X", 2),
        ("X*B", "B", 2),
        ("A*x", "x", 1),
        ("A*exp(x)", "A", 2),
        ("exp(A)", "A", 2),
        ("x*y'", ["x", "y"], 1),
        ("x'*A*x*x'*A*x", ["A", "x"], 1),
        ("x'*B*y", ["y", "x"], 1),
        ("x.*x.*x", ["x", "x"], 1),
    ],
)
def test_the_denominator_layout_has_the_last_variable_first(expression, wrt, last):
    ours, theirs = [derivative(expression, wrt, layout) for layout in ("mixed", "denominator")]
    axes = range(ours.ndim)
    order = (*axes[ours.ndim - last :], *axes[: ours.ndim - last])
    assert np.allclose(theirs, ours.transpose(order))


@pytest.mark.parametrize(
    ("expression", "wrt", "layout"),
    [("tr(X*A*X)", "X", "numerator"), ("a*B", "a", "denominator")],
)
def test_what_is_a_matrix_is_transposed(expression, wrt, layout):
    mixed = derivative(expression, wrt, "mixed")
    assert np.allclose(derivative(expression, wrt, layout), mixed.T)
