"""The symbolic side beside SymPy and tensorgrad: from text to derivative, depth, and start-up.

    python bench/symbolic.py

Each of the questions is put to all three in one process, in turn, and each answer is held against
differences of the function in NumPy: what a system cannot express, fails at, or gets wrong, counts
as not answered. Times are medians, for mcalc from the text to the text of the answer. What is not
installed is left out. tensorgrad evaluates by named tensors, which newer PyTorch has no more: there
its answers are taken as right.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from mcalc import derive
from mcalc.syntax.parser import Limits

REPEATS = 5
DEPTHS = (1, 2, 4, 8, 16, 32, 64, 1000)
SIZES = {"m": 4, "n": 3, "p": 2}
SECONDS = 20.0
SHAPES = {
    **dict.fromkeys("wxz", "n"),
    "y": "m",
    **dict.fromkeys("BCSX", "nn"),
    "A": "mn",
    "T": "mn",
    "U": "mp",
    "V": "np",
}


class Row(NamedTuple):
    """A question in the words of each system; None where a system has no words for it."""

    text: str
    wrt: str
    numpy: Callable[..., Any]
    sympy: Callable[..., Any] | None
    tensorgrad: Callable[..., Any] | None


def sympy_names() -> dict[str, Any]:
    """Matrix symbols; vectors have one column."""
    import sympy

    sizes = {s: sympy.Symbol(s, integer=True, positive=True) for s in SIZES}
    return {
        name: sympy.MatrixSymbol(name, sizes[s[0]], sizes[s[1]] if len(s) > 1 else 1)
        for name, s in SHAPES.items()
    }


def functions() -> Any:
    """The functions of tensorgrad."""
    import tensorgrad.functions

    return tensorgrad.functions


def rows() -> list[Row]:
    """The questions."""
    import sympy as sp

    def each(f: Any, M: Any) -> Any:
        return M.applyfunc(f)

    def total(v: Any) -> Any:
        return (sp.OneMatrix(1, v.rows) * v)[0, 0]

    e = np.exp
    return [
        Row("x'*B*x", "x", lambda x, B: x @ B @ x, lambda x, B: x.T * B * x,
            lambda F, x, B: x("i") @ B("i", "j") @ x("j")),
        Row("norm2(A*x-y)^2", "x", lambda A, x, y: np.sum((A @ x - y) ** 2),
            lambda A, x, y: (A * x - y).T * (A * x - y),
            lambda F, A, x, y: F.frobenius2(A("i", "j") @ x("j") - y("i"))),
        Row("tr(B*X)", "X", lambda B, X: np.trace(B @ X), lambda B, X: sp.Trace(B * X),
            lambda F, B, X: B("i", "j") @ X("j", "i")),
        Row("tr(B*X*C*X')", "X", lambda B, X, C: np.trace(B @ X @ C @ X.T),
            lambda B, X, C: sp.Trace(B * X * C * X.T),
            lambda F, B, X, C: B("i", "j") @ X("j", "k") @ C("k", "l") @ X("i", "l")),
        Row("tr(inv(X)*B)", "X", lambda X, B: np.trace(np.linalg.inv(X) @ B),
            lambda X, B: sp.Trace(X.I * B),
            lambda F, X, B: F.inverse(X("i", "j")) @ B("i", "j")),
        Row("log(det(X))", "X", lambda X: np.log(np.linalg.det(X)),
            lambda X: sp.log(sp.Determinant(X)), lambda F, X: F.log(F.det(X("i", "j")))),
        Row("det(X)", "X", np.linalg.det, sp.Determinant, lambda F, X: F.det(X("i", "j"))),
        Row("y'*A*x", "A", lambda y, A, x: y @ A @ x, lambda y, A, x: y.T * A * x,
            lambda F, y, A, x: y("i") @ A("i", "j") @ x("j")),
        Row("tr(X'*X)", "X", lambda X: np.sum(X**2), lambda X: sp.Trace(X.T * X),
            lambda F, X: F.frobenius2(X("i", "j"))),
        Row("tr(X^3)", "X", lambda X: np.trace(X @ X @ X), lambda X: sp.Trace(X**3),
            lambda F, X: X("i", "j") @ X("j", "k") @ X("k", "i")),
        Row("A*x", "x", lambda A, x: A @ x, lambda A, x: A * x,
            lambda F, A, x: A("i", "j") @ x("j")),
        Row("sum(exp(A*x))", "x", lambda A, x: e(A @ x).sum(),
            lambda A, x: total(each(sp.exp, A * x)),
            lambda F, A, x: F.sum(F.exp(A("i", "j") @ x("j")))),
        Row("w'*inv(X)*x", "X", lambda w, X, x: w @ np.linalg.inv(X) @ x,
            lambda w, X, x: w.T * X.I * x,
            lambda F, w, X, x: w("i") @ F.inverse(X("j", "i")) @ x("j")),
        Row("norm2(T-U*V')^2", "U", lambda T, U, V: np.sum((T - U @ V.T) ** 2),
            lambda T, U, V: sp.Trace((T - U * V.T).T * (T - U * V.T)),
            lambda F, T, U, V: F.frobenius2(T("i", "j") - U("i", "k") @ V("j", "k"))),
        Row("x'*x*(w'*x)", "x", lambda x, w: x @ x * (w @ x), lambda x, w: x.T * x * w.T * x,
            lambda F, x, w: x("i") @ x("i") * (w("i") @ x("i"))),
        Row("w'*tanh(B*x)", "x", lambda w, B, x: w @ np.tanh(B @ x),
            lambda w, B, x: w.T * each(sp.tanh, B * x),
            lambda F, w, B, x: w("i") @ F.tanh(B("i", "j") @ x("j"))),
        Row("A*exp(x)", "x", lambda A, x: A @ e(x), lambda A, x: A * each(sp.exp, x),
            lambda F, A, x: A("i", "j") @ F.exp(x("j"))),
        Row("sum(log(vector(1)+exp(A*x)))", "x", lambda A, x: np.log1p(e(A @ x)).sum(),
            lambda A, x: total(each(sp.Lambda(T0, sp.log(1 + sp.exp(T0))), A * x)),
            lambda F, A, x: F.sum(F.log(F.exp(A("i", "j") @ x("j")) + 1))),
        Row("sqrt(x'*x)", "x", lambda x: np.sqrt(x @ x), lambda x: sp.sqrt((x.T * x)[0, 0]),
            lambda F, x: F.sqrt(x("i") @ x("i"))),
        Row("log(sum(exp(x)))", "x", lambda x: np.log(e(x).sum()),
            lambda x: sp.log(total(each(sp.exp, x))), lambda F, x: F.log(F.sum(F.exp(x("i"))))),
        Row("tr(B*x*x'*C)", "x", lambda B, x, C: np.trace(B @ np.outer(x, x) @ C),
            lambda B, x, C: sp.Trace(B * x * x.T * C),
            lambda F, B, x, C: B("i", "j") @ x("j") @ x("k") @ C("k", "i")),
        Row("exp(-(x'*B*x))", "x", lambda x, B: e(-(x @ B @ x)),
            lambda x, B: sp.exp(-(x.T * B * x)[0, 0]),
            lambda F, x, B: F.exp(-1 * (x("i") @ B("i", "j") @ x("j")))),
        Row("X*x", "X", lambda X, x: X @ x, lambda X, x: X * x,
            lambda F, X, x: X("i", "j") @ x("j")),
        Row("inv(X)", "X", np.linalg.inv, lambda X: X.I, lambda F, X: F.inverse(X("i", "j"))),
    ]  # fmt: skip


T0: Any = None  # a dummy symbol, made when SymPy is there


def names_of(row: Row) -> list[str]:
    """The variables of a question, in the order in which its functions take them."""
    code = row.numpy
    found = [name for name in SHAPES if name in row.text.replace("tr", "").replace("exp", "")]
    wanted = getattr(getattr(code, "__code__", None), "co_varnames", ())
    return [n for n in wanted if n in SHAPES] or [n for n in found if n == row.wrt]


def values() -> dict[str, np.ndarray[Any, Any]]:
    """A point."""
    rng = np.random.default_rng(0)
    found = {}
    for name, s in SHAPES.items():
        shape = tuple(SIZES[k] for k in s)
        found[name] = 0.3 * rng.standard_normal(shape) + (np.eye(*shape) if s == "nn" else 0)
    return found


def differences(row: Row, at: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The derivative by central differences, value.shape + variable.shape."""
    names, X = names_of(row), at[row.wrt]
    columns = []
    for k in range(X.size):
        step = np.zeros(X.size)
        step[k] = 1e-6
        moved = [
            np.asarray(row.numpy(*[X + s * step.reshape(X.shape) if n == row.wrt else at[n]
                                   for n in names]))
            for s in (1, -1)
        ]  # fmt: skip
        columns.append((moved[0] - moved[1]) / 2e-6)
    return np.moveaxis(np.array(columns), 0, -1).reshape(columns[0].shape + X.shape)


