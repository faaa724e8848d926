"""Code for sparse arguments: the numbers of the code for dense ones, in little memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from scipy.optimize import minimize

import mcalc
from mcalc.errors import McalcError
from mcalc.numeric.callable import load

rng = np.random.default_rng(8)
M, N, K = 7, 5, 3

LOGISTIC = "sum(log(vector(1)+exp(-y.*(A*x))))"
GAUSS = "logdet(S)+x'*inv(S)*x"
LAPLACIAN = "x'*(diag(W*vector(1))-W)*x"
COMPLETION = "norm2(P.*(U*V')-T)^2+b*norm2(U)^2"

Question = tuple[str, str, int, str]
QUESTIONS: list[Question] = [
    ("norm2(A*x-y)^2+b*norm2(x)^2", "x", 1, "A"),
    ("norm2(A*x-y)^2", "x", 2, "A"),
    ("norm2(A*x-y)^2", "A", 1, "A"),
    ("norm2(A*x-y)", "y", 1, "A"),
    (LOGISTIC, "x", 1, "A"),
    (LOGISTIC, "x", 2, "A"),
    (LAPLACIAN, "x", 1, "W"),
    (LAPLACIAN, "W", 1, "W"),
    (GAUSS, "x", 1, "S"),
    (GAUSS, "S", 1, "S"),
    ("logdet(S+b*eye)+x'*inv(S+b*eye)*x", "b", 1, "S"),
    ("x'*inv(Q)*x+logdet(Q)", "Q", 1, "Q"),
    ("x'*inv(Q)*B'*y", "x", 1, "Q B"),
    ("det(Q)*x'*inv(Q)'*x", "x", 1, "Q"),
    ("log(det(S))+tr(S*Q)", "S", 1, "S Q"),
    ("x'*inv(L)*x+x'*inv(L)'*x", "x", 1, "L"),
    ("norm2(inv(L)*x)^2", "L", 1, "L"),
    (COMPLETION, "U", 1, "P T"),
    (COMPLETION, "V", 1, "P T"),
    ("b*(tr(A'*(U*V'-T))+norm2(A.*(U*V')))", "b", 1, "A T"),
    ("norm2(A*Z-Y)^2", "Z", 1, "A"),
    ("tr(Z'*W*Z)", "Z", 1, "W"),
    ("A*exp(x)", "x", 1, "A"),
    ("A*B'*y", "y", 1, "A B"),
    ("tr(A*B'*A*B')", "A", 1, "A B"),
    ("diag(A*B')'*y", "A", 1, "A B"),
    ("sum(sin(A).*tanh(B)+abs(A)./sqrt(C))", "A", 1, "A B"),
    ("sum(erf(A)+relu(B))+sum(A.^3-A)", "A", 1, "A B"),
    ("sum(A, 1)*x+sum(y.*sum(A, 2))+max(A)+norm1(A)", "x", 1, "A"),
    ("norm2(A)+norm2(A-B)", "A", 1, "A B"),
    ("norm2(W^3*x)^2", "x", 1, "W"),
    ("x'*(2*Q'*Q+b*eye+diag(x.*x))*x", "x", 1, "Q"),
    ("diag(y)*A*diag(x)", "y", 1, "A"),
    ("b*tr([Q, W]*[W; Q]*tril(Q))*tr(kron(Q, W)'*kron(W, Q))", "b", 1, "Q W"),
    # what fills the matrix
    ("y'*exp(A)*x", "x", 1, "A"),
    ("x'*inv(Q)*Q'*expm(Q)*x", "x", 1, "Q"),
    ("sum(A+matrix(1)+y*x')+sum(C./exp(A))", "A", 1, "A"),
    ("A*Z", "Z", 1, "A"),
    ("sum(vec(A)).*softmax(A*x)", "x", 1, "A"),
]  # fmt: skip
STRUCTURES = {"S": ["spd"], "W": ["symmetric"], "L": ["lower"], "b": ["positive"]}
DENSE = {
    "C": (M, N), "U": (M, K), "V": (N, K), "Y": (M, K), "Z": (N, K), "x": (N,), "y": (M,),
}  # fmt: skip


def random_sparse(*shape: int) -> np.ndarray:
    return rng.normal(size=shape) * (rng.random(shape) < 0.4)


def point() -> dict[str, Any]:
    """Arrays by the names of the variables; those that may be sparse have zeros."""
    Q, R = random_sparse(N, N), random_sparse(N, N)
    made: dict[str, Any] = {name: 0.5 + rng.random(size) for name, size in DENSE.items()}
    made |= {name: random_sparse(M, N) for name in "ABPT"}
    made |= {"Q": Q + 3 * np.eye(N), "W": R + R.T, "S": Q @ Q.T + 2 * np.eye(N)}
    return made | {"L": np.tril(R, -1) + np.diag(1 + rng.random(N)), "b": 0.7}


def asked(question: Question, *, sparse: bool, **fields: Any) -> Any:
    expression, wrt, order, names = question
    words = {name: list(structure) for name, structure in STRUCTURES.items() if name in expression}
    if sparse:
        for name in names.split():
            words.setdefault(name, []).append("sparse")
    variables = {name: {"structure": structure} for name, structure in words.items()}
    if "Z" in expression:
        variables["Z"] = {"kind": "matrix"}
    return mcalc.derive(expression, wrt=wrt, order=order, variables=variables, **fields).only


def plain(X: Any) -> np.ndarray:
    return X.toarray() if scipy.sparse.issparse(X) else np.asarray(X)


def agree(found: Any, wanted: Any) -> None:
    for ours, theirs in zip(found, wanted, strict=True):
        theirs = np.asarray(theirs)
        assert plain(ours).shape == theirs.shape
        np.testing.assert_allclose(plain(ours), theirs, rtol=1e-10, atol=1e-11)


@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q[0]} by {q[1]}, {q[2]}")
def test_sparse_arguments_give_the_numbers_of_dense_ones(question: Question) -> None:
    dense, sparse = [asked(question, sparse=kept).compile() for kept in (False, True)]
    names = asked(question, sparse=True).numpy.arguments
    for _ in range(3):
        drawn = point()
        given = {name: drawn[name] for name in names}
        kept = {name: scipy.sparse.csr_array(X) if name in question[3].split() else X
                for name, X in given.items()}  # fmt: skip
        wanted = dense.value_and_derivative(**given)
        agree(sparse.value_and_derivative(**kept), wanted)
        agree((sparse.value(**kept), sparse(**kept)), wanted)


REFERENCES = Path(__file__).parents[2] / "data" / "references.jsonl"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
@pytest.mark.parametrize("line", REFERENCES.read_text().splitlines()[::4])
def test_all_matrices_may_be_sparse(line: str) -> None:
    entry = json.loads(line)
    at = {n: np.array(x, dtype=float) for n, x in entry["points"][0]["at"].items()}
    request = entry["request"]
    variables = {name: dict(said) for name, said in request.get("variables", {}).items()}
    for name in [name for name, X in at.items() if X.ndim == 2]:
        said = variables.setdefault(name, {"kind": "matrix"})
        said["structure"] = [*{*said.get("structure", [])} - {"positive"}, "sparse"]
    kept = {name: scipy.sparse.csr_array(X) if X.ndim == 2 else X for name, X in at.items()}
    for dense, sparse in zip(
        mcalc.derive(**request).derivatives,
        mcalc.derive(**{**request, "variables": variables}).derivatives,
        strict=True,
    ):
        names = dense.numpy.arguments
        wanted = dense.compile().value_and_derivative(**{names[v]: at[v] for v in names})
        agree(sparse.compile().value_and_derivative(**{names[v]: kept[v] for v in names}), wanted)


# ---------------------------------------------------------------- memory
LARGE = 20_000
LITTLE = 200 * 2**20
"""Bytes; a dense matrix of that size has 3.2e9."""


def large(name: str) -> Any:
    """An argument with 20,000 rows; matrices have at most five entries in a row."""
    r = np.random.default_rng(ord(name))
    if name in "UVYZ":
        return r.normal(size=(LARGE, K))
    if name.islower():
        return 0.5 if name == "b" else r.normal(size=LARGE)
    if name in "SWQ":
        diagonals = [r.random(LARGE), r.random(LARGE - 1)]
        band = scipy.sparse.diags_array([3 + diagonals[0], diagonals[1], diagonals[1]],
                                        offsets=[0, 1, -1])  # fmt: skip
        return band.tocsr()
    rows, columns = np.repeat(np.arange(LARGE), 5), r.integers(LARGE, size=5 * LARGE)
    entries = (r.normal(size=5 * LARGE), (rows, columns))
    found = scipy.sparse.csr_array(entries, shape=(LARGE, LARGE))
    return scipy.sparse.tril(found, -1) + scipy.sparse.eye_array(LARGE) if name == "L" else found


@pytest.mark.parametrize(
    "question",
    [
        ("norm2(A*x-y)^2+b*norm2(x)^2", "x", 1, "A"),
        ("norm2(A*x-y)^2", "x", 2, "A"),
        (LOGISTIC, "x", 1, "A"),
        (LOGISTIC, "x", 2, "A"),
        (LAPLACIAN, "x", 1, "W"),
        (LAPLACIAN, "x", 2, "W"),
        (GAUSS, "x", 1, "S"),
        ("x'*inv(Q)*A*y+logdet(Q)", "x", 1, "Q A"),
        ("x'*inv(L)*y", "x", 1, "L"),
        (COMPLETION, "U", 1, "P T"),
        ("sum(P.*(U*V'-T))", "U", 1, "P T"),
        ("norm2(A*Z-Y)^2", "Z", 1, "A"),
        ("A*exp(x)", "x", 1, "A"),
        ("sum(sin(A*diag(x)).*P)", "y", 1, "A P"),
        ("norm2(A-P)^2+sum(relu(A))", "A", 1, "A P"),
    ],
    ids=lambda q: f"{q[0]} by {q[1]}, {q[2]}",
)
def test_no_dense_matrix_is_made(question: Question) -> None:
    expression, wrt, *_ = question
    if wrt not in expression.replace("sum", ""):
        question = (f"{expression}+sum({wrt})", *question[1:])
    answer = asked(question, sparse=True)
    assert "dense" not in answer.numpy.source.partition('"""\n\n')[0]
    given = {argument: large(name) for name, argument in answer.numpy.arguments.items()}
    function = answer.compile().value_and_derivative
    tracemalloc.start()
    try:
        function(**given)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < LITTLE


