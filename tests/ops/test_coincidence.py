"""Functions of all eigenvalues or singular values, where these meet."""

import numpy as np
import pytest

from mcalc import derive

SYMMETRIC = {"S": {"structure": ["symmetric"]}}
REPEATED = np.diag([2.0, 2.0, 0.5])


def differences(answer, name, X):
    """The gradient by central differences within the space of the variable."""
    value = answer.compile().value
    G = np.empty_like(X)
    for i, j in np.ndindex(X.shape):
        E = np.zeros_like(X)
        E[i, j] = 1e-5
        if name == "S":
            E = (E + E.T) / 2
        G[i, j] = (value(**{name: X + E}) - value(**{name: X - E})) / 2e-5
    return G


@pytest.mark.parametrize(
    "typed",
    [
        "sum(exp(eigvals(S)))",
        "sum(tanh(eigvals(S)))",
        "logsumexp(eigvals(S))",
        "sum(eigvals(S).*log(eigvals(S)))",
        "sum(eigvals(S).^3)",
        "sum(sqrt(eigvals(S)))",
        "eigvals(S)'*eigvals(S)",
        "sum(log(eigvals(S)))",
    ],
)
def test_eigenvalues_that_meet_are_no_condition(typed):
    answer = derive(typed, wrt="S", variables=SYMMETRIC).only
    assert not any("distinct" in condition for condition in answer.conditions)
    assert np.allclose(answer.compile()(S=REPEATED), differences(answer, "S", REPEATED), atol=1e-8)


@pytest.mark.parametrize(
    "typed",
    ["sum(log(vector(1)+svdvals(X).^2))", "sum(svdvals(X).^3)", "nucnorm(X)", "sum(svdvals(X).^4)"],
)
def test_singular_values_that_meet_are_no_condition(typed):
    answer = derive(typed, wrt="X").only
    assert not any("distinct" in condition for condition in answer.conditions)
    X = np.vstack([REPEATED, np.zeros(3)])
    assert np.allclose(answer.compile()(X=X), differences(answer, "X", X), atol=1e-8)


@pytest.mark.parametrize(
    "typed", ["x'*eigvals(S)", "lambda_max(S)", "sum(x.*exp(eigvals(S)))", "x'*eigvecs(S)*x"]
)
def test_single_eigenvalues_must_not_meet(typed):
    answer = derive(typed, wrt="S", variables=SYMMETRIC).only
    assert any("distinct" in c or "simple" in c for c in answer.conditions), answer.conditions


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sum(eigvals(S).^3)", "3*S^2"),
        ("sum(exp(eigvals(S)))", "expm(S)"),
        ("sum(1./eigvals(S))", "-inv(S)*inv(S)"),
        ("sum(eigvals(S)./(vector(1)+eigvals(S).^2))", "(eye-S^2)*inv(eye+S^2)^2"),
        ("sum(log(vector(1)+svdvals(X).^2))", "2*X*inv(eye+X'*X)"),
        ("sum(exp(-svdvals(X).^2))", "-2*X*expm(-X'*X)"),
    ],
)
def test_vectors_go_where_a_matrix_function_does(typed, expected):
    wrt = "S" if "S" in typed else "X"
    answer = derive(
        typed, wrt=wrt, variables=SYMMETRIC if wrt == "S" else {}, compare=expected
    ).only
    assert "vecs" not in answer.text
    assert "svdu" not in answer.text
    assert answer.comparison is not None
    assert answer.comparison["equal"], answer.text


@pytest.mark.parametrize(
    "typed", ["sum(log(eigvals(S)))", "norm2(chol(S)\\x)^2", "sum(log(diag(chol(S))))"]
)
def test_what_has_no_value_at_an_indefinite_matrix_says_so(typed):
    answer = derive(typed, wrt="S", variables=SYMMETRIC).only
    assert any("definite" in c or "entries of eigvals(S) > 0" in c for c in answer.conditions)
