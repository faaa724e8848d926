"""Large questions: nothing recurses, and answers grow as the questions do."""

import inspect
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from mcalc import derive
from mcalc.core.expr import postorder
from mcalc.syntax.parser import Limits

LIMITS = Limits(length=10**6, depth=10**4, variables=10**4)
# Enough for a stack of calls that does not grow with the question.
FRAMES = 150


@contextmanager
def shallow_stack():
    """Any recursion over an expression ends in an error."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + FRAMES)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def net(layers):
    inner = "".join(f"tanh(W{i}*" for i in range(layers, 0, -1))
    return f"v'*{inner}x{')' * layers}"


def resnet(layers):
    """Each layer adds to its input, which therefore stands there twice."""
    definitions = ["h0 = x"]
    definitions += [f"h{i} = h{i - 1}+W{i}*tanh(h{i - 1})" for i in range(1, layers + 1)]
    return f"v'*h{layers} where {', '.join(definitions)}"


def chain(length):
    return f"x'*{'*'.join(f'A{i}' for i in range(length))}*x"


def many_occurrences(count):
    return f"tr({'*'.join(['X', 'A'] * count)})"


def sum_of_squares(count):
    return "+".join(f"norm2(A{i}*x-y{i})^2" for i in range(count))


def nested_exponentials(depth):
    return f"{'sin(' * depth}a{')' * depth}"


def continued_fraction(depth):
    return f"{'1/(a+' * depth}a{')' * depth}"


# Each with the variable, sizes to compare, and how many nodes of a gradient there may be to a node
# of the function.
FAMILIES = [
    (net, "W1", (30, 300), 6),
    (net, "x", (30, 300), 6),
    (resnet, "W1", (60, 180), 8),
    (resnet, "x", (60, 180), 8),
    (chain, "x", (30, 300), 4),
    (chain, "A7", (30, 300), 4),
    (sum_of_squares, "x", (10, 60), 4),
    (nested_exponentials, "a", (30, 300), 6),
    (continued_fraction, "a", (30, 300), 6),
]


def ids(part):
    return getattr(part, "__name__", None)


def nodes(e):
    return sum(1 for _ in postorder(e))


@pytest.mark.parametrize(("make", "wrt", "sizes", "factor"), FAMILIES, ids=ids)
def test_the_gradient_grows_as_the_function(make, wrt, sizes, factor):
    with shallow_stack():
        for size in sizes:
            answer = derive(make(size), wrt, limits=LIMITS).only
            function, gradient = nodes(answer.question.value), nodes(answer.result)
            assert gradient <= factor * function, f"{gradient} nodes, the function has {function}"


# A term for each level, with as many factors: written out, that is a square.
WRITTEN_OUT = [family for family in FAMILIES if family[0] is not continued_fraction]


@pytest.mark.parametrize(("make", "wrt", "sizes", "factor"), WRITTEN_OUT, ids=ids)
def test_operands_grow_in_proportion(make, wrt, sizes, factor):
    """The operations of the code are as many as the arguments of all nodes."""
    small, large = (derive(make(n), wrt, limits=LIMITS).only.result for n in sizes)
    operands = [sum(len(node.args) for node in postorder(e)) for e in (small, large)]
    assert operands[1] <= 1.5 * sizes[1] / sizes[0] * operands[0]


@pytest.mark.parametrize(("make", "wrt", "sizes", "factor"), WRITTEN_OUT, ids=ids)
def test_every_form_of_a_large_answer(make, wrt, sizes, factor):
    with shallow_stack():
        question = make(sizes[-1])
        answer = derive(question, wrt, limits=LIMITS).only
        assert answer.conditions is not None
        forms = {"text": answer.text, "latex": answer.latex, "numpy": answer.numpy.source}
        long = {name: len(form) for name, form in forms.items() if len(form) > 60 * len(question)}
        assert not long, f"the question has {len(question)} characters"


@pytest.mark.parametrize(("make", "wrt", "sizes", "factor"), WRITTEN_OUT, ids=ids)
def test_index_notation_of_a_large_answer(make, wrt, sizes, factor):
    with shallow_stack():
        question = make(30)
        tensor = derive(question, wrt, limits=LIMITS).only.tensor
        assert len(tensor) <= 80 * len(question)


def test_many_occurrences_of_one_variable():
    with shallow_stack():
        answer = derive(many_occurrences(60), "X", limits=LIMITS).only
        assert nodes(answer.result) < 10  # 60*(A*X)^59*A, transposed
        product = "*".join(f"X*A{i}" for i in range(40))
        answer = derive(f"tr({product})", "X", limits=LIMITS).only
        assert nodes(answer.result) <= 40 * 12


def test_code_of_a_deep_net_is_right():
    layers, n = 100, 3
    rng = np.random.default_rng(0)
    derivative = derive(net(layers), "W1", limits=LIMITS).only
    names = derivative.numpy.arguments.values()
    values = {
        k: rng.uniform(-1, 1, (n, n) if k[0] == "W" else n) / (k[0] != "W" or 1) for k in names
    }
    given = {keyword: values[name] for keyword, name in derivative.numpy.arguments.items()}
    found = derivative.compile("numpy")(**given)

    states = [values["x"]]
    for i in range(1, layers + 1):
        states.append(np.tanh(values[f"W{i}"] @ states[-1]))
    back = values["v"]
    for i in range(layers, 0, -1):
        slope = back * (1 - states[i] ** 2)
        back = values[f"W{i}"].T @ slope
    np.testing.assert_allclose(found, np.outer(slope, values["x"]), rtol=1e-9, atol=1e-300)
