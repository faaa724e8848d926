"""Derivatives as functions: by NumPy, and by JAX and PyTorch where they are installed."""

import inspect
import sys
import traceback

import numpy as np
import pytest

import mcalc
from mcalc.errors import RequestError
from mcalc.numeric.callable import load

LEAST_SQUARES = "norm2(A*x-y)^2"
A, x, y = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]]), np.array([1.0, -1.0]), np.ones(3)
GRADIENT = 2 * A.T @ (A @ x - y)
VALUE = (A @ x - y) @ (A @ x - y)


def test_numpy():
    function = mcalc.compile(LEAST_SQUARES, wrt="x")
    assert np.allclose(function(A=A, x=x, y=y), GRADIENT)
    assert np.isclose(function.value(A=A, x=x, y=y), VALUE)
    value, gradient = function.value_and_derivative(A=A, x=x, y=y)
    assert np.isclose(value, VALUE)
    assert np.allclose(gradient, GRADIENT)


def test_jax():
    jax = pytest.importorskip("jax")
    function = mcalc.compile(LEAST_SQUARES, wrt="x", language="jax")
    given = {name: jax.numpy.asarray(X) for name, X in {"A": A, "x": x, "y": y}.items()}
    assert np.allclose(function(**given), GRADIENT, rtol=1e-5)
    assert np.allclose(jax.jit(function)(A=A, x=x, y=y), GRADIENT, rtol=1e-5)
    many = jax.vmap(lambda x: function(A=A, x=x, y=y))(np.stack([x, x, x]))
    assert np.allclose(many, GRADIENT, rtol=1e-5)


def test_torch():
    torch = pytest.importorskip("torch")
    function = mcalc.compile(LEAST_SQUARES, wrt="x", language="torch")
    given = {name: torch.tensor(X) for name, X in {"A": A, "x": x, "y": y}.items()}
    value, gradient = function.value_and_derivative(**given)
    assert np.isclose(value.item(), VALUE)
    assert np.allclose(gradient.numpy(), GRADIENT)


def test_an_answer_gives_the_same():
    answer = mcalc.derive(LEAST_SQUARES, wrt="x")
    for language in ("numpy", "optimizer"):
        source = mcalc.compile(LEAST_SQUARES, wrt="x", language=language).source
        assert answer.compile(language).source == source == answer.only.code(language).source


def test_what_was_compiled_is_kept():
    first = mcalc.compile(LEAST_SQUARES, wrt="x", variables={"A": {"structure": ["sparse"]}})
    again = mcalc.compile(LEAST_SQUARES, wrt="x", variables={"A": {"structure": ["sparse"]}})
    assert first is again
    assert mcalc.compile(LEAST_SQUARES, wrt="x").source != first.source
    assert mcalc.compile(LEAST_SQUARES, wrt=["x"]) is mcalc.compile(LEAST_SQUARES, wrt="x")


def test_the_form_for_optimisers_has_its_problem():
    function = mcalc.compile(LEAST_SQUARES, wrt="x", language="optimizer")
    asked = function.problem(A=A, x=x, y=y)
    assert np.allclose(asked["jac"](x), GRADIENT)
    assert np.allclose(function.hessian(A=A, x=x, y=y), 2 * A.T @ A)


def test_its_lines_are_shown():
    function = mcalc.compile(LEAST_SQUARES, wrt="x")
    assert "return 2.0 * (A.T @ (A @ x - y))" in inspect.getsource(function)
    assert "differentiated by x" in (inspect.getdoc(function) or "")
    try:
        function(A=A, x=[1.0, 2.0], y=y)
    except AttributeError:
        assert "check(A, x, y)" in traceback.format_exc()


@pytest.mark.parametrize("language", ["julia", "matlab", "eigen", "r"])
def test_what_python_does_not_run(language):
    with pytest.raises(RequestError, match=f"no callable can be made for {language}"):
        mcalc.compile(LEAST_SQUARES, wrt="x", language=language)


def test_no_language():
    with pytest.raises(RequestError, match="`numpi` is no language"):
        mcalc.compile(LEAST_SQUARES, wrt="x", language="numpi")


def test_which_variable_is_asked():
    with pytest.raises(RequestError, match="3 derivatives"):
        mcalc.compile(LEAST_SQUARES)


@pytest.mark.parametrize("package", ["jax", "torch"])
def test_what_is_not_installed(package, monkeypatch):
    source = mcalc.derive("x'*x", wrt="x").only.code(package).source
    load.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RequestError, match=f"needs {package}, which is not installed"):
        load(source)
