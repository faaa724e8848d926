"""Answers under assumptions: equal to the plain ones wherever the assumptions hold."""

import itertools

import numpy as np
import pytest

from mcalc import derive
from mcalc.core.expr import postorder
from mcalc.core.leaves import VARIABLE, variable_name
from mcalc.errors import LimitError, McalcError, RequestError
from mcalc.numeric.evaluate import evaluate

SIZES = {"m": 5, "n": 3, "p": 4, "q": 2}


def orthonormal(M):
    return np.linalg.qr(M)[0]


def mirrored(M):
    return M + M.T


def onto(M):
    return M[:, :1] @ np.linalg.pinv(M[:, :1])


# (expression, by, assumptions, what makes random values meet them, a part of the answer or None)
HELD = [
    ("norm2(A*x-y)^2", "x", ["A'*A = eye"], {"A": orthonormal}, "2*(x-A'*y)"),
    ("x'*A'*A*A'*A*x", "x", ["A'*A = eye"], {"A": orthonormal}, "2*x"),
    ("tr(X'*B*X)", "X", ["B = B'"], {"B": mirrored}, "2*B*X"),
    ("tr(X'*B*X)", "X", ["B' = B"], {"B": mirrored}, "2*B*X"),
    ("x'*B*x", "x", ["B' = -B"], {"B": lambda M: M - M.T}, "zeros(n)"),
    ("x'*P^3*x+y'*P*P*x", "x", ["P*P = P"], {"P": onto}, None),
    ("x'*P^3*x+y'*P*P*x", "x", ["P = P^2"], {"P": onto}, None),
    ("tr(inv(A*B)*X)", "X", ["A*B = C"], {"square": "A"}, "inv(C)'"),
    ("x'*A'*B'*y", "x", ["B*A = C"], {}, "C'*y"),
    ("a^3*b^2*c", "c", ["d = a*b"], {}, "a*d^2"),
    ("c/(a*b)", "c", ["d = a*b"], {}, "1/d"),
    ("c*sqrt(a*b)", "c", ["d = a*b"], {}, "sqrt(d)"),
    ("(x'*x)^2", "x", ["a = x'*x"], {}, "4*a*x"),
    ("(x'*x)^2", "x", ["x'*x = a"], {}, "4*a*x"),
    ("exp(norm2(x))", "x", ["r = norm2(x)"], {}, "exp(r)*x/r"),
    ("norm2(A*x-y)^2", "x", ["r = A*x-y"], {}, "2*A'*r"),
    ("norm2(A*x-y)^2", "x", ["r = 2*y-2*A*x"], {}, "-A'*r"),
    ("sum((x.*y).^3)", "x", ["z = x.*y"], {}, "3*z.^2.*y"),
    ("sum(exp(x+y).*(x+y))", "x", ["z = x+y"], {}, "exp(z).*(vector(1)+z)"),
    ("softmax(X*w)", "w", ["p = softmax(X*w)"], {}, "(diag(p)-p*p')*X"),
    ("log(x'*S*x)", "x", ["v = S*x", "S = S'"], {"S": mirrored}, "2*v/(v'*x)"),
    ("x'*A*B*x+a*x'*x", "x", ["A*B = C", "d = a"], {}, "(2*d*eye+C+C')*x"),
    ("c*a*x'*x", "x", ["a = 3"], {"a": lambda a: np.asarray(3.0)}, "6*c*x"),
]


def at_point(e, values):
    shapes = [axis for node in postorder(e) for axis in node.shape.axes]
    names = {name for axis in shapes for name in axis.symbols}
    return evaluate([e], values, {name: SIZES[name] for name in names})[0]


def random_values(nodes, made):
    rng = np.random.default_rng(7)
    values = {}
    for node in sorted(nodes, key=variable_name):
        shape = tuple(axis.evaluate(SIZES) for axis in node.shape.axes)
        name = variable_name(node)
        values[name] = rng.uniform(0.5, 2.0, shape)
        if callable(made.get(name)):
            values[name] = made[name](values[name])
    return values


@pytest.mark.parametrize(("text", "by", "where", "made", "wanted"), HELD)
def test_equal_to_the_plain_answer_where_they_hold(text, by, where, made, wanted):
    variables = {"A": {"shape": ["n", "n"]}} if made.get("square") else {}
    answer = derive(text, by, where=where, variables=variables)
    found = answer.only
    if wanted is not None:
        assert found.text == wanted
    plain = found.derivative.result
    nodes = {node for node in postorder(plain, *_sides(found)) if node.op is VARIABLE}
    values = random_values(nodes, made)
    for assumed in found.assumed:  # a new name has the value of what it names
        if assumed.right.op is VARIABLE and assumed.right not in set(postorder(plain)):
            values[variable_name(assumed.right)] = at_point(assumed.left, values)
    ours, theirs = at_point(found.result, values), at_point(plain, values)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    assert found.conditions[-len(where) :] == tuple(where)


def _sides(found):
    return [side for assumed in found.assumed for side in (assumed.left, assumed.right)]


