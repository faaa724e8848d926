"""Derivations: lines that are equal, read back, and go from the function to the answer."""

import time
import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings

from mcalc import derive
from mcalc.syntax.parser import Limits
from tests.derivations import check
from tests.questions import questions

SYMMETRIC = {"S": {"structure": ["symmetric"]}}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_each_line_of_a_random_question_equals_the_one_before(question):
    answer = derive(**question.request)
    check(answer, answer.only)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions(shapes=[("1", "1")], order=2, depth=2))
def test_each_line_of_a_random_second_derivative_equals_the_one_before(question):
    answer = derive(**question.request)
    check(answer, answer.only)


@pytest.mark.parametrize(
    "fields",
    [
        {"along": "v"},
        {"along": "v", "order": 2},
        {"layout": "numerator"},
        {"layout": "denominator"},
        {"order": 3},
        {"order": 2},
        {"fold": False},
    ],
)
@pytest.mark.parametrize(
    ("expression", "variables"),
    [
        ("exp(x'*A*x)", {}),
        ("norm2(A*x-y)", {}),
        ("sum(sin(A*x))", {}),
        ("x'*inv(x*x'+A)*x", {}),
        ("sum(x)", {"x": {"shape": [1]}}),
        ("y'*x", {"x": {"kind": "row_vector"}, "y": {"kind": "row_vector"}}),
    ],
)
def test_every_kind_of_question_has_a_derivation(fields, expression, variables):
    if "row_vector" in str(variables):
        expression = "y*x'"
    answer = derive(expression, wrt="x", variables=variables, **fields)
    assert check(answer, answer.only)
    assert answer.only.steps[-1].text == answer.only.text


def rules(expression, wrt, **fields):
    return [(step.of, step.rule) for step in derive(expression, wrt=wrt, **fields).only.steps]


def test_a_quadratic_form_as_a_student_would_write_it():
    assert rules("x'*A*x", "x") == [
        ("f", "the function"),
        ("df", "product rule"),
        ("df", "a scalar is its own transpose"),
        ("gradient", "df = gradient'*d(x)"),
        ("gradient", "A*x+B*x = (A+B)*x"),
    ]


def test_the_rules_of_a_matrix():
    assert rules("tr(A*X'*B)", "X") == [
        ("f", "the function"),
        ("f", "rewritten"),
        ("df", "linearity"),
        ("df", "tr(A*B) = tr(B*A)"),
        ("df", "tr(A') = tr(A)"),
        ("gradient", "df = tr(gradient'*d(X))"),
    ]


def test_the_rules_of_a_jacobian():
    assert rules("A*X'*B", "X") == [
        ("f", "the function"),
        ("df", "linearity"),
        ("vec(df)", "columns stacked"),
        ("vec(df)", "vec(A*dX*B) = kron(B',A)*vec(dX)"),
        ("vec(df)", "vec(dX') = commutation(p,n)*vec(dX)"),
        ("jacobian", "vec(df) = jacobian*vec(d(X))"),
    ]


def test_the_projection_to_the_structure():
    found = rules("x'*S*y", "S", variables=SYMMETRIC)
    assert found[-2:] == [
        ("G", "df = tr(G'*d(S))"),
        ("gradient", "projection to symmetric matrices: (G+G')/2"),
    ]


def test_inner_functions_have_names():
    steps = derive("log(det(A+x*x'))", wrt="x").only.steps
    names = {step.of: step.body for step in steps if step.rule == "inner function"}
    assert names == {"U": "A+x*x'", "s": "det(U)"} or names == {"U": "x*x'+A", "s": "det(U)"}
    (line,) = [step for step in steps if step.body == "d(s)/s"]
    assert "where U = " in line.text
    assert "d(s) = tr(adj(U)*d(U))" in line.text


def test_special_rules_name_their_source():
    sources = {
        step.rule: step.source for step in derive("lambda_max(S)", variables=SYMMETRIC).only.steps
    }
    (rule,) = [rule for rule in sources if rule.startswith("d lambda_max(S)")]
    assert "Magnus & Neudecker" in sources[rule]


def test_formats_have_the_left_side():
    steps = derive("tr(X'*B*X)", wrt="X", order=2).only.steps
    for step in steps:
        assert " = " in step.latex
        root = ET.fromstring(step.mathml)
        assert root.find(".//{*}annotation").text == step.latex
    assert steps[1].latex.startswith(r"\mathrm{d}f = ")


def test_steps_are_a_field_of_the_answer():
    asked = derive("x'*x", wrt="x", steps=True, formats=["text"]).as_dict()["derivatives"][0]
    assert asked["steps"][1] == {
        "of": "df",
        "rule": "d(x'*x) = 2*x'*d(x)",
        "formula": "2*x'*d(x)",
        "text": "2*x'*d(x)",
    }
    assert "steps" not in derive("x'*x", wrt="x").as_dict()["derivatives"][0]


def network(layers):
    body = ", ".join(
        ["h1 = tanh(W*x)", *(f"h{i} = tanh(W*h{i - 1})" for i in range(2, layers + 1))]
    )
    limits = Limits(length=10**6, depth=10**5)
    return derive(f"norm2(h{layers}-y)^2 where {body}", wrt="W", limits=limits).only


def test_a_deep_network_takes_no_more_lines_and_linear_time():
    seconds = {}
    for layers in (50, 200):
        derivative = network(layers)
        started = time.perf_counter()
        steps = derivative.steps
        seconds[layers] = time.perf_counter() - started
        assert len(steps) <= 40
        assert steps[-1].text == derivative.text
        left_out = sum(step.left_out for step in steps)
        assert left_out > layers
        shown = [step for step in steps if step.rule == "inner function"]
        assert all(len(step.body) < 40 for step in shown)
    assert seconds[200] < 12 * seconds[50]
