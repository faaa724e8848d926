"""What generated programs cost: operations counted on the program, against the closed form's."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import pytest

import mcalc
from mcalc.printers.code.generate import Generator
from mcalc.printers.code.ir import live
from mcalc.printers.code.lapack import lowered
from mcalc.printers.code.module import emit_derivative
from mcalc.printers.code.passes import optimized
from mcalc.simplify.engine import simplify

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.size import Size
    from mcalc.printers.code.ir import Value

Roots = tuple["Value", ...]
LOGISTIC = "sum(log(vector(1)+exp(-y.*(X*w))))"
GAUSS = "a*logdet(S)+tr(X'*inv(S)*X)"
KERNEL = "logdet(K+b*eye)+y'*inv(K+b*eye)*y"


def spd(*names: str, **others: Any) -> dict[str, Any]:
    return {**{name: {"structure": ["spd"]} for name in names}, **others}


POSITIVE = {"kind": "scalar", "structure": ["positive"]}


def program(
    expression: str, wrt: str, order: int = 1, variables: dict[str, Any] | None = None
) -> Roots:
    """The optimized program of value and derivative together."""
    asked = mcalc.derive(expression, wrt=wrt, order=order, variables=variables or {}).only
    g = Generator()
    value = g.emit_root(asked.derivative.value)
    found = emit_derivative(g, asked.derivative, simplify(asked.derivative.result))
    return optimized((value, found))


def counted(roots: Roots, n: int) -> float:
    """Floating-point operations where every symbolic size is n."""
    return sum(_operations(v, n) for v in live(roots))


def _entries(v: Value, n: int) -> int:
    return prod(_length(size, n) for size in v.shape)


def _length(size: Size, n: int) -> int:
    return size.evaluate(dict.fromkeys(size.symbols, n))


def _operations(v: Value, n: int) -> float:
    """Of products, factors and solves as LAPACK counts them, else one for each entry.

    Source: Golub & Van Loan, Matrix Computations, tables 1.1.2, 3.2, 4.2.
    """
    rows = _length(v.args[0].shape[0], n) if v.args and v.args[0].shape else 1
    columns = _entries(v, n) / rows
    if v.kind == "matmul":
        return 2.0 * _length(v.args[0].shape[-1], n) * _entries(v, n)
    if v.kind in ("vdot", "diagonal product"):
        return 2.0 * _entries(v.args[0], n)
    if v.kind in _FACTORS:
        return _FACTORS[v.kind] * rows**3
    if v.kind.endswith("solve"):
        return (1.0 if v.kind == "triangular solve" else 2.0) * rows**2 * columns
    free = ("input", "number", "transpose", "column", "expand", "reshape", "permute")
    return 0.0 if v.kind in free else _entries(v, n)


_FACTORS = {
    "lu": 2 / 3,
    "lu inverse": 4 / 3,
    "inverse": 2.0,
    "cholesky": 1 / 3,
    "cholesky inverse": 2 / 3,
}

N = 1000
# The leading operations of what an expert writes: (expression, wrt, order, variables, count).
EXPERT: list[tuple[str, str, int, dict[str, Any], float]] = [
    ("x'*A*x", "x", 1, {}, 4 * N**2),
    ("x'*(A+B+C)*x", "x", 1, {}, 12 * N**2),
    ("norm2(A*x-y)^2", "x", 1, {}, 4 * N**2),
    ("norm2(A*x-y)^2+b*norm2(x)^2", "x", 1, {}, 4 * N**2),
    ("x'*A*B*C*x", "x", 1, {}, 12 * N**2),
    (LOGISTIC, "w", 1, {}, 4 * N**2),
    (LOGISTIC, "w", 2, {}, 2 * N**3),
    ("A*exp(x)", "x", 1, {}, 3 * N**2),
    ("softmax(x)", "x", 1, {}, 2 * N**2),
    ("V'*softmax(K*q)", "q", 1, {"q": {"kind": "vector"}}, 2 * N**3),
    ("norm2(A*X*B)^2", "X", 1, {}, 8 * N**3),
    ("tr(A*X*B*X')", "X", 1, {}, 8 * N**3),
    ("log(det(X))", "X", 1, {}, 2 * N**3),
    ("x'*inv(X)*y", "X", 1, {}, 2 / 3 * N**3),
    ("x'*inv(X)*y", "x", 1, {}, 2 / 3 * N**3),
    ("x'*inv(L)*y", "x", 1, {"L": {"structure": ["lower"]}}, 2 * N**2),
    ("x'*inv(D)*y", "x", 1, {"D": {"structure": ["diagonal"]}}, N**2),
    ("(x-m)'*inv(S)*(x-m)", "x", 1, spd("S", m={"kind": "vector"}), N**3 / 3),
    (GAUSS, "S", 1, spd("S"), (1 + 4) * N**3),
    (KERNEL, "b", 1, spd("K", b=POSITIVE), N**3),
    (KERNEL, "K", 1, spd("K", b=POSITIVE), N**3),
    ("tr(inv(A)*C*inv(B)*C')", "C", 1, spd("A", "B"), (2 / 3 + 4) * N**3),
    ("tr(A*B)", "A", 1, {}, 2 * N**2),
    ("diag(A*B)", "A", 1, {}, 2 * N**2),
]


@pytest.mark.parametrize(
    ("expression", "wrt", "order", "variables", "expert"),
    [pytest.param(*case, id=f"{case[0]} by {case[1]}, {case[2]}") for case in EXPERT],
)
def test_no_more_operations_than_an_expert_needs(
    expression: str, wrt: str, order: int, variables: dict[str, Any], expert: float
) -> None:
    roots = program(expression, wrt, order, variables)
    if len(roots[1].shape) > 2:  # the entries of an array of rank 3 have to be written
        expert += prod(_length(size, N) for size in roots[1].shape)
    assert counted(roots, N) <= 1.05 * expert + 20 * N**2 * (expert > 100 * N**2) + 5e4 + 4 * N**2


@pytest.mark.parametrize(
    ("expression", "sizes", "expert"),
    [
        ("A*B*C", {"A": (5, 900), "B": (900, 7), "C": (7, 800)}, 2 * (5 * 900 * 7 + 5 * 7 * 800)),
        ("A*B*C", {"A": (900, 7), "B": (7, 800), "C": (800, 5)}, 2 * (7 * 800 * 5 + 900 * 7 * 5)),
        ("U*V'*W", {"U": (900, 4), "V": (800, 4), "W": (800, 700)},
         2 * (4 * 800 * 700 + 900 * 4 * 700)),
    ],
)  # fmt: skip
def test_declared_sizes_decide_the_order_of_products(
    expression: str, sizes: dict[str, tuple[int, int]], expert: int
) -> None:
    declared = {name: {"kind": "matrix", "shape": list(shape)} for name, shape in sizes.items()}
    asked = mcalc.derive(expression, wrt=next(iter(sizes)), variables=declared).only
    g = Generator()
    assert counted(optimized((g.emit_root(asked.derivative.value),)), 0) == expert


@pytest.mark.parametrize(
    ("expression", "wrt", "variables", "kind", "count"),
    [
        ("log(det(X))", "X", {}, "lu", 1),
        ("x'*inv(X)*y+logdet(X)", "X", {}, "lu", 1),
        (GAUSS, "S", spd("S"), "cholesky", 1),
        (KERNEL, "K", spd("K", b=POSITIVE), "cholesky", 1),
        (KERNEL, "K", spd("K", b=POSITIVE), "eye", 0),
        ("logdet(eye+U'*U)", "U", {}, "cholesky", 1),
        ("logdet(eye+U'*U)", "U", {}, "eye", 0),
        ("norm2(A*X*B)^2", "X", {}, "matmul", 4),
        ("logsumexp(x)", "x", {}, "sub", 1),
    ],
)
def test_what_is_shared(
    expression: str, wrt: str, variables: dict[str, Any], kind: str, count: int
) -> None:
    values = live(program(expression, wrt, variables=variables))
    assert sum(v.kind == kind for v in values) == count


@pytest.mark.parametrize(
    ("expression", "wrt"),
    [
        ("x'*inv(X)*A*y+logdet(X)", "X"),
        ("tr(inv(A)*B*C)", "A"),
        ("tr(inv(A)*B*C)+eigvals(S)'*x", "A"),
        ("norm2(A*x)+logdet(X)+sum(svdvals(B))", "x"),
    ],
)
def test_one_function_calls_the_linear_algebra_of_one_library(expression: str, wrt: str) -> None:
    S = {"S": {"structure": ["symmetric"]}}
    roots = lowered(program(expression, wrt, variables=S if "S" in expression else {}))
    by_scipy = {"lu", "cholesky", "blas product", "blas applied", "triangular solve"}
    by_numpy = {"matmul", "solve", "inverse"}
    seen = set()
    for v in live(roots):
        if v.kind in by_scipy:
            seen.add("scipy")
        elif (v.kind in by_numpy and any(a.rank > 1 for a in v.args)) or (
            v.kind == "call" and "np.linalg" in v.data.numpy
        ):
            seen.add("numpy")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("expression", "wrt", "decomposition"),
    [
        ("lambda_max(S)", "S", "eigh"),
        ("x'*eigvals(S)", "S", "eigh"),
        ("lambda_max(S)-lambda_min(S)", "S", "eigh"),
        ("nucnorm(X)", "X", "svd"),
        ("nucnorm(X)+svdvals(X)'*x", "X", "svd"),
    ],
)
@pytest.mark.parametrize("language", ["numpy", "jax", "torch"])
def test_one_decomposition_gives_values_and_vectors(
    expression: str, wrt: str, decomposition: str, language: str
) -> None:
    variables = {"S": {"structure": ["symmetric"]}} if wrt == "S" else {}
    source = mcalc.derive(expression, wrt=wrt, variables=variables).only.code(language).source
    _, _, both = source.partition("def value_and_derivative(")
    assert both.count(f"linalg.{decomposition}(") == 1
    assert both.count("linalg.") == 1


def net(layers: int) -> str:
    inner = "".join(f"tanh(W{i}*" for i in range(layers, 0, -1))
    return f"v'*{inner}x{')' * layers}"


def test_programs_grow_in_proportion_to_the_expression() -> None:
    short, long = [len(live(program(net(layers), "W1"))) for layers in (8, 16)]
    longer = len(live(program(net(32), "W1")))
    assert longer - long == 2 * (long - short)


@pytest.mark.parametrize("expression", [net(16), LOGISTIC, GAUSS, "x'*A*B*A*B*A*B*A*x"])
def test_source_is_not_nested_deeply(expression: str) -> None:
    declared = {"S": {"structure": ["spd"]}} if "S" in expression else {}
    source = mcalc.derive(expression, variables=declared).derivatives[0].numpy.source
    _, _, code = source.partition("import numpy")
    for line in code.splitlines():
        depth = deepest = 0
        for c in line:
            depth += (c in "([{") - (c in ")]}")
            deepest = max(deepest, depth)
        assert deepest <= 6


def test_nothing_given_is_written_to() -> None:
    import numpy as np

    rng = np.random.default_rng(5)
    K = rng.standard_normal((6, 6))
    given = {"K": K @ K.T + np.eye(6), "b": 0.5, "y": rng.standard_normal(6)}
    before = {name: np.array(a) for name, a in given.items()}
    answer = mcalc.derive(KERNEL, wrt="K", variables=spd("K", b=POSITIVE)).only
    function: Callable[..., Any] = answer.compile("numpy")
    first = np.array(function(**given))
    assert all(np.array_equal(before[name], given[name]) for name in given)
    assert np.array_equal(first, function(**given))


@pytest.mark.parametrize("order", ["C", "F"])
def test_any_order_in_memory_will_do(order: Any) -> None:
    import numpy as np

    rng = np.random.default_rng(6)
    n = 90  # larger than the blocks of what is mirrored
    S, X = rng.standard_normal((2 * n, n)), rng.standard_normal((n, n))
    given: dict[str, Any] = {
        "S": np.asarray(S.T @ S / n, order=order),
        "X": np.asarray(X, order=order),
        "a": 2.0,
    }
    answer = mcalc.derive(GAUSS, wrt="S", variables=spd("S")).only
    value, gradient = answer.compile("numpy").value_and_derivative(**given)
    inv = np.linalg.inv(given["S"])
    assert np.isclose(value, 2.0 * np.linalg.slogdet(given["S"])[1] + np.trace(X.T @ inv @ X))
    assert np.allclose(gradient, 2.0 * inv - inv @ X @ X.T @ inv, rtol=1e-9, atol=1e-9)
    strided = {**given, "X": np.repeat(X, 2, axis=1)[:, ::2]}
    assert np.allclose(answer.compile("numpy")(**strided), gradient, rtol=1e-9, atol=1e-9)
