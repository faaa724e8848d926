"""Data for trying a generated module: a point, and directions for differences there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcalc.calculus.layout import axes_in
from mcalc.core.leaves import Variable, variable_name
from mcalc.errors import RequestError
from mcalc.numeric.sample import point
from mcalc.numeric.spaces import directions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr

_SEED = 0


class Change(NamedTuple):
    """A variable and a direction in which it changes; whether the derivative has axes for it."""

    argument: str
    direction: NDArray[np.float64]
    free: bool


class Trial(NamedTuple):
    """Values of all arguments; the changes, one for each order; how far differences step.

    The derivative times the directions of its free changes, from the last axes to the first, is the
    difference Σ ±value(…±step*direction…) over all signs, over (2*step)^order. That is so with its
    axes in the order of the mixed layout; `axes` has the order in which they are.
    """

    values: Mapping[str, NDArray[np.float64]]
    changes: tuple[Change, ...]
    step: float
    tolerance: float
    axes: tuple[int, ...]

    @property
    def free(self) -> tuple[Change, ...]:
        """The changes for which the derivative has axes."""
        return tuple([c for c in self.changes if c.free])

    @property
    def transposed(self) -> bool:
        """Whether the axes are in another order than in the mixed layout."""
        return self.axes != tuple(range(len(self.axes)))

    @property
    def back(self) -> tuple[int, ...]:
        """The axes as they are, in the order of the mixed layout."""
        return tuple(sorted(range(len(self.axes)), key=self.axes.__getitem__))


def trial(
    derivative: Derivative,
    result: Expr,
    variables: Mapping[str, Expr],
    arguments: Mapping[str, str],
    layout: str,
) -> Trial:
    """A random point in the domain of the value and the derivative, the same for the same question.

    Raises: RequestError where there is none to be found, or a function is unknown.
    """
    if any(name not in variables for name in arguments):
        raise RequestError(
            "code for functions, sizes or changes that are arguments has no check of its own",
            hint="ask for it without with_check",
        )
    found = point([derivative.value, result, *variables.values()], _SEED, by=derivative.wrt)
    if found is None:
        raise RequestError(
            "no point was found at which the code could check itself",
            hint="ask for it without with_check",
        )
    rng = np.random.default_rng(_SEED)
    names = [variable_name(v) for v in derivative.along]
    first = len(derivative.wrt) - len(names)
    changes = []
    for k, X in enumerate(derivative.wrt):
        name = variable_name(X)
        if k >= first:
            direction = found.values[names[k - first]]
        else:
            assert isinstance(X.data, Variable)
            basis = directions(found.values[name], X.data.structure)
            direction = np.tensordot(rng.standard_normal(len(basis)), basis, 1)
        changes.append(Change(arguments[name], direction, k < first))
    order = len(changes)
    return Trial(
        {arguments[name]: found.values[name] for name in variables},
        tuple(changes),
        step=float(f"{np.finfo(float).eps ** (1 / (order + 2)):.0e}"),
        tolerance=10.0 ** (-6 if order == 1 else -4 + order // 3),
        axes=axes_in(derivative, layout),
    )
