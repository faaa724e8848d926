"""The form for SciPy's optimisers, against differences of its own functions, and in use."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from mcalc import derive
from mcalc.errors import RequestError

rng = np.random.default_rng(3)
QUESTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "vector": (
        "norm2(A*x-y)^2+exp(c)*x'*x",
        "x",
        {"A": rng.normal(size=(5, 3)), "c": 0.1, "x": rng.normal(size=3), "y": rng.normal(size=5)},
    ),
    "row vector": ("sum(exp(r*A))+r*r'", "r", {"A": rng.normal(size=(3, 2)), "r": np.ones(3)}),
    "matrix": (
        "norm2(T-U*V')^2+tr(U'*U)",
        "U",
        {
            "T": rng.normal(size=(4, 5)),
            "U": rng.normal(size=(4, 2)),
            "V": rng.normal(size=(5, 2)),
        },
    ),
    "scalar": ("(a*b-1)^2+a^4", "a", {"a": np.array(0.3), "b": 0.7}),
}


def problem(expression, wrt, given):
    variables = {"r": {"kind": "row_vector"}} if wrt == "r" else {}
    code = derive(expression, wrt=wrt, variables=variables).only.code("optimizer")
    module = {"__name__": "generated"}
    exec(compile(code.source, "generated", "exec"), module)
    assert set(code.arguments) == set(given)
    return module["problem"](**given)


@pytest.mark.parametrize("name", QUESTIONS)
def test_jacobian_and_hessian_are_those_of_the_function(name):
    functions = problem(*QUESTIONS[name])
    z = functions["x0"]
    assert z.ndim == 1
    gradient = functions["jac"](z)
    assert np.allclose(gradient, approx_fprime(z, functions["fun"], 1e-7), rtol=1e-4, atol=1e-5)
    steps = 1e-6 * np.eye(z.size)
    columns = [(functions["jac"](z + s) - functions["jac"](z - s)) / 2e-6 for s in steps]
    hessian = functions["hess"](z)
    assert np.allclose(hessian, np.transpose(columns), rtol=1e-5, atol=1e-5)
    p = rng.normal(size=z.size)
    assert np.allclose(functions["hessp"](z, p), hessian @ p)


def test_another_layout_changes_nothing():
    expression, wrt, _ = QUESTIONS["matrix"]
    code = [derive(expression, wrt=wrt, layout=layout).only.code("optimizer").source
            for layout in ("mixed", "numerator", "denominator")]  # fmt: skip
    assert code[0] == code[1] == code[2]


def test_an_optimiser_finds_least_squares():
    expression, wrt, given = QUESTIONS["vector"]
    functions = problem(expression, wrt, given)
    del functions["hessp"]
    A, x, y = given["A"], given["x"], given["y"]
    found = minimize(**functions, method="trust-exact", tol=1e-10)
    assert found.success
    wanted = np.linalg.solve(A.T @ A + np.exp(given["c"]) * np.eye(x.size), A.T @ y)
    assert np.allclose(found.x, wanted)


@pytest.mark.parametrize(
    "question",
    [
        {"expression": "A*x", "wrt": "x"},
        {"expression": "x'*x", "wrt": "x", "order": 2},
        {"expression": "x'*x", "wrt": "x", "along": "v"},
        {"expression": "x'*d(x)", "wrt": "x"},
    ],
)
def test_only_gradients_have_this_form(question):
    with pytest.raises(RequestError, match="an optimiser takes the gradient"):
        derive(**question).only.code("optimizer")
