"""A verdict held against numbers: chords between points of the domain, and sampled Hessians."""

from __future__ import annotations

import numpy as np

from mcalc.calculus.linearize import linearize
from mcalc.core.condition import Property
from mcalc.core.expr import postorder
from mcalc.core.leaves import EXTENT, VARIABLE, tangent
from mcalc.core.size import DERIVED
from mcalc.numeric.evaluate import concrete, evaluate
from mcalc.numeric.sample import _RANGES, holds
from mcalc.numeric.spaces import directions, structured

_LARGEST = 1e8
_ROUNDING = 1e-7
_SYMMETRIC = {
    Property.SYMMETRIC,
    Property.POSITIVE_DEFINITE,
    Property.POSITIVE_SEMIDEFINITE,
    Property.NEGATIVE_DEFINITE,
    Property.NEGATIVE_SEMIDEFINITE,
}
_MARGIN = 1e-6
_MOST_DIRECTIONS = 3


class Sampler:
    """Points of the domain of f, for one draw of sizes and constants, that meet the conditions."""

    def __init__(self, f, X, conditions, seed):
        self.f, self.X = f, X
        self.rng = np.random.default_rng(seed)
        nodes = list(postorder(f, X))
        axes = [axis for node in nodes for axis in node.shape.axes]
        axes += [node.data for node in nodes if node.op is EXTENT]
        symbols = sorted({symbol for axis in axes for symbol in axis.symbols})
        self.sizes = {s: int(self.rng.integers(1, 4)) for s in symbols if s not in DERIVED}
        where_it_exists = [node.op.exists or node.op.domain for node in nodes]
        self.asked = list(
            dict.fromkeys(conditions)
            | {
                c: None
                for node, rule in zip(nodes, where_it_exists, strict=True)
                if rule
                for c in rule(node)
            }
        )
        self.smooth = [c for node in nodes if node.op.domain for c in node.op.domain(node)]
        symmetric = {c.subject for c in conditions if c.property in _SYMMETRIC}
        variables = [node for node in nodes if node.op is VARIABLE]
        self.words = {
            v: (*v.data.structure, *(("symmetric",) if v in symmetric else ())) for v in variables
        }
        self.values = {}
        self.draw_constants()

    def draw_constants(self):
        self.values = {v.data.name: self._drawn(v) for v in self.words if v is not self.X}

    def _drawn(self, v):
        shape = concrete(v.shape, self.sizes)
        draw = _RANGES[self.rng.integers(len(_RANGES))]
        M = np.asarray(draw(self.rng, shape), dtype=float) * self.rng.choice([0.3, 1, 1, 4, -1])
        if len(shape) == 2 and shape[0] == shape[1] and self.rng.random() < 0.4:
            M = M @ M.T * self.rng.choice([-1, 1])
        return structured(M, self.words[v])

    def value(self, at):
        (found,) = evaluate([self.f], self._with(at), self.sizes)
        return float(found)

    def _with(self, at):
        return {**self.values, self.X.data.name: at}

    def meets(self, conditions, at):
        """Whether they hold, by some margin."""
        subjects = evaluate([c.subject for c in conditions], self._with(at), self.sizes)
        return all(holds(c.property, s, _MARGIN) for c, s in zip(conditions, subjects, strict=True))

    def points(self, count, tries):
        """(X, f(X)) for as many X of the domain as were found."""
        found = []
        for _ in range(tries):
            at = self._drawn(self.X)
            value = self.value(at)
            if np.isfinite(value) and abs(value) < _LARGEST and self.meets(self.asked, at):
                found.append((at, value))
            if len(found) == count:
                break
        return found

    def hessian(self, at):
        """The matrix of the second differential on some orthonormal directions of X."""
        first, second = tangent(self.X, 100), tangent(self.X, 101)
        form = linearize(linearize(self.f, self.X, first), self.X, second)
        basis = directions(at, self.words[self.X])
        if len(basis) > _MOST_DIRECTIONS:
            Q, _ = np.linalg.qr(self.rng.standard_normal((len(basis), _MOST_DIRECTIONS)))
            basis = np.tensordot(Q.T, basis, axes=1)
        H = np.empty((len(basis), len(basis)))
        for i, E in enumerate(basis):
            for j, F in enumerate(basis[: i + 1]):
                (entry,) = evaluate(
                    [form], self._with(at), self.sizes, {first.data: E, second.data: F}
                )
                H[i, j] = H[j, i] = float(entry)
        return H


def violation(f, X, kind, conditions=(), seed=0, draws=4):
    """What contradicts the claim that f is of this kind under the conditions, and how often tried.

    (a description or None, the number of chords that were measured)
    """
    sampler = Sampler(f, X, conditions, seed)
    measured = 0
    for _ in range(draws):
        found = sampler.points(4, tries=24)
        for i, (a, fa) in enumerate(found):
            for b, fb in found[:i]:
                measured += 1
                fault = _chord(sampler, kind, a, fa, b, fb)
                if fault:
                    return f"{fault} at {sampler.values} {a} {b}", measured
        for a, _ in found[:1]:
            fault = _bent(sampler, kind, a)
            if fault:
                return f"{fault} at {sampler.values} {a}", measured
        sampler.draw_constants()
    return None, measured


def _chord(sampler, kind, a, fa, b, fb):
    """The value in the middle against the mean of the values at the ends."""
    middle = sampler.value((a + b) / 2)
    if not np.isfinite(middle):
        return "the domain is not convex"
    above = (fa + fb) / 2 - middle
    tolerance = _ROUNDING * max(abs(fa), abs(fb), abs(middle), 1)
    if kind in ("affine", "constant") and abs(above) > tolerance:
        return f"{above} above the chord"
    if kind == "constant" and abs(fa - fb) > tolerance:
        return f"{fa} and {fb}"
    if "convex" in kind and above < -tolerance:
        return f"{-above} above the chord"
    if "concave" in kind and above > tolerance:
        return f"{above} below the chord"
    return None


def _bent(sampler, kind, a):
    """The eigenvalues of the Hessian, where there is one."""
    if not sampler.meets(sampler.smooth, a):
        return None
    H = sampler.hessian(a)
    if not np.isfinite(H).all() or not H.size or np.abs(H).max() > _LARGEST:
        return None
    eigenvalues = np.linalg.eigvalsh(H)
    if "concave" in kind:
        eigenvalues = -eigenvalues[::-1]
    largest = np.abs(eigenvalues).max()
    tolerance = _ROUNDING * max(largest, 1e-3 * np.abs(sampler.value(a)), 1e-6)
    if kind in ("affine", "constant"):
        return f"eigenvalues {eigenvalues}" if largest > tolerance else None
    if eigenvalues[0] < -tolerance:
        return f"eigenvalues {eigenvalues} of a function that is {kind}"
    # Where it is strictly bent, a Hessian may be singular on a thin set alone.
    flat = eigenvalues[0] < 1e-13 * largest
    moderate = np.abs(a).max(initial=0) < 3 and np.abs(a).min(initial=3) > 1e-2
    if kind.startswith("str") and flat and largest > 1e-6 and moderate:
        return f"eigenvalues {eigenvalues} of a function that is {kind}"
    return None
