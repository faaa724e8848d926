"""Powers of matrices with exponents that are no numbers keep their scalar factors."""

import numpy as np
import pytest

from mcalc.declaration import Declaration
from mcalc.numeric.evaluate import evaluate
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

SPD = np.array([[2.0, 0.5, 0.0], [0.5, 1.5, 0.3], [0.0, 0.3, 1.0]])
VALUES = {"a": 0.7, "k": 3.0, "A": SPD, "B": SPD @ SPD + np.eye(3), "x": np.array([1.0, -2.0, 0.5])}
DECLARED = {
    "k": Declaration(kind="scalar"),
    "A": Declaration(shape=(3, 3), structure=("spd",)),
    "B": Declaration(shape=(3, 3)),
}


@pytest.mark.parametrize(
    "typed",
    [
        "(a*A)^k*A",
        "A*(a*A)^k",
        "(a*A)^(k-1)*A*x",
        "(a*A)^k*(a*A)",
        "(2*A)^k*A^k",
        "(a*A*B)^k*A*B",
        "A*B*(a*A*B)^(k-2)",
        "(A*B)^(k-1)*A*B",
        "((a*A)^k)'*A",
        "(a*A)^1.5*A",
        "inv(a*A*B)*A*B",
    ],
)
def test_normal_form_has_the_value_of_what_is_typed(typed):
    question = lower(parse(typed), typed, DECLARED)
    value, written = evaluate([question.value, question.written], VALUES, {})
    assert np.allclose(value, written)
