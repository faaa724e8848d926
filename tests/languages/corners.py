"""Questions at which languages differ: sizes of one, names, broadcasts, far or negative arguments.

And each operation of the table, where its domain is.
"""

from dataclasses import dataclass

import numpy as np

from mcalc.numeric.sample import point
from tests.languages.cases import Case
from tests.languages.test_operations import EXPRESSIONS, TURNED, answer


def _numbers(*shape, seed=1):
    return np.random.default_rng(seed).uniform(0.2, 1.4, shape).tolist()


_SPD = [[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.1]]
_X = [[-1.0, 0.4, 0.3], [0.2, 0.9, -0.5], [0.7, 0.1, 1.3]]
_SPD_DECLARED = {"S": {"structure": ["spd"]}}
_TABLE = [
    # sizes of one
    ("A*exp(x)", "A", {}, {"A": _numbers(1, 2), "x": _numbers(2)}),
    ("A*exp(x)", "A", {}, {"A": _numbers(2, 1), "x": _numbers(1)}),
    ("expm(A)*x", "A", {}, {"A": _numbers(1, 1), "x": _numbers(1)}),
    ("softmax(W*x)", "W", {}, {"W": _numbers(1, 2), "x": _numbers(2)}),
    ("X*X'", "X", {}, {"X": _numbers(1, 2)}),
    ("diag(x)*A", "x", {}, {"A": _numbers(1, 3), "x": _numbers(1)}),
    ("x'*inv(X)*x+logdet(X)", "X", {}, {"X": _numbers(1, 1), "x": _numbers(1)}),
    ("kron(x,y)", "x", {}, {"x": _numbers(1), "y": _numbers(3)}),
    # broadcasts: rows, columns, both, in sums and products
    ("x*vector(1)'+vector(1)*y'", "x", {}, {"x": _numbers(3), "y": _numbers(2, seed=2)}),
    ("exp(X-x*vector(1)')./(vector(1)*y')", "X", {},
     {"X": _numbers(3, 2), "x": _numbers(3), "y": _numbers(2)}),
    ("norm2(X*y-a*vector(1))^2*X", "y", {}, {"X": _numbers(2, 3), "y": _numbers(3), "a": 0.3}),
    ("max(x,y)'*min(x,y)", "x", {}, {"x": _numbers(3), "y": _numbers(3, seed=2)}),
    ("max(X,a)", "X", {}, {"X": _numbers(2, 3), "a": 0.7}),
    ("x.^y+a.^x+x.^a", "x", {}, {"x": _numbers(3), "y": _numbers(3, seed=2), "a": 1.7}),
    # names that mean something, or are no ASCII
    ("t'*T*t+c*sum(t)+pi_1*t'*end", "t", {"end": {"kind": "vector"}, "c": {"kind": "scalar"}},
     {"t": _numbers(3), "T": _numbers(3, 3), "c": 0.5, "pi_1": 2.0, "end": _numbers(3)}),
    ("λ*lambda*for'*X*in", "X", {"for": {"kind": "vector"}, "in": {"kind": "vector"}},
     {"λ": 2.0, "lambda": 3.0, "for": _numbers(2), "in": _numbers(3), "X": _numbers(2, 3)}),
    ("value*check'*Σ*check", "check", {"value": {"kind": "scalar"}, "check": {"kind": "vector"}},
     {"value": 2.0, "check": _numbers(3), "Σ": _X}),
    # operations that the corpus lacks
    ("log(det(X))", "X", {}, {"X": _SPD}),
    ("det(X)*x'*X*x", "X", {}, {"X": _X, "x": _numbers(3)}),
    ("duplication(2)*x", "x", {}, {"x": _numbers(3)}),
    ("elimination(3)*vec(X)", "X", {"X": {"shape": [3, 3]}}, {"X": _X}),
    ("tr(S^a)", "S", _SPD_DECLARED, {"S": _SPD, "a": 0.7}),
    ("tr(S*X*S)", ("S", "X"), _SPD_DECLARED, {"S": _SPD, "X": _X}),
    ("x'*sqrtm(S)*x", "S", _SPD_DECLARED, {"S": _SPD, "x": _numbers(3)}),
    ("x'*logm(S)*x", "S", _SPD_DECLARED, {"S": _SPD, "x": _numbers(3)}),
    ("x'*expm(4*X)*x", "X", {}, {"X": _X, "x": _numbers(3)}),
    ("x'*eigvals(S)+lambda_max(S)", "S", {"S": {"structure": ["symmetric"]}},
     {"S": [[1.0, 0.3, 0.1], [0.3, -0.5, -0.2], [0.1, -0.2, 2.1]], "x": _numbers(3)}),
    ("sum(svdvals(X))+tr(pinv(X)*pinv(X)')", "X", {}, {"X": _numbers(3, 2)}),
    ("max(X)*min(x)*prod(x)", "x", {}, {"X": _numbers(2, 3), "x": _numbers(4)}),
    ("norm1(X)+norminf(x)", "x", {}, {"X": _X, "x": [0.5, -2.0, 1.0]}),
    ("cross(x,y)'*cross(x,y)", "x", {}, {"x": _numbers(3), "y": _numbers(3, seed=2)}),
    ("tril(X)*x+triu(X)*x", "X", {}, {"X": _X, "x": _numbers(3)}),
    ("norm2(X*y)*norm2(X)", "X", {}, {"X": _numbers(2, 3), "y": _numbers(3)}),
    # third derivatives, and others of many axes
    ("sum(exp(x))", ("x", "x", "x"), {}, {"x": _numbers(2)}),
    ("tr(X'*A*X)", ("X", "X"), {}, {"X": _numbers(3, 2), "A": _X}),
    ("x*y'*x", ("x", "y"), {}, {"x": _numbers(3), "y": _numbers(3, seed=2)}),
    ("inv(X)*y", ("X",), {}, {"X": _X, "y": _numbers(3)}),
    # far from zero, and left of it
    ("norm2(x)", "x", {}, {"x": [3e-200, 4e-200]}),
    ("norm2(x)", "x", {}, {"x": [3e200, 4e200]}),
    ("sum(softplus(x))+sum(sigmoid(x))", "x", {}, {"x": [-1e3, -30.0, 0.0, 30.0, 1e3]}),
    ("logsumexp(x)+y'*softmax(x)", "x", {}, {"x": [1e3, 999.0, -1e3], "y": [1.0, 2.0, 3.0]}),
    ("sum(lgamma(x))", "x", {}, {"x": [-2.3, -0.4, 0.3, 7.0, 60.0]}),
    ("sum(digamma(x))", "x", {}, {"x": [-2.3, -0.4, 0.3, 7.0, 60.0]}),
    ("sum(polygamma(3,x))", "x", {}, {"x": [-1.6, 0.3, 7.0, 25.0]}),
    ("sum(polygamma(2,x))", "x", {}, {"x": [-1.6, 0.3, 7.0, 25.0]}),
    ("sum(erf(x).*expm1(x)+log1p(x))", "x", {}, {"x": [1e-9, -1e-6, 0.3, 2.0]}),
    ("sum(gamma(x)+sec(x)+coth(x))", "x", {}, {"x": [0.3, 1.2, 2.0]}),
]  # fmt: skip


