"""Each operation of the table in each language: it is spelled, or listed as missing and refused."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.core.expr import postorder
from mcalc.core.op import OPS
from mcalc.errors import RequestError
from mcalc.numeric.sample import point
from mcalc.printers.code.languages import LANGUAGES, language
from tests.languages.compute import JULIA, PYTHON
from tests.printers.test_operations import NAMES, call

EXPRESSIONS = {name: call(name) for name in NAMES} | {
    "max of two": ("max(X,Y)", {}),
    "min of two": ("min(X,Y)", {}),
    "sum along 1": ("sum(X,1)", {}),
    "mean along 2": ("mean(X,2)", {}),
}
TURNED = {"eigvec_max", "eigvec_min", "eigvecs", "svdu", "svdv"}
"""Vectors of which each library may choose the sign."""


def answer(name):
    typed, declared = EXPRESSIONS[name]
    variables = {
        v: {"kind": d.kind, "structure": list(d.structure), "shape": list(d.shape)}
        for v, d in declared.items()
    }
    return derive(typed, variables=variables).derivatives[0]


# The others are forms of NumPy, for some derivatives alone.
@pytest.mark.parametrize("target", [n for n in LANGUAGES if n not in ("optimizer", "blocks")])
@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_spelled_or_missing(name, target):
    missing = language(target).missing
    question = answer(name)
    nodes = postorder(question.derivative.value, question.derivative.result)
    lacking = {node.op.name for node in nodes} & missing
    refusal = None
    try:
        question.code(target)
    except RequestError as error:
        refusal = str(error)
    if refusal is None:
        assert name not in missing
    else:
        assert any(word in refusal for word in lacking), refusal


def test_what_is_missing_is_in_the_table():
    for target in LANGUAGES:
        assert language(target).missing <= OPS.keys()


@pytest.mark.parametrize("target", [*PYTHON, *JULIA])
@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_computed_as_by_numpy(name, target):
    question = answer(name)
    at = point([question.derivative.value, question.derivative.result], seed=1)
    assert at is not None
    code = question.code(target)
    given = {k: np.asarray(at.values[v]) for v, k in code.arguments.items() if v in at.values}
    found = {**PYTHON, **JULIA}[target](code.source, given)
    wanted = question.compile("numpy").value_and_derivative(**given)
    for ours, theirs in zip(found, wanted, strict=True):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        if name in TURNED:
            ours, theirs = np.abs(ours), np.abs(theirs)
        size = max(np.abs(theirs).max(), 1e-3)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9 * size)
