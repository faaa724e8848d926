"""Projectors, by declaration and by construction: P*P = P."""

import numpy as np
import pytest

from mcalc import derive
from mcalc.core import facts
from mcalc.core.expr import postorder
from mcalc.core.leaves import is_zero
from mcalc.declaration import Declaration
from mcalc.errors import McalcError
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import points
from mcalc.numeric.spaces import belongs, structured
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

OBLIQUE = {"P": {"structure": ["projector"]}}
ORTHOGONAL = {"P": {"structure": ["projector", "symmetric"]}}


def value(text, structure=("projector",)):
    return lower(parse(text), text, {"P": Declaration("matrix", None, structure)}).value


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("P*P", "P"),
        ("P^7*x", "P*x"),
        ("P'*P'*x", "P'*x"),
        ("x'*P*P*A", "x'*P*A"),
        ("(eye-P)^2*x", "(eye-P)*x"),
        ("x-P*x-P*(x-P*x)", "x-P*x-P*(x-P*x)"),
        ("kron(P,eye-P)^2*x", "kron(P,eye-P)*x"),
    ],
)
def test_normal_forms(left, right):
    assert value(left) is value(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("A*pinv(A)*A*x", "A*x"),
        ("pinv(A)*A*pinv(A)*x", "pinv(A)*x"),
        ("A'*A*pinv(A)*y", "A'*y"),
        ("pinv(A)'*A'*y", "A*pinv(A)*y"),
        ("pinv(A)*A*A'*y", "A'*y"),
        ("(A*pinv(A))^3*y", "A*pinv(A)*y"),
        ("(eye-A*pinv(A))^2*y", "(eye-A*pinv(A))*y"),
        ("(A*pinv(A))'*y", "A*pinv(A)*y"),
        ("(B*A*pinv(A))'*z", "A*pinv(A)*B'*z"),
    ],
)
def test_the_pseudoinverse_makes_projectors(left, right):
    assert value(left) is value(right)


@pytest.mark.parametrize(
    "text",
    [
        "P*(eye-P)*A",
        "(eye-P)*P*x",
        "x'*(eye-P)*P*y",
        "(eye-pinv(A)*A)*A'*y",
        "pinv(A)*(eye-A*pinv(A))*y",
        "(eye-A*pinv(A))*A*B",
        "A'*(eye-A*pinv(A))*y",
    ],
)
def test_what_a_projector_takes_away(text):
    assert is_zero(value(text))


@pytest.mark.parametrize("structure", [("projector",), ("projector", "symmetric")])
@pytest.mark.parametrize(
    "text",
    [
        "P",
        "P'",
        "eye-P",
        "eye-P'",
        "2*eye-2*P",
        "P-eye",
        "kron(P,eye-P)",
        "A*pinv(A)+0*P",
        "(eye-A'*pinv(A)')+0*P",
        "B*A*pinv(A)*B'",
        "x'*P*x",
        "P*B'*B*P",
        "P-2*P",
    ],
)
def test_what_is_known_is_true(text, structure):
    """The facts of every part, at random projectors."""
    found = value(text, structure)
    for at in points([found], 3):
        for node in postorder(found):
            if not node.shape.is_matrix:
                continue
            (M,) = evaluate([node], at.values, at.sizes)
            if node.has(facts.PROJECTOR):
                assert np.allclose(M @ M, M)
            if node.has(facts.SYMMETRIC):
                assert np.allclose(M, M.T)
            if node.has(facts.PSD):
                assert np.linalg.eigvalsh(M)[0] > -1e-9


def test_what_is_no_projector():
    for text in ("2*P", "P+P'", "P-eye", "2*eye-P", "P*P'", "A*P", "2*eye-2*P"):
        assert not value(text).has(facts.PROJECTOR)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("others", [set(), {"symmetric"}, {"psd"}])
def test_random_ones(n, others):
    structure = {"projector", *others}
    rng = np.random.default_rng(n)
    P = structured(rng.standard_normal((n, n)), structure)
    assert belongs(P, structure)
    assert np.trace(P) == pytest.approx(max(n // 2, 1))
    if n > 1:
        assert np.allclose(P, P.T) == (len(structure) > 1)


@pytest.mark.parametrize("variables", [OBLIQUE, ORTHOGONAL])
@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("norm2(P*x-y)^2", "x"),
        ("norm2((eye-P)*x)^2", "x"),
        ("x'*P*P*x+exp(x'*P^3*x)", "x"),
        ("tr(P*X*(eye-P)*X')", "X"),
        ("logdet(eye+X'*P*P*X)", "X"),
        ("(eye-P)^2*X*P", "X"),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_with_constant_projectors(text, by, variables, order):
    found = derive(text, by, variables=variables, order=order, check=True)
    assert found.only.check is not None
    assert found.only.check["passed"]


def test_shorter_than_without():
    assert derive("norm2(P*x-y)^2", "x", variables=ORTHOGONAL).text == "2*P*(x-y)"
    assert derive("norm2((eye-P)*x)^2", "x", variables=ORTHOGONAL).text == "2*(eye-P)*x"


@pytest.mark.parametrize("variables", [OBLIQUE, ORTHOGONAL])
def test_no_derivative_by_a_projector(variables):
    for fields in ({"wrt": "P"}, {"wrt": ["x", "P"]}, {"wrt": "P", "along": "V"}):
        with pytest.raises(McalcError, match="by the projector P") as caught:
            derive("x'*P*x", variables=variables, **fields)
        assert caught.value.kind == "request"
    assert [d.wrt for d in derive("x'*P*x", variables=variables).derivatives] == [("x",)]
    with pytest.raises(McalcError, match="by the projector P"):
        derive("tr(P)", variables=variables)


@pytest.mark.parametrize(
    "word", ["orthogonal", "skew", "diagonal", "lower", "upper", "spd", "positive"]
)
def test_contradictory_declarations(word):
    with pytest.raises(McalcError, match="projector") as caught:
        derive("P*x", "x", variables={"P": {"structure": ["projector", word]}})
    assert caught.value.kind == "shape"


def test_only_a_square_matrix():
    for said in ({"shape": ["m", 3]}, {"kind": "vector"}, {"kind": "scalar"}):
        with pytest.raises(McalcError):
            derive("sum(P)*x", "x", variables={"P": {"structure": ["projector"], **said}})