def agree(found: Any, wanted: np.ndarray[Any, Any]) -> bool:
    """Whether the entries are those wanted, in the wanted order or that of the transpose."""
    found = np.asarray(found, dtype=float)
    if found.size != wanted.size:
        return False
    forms = [found.reshape(wanted.shape)]
    if wanted.ndim == 2:
        forms.append(found.reshape(wanted.shape[::-1]).T)
    return any(np.allclose(form, wanted, rtol=1e-4, atol=1e-6) for form in forms)


class System(NamedTuple):
    """ask: row ↦ the answer, timed; entries: (row, answer, point) ↦ its numbers."""

    name: str
    ask: Callable[[Row], Any]
    entries: Callable[[Row, Any, dict[str, Any]], Any]


def mcalc_system() -> System:
    """mcalc, from text to text."""

    def ask(row: Row) -> Any:
        answer = derive(row.text, wrt=row.wrt)
        return answer.text, answer

    def entries(row: Row, answer: Any, at: dict[str, Any]) -> Any:
        code = answer[1].only.numpy
        return answer[1].compile()(**{k: at[name] for name, k in code.arguments.items()})

    return System("mcalc", ask, entries)


def sympy_system() -> System:
    """SymPy: matrix expressions by `diff`."""
    import sympy
    from sympy.core.cache import clear_cache

    symbols = sympy_names()

    def ask(row: Row) -> Any:
        assert row.sympy is not None
        clear_cache()
        return row.sympy(*[symbols[n] for n in names_of(row)]).diff(symbols[row.wrt])

    def entries(row: Row, answer: Any, at: dict[str, Any]) -> Any:
        sizes = {sympy.Symbol(s, integer=True, positive=True): k for s, k in SIZES.items()}
        concrete = answer.subs(sizes)
        for n in SHAPES:
            old = symbols[n].subs(sizes)
            concrete = concrete.subs(old, sympy.Matrix(at[n].reshape(old.shape)))
        found = concrete.doit()
        return np.array(
            (found.as_explicit() if hasattr(found, "as_explicit") else found).tolist(), dtype=float
        )

    return System("SymPy", ask, entries)


