"""Questions, with points, at which modules in every language have to give the numbers of NumPy's.

They are those of `data/references.jsonl`, for which NumPy's answers are held to JAX's derivatives
of hand-written functions elsewhere.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mcalc import derive

DATA = Path(__file__).parents[1] / "data" / "references.jsonl"
STEP = 9
"""Of the questions every so manieth is in the sample; they are in the order of their subjects."""
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Case:
    """A question, one of the derivatives it asks for, and a point by the names of the variables."""

    name: str
    request: dict[str, Any]
    wrt: tuple[str, ...]
    at: dict[str, Any]

    @property
    def answer(self):
        """The derivative; it has `value`, `wrt`, and `code(language)`."""
        return next(d for d in _answer(json.dumps(self.request)).derivatives if d.wrt == self.wrt)

    def code(self, language):
        """The module in a language: its `source`, and its `arguments` by variables."""
        return self.answer.code(language)

    def arguments(self, code):
        """Arrays of float64 and floats, by the arguments of a module."""
        return {
            keyword: np.array(self.at[name], dtype=float)
            if np.ndim(self.at[name])
            else float(self.at[name])
            for name, keyword in code.arguments.items()
        }

    @property
    def wanted(self):
        """(value, derivative) as NumPy has them, of the shapes value.shape and + variable.shape."""
        function = self.answer.compile("numpy")
        value, derivative = function.value_and_derivative(**self.arguments(self.code("numpy")))
        return np.asarray(value), np.asarray(derivative)

    def check(self, value, derivative):
        """Fails where the value or the derivative differ from NumPy's."""
        for what, found, wanted in zip(
            ("value", "derivative"), (value, derivative), self.wanted, strict=True
        ):
            found = np.asarray(found)
            assert found.shape == wanted.shape, f"the {what} has the shape {found.shape}"
            scale = max(np.abs(wanted).max(initial=0.0), 1e-3)
            error = np.abs(found - wanted).max(initial=0.0) / scale
            assert error <= TOLERANCE, f"the {what} is off by {error:.1e}"


@cache
def _answer(request):
    return derive(**json.loads(request))


def read():
    """All cases."""
    found = []
    for line in DATA.read_text().splitlines():
        entry = json.loads(line)
        point = entry["points"][0]
        for derivative in point["derivatives"]:
            wrt = tuple(derivative["wrt"])
            name = f"{entry['name']} {' '.join(wrt)}"
            found.append(Case(name, entry["request"], wrt, point["at"]))
    return found


def sample():
    """The fixed sample: every ninth case."""
    return read()[::STEP]
