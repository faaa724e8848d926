"""Every rule on its own instances: it applies, says what its name says, and keeps the value."""

import numpy as np
import pytest

from mcalc.core.algebra import rebuilt
from mcalc.core.expr import postorder, rebuild
from mcalc.declaration import Declaration
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import points
from mcalc.simplify.engine import for_reading, reading, simplify
from mcalc.simplify.rules import FOR_CODE, FOR_READING
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

INSTANCES = [(rule, equation) for rule in FOR_READING for equation in rule.instances]
SQUARE = {name: Declaration(shape=("n", "n")) for name in "ABC"}


def declarations(rule):
    found = {}
    for name, word in rule.given.items():
        shape = ("n", "n") if word == "square" else None
        found[name] = Declaration("matrix", shape, () if shape else (word,))
    return found


def sides(rule, equation):
    """Both sides in normal form, over the same variables."""
    left, _, right = equation.partition(" = ")
    both = lower(parse(f"({left})-({right})"), "", declarations(rule))
    known = {
        name: Declaration(
            X.shape.kind,
            tuple(str(s) if s.value is None else s.value for s in X.shape.axes),
            X.data.structure,
        )
        for name, X in both.variables.items()
    }
    shape = lower(parse(left), left, known).value.shape
    return [lower(parse(side), side, known, expected=shape).value for side in (left, right)]


def same_values(a, b):
    found = points([a, b], 4)
    assert found
    for at in found:
        ours, theirs = evaluate([a, b], at.values, at.sizes)
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("rule", "equation"), INSTANCES, ids=lambda p: getattr(p, "name", p))
def test_a_rule_says_what_it_does(rule, equation):
    left, right = sides(rule, equation)
    applied = [made for node in postorder(left) if (made := rule.apply(node)) is not None]
    assert applied, "the rule does not apply to its own instance"
    same_values(left, right)
    assert for_reading(left) is for_reading(right)
    assert for_reading(left).size < left.size


@pytest.mark.parametrize(("rule", "equation"), INSTANCES, ids=lambda p: getattr(p, "name", p))
def test_a_rule_keeps_the_value_wherever_it_applies(rule, equation):
    """Also inside other expressions: by random neighbours, transposed, scaled, and doubled."""
    left, _ = sides(rule, equation)
    around = [left, left.T, 3 * left, -left, left + left.T if left.shape == left.shape.T else left]
    for e in around:
        for node in postorder(e):
            made = rule.apply(node)
            if made is not None:
                assert made.shape == node.shape
                same_values(node, made)


@pytest.mark.parametrize(("rule", "equation"), INSTANCES, ids=lambda p: getattr(p, "name", p))
def test_rules_end_and_name_themselves(rule, equation):
    left, _ = sides(rule, equation)
    made, used = reading(left)
    assert rule in used
    assert reading(made) == (made, ())
    assert simplify(simplify(left)) is simplify(left)


def test_rules_for_code_are_rules_for_reading():
    assert set(FOR_CODE) < set(FOR_READING)
    assert len({rule.name for rule in FOR_READING}) == len(FOR_READING)


def test_nothing_is_done_where_nothing_applies():
    e = lower(parse("sigmoid(a)*(1-sigmoid(a))+x'*A*x"), "", {}).value
    assert rebuild(e, rebuilt) is e
    assert reading(e) == (e, ())