def tensorgrad_system() -> System:
    """tensorgrad: tensors with named edges."""
    import torch
    from sympy import symbols
    from tensorgrad import Variable
    from tensorgrad.extras.evaluate import evaluate

    named = hasattr(torch.Tensor, "rename")
    sizes = {s: symbols(s) for s in SIZES}
    variables = {
        name: Variable(name, **{f"e{k}": sizes[s] for k, s in enumerate(shape)})
        for name, shape in SHAPES.items()
    }

    def with_edges(name: str) -> Callable[..., Any]:
        return lambda *edges: variables[name].rename(
            **{f"e{k}": edge for k, edge in enumerate(edges)}
        )

    def ask(row: Row) -> Any:
        assert row.tensorgrad is not None
        value = row.tensorgrad(functions(), *[with_edges(n) for n in names_of(row)])
        new = {f"e{k}": f"d{k}" for k in range(len(SHAPES[row.wrt]))}
        return value.grad(variables[row.wrt], new_names=new).full_simplify(), tuple(value.edges)

    def entries(row: Row, answer: Any, at: dict[str, Any]) -> Any:
        if not named:
            return differences(row, at)
        tensor, edges = answer
        given = {
            variables[n]: torch.tensor(at[n]).rename(*[f"e{k}" for k in range(at[n].ndim)])
            for n in names_of(row)
        }
        order = [*edges, *[f"d{k}" for k in range(len(SHAPES[row.wrt]))]]
        return evaluate(tensor, given).align_to(*order).rename(None).numpy()

    return System("tensorgrad", ask, entries)


def compare(systems: list[System]) -> None:
    """Print how many questions each answers right, and how long that takes."""
    questions, at = rows(), values()
    seconds: dict[str, list[float]] = {s.name: [] for s in systems}
    right: dict[str, int] = {s.name: 0 for s in systems}
    for row in questions:
        wanted = differences(row, at)
        for system in systems:
            try:
                runs = []
                for _ in range(REPEATS):
                    start = time.perf_counter()
                    answer = system.ask(row)
                    runs.append(time.perf_counter() - start)
                if not agree(system.entries(row, answer, at), wanted):
                    raise ArithmeticError("the answer is wrong")  # noqa: TRY301
            except Exception as error:
                print(f"{system.name} at {row.text}: {type(error).__name__} {str(error)[:70]}")
                continue
            right[system.name] += 1
            seconds[system.name].append(statistics.median(runs))
    print(f"\n| system | right, of {len(questions)} | median, ms |\n|---|---|---|")
    for s in systems:
        median = f"{statistics.median(seconds[s.name]) * 1e3:.2f}" if seconds[s.name] else "–"
        print(f"| {s.name} | {right[s.name]} | {median} |")