# ---------------------------------------------------------------- what is given and returned
LEAST_SQUARES: Question = ("norm2(A*x-y)^2+sum(A.*A)", "x", 1, "A")


@pytest.mark.parametrize("make", [
    scipy.sparse.csr_array, scipy.sparse.csr_matrix, scipy.sparse.csc_array,
    scipy.sparse.coo_matrix, scipy.sparse.lil_array, np.asarray,
    lambda X: scipy.sparse.csr_array(X.astype(np.float32)),
])  # fmt: skip
def test_any_format_will_do(make: Any) -> None:
    A, x, y = np.array([[1.0, 0.0], [2.0, -3.0]]), np.array([1.0, 2.0]), np.array([0.5, 1.0])
    given = make(A)
    function = asked(LEAST_SQUARES, sparse=True).compile()
    wanted = asked(LEAST_SQUARES, sparse=False).compile().value_and_derivative(A=A, x=x, y=y)
    agree(function.value_and_derivative(A=given, x=x, y=y), wanted)
    assert np.array_equal(plain(given), A)


def test_entries_that_stand_twice_are_added_up_elsewhere() -> None:
    entries, places = np.array([1.0, 2.0, 5.0]), np.array([0, 0, 1])
    twice = scipy.sparse.csr_array((entries, places, np.array([0, 2, 3])), shape=(2, 2))
    at = {"x": np.ones(2), "y": np.zeros(2)}
    value = asked(LEAST_SQUARES, sparse=True).compile().value
    assert value(A=twice, **at) == 2 * (9.0 + 25.0)
    assert np.array_equal(twice.data, entries)