@dataclass(frozen=True)
class Turned(Case):
    """A question of vectors whose signs each library may choose."""

    @property
    def wanted(self):
        value, derivative = super().wanted
        return np.abs(value), np.abs(derivative)

    def check(self, value, derivative):
        super().check(np.abs(value), np.abs(derivative))


def operations():
    """Each operation of the table, differentiated by its first argument."""
    found = []
    for name, (typed, declared) in sorted(EXPRESSIONS.items()):
        question = answer(name)
        at = point([question.derivative.value, question.derivative.result], seed=1)
        variables = {
            v: {"kind": d.kind, "structure": list(d.structure), "shape": list(d.shape)}
            for v, d in declared.items()
        }
        request = {"expression": typed, "wrt": list(question.wrt), "variables": variables}
        values = {v: np.asarray(x).tolist() for v, x in at.values.items()}
        kind = Turned if name in TURNED else Case
        found.append(kind(f"operation {name}", request, question.wrt, values))
    return found


def corners():
    """All of them, by their expressions."""
    found = []
    for k, (expression, wrt, variables, at) in enumerate(_TABLE):
        by = (wrt,) if isinstance(wrt, str) else wrt
        request = {
            "expression": expression,
            "wrt": list(by) if len(by) > 1 else by[0],
            "order": len(by),
            "variables": variables,
        }
        found.append(Case(f"{k} {expression} {' '.join(by)}", request, by, at))
    return found
