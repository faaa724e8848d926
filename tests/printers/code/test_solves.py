"""Products with inverses and their powers are solves, on either side, whatever the structure."""

from __future__ import annotations

import numpy as np
import pytest

from mcalc import derive
from mcalc.numeric.spaces import structured

STRUCTURES = ["", "symmetric", "skew", "diagonal", "lower", "upper", "orthogonal", "spd"]
PRODUCTS = {
    "A*inv(X)": lambda A, B, X: A @ X,
    "A*inv(X)'": lambda A, B, X: A @ X.T,
    "inv(X)*B": lambda A, B, X: X @ B,
    "inv(X)'*B": lambda A, B, X: X.T @ B,
    "A*inv(X)*B": lambda A, B, X: A @ X @ B,
    "A*X^-2": lambda A, B, X: A @ X @ X,
    "X^-3*B": lambda A, B, X: X @ X @ X @ B,
    "A*(X^-2)'*B": lambda A, B, X: A @ X.T @ X.T @ B,
    "tr(A*X^-2*A')": lambda A, B, X: np.trace(A @ X @ X @ A.T),
    "norm2(A*inv(X))^2": lambda A, B, X: np.sum((A @ X) ** 2),
    "norm2(X\\B)^2": lambda A, B, X: np.sum((X @ B) ** 2),
    "tr(A*inv(X)'*X^-2*B)": lambda A, B, X: np.trace(A @ X.T @ X @ X @ B),
    "sum(A*inv(X))": lambda A, B, X: np.sum(A @ X),
}


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("product", PRODUCTS)
def test_products_with_inverses(product: str, structure: str) -> None:
    n = 4  # a skew matrix of an odd size has no inverse
    rng = np.random.default_rng(7)
    words = [structure] if structure else []
    X = structured(rng.standard_normal((n, n)) + 3 * np.eye(n), tuple(words))
    A, B = rng.standard_normal((3, n)), rng.standard_normal((n, 3))
    found = derive(product, "X", variables={"X": {"structure": words}}).only
    values = {"A": A, "B": B, "X": X}
    value = found.compile().value(**{k: values[v] for v, k in found.numpy.arguments.items()})
    np.testing.assert_allclose(value, PRODUCTS[product](A, B, np.linalg.inv(X)), rtol=1e-9)
