"""Many modules in one run of a program that starts slowly.

The program writes a line for each array, `index function rank sizes… entries…`, the first subscript
running fastest, and `index error message` for what went wrong.
"""

import subprocess
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mcalc.errors import RequestError
from tests.languages.cases import read, sample
from tests.languages.corners import corners, operations

TRIALS = [
    {"expression": "a^3*sum(exp(x))", "wrt": "x"},
    {"expression": "A*exp(x)", "wrt": "x", "layout": "denominator"},
    {"expression": "cosh(x)*y'", "wrt": "x", "layout": "denominator"},
    {"expression": "inv(X)", "wrt": "X", "layout": "denominator"},
    {"expression": "tr(X*A*X*B)", "wrt": "X", "layout": "numerator"},
    {"expression": "x*y'", "wrt": ["x", "y"], "layout": "denominator"},
    {"expression": "a^3*tr(inv(X)*A)", "wrt": "X", "order": 2},
]
"""Requests for code that tries itself."""


@dataclass(frozen=True)
class Source:
    """A module, and its arguments as arrays of the names they have there."""

    text: str
    arguments: dict[str, Any]


def questions(config, step=1):
    """The cases of a language: all of them, or every so manieth of the sample and what is beside.

    The option is known only where this folder is asked for by name.
    """
    every = config.getoption("--every-case", default=False)
    beside = [*corners(), *operations()]
    return [*read(), *beside] if every else [*sample(), *beside][::step]


def answers(cases, language, run_all, folder):
    """(module, arrays) by the names of the cases; `run_all` computes arrays in the folder."""
    modules = sources(cases, language)
    found = run_all(modules, folder)
    named = enumerate(zip(cases, modules, strict=True))
    return {case.name: (module, found.get(k, "nothing")) for k, (case, module) in named}


def sources(cases, language):
    """The modules of the cases by their places; None where the language has no code for one."""
    found = []
    for case in cases:
        try:
            code = case.code(language)
            found.append(Source(code.source, case.arguments(code)))
        except RequestError as refusal:
            found.append(refusal)
    return found


def run(command, folder, seconds=600):
    """The arrays that a program writes, by the place of the case; its words where one fails."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = {}
    for line in done.stdout.splitlines():
        place, word, *rest = line.split(" ")
        if word == "error":
            found[int(place)] = " ".join(rest)
            continue
        rank = int(rest[0])
        sizes = [int(s) for s in rest[1 : 1 + rank]]
        entries = np.array([float(x) for x in rest[1 + rank :]])
        found.setdefault(int(place), []).append(entries.reshape(sizes, order="F"))
    return found


def check(case, source, found, shaped):
    """Fails where a case went wrong; `shaped` brings NumPy's shape to an array, or fails."""
    if isinstance(source, RequestError):
        pytest.skip(str(source))
    assert isinstance(found, list), found
    value, derivative = case.wanted
    for ours in (found[:2], found[2:]):
        case.check(shaped(ours[0], value.shape), shaped(ours[1], derivative.shape))