@pytest.mark.parametrize(("text", "by", "where", "made", "wanted"), HELD)
def test_code_check_and_comparison_go_without_them(text, by, where, made, wanted):
    variables = {"A": {"shape": ["n", "n"]}} if made.get("square") else {}
    plain = derive(text, by, variables=variables).only
    under = derive(text, by, variables=variables, where=where, check=True, compare=plain.text).only
    arguments = set(plain.numpy.arguments)
    assert set(under.numpy.arguments) == arguments
    assert under.numpy.source.splitlines()[-12:] == plain.numpy.source.splitlines()[-12:]
    assert under.comparison is not None
    assert under.comparison["equal"]
    assert under.check is not None
    assert under.check["passed"]


@pytest.mark.parametrize("where", [["a = x'*x", "B = A+A'"], ["b = x'*A*x", "A*x = y", "S = A'"]])
def test_the_order_of_assumptions_does_not_matter(where):
    found = {
        derive("(x'*A*x)^2*exp(x'*x)", "x", where=list(order)).text
        for order in itertools.permutations(where)
    }
    assert len(found) == 1


def test_names_do_not_matter():
    one = derive("norm2(A*x-y)^2*a", "x", where=["A'*A = eye", "r = A*x-y"]).text
    other = derive("norm2(M*z-u)^2*g", "z", where=["M'*M = eye", "w = M*z-u"]).text
    assert one.translate(str.maketrans("Axyar", "Mzugw")) == other


def test_an_assumption_that_does_not_occur_is_no_condition():
    found = derive("x'*x", "x", where=["A'*A = eye"]).only
    assert found.text == "2*x"
    assert found.conditions == ()


def test_new_names_are_among_the_variables():
    variables = derive("exp(x'*A*x)", "x", where=["y = A*x", "a = x'*A*x"]).as_dict()["variables"]
    assert variables["y"] == {"kind": "vector", "shape": ["n"]}
    assert variables["a"] == {"kind": "scalar", "shape": []}


@pytest.mark.parametrize(
    "where",
    [
        ["X = X'"],
        ["X' = X"],
        ["X = X*X"],
        ["X*Y = Y*X"],
        ["X = Y", "Y = X"],
        ["X = 2*Y", "Y = 2*X"],
        ["x = X*x"],
        ["X*X = X"],
        ["X = X*Y", "Y = Y*X"],
        ["Y = inv(Y)"],
        ["X*Y = eye", "Y*X = eye", "X = Y"],
    ],
)
def test_they_end(where):
    """Whatever is assumed, there is an answer, or an error that says what is wrong."""
    declared = {name: {"shape": ["n", "n"]} for name in "XY"}
    texts = set()
    for order in itertools.permutations(where):
        try:
            texts.add(derive("x'*X*Y*X*x", "x", where=list(order), variables=declared).text)
        except RequestError as error:
            texts.add(error.message)
    assert len(texts) == 1


def test_assumptions_that_feed_each_other_are_refused():
    declared = {name: {"shape": ["n", "n"]} for name in "XYZ"}
    with pytest.raises(RequestError, match="without end"):
        derive("tr(X*Y*Z)", "Z", where=["X = Y*Z*Y", "Y = X*Z*X"], variables=declared).as_dict()


@pytest.mark.parametrize(
    ("where", "kind", "message"),
    [
        (["2 = a"], "request", "has no variable"),
        (["e = 2"], "request", "has no variable"),
        (["eye = A"], "request", "has no variable"),
        (["a = a+1"], "request", "never equal"),
        (["A = A+eye"], "request", "never equal"),
        (["x = x+vector(1)"], "request", "never equal"),
        (["A"], "request", "one `=`"),
        (["A = B = C"], "request", "one `=`"),
        (["= A"], "request", "one `=`"),
        ([""], "request", "one `=`"),
        (["A*(x = y"], "syntax", "never closed"),
        (["foo(x) = y"], "name", "foo"),
        (["A*x = a"], "shape", "vector"),
        (["x*x = a"], "shape", "x"),
        (["A*x = 0"], "shape", "scalar"),
        (["a = 0"], "request", "no value"),
        ([3], "request", "text"),
        (7, "request", "list"),
    ],
)
def test_errors_name_the_assumption(where, kind, message):
    with pytest.raises(McalcError, match=message) as caught:
        derive("x'*A*x/a", "x", where=where, variables={"A": {"shape": ["n", "n"]}}).as_dict()
    assert caught.value.kind == kind
    assert caught.value.position is None
    assert "where" in caught.value.message


def test_there_is_a_limit():
    with pytest.raises(LimitError, match="20"):
        derive("x'*x", "x", where=[f"a{i} = x'*x" for i in range(21)])


def test_on_the_command_line(capsys):
    from mcalc.cli import main

    arguments = ["norm2(A*x-y)^2", "--wrt", "x", "--where", "A'*A = eye", "--where", "r = A*x-y"]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "2*A'*r" in shown
    assert "r = A*x-y" in shown
    assert main(["x'*x", "--where", "x = "]) == 2
    assert "in where" in capsys.readouterr().err
