"""One question leaves no trace in the next, while the answers to both are held."""

import pytest

from mcalc import derive

STRUCTURES = ("", "symmetric", "skew", "diagonal", "lower", "upper", "spd", "orthogonal")


def answered(structure):
    declared = {"X": {"kind": "matrix", "shape": ["n", "n"]}}
    if structure:
        declared["X"]["structure"] = [structure]
    return [derive(text, "X", order=order, variables=declared) for text, order in QUESTIONS]


QUESTIONS = (("tr(A*X)", 1), ("x'*X*X*y", 2), ("X*x", 1), ("tr(X*C*X*C)", 2))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_name_may_have_another_structure_in_another_question(structure):
    alone = [a.text for a in answered(structure)]
    held = [answered(other) for other in STRUCTURES]
    again = [answered(structure) for _ in range(2)][-1]
    assert len(held) == len(STRUCTURES)
    assert [a.text for a in again] == alone
    sources = [a.only.numpy.source for a in again]
    assert sources == [a.only.numpy.source for a in answered(structure)]
    for answer in again:
        found = derive(
            answer.request.expression,
            "X",
            order=answer.request.order,
            variables=answer.request.variables,
            check=True,
        ).only.check
        assert found is not None
        assert found["passed"]
