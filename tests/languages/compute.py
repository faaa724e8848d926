"""Value and derivative by modules of the languages that run within Python."""

import numpy as np
import pytest

from mcalc.numeric.callable import load


def in_jax(source, given):
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    found = load(source).value_and_derivative(**given)
    jax.config.update("jax_enable_x64", before)
    return found


def in_torch(source, given):
    torch = pytest.importorskip("torch")
    at = {name: torch.tensor(x, dtype=torch.float64) for name, x in given.items()}
    return load(source).value_and_derivative(**at)


def in_julia(source, given):
    """By our reader of Julia."""
    pytest.importorskip("tree_sitter_julia")
    from tests.languages.julia import run

    at = {name: x if np.ndim(x) else float(x) for name, x in given.items()}
    return run(source)["value_and_derivative"](**at)


PYTHON = {"jax": in_jax, "torch": in_torch}
JULIA = {"julia": in_julia}
