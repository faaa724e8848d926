"""Sizes that follow from others, as min(m, n), in code."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from mcalc import derive

QUESTIONS = ["x'*svdvals(B)", "norm2(svdvals(B)-x)^2", "x.*svdvals(B)", "svdu(B)*diag(x)"]


@pytest.mark.parametrize("expression", QUESTIONS)
@pytest.mark.parametrize("wrt", ["B", "x"])
@pytest.mark.parametrize(("m", "n"), [(2, 3), (3, 2)])
def test_a_vector_of_as_many_entries_as_there_are_singular_values(
    expression: str, wrt: str, m: int, n: int
) -> None:
    found = derive(expression, wrt).only
    rng = np.random.default_rng(2)
    given = {"B": rng.standard_normal((m, n)), "x": rng.standard_normal(min(m, n))}
    value, derivative = found.compile().value_and_derivative(**given)
    assert np.shape(derivative) == np.shape(value) + given[wrt].shape
    check = derive(expression, wrt).only.check
    assert check is not None
    assert check["passed"]


def test_a_derived_size_that_only_one_argument_tells() -> None:
    x = np.array([1.0, 2.0])
    declared = {"x": {"kind": "vector", "shape": ["min(m,n)"]}}
    found = derive("x'*x*ones(min(m, n))", "x", variables=declared).only
    np.testing.assert_allclose(found.compile()(x=x), np.outer(np.ones(2), 2 * x))


@pytest.mark.parametrize("language", ["numpy", "jax", "torch", "optimizer"])
def test_modules_for_python_are_python(language: str) -> None:
    ast.parse(derive("x'*x+sum(svdvals(B))*sum(x.*svdvals(B))", "x").only.code(language).source)


def test_a_size_that_bears_the_name_of_a_variable() -> None:
    found = derive("(ones(p)'*ones(p))*p'*p*[ones(p); p]", "p").only
    p = np.array([1.0, -2.0])
    sizes = [name for v, name in found.numpy.arguments.items() if v != "p"]
    given = {found.numpy.arguments["p"]: p, **dict.fromkeys(sizes, 3)}
    value, derivative = found.compile().value_and_derivative(**given)
    stacked = np.concatenate([np.ones(3), p])
    np.testing.assert_allclose(value, 3 * (p @ p) * stacked)
    wanted = 3 * (np.outer(stacked, 2 * p) + (p @ p) * np.eye(5, 2, -3))
    np.testing.assert_allclose(derivative, wanted)