def test_what_is_sparse_is_returned_as_csr() -> None:
    answer = asked(("A*exp(x)", "x", 1, "A"), sparse=True)
    A = scipy.sparse.csr_array(random_sparse(M, N))
    found = answer.compile()(A=A, x=np.zeros(N))
    assert isinstance(found, scipy.sparse.csr_array)
    assert (found != A).nnz == 0
    assert "The derivative, a sparse array." in answer.numpy.source


def test_by_a_sparse_variable_every_entry_counts() -> None:
    given = {"A": scipy.sparse.csr_array((M, N)), "x": np.ones(N), "y": np.ones(M)}
    gradient = asked(("norm2(A*x-y)^2", "A", 1, "A"), sparse=True).compile()(**given)
    assert np.array_equal(plain(gradient), -2.0 * np.ones((M, N)))


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (("norm2(A*x-y)^2", "x", 1, "A"), "Sparse, in any format of SciPy's: A."),
        (("y'*exp(A)*x", "x", 1, "A"),
         "Made dense on the way, since the formula fills it: A."),
        (("logdet(S)", "S", 1, "S"),
         "Made dense on the way, since the formula fills it: S."),
    ],
)  # fmt: skip
def test_the_head_says_what_becomes_of_it(question: Question, line: str) -> None:
    head, _, _ = asked(question, sparse=True).numpy.source.partition('"""\n\n')
    assert line in head.splitlines()


@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[5], QUESTIONS[8], QUESTIONS[21]])
def test_modules_check_themselves(question: Question, capsys: Any) -> None:
    source = asked(question, sparse=True, with_check=True).numpy.source
    exec(compile(source, "generated", "exec"), {"__name__": "__main__"})
    assert "differences of the value" in capsys.readouterr().out


def test_shapes_are_checked() -> None:
    function = asked(LEAST_SQUARES, sparse=True).compile()
    A = scipy.sparse.csr_array((M, N))
    with pytest.raises(ValueError, match=r"A m×n, x n, y m; given \(\(7, 5\), \(7,\), \(7,\)\)"):
        function(A=A, x=np.ones(M), y=np.ones(M))


