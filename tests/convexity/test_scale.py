"""Deep and wide expressions: linear time, no recursion."""

import time

import pytest

from mcalc.convexity.verdict import curvature
from mcalc.core.algebra import add, call, mul, number, scale
from mcalc.core.leaves import variable
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.core.size import Size

N = Size.symbol("n")
x = variable("x", Shape(N))
s = variable("s", Shape())


def layers(depth, step, start):
    for _ in range(depth):
        start = step(start)
    return start


def seconds(f, X):
    begun = time.process_time()
    found = curvature(f, X)
    return found, time.process_time() - begun


def softplus_layer(e):
    return call(OPS["softplus"], add(e, x))


@pytest.mark.parametrize("depth", [1000, 4000])
def test_a_deep_net_of_convex_layers(depth):
    f = call(OPS["sum"], layers(depth, softplus_layer, x))
    found, taken = seconds(f, x)
    assert found.kind == "strictly convex"
    assert taken < depth / 200
    assert len(found.reasons) > depth


def test_a_deep_net_that_is_neither():
    def layer(e):
        return call(OPS["tanh"], add(mul(variable("W", Shape(N, N)), e), x))

    f = call(OPS["sum"], layers(1000, layer, x))
    found, taken = seconds(f, x)
    assert found.kind == "unknown"
    assert taken < 10


def test_a_sum_of_many_terms():
    terms = [call(OPS["exp"], scale(k, s)) for k in range(1, 1000)]
    found, taken = seconds(add(*terms), s)
    assert found.kind == "strictly convex"
    assert taken < 10


def test_scales_of_scales_of_a_product():
    f = layers(1000, lambda e: add(call(OPS["square"], e), number(1)), s)
    found, taken = seconds(f, s)
    assert found.kind in ("convex", "strictly convex", "strongly convex")
    assert taken < 10
