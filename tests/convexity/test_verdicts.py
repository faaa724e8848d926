"""Verdicts that are known from the literature, each held against numbers too."""

import pytest

from mcalc.convexity.verdict import curvature
from mcalc.errors import RequestError
from mcalc.printers.text import text
from tests.convexity.questions import question, verdict
from tests.convexity.sampled import violation


def words(expression, wrt, declared):
    return verdict(expression, wrt, declared).sentence.written(text)


X_SPD = {"X": "matrix n,n spd"}
X_SYMMETRIC = {"X": "matrix n,n symmetric"}
SCALAR = {"x": "scalar"}

SYMMETRIC_PART = "convex if B+B' is positive semidefinite, concave if B+B' is negative semidefinite"

KNOWN = [
    # affine and constant
    ("tr(A*X)", "X", {}, "affine"),
    ("sum(A*x-y)", "x", {}, "affine"),
    ("x-x+b", "b", {"x": "scalar"}, "affine"),
    # least squares and norms
    ("norm2(A*x-y)^2", "x", {}, "convex, strongly convex if A has full column rank"),
    ("norm2(T-U*V')^2", "V", {}, "convex, strongly convex if U has full column rank"),
    ("(X*w-y)'*(X*w-y)", "w", {}, "convex, strongly convex if X has full column rank"),
    ("norm2(A*x-y)^2+c*x'*x", "x", {"c": "scalar positive"}, "strongly convex"),
    ("x'*x", "x", {}, "strongly convex"),
    ("norm2(x)^3", "x", {}, "strictly convex"),
    ("norm2(A*x-y)", "x", {}, "convex"),
    ("sqrt(1+x'*x)", "x", {}, "convex"),
    ("specnorm(X)", "X", {}, "convex"),
    ("-nucnorm(A*X)", "X", {}, "concave"),
    # quadratic forms, with what decides them
    ("x'*B*x", "x", {}, SYMMETRIC_PART),
    ("tr(X'*B*X)", "X", {"B": "matrix m,m psd"}, "convex"),
    ("tr(X'*B*X)", "X", {}, SYMMETRIC_PART),
    ("tr(X*B*X*B)", "X", X_SYMMETRIC, "convex if B is positive semidefinite"),
    ("tr(X*B*X*B)", "X", {"X": "matrix n,n", "B": "matrix n,n spd"},
     "strongly convex if X is symmetric"),
    ("b*x^2", "x", SCALAR, "convex if b ≥ 0, concave if b ≤ 0"),
    ("x'*P*x-x'*x", "x", {"P": "matrix n,n symmetric"},
     "convex if eye-P is negative semidefinite, concave if eye-P is positive semidefinite"),
    ("x'*Q*x+3*x'*x-2*c'*x", "x", {"Q": "matrix n,n psd", "c": "vector n"}, "strongly convex"),
    # traces and determinants
    ("log(tr(X))", "X", {}, "concave"),
    ("exp(tr(X))", "X", {}, "convex"),
    ("logdet(X)", "X", X_SPD, "strictly concave"),
    ("log(det(X))", "X", X_SPD, "strictly concave"),
    ("logdet(X)", "X", {}, "strictly concave if X is positive definite"),
    ("logdet(A'*diag(z)*A)", "z", {"z": "vector m positive", "A": "matrix m,n"},
     "concave, strictly concave if A' has full column rank"),
    ("1/det(X)", "X", X_SPD, "strictly convex"),
    ("tr(inv(X))", "X", X_SPD, "strictly convex"),
    ("tr(inv(X))", "X", X_SYMMETRIC,
     "strictly convex if X is positive definite, strictly concave if X is negative definite"),
    ("y'*inv(X)*y", "X", X_SPD, "convex"),
    ("x'*inv(eye+diag(x))*x", "x", {"x": "vector n positive"}, "convex"),
    ("tr(X*logm(X))", "X", X_SPD, "strictly convex"),
    ("tr(expm(X))", "X", X_SYMMETRIC, "strictly convex"),
    ("tr(S*X)-logdet(X)", "X", {"X": "matrix n,n spd", "S": "matrix n,n"}, "strictly convex"),
    ("lambda_max(X)-lambda_min(X)", "X", X_SYMMETRIC, "convex"),
    # exponentials and logarithms
    ("log(sum(exp(x)))", "x", {}, "convex"),
    ("log(c'*exp(A*x))", "x", {"c": "vector m positive"}, "convex"),
    ("log(1+exp(x))", "x", SCALAR, "strictly convex"),
    ("sum(log(vector(1)+exp(-y.*(X*w))))", "w", {},
     "convex, strictly convex if X has full column rank and entries of y ≠ 0"),
    ("-sum(x.*log(x))", "x", {}, "strictly concave"),
    ("x*log(x/y)", "x", {"x": "scalar", "y": "scalar positive"}, "strictly convex"),
    ("x*log(x/y)", "x", {"x": "scalar", "y": "scalar"}, "convex if y ≥ 0, concave if y ≤ 0"),
    ("exp(x*log(x))", "x", SCALAR, "strictly convex"),
    ("log(x)+log(1-x)", "x", SCALAR, "strictly concave"),
    # quotients, powers and means
    ("x'*x/y", "x", {"y": "scalar positive"}, "strongly convex"),
    ("norm2(A*x-y)^2/(c'*x)", "x", {"x": "vector n positive", "c": "vector n positive"}, "convex"),
    ("1/x", "x", SCALAR, "strictly convex if x > 0, strictly concave if x < 0"),
    ("1/prod(x)", "x", {"x": "vector n positive"}, "strictly convex"),
    ("sqrt(x)*sqrt(b-x)", "x", SCALAR, "concave"),
    ("x^3", "x", SCALAR, "strictly convex if x ≥ 0, strictly concave if x ≤ 0"),
    ("x^2+sin(x)", "x", SCALAR, "strongly convex"),
    # neither, or not shown
    ("sin(x)", "x", SCALAR, "unknown"),
    ("log(1+x'*x)", "x", {}, "unknown"),
    ("x'*y*exp(-x'*y)", "x", {}, "concave if x'*y ≤ 0"),
    ("1/(x'*x)", "x", {}, "unknown"),
    ("tr(X*X)", "X", {"X": "matrix n,n"}, "strongly convex if X is symmetric"),
    ("tr(Q*A)", "Q", {"Q": "matrix n,n orthogonal", "A": "matrix n,n"}, "unknown"),
    ("det(X)", "X", X_SPD, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wrt", "declared", "expected"), KNOWN)
def test_known_functions(expression, wrt, declared, expected):
    assert words(expression, wrt, declared) == expected


@pytest.mark.parametrize(("expression", "wrt", "declared", "expected"), KNOWN)
def test_numbers_agree(expression, wrt, declared, expected):
    found = question(expression, declared)
    X = found.variables[wrt]
    judged = curvature(found.value, X)
    measured = 0
    for kind, conditions in [(judged.kind, ()), *judged.when]:
        if kind != "unknown":
            fault, chords = violation(found.value, X, kind, conditions, seed=3, draws=3)
            assert fault is None
            measured += chords
    assert measured or expected == "unknown"


def test_a_function_without_the_variable_is_constant():
    found = question("x'*x+b", {})
    other = question("z'*z", {}).variables["z"]
    assert curvature(found.value, other).kind == "constant"


def test_a_vector_is_refused():
    found = question("A*x", {})
    with pytest.raises(RequestError, match="scalar"):
        curvature(found.value, found.variables["x"])


@pytest.mark.parametrize(
    ("expression", "wrt", "declared"),
    [
        # its middle is no convex set, or it has a hole
        ("log(x^2)", "x", SCALAR),
        ("1/x^2", "x", SCALAR),
        ("x/x^2", "x", SCALAR),
        ("tr(inv(X))", "X", {"X": "matrix n,n"}),
        ("arccosh(x'*x)", "x", {}),
        # each of two conditions excludes the other
        ("b*x^2-b*exp(x)", "x", SCALAR),
        # bent both ways
        ("x^2-x^4", "x", SCALAR),
        ("norm2(x)-norm1(x)", "x", {}),
        ("x'*A*x*(x'*x)", "x", {"A": "matrix n,n spd"}),
        ("prod(x)", "x", {}),
        ("tanh(x)", "x", SCALAR),
        # the outer function falls, or does not rise enough, or its argument bends the other way
        ("1/(1+x'*x)", "x", {}),
        ("exp(-x'*x)", "x", {}),
        ("(1+x'*x)^(1/4)", "x", {}),
        ("norm2(A*x-y)^2/(c'*x)^2", "x", {"x": "vector n positive", "c": "vector n positive"}),
        ("x'*x/(y'*x)^(3/2)", "x", {"x": "vector n positive", "y": "vector n positive"}),
        ("sqrt(x)*sqrt(2*x+1)*sqrt(b-x)", "x", SCALAR),
        ("exp(sqrt(x))", "x", SCALAR),
        ("abs(x^2-1)", "x", SCALAR),
        ("tr(inv(eye+X*X'))", "X", {}),
        ("lambda_max(inv(X))-lambda_max(X)", "X", X_SPD),
        ("det(X)^2", "X", X_SPD),
        # nothing is known of the function
        ("gamma(x)", "x", {"x": "scalar positive"}),
    ],
)
def test_nothing_is_claimed_outright(expression, wrt, declared):
    assert verdict(expression, wrt, declared).kind == "unknown"


@pytest.mark.parametrize(
    ("expression", "wrt", "declared"),
    [
        # one direction is flat
        ("exp(a'*x)", "x", {"a": "vector n"}),
        ("logsumexp(x)", "x", {}),
        ("norm2(x)", "x", {}),
        ("norm2(X*w-y)^2", "X", {}),
        ("tr(X)^2", "X", {"X": "matrix n,n"}),
    ],
)
def test_what_is_flat_along_a_line_is_not_strict(expression, wrt, declared):
    assert words(expression, wrt, declared) == "convex"


# ---------------------------------------------------------------- reasons
def reasons(expression, wrt, declared):
    return [step.written(text) for step in verdict(expression, wrt, declared).reasons]


def test_reasons_go_from_the_parts_to_the_whole():
    assert reasons("exp(x'*x)", "x", {}) == [
        "x'*x is strongly convex: the square of x; x is affine",
        "exp(x'*x) is strictly convex: exp is convex and rising; x'*x is strongly convex",
    ]


def test_reasons_by_the_second_differential():
    steps = reasons("x^2+sin(x)", "x", SCALAR)
    assert steps[0] == "the second differential is 2*d(x)^2-d(x)^2*sin(x), a form in d(x)"
    assert steps[-1].startswith("d(x)^2*(2-sin(x)) is positive and away from zero")


@pytest.mark.parametrize(("expression", "wrt", "declared", "expected"), KNOWN)
def test_every_verdict_has_a_reason(expression, wrt, declared, expected):
    judged = verdict(expression, wrt, declared)
    proven = judged.kind != "unknown" or judged.when
    assert bool(judged.reasons) == bool(proven) or "orthogonal" in str(declared)
    for step in judged.reasons:
        assert step.template.count("{") >= len(step.subjects) > 0
        assert "unknown" not in step.template
