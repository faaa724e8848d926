"""Generated NumPy code against an expert's, the textbook's, JAX's and PyTorch's.

    pip install jax torch && python bench/code.py [--rows TEXT] [--sizes 10 100] [--threads]

All contenders of a row run in this process, in turn, and are first held to agree. The figures are
medians of the ratios of paired runs to the expert's time; `bound` is the operation of BLAS or of
memory that no code can do without. Without --threads everything runs in one thread and what counts
is the time of the processor; with it the libraries take their default threads and what counts is
the clock. --write FILE runs both ways and makes the page of the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

THREADED = "--threads" in sys.argv
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "XLA_FLAGS")
SURROUNDINGS = {name: value for name, value in os.environ.items() if name not in THREADS}
if not THREADED:  # before NumPy is imported
    for variable in THREADS[:3]:
        os.environ[variable] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import statistics
import time

import numpy as np
from frameworks import jax_ways, products, torch_ways
from rows import ROWS, Row

import mcalc

if TYPE_CHECKING:
    Call = Callable[[], Any]

CLOCK = time.perf_counter if THREADED else time.process_time
CONTENDERS = ("generated", "expert", "bound", "naive", "JAX", "PyTorch")
SECONDS = 2.0
"""How long the contenders of one row and size run, at most; a few rounds in any case."""
REST = 0.1
"""With threads, the seconds between contenders, after which those of the last one sleep."""
PRODUCTS = (100, 1000, 2000)
"""The sizes of the matrices whose product is timed by itself."""
BATCH = 1e-3
"""Quicker calls are timed several at once."""
AGREEMENT = 1e-8


def timed(call: Call, repeats: int) -> float:
    """Seconds of one call."""
    start = CLOCK()
    for _ in range(repeats):
        call()
    return (CLOCK() - start) / repeats


def settled(call: Call) -> tuple[float, int]:
    """(seconds of one call once it is warm, how many calls make a batch)."""
    call()
    once = min(timed(call, 1) for _ in range(3))
    repeats = max(1, min(1000, int(BATCH / max(once, 1e-7))))
    return timed(call, repeats), repeats


def generated(row: Row, given: dict[str, Any]) -> Call:
    """A call of the generated module."""
    fields = {"along": row.along} if row.along else {}
    answer = mcalc.derive(
        row.expression, wrt=row.wrt, order=row.order, variables=row.variables, **fields
    ).only
    function = answer.compile("numpy")
    if row.both:
        function = function.value_and_derivative
    arguments = {keyword: given[name] for name, keyword in answer.numpy.arguments.items()}
    return lambda: function(**arguments)


def flat(result: Any) -> list[Any]:
    """The arrays of a result."""
    parts = result if isinstance(result, tuple) else (result,)
    return [np.asarray(part) for part in parts]


def agree(found: Any, expected: Any, who: str, row: Row) -> None:
    """Refuse to time what is wrong.

    Raises: AssertionError.
    """
    for a, b in zip(flat(found), flat(expected), strict=True):
        assert a.shape == b.shape, f"{row.name}: {who} has the shape {a.shape}, not {b.shape}"
        error = np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b)))
        assert error < AGREEMENT, f"{row.name}: {who} is off by {error:.1e}"


def measure(row: Row, n: int, seconds: float = SECONDS) -> dict[str, Any]:
    """Seconds of the expert, and the ratio of each contender to it."""
    given = row.data(np.random.default_rng(n), n)
    calls: dict[str, list[Call]] = {
        "generated": [generated(row, given)],
        "expert": [lambda: row.expert(**given)],
        "naive": [lambda: row.naive(**given)],
        "JAX": jax_ways(row, given),
        "PyTorch": torch_ways(row, given),
    }
    expected = row.expert(**given)
    is_wide = flat(expected)[-1].size > np.size(given[row.wrt])
    best: dict[str, tuple[Call, int]] = {}
    spent = 0.0
    for who, ways in calls.items():
        found: list[tuple[float, int, Call]] = []
        for call in ways:
            agree(call(), expected, who, row)
            once, repeats = settled(call)
            found.append((once, repeats, call))
        if found:
            once, repeats, call = min(found, key=lambda way: way[0])
            best[who] = (call, repeats)
            spent += once * repeats
    bound: Call = lambda: row.bound(**given)  # noqa: E731
    best["bound"] = (bound, settled(bound)[1])
    rounds = int(max(5, min(10 if THREADED else 200, seconds / max(spent, 1e-6))))
    times = in_turn(best, rounds)
    return {
        "row": row.name,
        "n": n,
        "order": row.order,
        "wide": is_wide,
        "seconds": statistics.median(times["expert"]),
        "ratios": ratios(times, "expert"),
    }


def in_turn(best: dict[str, tuple[Call, int]], rounds: int) -> dict[str, list[float]]:
    """The seconds of each call in so many rounds."""
    times: dict[str, list[float]] = {who: [] for who in best}
    order = list(best)
    for k in range(rounds):
        for who in order[k % len(order) :] + order[: k % len(order)]:
            call, repeats = best[who]
            if THREADED:
                time.sleep(REST)
            call()  # what others left in caches and in the allocator is not its own
            times[who].append(timed(call, repeats))
    return times


def ratios(times: dict[str, list[float]], base: str) -> dict[str, float]:
    """The medians of the ratios of paired runs."""
    return {
        who: statistics.median(a / b for a, b in zip(found, times[base], strict=True))
        for who, found in times.items()
    }


def measure_product(n: int) -> dict[str, Any]:
    """Seconds of the product of two matrices in NumPy, and the ratios of the frameworks to it."""
    rng = np.random.default_rng(n)
    A, B = rng.standard_normal((2, n, n))
    calls: dict[str, Call] = {"NumPy": lambda: A @ B, **products(A, B)}
    times = in_turn({who: (call, settled(call)[1]) for who, call in calls.items()}, 10)
    return {
        "product": n,
        "seconds": statistics.median(times["NumPy"]),
        "ratios": ratios(times, "NumPy"),
    }


# ---------------------------------------------------------------- printing
def duration(seconds: float) -> str:
    """Seconds in a unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.1 or unit == "µs":
            break
    value = seconds / size
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"