@pytest.mark.parametrize("X", [[[1.0, 2.0], [2.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
def test_what_is_not_positive_definite_is_refused(X: Any) -> None:
    function = asked(GAUSS_BY_X, sparse=True).compile()
    with pytest.raises(np.linalg.LinAlgError):
        function(S=scipy.sparse.csr_array(X), x=np.ones(2))


GAUSS_BY_X: Question = (GAUSS, "x", 1, "S")


def test_singular_matrices_are_refused() -> None:
    function = asked(("x'*inv(Q)*x", "x", 1, "Q"), sparse=True).compile()
    with pytest.raises(np.linalg.LinAlgError):
        function(Q=scipy.sparse.csr_array(np.ones((2, 2))), x=np.ones(2))


@pytest.mark.parametrize(("signs", "sign"), [([1, 1, 1], 1), ([1, -1, 1], -1), ([-1, -1, 1], 1)])
@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [1, 2, 0]])
def test_the_sign_of_a_determinant(signs: list[int], sign: int, order: list[int]) -> None:
    X = np.diag(np.array(signs) * 2.0)[order]
    function = asked(("det(Q)*x'*inv(Q)*x", "x", 1, "Q"), sparse=True).compile()
    found = function.value(Q=scipy.sparse.csr_array(X), x=np.ones(3))
    assert np.isclose(found, np.linalg.det(X) * np.linalg.inv(X).sum())


# ---------------------------------------------------------------- other forms and languages
def problem(question: Question, **given: Any) -> Any:
    return load_problem(asked(question, sparse=True).code("optimizer").source)(**given)


def load_problem(source: str) -> Any:
    module: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source, "generated", "exec"), module)
    return module["problem"]


def test_an_optimiser_takes_sparse_hessians() -> None:
    A, y = random_sparse(M, N) + np.eye(M, N), rng.normal(size=M)
    question = ("norm2(A*x-y)^2+b*norm2(x)^2", "x", 1, "A")
    given = problem(question, A=scipy.sparse.csr_array(A), b=0.1, x=np.zeros(N), y=y)
    hessp = given.pop("hessp")
    found = minimize(**given, method="trust-constr", tol=1e-12)
    wanted = np.linalg.solve(A.T @ A + 0.1 * np.eye(N), A.T @ y)
    assert np.allclose(found.x, wanted, rtol=1e-6, atol=1e-6)
    H = given["hess"](wanted)
    assert scipy.sparse.issparse(H)
    assert np.allclose(hessp(wanted, y[:N]), H @ y[:N])


def test_an_optimiser_moves_all_entries() -> None:
    A, B = random_sparse(M, N), random_sparse(M, N)
    given = problem(("norm2(A-B)^2+sum(A)", "A", 1, "A B"), A=A, B=scipy.sparse.csr_array(B))
    assert np.allclose(given["jac"](np.ravel(A)), np.ravel(2 * (A - B) + 1))
    trace = problem(("tr(Z'*A)", "Z", 1, "A"), A=scipy.sparse.csr_array(A), Z=np.ones((M, N)))
    assert np.array_equal(trace["jac"](np.ones(M * N)), np.ravel(A))


def test_the_block_of_a_jacobian_may_be_sparse() -> None:
    A = scipy.sparse.csr_array(random_sparse(M, N))
    code = asked(("A*Z", "Z", 1, "A"), sparse=True).code("blocks")
    assert load(code.source)(A=A, Z=np.ones((N, K))) is A


# ---------------------------------------------------------------- declarations
def test_the_declaration_comes_back() -> None:
    answer = mcalc.derive("x'*S*x", wrt="x", variables={"S": {"structure": ["sparse", "spd"]}})
    assert answer.as_dict()["variables"]["S"]["structure"] == ["sparse", "spd"]
    assert answer.text == "2*S*x"
    assert mcalc.Declaration.parse("A: sparse m n")[1].structure == ("sparse",)


@pytest.mark.parametrize(
    "said",
    [{"x": {"structure": ["sparse"]}}, {"A": {"structure": ["sparse", "positive"]}}],
)
def test_what_cannot_be_sparse_is_refused(said: Any) -> None:
    with pytest.raises(McalcError):
        mcalc.derive("A*x", variables=said)


@pytest.mark.parametrize("field", ["check", "convexity", "stationary", "steps"])
def test_nothing_but_code_knows_of_it(field: str) -> None:
    entries = [
        mcalc.derive("norm2(A*x-y)^2", variables=said, **{field: True}).as_dict()["derivatives"]
        for said in ({}, {"A": {"structure": ["sparse"]}})
    ]
    assert entries[0] == entries[1]
