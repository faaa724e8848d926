"""Functions written out in exponentials are recognised, and their code does not overflow."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

SCALAR = {"x": {"kind": "scalar"}}


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("1/(1+exp(-a))", "sigmoid(a)"),
        ("exp(a)/(1+exp(a))", "sigmoid(a)"),
        ("log(1+exp(a))", "softplus(a)"),
        ("log(sigmoid(a))", "-softplus(-a)"),
        ("log(1-sigmoid(a))", "-softplus(a)"),
        ("(exp(a)-exp(-a))/(exp(a)+exp(-a))", "tanh(a)"),
        ("(exp(-a)-exp(a))/(exp(a)+exp(-a))", "-tanh(a)"),
        ("(exp(2*a)-1)/(exp(2*a)+1)", "tanh(a)"),
        ("(1-exp(-2*a))/(1+exp(-2*a))", "tanh(a)"),
        ("sinh(a)/cosh(a)", "tanh(a)"),
        ("sinh(a)^3/cosh(a)^3", "tanh(a)^3"),
        ("sin(a)/cos(a)", "tan(a)"),
        ("a*sign(a)", "abs(a)"),
        ("abs(a)*sign(a)", "a"),
        ("exp(x)/sum(exp(x))", "softmax(x)"),
        ("exp(-x)/sum(exp(-x))", "softmax(-x)"),
        ("(y.*exp(x))/sum(exp(x))", "y.*softmax(x)"),
        ("y'*exp(x)/sum(exp(x))", "y'*softmax(x)"),
        ("exp(x)/sum(exp(x))^2", "softmax(x)/sum(exp(x))"),
        ("exp(x)'/sum(exp(x))", "softmax(x)'"),
        ("diag(exp(x))/sum(exp(x))", "diag(softmax(x))"),
        ("log(sum(exp(x)))", "logsumexp(x)"),
        ("log(softmax(x))", "x-vector(logsumexp(x))"),
        ("log(exp(x)/sum(exp(x)))", "x-vector(logsumexp(x))"),
        ("softmax(x+vector(a))", "softmax(x)"),
        ("logsumexp(x-2*vector(a))", "logsumexp(x)-2*a"),
        ("exp(x-vector(max(x)))/sum(exp(x-vector(max(x))))", "softmax(x)"),
        ("max(x)+log(sum(exp(x-vector(max(x)))))", "logsumexp(x)"),
        ("(exp(x)-exp(-x))./(exp(x)+exp(-x))", "tanh(x)"),
        ("exp(x)./(vector(1)+exp(x))", "sigmoid(x)"),
    ],
)
def test_recognised(written, named):
    assert value(written) is value(named)


@pytest.mark.parametrize(
    "text",
    [
        "exp(x)/sum(exp(y))",
        "exp(x)/sum(exp(2*x))",
        "exp(2*x)/sum(exp(x))",
        "(exp(a)-exp(b))/(exp(a)+exp(b))",
        "(exp(a)+exp(-a))/(exp(a)-exp(-a))",
        "sinh(a)/cosh(b)",
        "log(2-sigmoid(a))",
        "a*sign(b)",
        "softmax(x+y)",
    ],
)
def test_not_recognised_where_it_is_something_else(text):
    names = {"softmax", "tanh", "softplus", "logsumexp", "abs"} - set(text.split("("))
    assert not any(f"{name}(" in value(text).label for name in names)


def value(text):
    return lower(parse(text), text, {}).value


EXTREME = np.array([1e3, -1e3, 0.0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1/(1+exp(-x))", lambda t: 1.0 * (t > 0) + 0.5 * (t == 0)),
        ("log(1+exp(x))", lambda t: np.logaddexp(0, t)),
        ("log(1/(1+exp(-x)))", lambda t: -np.logaddexp(0, -t)),
        ("log(1-sigmoid(x))", lambda t: -np.logaddexp(0, t)),
        ("(exp(x)-exp(-x))/(exp(x)+exp(-x))", np.tanh),
        ("(exp(2*x)-1)/(exp(2*x)+1)", np.tanh),
        ("sinh(x)/cosh(x)", np.tanh),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_code_of_scalars_is_finite_far_out(text, wanted, order):
    module = derive(text, "x", variables=SCALAR, order=order).only
    f = module.compile()
    for t in EXTREME:
        assert f.value(x=float(t)) == pytest.approx(wanted(t), abs=1e-12)
        assert np.isfinite(f(x=float(t)))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "text", ["y'*(exp(x)/sum(exp(x)))", "y'*log(exp(x)/sum(exp(x)))", "log(sum(exp(x)))"]
)
def test_code_of_vectors_is_finite_far_out(text, order):
    f = derive(text, "x", order=order).only.compile()
    arguments = {"x": EXTREME, "y": np.array([0.2, 0.3, 0.5])}
    if "y" not in text:
        del arguments["y"]
    assert np.isfinite(f.value(**arguments)).all()
    assert np.isfinite(f(**arguments)).all()


def test_logistic_regression_reads_as_in_books():
    likelihood = "-(y'*log(sigmoid(X*w))+(vector(1)-y)'*log(vector(1)-sigmoid(X*w)))"
    assert derive(likelihood, "w").text == "X'*(sigmoid(X*w)-y)"
