"""Answers of one's own: equal, in which layout, or not, and where; checks in an answer."""

import json

import numpy as np
import pytest

from mcalc import derive
from mcalc.errors import RequestError, ShapeError

SYMMETRIC = {"S": {"structure": ["symmetric"]}}


def compared(expression, wrt, compare, **fields):
    declared = {n: said for n, said in SYMMETRIC.items() if n in expression}
    given = {"variables": declared | fields.pop("variables", {}), **fields}
    return derive(expression, wrt, compare=compare, **given).only.comparison


A_JACOBIAN = ("A*X*B", "X")

AS_OURS = [
    ("x'*A*x", "x", "A*x+A'*x"), ("tr(A*X)", "X", "A'"), ("A*x", "x", "A"),
    (*A_JACOBIAN, "kron(B', A)"), ("x*a", "a", "x"), ("a^2", "a", "2*a"),
    ("a*sum(x)", "x", "vector(a)"),
    ("tr(A*S)", "S", "sym(A)"), ("norm2(x)^2", "x", "2*x"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wrt", "compare"), AS_OURS)
def test_equal_as_it_stands(expression, wrt, compare):
    found = compared(expression, wrt, compare)
    assert found["equal"] is True
    assert found["up_to"] is None
    assert "note" not in found


LAID_OUT = [
    ("x'*A*x", "x", "x'*(A+A')", "transpose, as in the numerator layout"),
    ("det(X)", "X", "adj(X)", "transpose, as in the numerator layout"),
    ("tr(A*X)", "X", "A", "transpose, as in the numerator layout"),
    ("A*x", "x", "A'", "transpose, as in the denominator layout"),
    ("x*a", "a", "x'", "transpose, as in the denominator layout"),
    (*A_JACOBIAN, "kron(B, A')", "transpose, as in the denominator layout"),
    (*A_JACOBIAN, "kron(A, B')", "rows stacked"),
    (*A_JACOBIAN, "kron(A', B)", "transposed Jacobian of vec by vec, rows stacked"),
    (*A_JACOBIAN, "vec(A')*vec(B)'", "a block for each entry of the value"),
    (*A_JACOBIAN, "vec(A)*vec(B')'", "a block for each entry of the variable"),
    ("tr(A*X*B)", "X", "vec(A'*B')", "vec, a column"),
    ("tr(A*X*B)", "X", "vec(A'*B')'", "vec, a row"),
    ("tr(A*X*B)", "X", "vec(B*A)", "vec, a column, rows stacked"),
    ("A*x", "A", "kron(eye, x')", "rows stacked"),
    ("x'*A*y", "A", "y*x'", "transpose"),
]


@pytest.mark.parametrize(("expression", "wrt", "compare", "note"), LAID_OUT)
def test_equal_in_another_layout(expression, wrt, compare, note):
    found = compared(expression, wrt, compare)
    assert found["equal"] is True
    assert found["up_to"] == "layout"
    assert found["note"].startswith("equal up to layout: yours is") or "block" in found["note"]
    assert note in found["note"]


def test_the_layout_asked_for_needs_no_note():
    assert compared("x'*A*x", "x", "x'*(A+A')", layout="numerator")["up_to"] is None
    assert compared("x'*A*x", "x", "(A+A')*x", layout="numerator")["up_to"] == "layout"
    assert compared("A*x", "x", "A'", layout="denominator")["up_to"] is None
    found = compared("A*x", "x", "A", layout="denominator")
    assert "numerator layout" in found["note"]
    assert compared(*A_JACOBIAN, "kron(B, A')", layout="denominator")["up_to"] is None


STRUCTURED = [
    ("tr(A*S)", "A'", "as if S had no structure"),
    ("tr(A*S)", "A", "as if S had no structure"),
    ("x'*S*x", "2*x*x'-diag(x.*x)", "twice"),
    ("logdet(S)", "2*inv(S)-diag(diag(inv(S)))", "twice"),
    ("x'*S*x", "duplication(n)'*vec(x*x')", "lower triangle, vech"),
    ("x'*S*x", "vec(x*x')'*duplication(n)", "lower triangle, vech"),
    ("S*x", "kron(x', eye)*duplication(n)", "lower triangle, vech"),
    ("S*x", "kron(x', eye)", "as if S had no structure"),
]


@pytest.mark.parametrize(("expression", "compare", "note"), STRUCTURED)
def test_equal_by_another_convention_for_symmetric_variables(expression, compare, note):
    found = compared(expression, "S", compare)
    assert found["equal"] is True
    assert found["up_to"] == "structure"
    assert found["note"].startswith("equal up to structure: ")
    assert note in found["note"]


@pytest.mark.parametrize("structure", ["skew", "diagonal", "lower", "upper", "orthogonal"])
def test_the_gradient_without_structure(structure):
    found = compared("tr(A*X)", "X", "A'", variables={"X": {"structure": [structure]}})
    assert (found["equal"], found["up_to"]) == (True, "structure")
    wrong = compared("tr(A*X)", "X", "2*A'", variables={"X": {"structure": [structure]}})
    assert wrong["equal"] is False


WRONG = [
    ("x'*A*x", "x", "2*A*x"), ("x'*A*x", "x", "2*x'*A"), ("tr(A*X*B)", "X", "A*B"),
    (*A_JACOBIAN, "kron(A, B)"), (*A_JACOBIAN, "kron(B, A)"), ("det(X)", "X", "inv(X)'"),
    ("x'*S*x", "S", "2*x*x'"), ("logdet(S)", "S", "2*inv(S)-eye"), ("A*x", "x", "2*A'"),
    ("tr(A*S)", "S", "vec(A)'"), ("x'*S*x", "S", "duplication(n)'*vec(2*x*x')"),
    ("x.*exp(x)", "x", "diag(exp(x))"),
]  # fmt: skip
SQUARE = {n: {"kind": "matrix", "shape": ["n", "n"]} for n in ("A", "B", "X")}


@pytest.mark.parametrize(("expression", "wrt", "compare"), WRONG)
def test_what_is_wrong_stays_wrong_in_every_layout(expression, wrt, compare):
    square = {n: said for n, said in SQUARE.items() if n in expression + compare}
    found = compared(expression, wrt, compare, variables=square)
    if compare == "vec(A)'":  # G without structure, as a row
        assert found["up_to"] == "structure"
        return
    assert found["equal"] is False
    assert found["up_to"] is None
    assert "note" not in found
    assert found["max_relative_error"] > 1e-3


def test_the_entry_and_the_point_of_the_largest_difference():
    found = compared("tr(A*X)", "X", "A'+[zeros(1,2); 0, 9; 0, 0]",
                     variables={"A": {"shape": [2, 3]}})  # fmt: skip
    assert found["entry"] == [1, 1]
    assert found["yours"] - found["ours"] == pytest.approx(9)
    assert found["ours"] == pytest.approx(np.array(found["at"]["A"]).T[1, 1])
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("expression", "wrt", "compare"), [
    ("x'*A*x", "x", "2"), ("x'*A*x", "x", "A"), ("det(X)", "X", "det(X)"), ("A*x", "x", "x"),
    ("A*x", "x", "A*A'"), ("a^2", "a", "x"),
])  # fmt: skip
def test_a_shape_of_no_layout_is_an_error(expression, wrt, compare):
    with pytest.raises(ShapeError, match=r"^in compare: yours is .*, the derivative ") as caught:
        compared(expression, wrt, compare)
    assert caught.value.position is None


def test_of_several_derivatives_those_that_fit_are_compared():
    entries = derive("x'*A*y", compare="A*y").as_dict()["derivatives"]
    verdicts = {entry["wrt"][0]: entry["compare"] for entry in entries}
    assert verdicts["x"]["equal"] is True
    assert verdicts["A"]["equal"] is False
    assert "yours is a vector" in verdicts["A"]["note"]


def test_a_constant_takes_its_size_from_the_layout_that_fits():
    assert compared("sum(x)", "x", "vector(1)")["equal"] is True
    assert compared("sum(A*x)", "x", "ones'*A")["up_to"] == "layout"
    assert compared("x+A*x", "x", "eye+A")["up_to"] is None


def test_mistakes_in_the_answer_are_those_of_the_answer():
    with pytest.raises(ShapeError, match=r"^in compare: x\*A does not fit"):
        compared("x'*A*x", "x", "x*A")


# ---------------------------------------------------------------- checks in an answer
def test_the_exact_check_in_an_answer():
    entry = derive("x'*A*x", "x", check="exact").as_dict()["derivatives"][0]["check"]
    assert entry == {
        "passed": True,
        "method": "exact",
        "sizes": {"n": 3},
        "entries": 3,
        "proven": True,
    }
    entry = derive("arccosh(a)", "a", check="exact").as_dict()["derivatives"][0]["check"]
    assert (entry["passed"], entry["proven"], entry["points"]) == (True, False, 3)
    entry = derive("tr(expm(A))", "A", check="exact").as_dict()["derivatives"][0]["check"]
    assert entry["passed"] is None
    assert "expm" in entry["reason"]


def test_the_check_is_true_false_or_exact():
    for wrong in ("yes", "EXACT", 1, []):
        with pytest.raises(RequestError, match='`check` is true, false or "exact"'):
            derive("x'*x", "x", check=wrong)


@pytest.mark.parametrize("expression", ["x'*y+a", "sin(x'*x)+norm2(z)", "a*x+A*z", "x'*A*x+det(X)"])
@pytest.mark.parametrize("order", [2, 3])
def test_higher_orders_are_checked_where_variables_have_dropped_out(expression, order):
    found = derive(expression, wrt="x", order=order).only.check
    assert found is not None
    assert found["passed"] is True
