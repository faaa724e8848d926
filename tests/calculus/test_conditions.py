"""Where a derivative holds: what changes has a differential, all else only a value."""

import pytest

from mcalc import derive

FACTORS = [
    ("norm2(y)", ()),
    ("sum(abs(y))", ()),
    ("max(y)", ()),
    ("lambda_max(sym(Y))", ()),
    ("sum(sign(eye(n)))", ()),
    ("sum(sqrt(y))", ("entries of y ≥ 0",)),
    ("sum(log(y))", ("entries of y > 0",)),
    ("det(inv(Y))", ("Y is invertible",)),
]


@pytest.mark.parametrize(("factor", "needed"), FACTORS)
@pytest.mark.parametrize("order", [1, 2])
def test_what_does_not_change_needs_only_a_value(factor, needed, order):
    found = derive(f"{factor}*tr(A*X*B*X)", "X", order=order).only
    assert found.conditions == needed
    assert found.check is not None
    assert found.check["passed"]


@pytest.mark.parametrize(("factor", "needed"), FACTORS)
def test_a_mixed_derivative_needs_each_differential(factor, needed):
    text = f"{factor}*x'*x*y'*y"
    strict = derive(text, ["y"]).only.conditions
    assert derive(text, ["y", "x"]).only.conditions == strict
    assert derive(text, ["x", "x"]).only.conditions == needed


KINKED = ["norm1(2*X)", "sum(max(0, A.*X))", "sum(relu(X*diag(y)).^2)"]
WITH_ZEROS = [(word, text) for word in ("lower", "upper", "diagonal") for text in KINKED]


@pytest.mark.parametrize(("structure", "text"), [*WITH_ZEROS, ("skew", KINKED[0])])
def test_entries_that_are_zero_by_structure_may_stand_at_a_kink(structure, text):
    found = derive(text, "X", variables={"X": {"structure": [structure]}}).only
    assert found.check is not None, "there are points where the conditions hold"
    assert found.check["passed"]
