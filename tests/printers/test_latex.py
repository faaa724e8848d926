import re

import pytest
from hypothesis import given, settings

from mcalc.core.leaves import tangent, variable
from mcalc.core.shape import SCALAR
from mcalc.core.size import Size
from mcalc.errors import LimitError
from mcalc.printers.latex import latex
from mcalc.printers.names import latex_name, latex_size
from tests.printers.test_text import W, doubled, printed, read, x
from tests.strategies import expressions


@pytest.mark.parametrize(("typed", "_", "expected"), printed())
def test_latex(typed, _, expected):
    assert latex(read(typed).value) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("x_1", "x_{1}"),
        ("A12", "A_{12}"),
        ("lambda", r"\lambda"),
        ("mu_k", r"\mu_{k}"),
        ("x_max", r"x_{\mathit{max}}"),
        ("Sigma_xy1", r"\Sigma_{\mathit{xy1}}"),
        ("weight", r"\mathit{weight}"),
        ("W1a", r"\mathit{W1a}"),
        ("x_", r"\mathit{x\_}"),
        ("x__1", r"\mathit{x\_\_1}"),
        ("λ", r"\lambda"),
        ("Σ2", r"\Sigma_{2}"),
        ("é", r"\textit{é}"),
        ("вес", r"\textit{вес}"),
        ("omicron", r"\mathit{omicron}"),
    ],
)
def test_names(name, expected):
    assert latex_name(name) == expected


def test_sizes():
    m, k = Size.symbol("m"), Size.symbol("k_1")
    assert latex_size(m * k + Size.of(2)) == "k_{1} m + 2"
    assert latex_size(Size.symbol("min(m,k_1)")) == r"\min(m, k_{1})"


def test_tangents_stand_apart():
    assert latex(W @ tangent(x)) == r"W \, \mathrm{d}x"


def test_no_two_numbers_side_by_side():
    assert latex(read("2*3*a").written, as_typed=True) == r"2 \cdot 3 a"


def test_brackets_grow_with_what_they_hold():
    assert latex(read("(1+1/a)^2").value) == r"\left(1 + \frac{1}{a}\right)^{2}"
    assert latex(read("exp(x/a)").value) == r"\exp\left(\frac{x}{a}\right)"
    assert latex(read("norm2(x/a-y)").value) == (r"\left\lVert \frac{x}{a} - y \right\rVert_2")


def test_shared_parts_are_named_as_in_the_text():
    found = latex(doubled(12))
    assert r" \quad\text{where}\quad T_{1} = " in found
    assert r",\quad T_{2} = " in found


def test_a_limit_is_kept():
    with pytest.raises(LimitError):
        latex(variable("abcdefg", SCALAR), limit=10)


# A command of ours, or a character that means itself in math mode.
ALLOWED = re.compile(
    r"\\(top|odot|oslash|otimes|cdot|frac|sqrt|left|right|lVert|rVert|lvert|rvert|mathbf|mathit"
    r"|operatorname|exp|sin|tanh|det|sigma|max|times)(?![a-zA-Z])"
    r"|[-+/ ^_{}(),.0-9a-zA-Z]"
)


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_any_latex_is_well_formed(e):
    found = latex(e)
    assert ALLOWED.sub("", found) == ""
    assert found.count(r"\left") == found.count(r"\right")
    depth = 0
    for c in found:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"\^\{[^{}]*\}\^", found), "a double superscript"
