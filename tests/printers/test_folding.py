"""Names for shared parts: where they help, what they stand for, and without them."""

import re

import pytest

from mcalc.api import derive
from mcalc.printers.folding import LONG, LONGEST

GATES = "y'*(sigmoid(C*x+D*h).*tanh(sigmoid(A*x+B*h).*v+sigmoid(E*x+F*h).*tanh(G*x+H*h)))"
FOLDED = [
    {"expression": GATES, "wrt": "x"},
    {"expression": GATES, "wrt": "x", "order": 2},
    {"expression": "lambda_min(A'*diag(x)*A)", "wrt": "A", "order": 2},
    {"expression": "norm2(B*((A*x).*(vector(1)+erf(A*x/2^(1/2)))/2)-y)^2", "wrt": "x", "order": 2},
]
WRITTEN_OUT = [
    {"expression": "x'*A*x", "wrt": "x"},
    {"expression": "det(X)*x'*A*x", "wrt": "X", "order": 2},
    # Long, but names would not make it much shorter.
    {"expression": "+".join(f"norm2(A{i}*x-y{i})^2" for i in range(20)), "wrt": "x"},
]


@pytest.mark.parametrize("question", FOLDED)
def test_a_long_formula_has_names_for_its_shared_parts(question):
    folded = derive(**question).only
    whole = derive(**question, fold=False).only
    assert " where " not in whole.text
    assert len(whole.text) > LONG
    assert len(folded.text) < 3 / 4 * len(whole.text)
    where = folded.text.partition(" where ")[2]
    names = re.findall(r"(?:^|, )(T\d+) = ", where)
    assert names == [f"T{i}" for i in range(1, len(names) + 1)]
    for name in names:  # each stands for something that is written more than once
        assert len(re.findall(rf"\b{name}\b", folded.text)) > 2
    assert r"\text{where}" in folded.latex
    assert r"\text{where}" not in whole.latex


@pytest.mark.parametrize("question", FOLDED)
def test_it_is_read_as_the_same(question):
    answer = derive(**question, check=True)
    variables = answer.as_dict()["variables"]
    again = derive(answer.only.text, variables=variables, wrt="x").question.value
    whole = derive(**question, fold=False).only.text
    assert again is derive(whole, variables=variables, wrt="x").question.value


@pytest.mark.parametrize("question", WRITTEN_OUT)
def test_others_are_written_out(question):
    assert " where " not in derive(**question).only.text


def test_what_the_language_would_not_read_has_names_in_any_case():
    power = "*".join(["(A+B*X)"] * 12)
    text = derive(f"tr({power})", wrt="X", order=2, fold=False).only.text
    assert len(text) < LONGEST or " where " in text


def test_an_answer_has_them_in_all_formats_and_in_its_differential():
    formats = ["text", "latex", "mathml"]
    (entry,) = derive(**FOLDED[1], formats=formats).as_dict()["derivatives"]
    for part in (entry, entry["differential"]):
        assert " where T1 = " in part["text"]
        assert r"\text{where}" in part["latex"]
        assert "where</mtext>" in part["mathml"]
    assert "where" not in entry["tensor"]
