"""The block of a compressed derivative, against the whole of it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import mcalc
from mcalc.errors import RequestError
from mcalc.numeric.callable import load
from mcalc.printers.code.blocks import Blocks
from mcalc.printers.code.module import write
from mcalc.simplify.engine import simplify

GIVEN = {
    "A": (4, 3), "B": (5, 2), "T": (4, 5), "U": (4, 2), "V": (5, 2), "X": (3, 5), "x": (3,),
}  # fmt: skip


def compressed(expression: str, wrt: str, order: int) -> tuple[Any, str]:
    asked = mcalc.derive(expression, wrt=wrt, order=order).only
    derivative = asked.derivative
    code = write(Blocks(), derivative, simplify(derivative.result), asked.question.variables, "")
    return load(code.source), code.source


@pytest.mark.parametrize(
    ("expression", "wrt", "order"),
    [
        ("norm2(T-U*V')^2", "U", 2),
        ("norm2(T-U*V')^2", "V", 2),
        ("A*X", "X", 1),
        ("X.^3", "X", 1),
        ("sum(exp(X))", "X", 2),
        ("sum(exp(X))", "X", 3),
        ("x.*x.*x", "x", 1),
        ("x'*x", "x", 2),
        ("A*X+A*(X+X)", "X", 1),
    ],
)
def test_the_block_spread_out_is_the_derivative(expression: str, wrt: str, order: int) -> None:
    function, source = compressed(expression, wrt, order)
    asked = mcalc.derive(expression, wrt=wrt, order=order).only
    rng = np.random.default_rng(4)
    given = {name: rng.standard_normal(GIVEN[name]) for name in asked.question.variables}
    whole = asked.compile("numpy")(**given)
    block = function(**given)
    found = re.search(r"derivative\[(.*?)\] = block\[(.*?)\]", source)
    assert found is not None
    left, right = found[1].replace(", ", ""), found[2].replace(", ", "")
    assert len(set(left)) < len(left)
    spread = np.zeros(whole.shape)
    np.einsum(f"{left}->{''.join(dict.fromkeys(left))}", spread)[...] = np.einsum(
        f"{right},{''.join(dict.fromkeys(left))}->{''.join(dict.fromkeys(left))}",
        block,
        np.ones([whole.shape[left.index(c)] for c in dict.fromkeys(left)]),
    )
    assert np.allclose(spread, whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("expression", "wrt"), [("A*X*B", "X"), ("inv(Y)", "Y"), ("x'*x", "x")])
def test_what_has_no_block_is_refused(expression: str, wrt: str) -> None:
    with pytest.raises(RequestError):
        compressed(expression, wrt, 1)