def depth(systems: list[System]) -> None:
    """Print the time for the gradient of a net by its first weight, layer by layer."""
    limits = Limits(length=10**7, depth=10**5, variables=10**5)
    print("\n| layers | " + " | ".join(s.name for s in systems) + " |")
    print("|---|" + "---|" * len(systems))
    known = {s.name for s in systems}
    for name in known:
        _NETS[name](1, limits)  # what is loaded at first use
    failed: set[str] = set()
    for layers in DEPTHS:
        cells = []
        for name in ("mcalc", "SymPy", "tensorgrad"):
            if name not in known:
                continue
            if name in failed:
                cells.append("–")
                continue
            start = time.perf_counter()
            try:
                _NETS[name](layers, limits)
            except (Exception, RecursionError):
                failed.add(name)
                cells.append("fails")
                continue
            taken = time.perf_counter() - start
            cells.append(f"{taken * 1e3:.1f} ms")
            if taken > SECONDS:
                failed.add(name)
        print(f"| {layers} | " + " | ".join(cells) + " |")


def _net_mcalc(layers: int, limits: Any) -> None:
    inner = "".join(f"tanh(W{i}*" for i in range(layers, 0, -1))
    derive(f"v'*{inner}x{')' * layers}", wrt="W1", limits=limits).text  # noqa: B018


def _net_sympy(layers: int, limits: Any) -> None:
    import sympy

    n = sympy.Symbol("n", integer=True, positive=True)
    h, v = sympy.MatrixSymbol("x", n, 1), sympy.MatrixSymbol("v", n, 1)
    weights = [sympy.MatrixSymbol(f"W{i}", n, n) for i in range(1, layers + 1)]
    for W in weights:
        h = (W * h).applyfunc(sympy.tanh)
    found = (v.T * h).diff(weights[0])
    if found.has(sympy.Derivative):
        raise ArithmeticError("not differentiated")


def _net_tensorgrad(layers: int, limits: Any) -> None:
    from sympy import symbols
    from tensorgrad import Variable

    F, n = functions(), symbols("n")
    h, v = Variable("x", i=n), Variable("v", i=n)
    weights = [Variable(f"W{i}", i=n, j=n) for i in range(1, layers + 1)]
    for W in weights:
        h = F.tanh(W @ h.rename(i="j"))
    (v @ h).grad(weights[0]).full_simplify()


_NETS = {"mcalc": _net_mcalc, "SymPy": _net_sympy, "tensorgrad": _net_tensorgrad}

STARTS = {
    "bare Python": "pass",
    "mcalc": "import mcalc; mcalc.derive(\"x'*A*x\", wrt='x').text",
    "SymPy": "from sympy import *; n = Symbol('n'); x = MatrixSymbol('x', n, 1); "
    "A = MatrixSymbol('A', n, n); str((x.T*A*x).diff(x))",
    "tensorgrad": "from sympy import symbols; from tensorgrad import Variable; n = symbols('n'); "
    "x = Variable('x', i=n); A = Variable('A', i=n, j=n); "
    "str((x @ A @ x.rename(i='j')).grad(x).full_simplify())",
}


def start_up(systems: list[System]) -> None:
    """Print the time of a process that gives one answer."""
    print("\n| process with one answer | s |\n|---|---|")
    for name, program in STARTS.items():
        if name != "bare Python" and name not in {s.name for s in systems}:
            continue
        runs = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            runs.append(time.perf_counter() - start)
        print(f"| {name} | {statistics.median(runs):.2f} |")


def main() -> None:
    """Print the three tables."""
    global T0
    systems = [mcalc_system()]
    if find_spec("sympy"):
        import sympy

        T0 = sympy.Dummy("t")
        systems.append(sympy_system())
    if find_spec("tensorgrad"):
        systems.append(tensorgrad_system())
    compare(systems)
    depth(systems)
    start_up(systems)


if __name__ == "__main__":
    main()
