"""Derivatives from values alone."""

import numpy as np
import pytest
import scipy.linalg

from mcalc.numeric.differences import along, differences
from mcalc.numeric.spaces import structured


def close(found, expected, tolerance=1e-8):
    size = max(1e-300, np.abs(expected).max())
    assert found.derivative.shape == np.shape(expected)
    assert np.abs(found.derivative - expected).max() <= tolerance * size
    return True


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_jacobian_of_any_shape_and_scale(scale):
    rng = np.random.default_rng(0)
    A, B, X = rng.random((2, 3)), rng.random((2, 4)), scale * rng.random((3, 2))
    found = differences(lambda X: A @ X @ B, X)
    assert close(found, np.einsum("ik,lj->ijkl", A, B))


@pytest.mark.parametrize("rate", [1e-3, 1.0, 30.0, 300.0])
def test_slow_and_fast_functions(rate):
    found = differences(lambda x: np.sin(rate * x), np.array(0.7))
    assert close(found, rate * np.cos(0.7 * rate), 1e-6)


def test_a_kink_nearby_does_no_harm():
    x = np.array([1.0, -1e-2, 3e-3])
    assert close(differences(np.abs, x), np.diag(np.sign(x)))


def test_the_edge_of_a_domain_nearby_does_no_harm():
    with np.errstate(invalid="ignore"):
        assert close(differences(np.log, np.array(1e-3)), 1e3, 1e-7)
        assert close(along(lambda t: np.sqrt(np.asarray(1e-4 + t)), 1.0), 50.0, 1e-7)


def test_error_is_owned_up_to_where_there_is_no_derivative():
    found = differences(lambda x: np.sqrt(np.abs(x)) * np.sign(x), np.array(0.0))
    assert found.error > 0.1 * abs(found.derivative)


def test_nan_everywhere_is_infinitely_wrong():
    found = differences(lambda x: np.asarray(np.nan), np.array(1.0))
    assert np.isinf(found.error)


C = np.random.default_rng(1).standard_normal((4, 4))


@pytest.mark.parametrize(
    ("structure", "project"),
    [
        ("symmetric", lambda G, X: (G + G.T) / 2),
        ("spd", lambda G, X: (G + G.T) / 2),
        ("skew", lambda G, X: (G - G.T) / 2),
        ("diagonal", lambda G, X: np.diag(np.diag(G))),
        ("lower", lambda G, X: np.tril(G)),
        ("upper", lambda G, X: np.triu(G)),
        ("orthogonal", lambda G, X: G - X @ (G.T @ X + X.T @ G) / 2),
        ("positive", lambda G, X: G),
    ],
)
def test_gradient_within_the_space_of_a_structure(structure, project):
    """Of tr(C'*X*X), whose gradient is C*X' + X'*C where X is free."""
    X = structured(np.random.default_rng(2).standard_normal((4, 4)), {structure})
    found = differences(lambda X: np.trace(C.T @ X @ X), X, {structure})
    assert close(found, project(C @ X.T + X.T @ C, X))


def test_where_nothing_may_change_the_derivative_is_zero():
    X = np.diag([1.0, -1.0])
    found = differences(lambda X: X @ X, X, {"diagonal", "orthogonal"})
    assert found.derivative.shape == (2, 2, 2, 2)
    assert not found.derivative.any()


def test_higher_order_from_the_derivative_of_one_order_less():
    X = np.array([[2.0, 1.0], [0.5, 3.0]])
    inverse = np.linalg.inv(X)
    hessian = differences(lambda X: np.asarray(np.linalg.inv(X).T, dtype=np.float64), X)
    assert close(hessian, -np.einsum("jk,li->ijkl", inverse, inverse))
    nested = differences(lambda X: differences(lambda X: np.linalg.slogdet(X)[1], X).derivative, X)
    assert close(nested, hessian.derivative, 1e-5)
    assert scipy.linalg.norm(nested.derivative) > 0


@pytest.mark.parametrize("place", [0.03, -0.1, 0.5])
def test_steps_across_a_pole_are_too_long(place):
    found = along(lambda t: np.sinh(1 / np.asarray(place + t)), 3.0)
    wanted = -np.cosh(1 / place) / place**2
    assert abs(found.derivative - wanted) <= found.error + 1e-6 * abs(wanted)
