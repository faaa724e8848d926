"""What every derivation has to keep: each line reads back, and is equal to the one before it."""

import numpy as np

from mcalc.core.expr import postorder
from mcalc.core.leaves import Direction
from mcalc.declaration import Declaration
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import points
from mcalc.numeric.spaces import directions
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import Limits, parse

TOLERANCE = 1e-9
UNLIMITED = Limits(length=10**6, depth=10**4, variables=10**4)


def check(answer, derivative):
    """Every line against the one before it, and df against the differential of the answer.

    False where there is no point at which all lines have a value.
    """
    found = derivative.steps
    declared = declarations(answer, derivative)
    values = [read(step, declared) for step in found]
    differential = derivative.derivative.differential
    constant = [e for e in values if not has_changes(e)]
    sampled = points([derivative.derivative.value, derivative.result, *constant], 1)
    if not sampled:
        return False
    (point,) = sampled
    drawn = changes([*values, differential], point)
    *at, whole = evaluate([*values, differential], point.values, point.sizes, drawn)
    last = {}
    for step, value in zip(found, at, strict=True):
        assert np.isfinite(value).all(), step
        if step.of in last:
            before, text = last[step.of]
            assert text != step.text, f"repeated: {step.text}"
            assert_equal(before, value, f"{step.of} by {step.rule}: {text} = {step.text}")
        last[step.of] = value, step.text
    *_, changed = (of for of in last if of == "df" or of.startswith("d("))
    assert_equal(last[changed][0], whole, changed)
    return True


def assert_equal(before, after, line):
    assert before.shape == after.shape, line
    size = max(np.abs(before).max(initial=0.0), 1e-3)
    assert np.abs(after - before).max(initial=0.0) <= TOLERANCE * size, line


def declarations(answer, derivative):
    """The variables of the answer as its texts have to have them."""
    declared = {
        name: Declaration(
            kind=said["kind"],
            shape=tuple(said["shape"]),
            structure=tuple(said.get("structure", ())),
        )
        for name, said in answer.as_dict()["variables"].items()
    }
    for V in derivative.derivative.along:
        sizes = tuple(str(axis) for axis in V.shape.axes)
        declared[V.data.name] = Declaration(
            kind=V.shape.kind, shape=sizes, structure=V.data.structure
        )
    return declared


def read(step, declared):
    """The text of a step as an expression."""
    tree = parse(step.text, UNLIMITED)
    return lower(tree, step.text, declared, limits=UNLIMITED, expected=step.value.shape).value


def has_changes(e):
    return any(isinstance(node.data, Direction) for node in postorder(e))


def changes(expressions, point):
    """Random values for the changes in expressions, each in the space of its variable."""
    rng = np.random.default_rng(5)
    found = {}
    for node in sorted(set(postorder(*expressions)), key=lambda node: node.label):
        if isinstance(node.data, Direction) and node.data not in found:
            basis = directions(point.values[node.data.variable], node.data.structure)
            found[node.data] = np.tensordot(rng.standard_normal(len(basis)), basis, axes=1)
    return found
