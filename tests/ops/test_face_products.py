"""Jacobians through `diag` are written as row-wise or column-wise Kronecker products."""

import numpy as np
import pytest

from mcalc import derive

CASES = [
    ("diag(A*X*B)", "X", lambda A, B, X: np.einsum("ik,li->ikl", A, B)),
    ("diag(X*X')", "X", lambda X: 2 * np.einsum("ik,il->ikl", np.eye(len(X)), X)),
    ("A*diag(x)*B", "x", lambda A, B, x: np.einsum("ik,kj->ijk", A, B)),
    ("A*diag(B*x)*C", "x", lambda A, B, C, x: np.einsum("ik,kj,kl->ijl", A, C, B)),
    ("A*diag(X*y)*B", "X", lambda A, B, X, y: np.einsum("ik,kj,l->ijkl", A, B, y)),
    ("diag(A*diag(x)*B)", "x", lambda A, B, x: A * B.T),
    ("x'*diag(A*diag(y)*B)", "y", lambda A, B, x, y: (A * B.T).T @ x),
]


@pytest.mark.parametrize(("typed", "wrt", "expected"), CASES)
def test_jacobian(typed, wrt, expected):
    answer = derive(typed, wrt=wrt).only
    assert "diag(vec(eye" not in answer.text
    sizes = {"m": 2, "n": 3, "p": 4, "q": 5}
    rng = np.random.default_rng(1)
    variables = answer.question.variables
    given = {
        name: rng.standard_normal([sizes[str(s)] for s in X.shape.axes])
        for name, X in variables.items()
    }
    assert np.allclose(answer.compile()(**given), expected(**given))
    compared = derive(typed, wrt=wrt, compare=answer.text).only.comparison
    assert compared is not None
    assert compared["equal"], answer.text