def figure(ratio: float) -> str:
    """A ratio as the table has it."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def line(found: dict[str, Any]) -> str:
    """One line of the table."""
    ratios = found["ratios"]
    cells = [figure(ratios[who]) if who in ratios else "–" for who in CONTENDERS if who != "expert"]
    cells[0] = f"**{cells[0]}**"
    name = found["row"].replace("|", "\\|")
    return f"| `{name}` | {found['n']} | {duration(found['seconds'])} | {' | '.join(cells)} |"


HEAD = (
    "| derivative | n | expert | generated | bound | naive | JAX | PyTorch |\n"
    "|---|---|---|---|---|---|---|---|"
)


def summary(table: Sequence[dict[str, Any]]) -> str:
    """Medians and worst cases."""
    ours = [t["ratios"]["generated"] for t in table]
    lines = [f"Generated to expert: median {figure(statistics.median(ours))}"]
    for what, chosen in (
        ("n = 10", [t for t in table if t["n"] == 10]),
        ("n ≥ 100", [t for t in table if t["n"] >= 100]),
    ):
        if chosen:
            worst = max(chosen, key=lambda t: t["ratios"]["generated"])
            lines[0] += f", worst at {what} {figure(worst['ratios']['generated'])} ({worst['row']})"
    lines[0] += "."
    rivals = [(t, rival(t)) for t in table if rival(t) is not None]
    if rivals:
        worst, ratio = min(rivals, key=lambda pair: pair[1] or 0.0)
        lines.append(
            f"The better of JAX and PyTorch to generated: median "
            f"{figure(statistics.median(r or 0.0 for _, r in rivals))}, least "
            f"{figure(ratio or 0.0)} ({worst['row']}, n = {worst['n']})."
        )
        wide = [r or 0.0 for t, r in rivals if t["wide"] and t["n"] >= 100]
        if wide:
            lines.append(
                f"Of Hessians and Jacobians at n ≥ 100: median {figure(statistics.median(wide))}."
            )
    return "\n".join(lines)


def libraries(found: Sequence[dict[str, Any]]) -> str:
    """What the product of two matrices takes in each library."""
    lines = [
        f"n = {one['product']}: {duration(one['seconds'])} in NumPy, "
        + ", ".join(f"{who} {figure(r)}" for who, r in one["ratios"].items() if who != "NumPy")
        for one in found
    ]
    return "The product of two n×n matrices alone, as a ratio to NumPy's: " + "; ".join(lines) + "."


def rival(found: dict[str, Any]) -> float | None:
    """The time of the better framework over that of the generated code."""
    ratios = found["ratios"]
    theirs = [ratios[who] for who in ("JAX", "PyTorch") if who in ratios]
    return min(theirs) / ratios["generated"] if theirs else None


def machine() -> str:
    """The processor and the libraries."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    import scipy

    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}",
                f"SciPy {scipy.__version__}"]  # fmt: skip
    for name in ("jax", "torch"):
        module = sys.modules.get(name)
        if module is not None:
            versions.append(f"{name} {module.__version__}")
    return f"{cpu}, {os.cpu_count()} processors; {', '.join(versions)}"


