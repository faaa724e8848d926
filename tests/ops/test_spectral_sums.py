"""Sums over eigenvalues have derivatives without eigenvectors, also where eigenvalues meet."""

import numpy as np
import pytest

from mcalc import derive

SUMS = {
    "sum(eigvals(S).^3)": lambda w: 3 * w**2,
    "sum(log(eigvals(S)))": lambda w: 1 / w,
    "sum(exp(-2*eigvals(S)))": lambda w: -2 * np.exp(-2 * w),
    "sum(eigvals(S).*log(eigvals(S)))": lambda w: 1 + np.log(w),
    "sum(sqrt(eigvals(S)))": lambda w: 0.5 / np.sqrt(w),
    "mean(1./(vector(2)+eigvals(S)))": lambda w: -1 / (2 + w) ** 2 / len(w),
    "sum((eigvals(S)-vector(3)).^2.*exp(eigvals(S)))": lambda w: (
        (2 * (w - 3) + (w - 3) ** 2) * np.exp(w)
    ),
}


@pytest.mark.parametrize("structure", ["symmetric", "spd"])
@pytest.mark.parametrize("expression", SUMS)
def test_the_gradient_is_the_slope_at_the_eigenvalues(expression, structure):
    found = derive(expression, "S", variables={"S": {"structure": [structure]}}).only
    assert "eig" not in found.text
    assert not any("distinct" in condition for condition in found.conditions)
    rng = np.random.default_rng(5)
    V = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    for w in (np.array([0.5, 1.0, 1.7, 2.5]), np.array([0.5, 1.0, 1.0, 1.0])):
        S = V @ np.diag(w) @ V.T
        wanted = V @ np.diag(SUMS[expression](w)) @ V.T
        np.testing.assert_allclose(found.compile()(S=(S + S.T) / 2), wanted, atol=1e-9)


@pytest.mark.parametrize(
    "expression",
    ["sum(tanh(eigvals(S)))", "sum(eigvals(S).*x)", "sum(eigvals(S).*eigvals(X*X'))",
     "sum(eigvals(S).^(1/3))"],
)  # fmt: skip
def test_other_sums_keep_the_eigenvalues(expression):
    declared = {"S": {"structure": ["spd"]}}
    if "X" in expression:
        declared["X"] = {"shape": ["n", "m"]}
    found = derive(expression, "S", variables=declared).only
    assert "eigvals" in found.text or "eigvecs" in found.text
    assert found.check is not None
    assert found.check["passed"]


def test_the_trace_of_a_logarithm_is_that_of_the_determinant():
    assert derive("tr(logm(S))", "S", variables={"S": {"structure": ["spd"]}}).text == "inv(S)"
