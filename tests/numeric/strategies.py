"""What the numeric tests draw: arguments of operations, and what is claimed of values."""

from itertools import product

import numpy as np

from mcalc.core import facts
from mcalc.core.leaves import variable
from mcalc.core.shape import Shape
from mcalc.core.size import Size

M, N, P, Q = (Size.symbol(name) for name in "mnpq")
SIZES = {"m": 3, "n": 2, "p": 2, "q": 4}

TOL = 1e-8


def near(a, b, scale=1.0):
    """Whether two arrays agree, up to rounding of numbers of this size."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, (a.shape, b.shape)
    size = max(scale, np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool((np.abs(a - b) <= TOL * size).all())


# ---------------------------------------------------------------- arguments
def arity(op):
    """The number of arguments of an operation of the table."""
    return len(op.signature.arguments)


def axes_of(signature):
    """The letters of a signature and whether their axes have to be there."""
    needed: dict[str, bool] = {}
    for rows, cols, present in signature.arguments:
        for letter in (rows, cols):
            if letter != "_":
                needed[letter] = needed.get(letter, False) or present
    return needed


def argument_shapes(op):
    """Shapes of the arguments: each axis absent where it may be, of size 1, or a symbol."""
    needed = axes_of(op.signature)
    symbols = dict(zip(needed, (M, N, P, Q), strict=False))
    sizes = [[symbols[letter], Size.of(1)] for letter in needed]
    if op.length:
        sizes = [[Size.of(op.length)] for letter in needed]
    choices = [
        [*some, *([] if present else [None])]
        for some, present in zip(sizes, needed.values(), strict=True)
    ]
    for chosen in product(*choices):
        axes = dict(zip(needed, chosen, strict=True)) | {"_": None}
        yield tuple(Shape(axes[rows], axes[cols]) for rows, cols, _ in op.signature.arguments)


def is_square(shape):
    return shape.is_matrix and shape.rows == shape.cols


def draw(rng, kind, dims):
    """An array from where the operation's argument is drawn (`Op.sample`)."""
    square = len(dims) == 2 and dims[0] == dims[1]
    if kind == "normal":
        return rng.standard_normal(dims)
    if kind == "positive":
        return rng.uniform(0.3, 2.0, dims)
    if kind == "whole":
        return rng.integers(1, 4, dims).astype(float)
    if kind == "symmetric":
        X = rng.standard_normal(dims)
        return X + X.T
    if kind == "unit":
        return rng.uniform(-0.8, 0.8, dims)
    if kind == "above one":
        return rng.uniform(1.2, 3.0, dims)
    if kind == "invertible" and square:
        return 0.5 * rng.standard_normal(dims) + 2 * np.eye(dims[0])
    if kind == "invertible":
        return rng.uniform(0.5, 2.0, dims)
    if kind == "spd" and square:
        G = rng.standard_normal(dims)
        return G @ G.T + np.diag(np.arange(1.0, dims[0] + 1))
    if kind == "spd":
        return rng.uniform(0.5, 2.0, dims)
    raise AssertionError(f"no sampler for {kind!r}: add it here")


STRUCTURES = (
    (),
    ("symmetric",),
    ("skew",),
    ("diagonal",),
    ("lower",),
    ("upper",),
    ("orthogonal",),
    ("spd",),
    ("psd",),
    ("positive",),
    ("orthogonal", "symmetric"),
    ("diagonal", "spd"),
)


def structures_for(shape, *, symmetric=False):
    """The structures that a variable of this shape may have."""
    if symmetric and is_square(shape):
        return [s for s in STRUCTURES if s and variable("X", shape, s).has(facts.SYMMETRIC)]
    return [s for s in STRUCTURES if is_square(shape) or set(s) <= {"positive"}]


def arguments(shapes, structures=None):
    names = [f"X{i}" for i in range(len(shapes))]
    structures = structures or [()] * len(shapes)
    return tuple(variable(*parts) for parts in zip(names, shapes, structures, strict=True))


# ---------------------------------------------------------------- claims
def _small(E, scale):
    return bool(np.abs(E).max(initial=0.0) <= TOL * scale)


CLAIMS = {
    "SYMMETRIC": lambda X, s: X.ndim < 2 or _small(X - X.T, s),
    "NONNEGATIVE": lambda X, s: bool((-TOL * s <= X).all()),
    "POSITIVE": lambda X, s: bool((-TOL * s < X).all()),
    "PSD": lambda X, s: X.ndim < 2 or (_small(X - X.T, s) and np.linalg.eigvalsh(X)[0] >= -TOL * s),
    "PD": lambda X, s: X.ndim < 2 or (_small(X - X.T, s) and np.linalg.eigvalsh(X)[0] > -TOL * s),
    "INVERTIBLE": lambda X, s: X.ndim < 2 or X.shape[0] == X.shape[1],
    "DIAGONAL": lambda X, s: X.ndim < 2 or (_small(np.triu(X, 1), s) and _small(np.tril(X, -1), s)),
    "LOWER": lambda X, s: X.ndim < 2 or _small(np.triu(X, 1), s),
    "UPPER": lambda X, s: X.ndim < 2 or _small(np.tril(X, -1), s),
    "ORTHOGONAL": lambda X, s: X.ndim < 2 or _small(X.T @ X - np.eye(len(X)), max(s, 1.0)),
    "SKEW": lambda X, s: X.ndim < 2 or _small(X + X.T, s),
    "INTEGER": lambda X, s: _small(X - np.round(X), s),
}
"""Of each fact what it says of an array; strict ones are tested up to rounding by their closure."""

STRICT = {
    "POSITIVE": lambda X: bool((X > 0).all()),
    "PD": lambda X: X.ndim < 2 or np.linalg.eigvalsh(X)[0] > 0,
    "INVERTIBLE": lambda X: X.ndim < 2 or np.linalg.svd(X, compute_uv=False)[-1] > 0,
}
"""The strict parts, for values of moderate size and condition."""


def false_claims(e, value, scale=None, *, strict=True):
    """The names of the facts that a node claims wrongly."""
    value = np.asarray(value)
    if not np.isfinite(value).all():
        return []
    scale = max(np.abs(value).max(initial=0.0), scale or 0.0)
    return [
        name
        for name, holds in CLAIMS.items()
        if e.has(getattr(facts, name))
        and not (holds(value, scale) and (not strict or STRICT.get(name, lambda X: True)(value)))
    ]