PAGE = """# How fast the generated code is

Made by `python bench/code.py --write docs/performance.md`, on {machine}.

Every figure is a ratio to the time of the code that an expert writes by hand from the closed form,
with every trick (`bench/rows`). `naive` is the formula as a textbook prints it, typed in.
JAX is the best of its ways, jitted; PyTorch the best of autograd and `torch.func`. `bound` is the
operation of BLAS or of memory that no code can do without. All contenders run in one process, in
turn, and agree to 1e-8; the figures are medians of the ratios of paired runs. Each framework brings
a library for products of its own: what these differ by is told at the head of each table.

## One thread
{single}

## Default threads
{threaded}
"""


def write(path: Path, options: list[str]) -> None:
    """The page of the documentation, from a run of each kind."""
    tables = []
    for extra in ([], ["--threads"]):
        command = [sys.executable, __file__, "--json", *options, *extra]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env=SURROUNDINGS
        )
        tables.append([json.loads(x) for x in done.stdout.splitlines()])
    single, threaded = map(report, tables)
    import jax  # noqa: F401
    import torch  # noqa: F401

    path.write_text(PAGE.format(machine=machine(), single=single, threaded=threaded))


def report(found: Sequence[dict[str, Any]]) -> str:
    """The table with what is to be said of it."""
    table = [one for one in found if "row" in one]
    alone = [one for one in found if "product" in one]
    return "\n".join([summary(table), libraries(alone), "", HEAD, *map(line, table)])


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description="Generated code against an expert's.")
    arguments.add_argument("--rows", nargs="+", default=[""], help="parts of the names of rows")
    arguments.add_argument("--sizes", nargs="+", type=int, help="these sizes only")
    arguments.add_argument("--seconds", type=float, default=SECONDS, help="for a row and size")
    arguments.add_argument("--threads", action="store_true", help="default threads, by the clock")
    arguments.add_argument("--json", action="store_true", help="one object a line")
    arguments.add_argument("--write", type=Path, help="run both ways and write this page")
    given = arguments.parse_args()
    if given.write:
        write(given.write, ["--seconds", str(given.seconds)])
        return
    table = []
    if not given.json:
        print(HEAD)
    for row in ROWS:
        if not any(part in row.name for part in given.rows):
            continue
        for n in row.sizes:
            if given.sizes and n not in given.sizes:
                continue
            table.append(measure(row, n, given.seconds))
            print(json.dumps(table[-1]) if given.json else line(table[-1]), flush=True)
    alone = [measure_product(n) for n in PRODUCTS if not given.sizes or n in given.sizes]
    if given.json:
        print(*map(json.dumps, alone), sep="\n")
    else:
        print(f"\n{summary(table)}\n{libraries(alone)}\n{machine()}")


if __name__ == "__main__":
    main()
