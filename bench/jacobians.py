"""Jacobians of a matrix by a matrix: generated NumPy code against JAX's jacobian, jitted.

    pip install jax && python bench/jacobians.py

Both run in this process, in turn; the figure is the median of the ratios of paired runs, with the
time to write an array of the same size beside it.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import mcalc

jax.config.update("jax_enable_x64", True)

SIZES = (10, 30, 60)
RUNS = 9

CASES: dict[str, Callable[..., Any]] = {
    "A*X*B": lambda A, B, X: A @ X @ B,
    "inv(X)": lambda X: jnp.linalg.inv(X),
    "X.*X": lambda X: X * X,
    "X'*A*X": lambda A, X: X.T @ A @ X,
}


def seconds(function: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(expression: str, reference: Callable[..., Any], n: int) -> tuple[float, float, float]:
    """(seconds of ours, JAX's time over ours, ours over writing the array)."""
    derivative = mcalc.derive(expression, wrt="X").only
    ours = derivative.compile("numpy")
    names = sorted(derivative.numpy.arguments)
    rng = np.random.default_rng(0)
    values = {name: rng.standard_normal((n, n)) + n * np.eye(n) for name in names}
    theirs = jax.jit(jax.jacobian(reference, argnums=names.index("X")))
    arrays = [jnp.asarray(values[name]) for name in names]
    found = ours(**values)
    assert np.allclose(found, theirs(*arrays))
    times = []
    for _ in range(RUNS):
        mine = seconds(lambda: ours(**values))
        jaxs = seconds(lambda: theirs(*arrays).block_until_ready())
        written = seconds(lambda: np.full(found.shape, 1.0))
        times.append((mine, jaxs / mine, mine / written))
    return tuple(statistics.median(column) for column in zip(*times, strict=True))  # type: ignore[return-value]


def main() -> None:
    """Print the table."""
    print("expression      n     ours, ms   JAX/ours   ours/writing")
    for expression, reference in CASES.items():
        for n in SIZES:
            mine, ratio, writing = compare(expression, reference, n)
            print(f"{expression:<12}{n:>5}{mine * 1e3:>12.3f}{ratio:>11.1f}{writing:>15.1f}")


if __name__ == "__main__":
    main()
