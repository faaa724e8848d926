"""Rules that rewrite an expression, each with its name and source.

A rule holds wherever what it rewrites has a value, or by facts that are proven. The name of a rule
is an instance of it in the input language; `given` declares the structure of what occurs in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcalc.simplify.expand import multiplied_out
from mcalc.simplify.factor import factored
from mcalc.simplify.inverses import inversion_lemma, pseudoinverse, pushed_through
from mcalc.simplify.spectra import without_vectors
from mcalc.simplify.squares import completed, hyperbolic, united

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcalc.core.expr import Expr


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule: an instance of what it says, where it is from, and node ↦ the node rewritten or None.

    further are more instances; given has declarations for names in the instances.
    """

    name: str
    source: str
    apply: Callable[[Expr], Expr | None]
    further: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def instances(self) -> tuple[str, ...]:
        """Equations whose left side the rule makes the right side."""
        return (self.name, *self.further)


_SQUARE = Rule(
    "a^2+2*a*b+b^2 = (a+b)^2",
    "the binomial theorem",
    completed,
    further=(
        "4*a^2-12*a*b+9*b^2+c = (2*a-3*b)^2+c",
        "a^4-2*a^2+1 = (a^2-1)^2",
        "x.^2+2*x.*y+y.^2 = (x+y).^2",
        "x'*x-2*x'*y+y'*y = norm2(x-y)^2",
        "x'*S*x+2*x'*S*y+y'*S*y = (x+y)'*S*(x+y)",
        "tr(X'*X)+2*tr(X'*Y)+tr(Y'*Y) = norm2(X+Y)^2",
    ),
    given={"S": "symmetric"},
)
_UNIT_CIRCLE = Rule(
    "cos(a)^2+sin(a)^2 = 1",
    "Pythagoras; Abramowitz & Stegun, Handbook of Mathematical Functions, 4.3.10 and 4.5.16",
    united,
    further=(
        "1-sin(a)^2 = cos(a)^2",
        "cosh(a)^2-sinh(a)^2 = 1",
        "cosh(x).^2-vector(1) = sinh(x).^2",
        "3*cos(x).^2+3*sin(x).^2+y = vector(3)+y",
    ),
)
_HYPERBOLIC = Rule(
    "2*sigmoid(2*a)-1 = tanh(a)",
    "Abramowitz & Stegun, Handbook of Mathematical Functions, 4.5.3",
    hyperbolic,
    further=("vector(3)-6*sigmoid(2*x)+y = y-3*tanh(x)",),
)
_COMMON_FACTORS = Rule(
    "A*x+B*x = (A+B)*x",
    "the distributive law",
    lambda e: None if (made := factored(e)) is e else made,
    further=(
        "x'*A+x'*B = x'*(A+B)",
        "x.*y+x.*z = x.*(y+z)",
        "diag(x)+diag(y) = diag(x+y)",
        "a*A+a*b*B = a*(A+b*B)",
        "X^3*A+X^2*B+X*C = X*(X*(X*A+B)+C)",
    ),
    given={"X": "square"},
)
_PSEUDOINVERSE = Rule(
    "inv(X'*X)*X' = pinv(X)",
    "Golub & Van Loan, Matrix Computations, sec. 5.5.2, for X of full column rank",
    pseudoinverse,
    further=("X'*inv(X*X') = pinv(X)", "X*inv(X'*X) = pinv(X)'"),
)
_INVERSION_LEMMA = Rule(
    "inv(A)-inv(A)*U*inv(inv(C)+V*inv(A)*U)*V*inv(A) = inv(A+U*C*V)",
    "Woodbury; Golub & Van Loan, Matrix Computations, sec. 2.1.4",
    inversion_lemma,
    further=(
        "inv(A)-inv(A)*x*y'*inv(A)/(1+y'*inv(A)*x) = inv(A+x*y')",
        "eye-B*inv(eye+C*B)*C = inv(eye+B*C)",
    ),
)
_PUSH_THROUGH = Rule(
    "Q*inv(eye+Q'*A*Q)*Q' = inv(eye+A)",
    "Henderson & Searle, On deriving the inverse of a sum of matrices (1981), eq. (5)",
    pushed_through,
    further=(
        "inv(2*eye+Q*A*Q')*Q = Q*inv(2*eye+A)",
        "inv(2*eye+x*x')*x = x/(2+x'*x)",
    ),
    given={"Q": "orthogonal"},
)
_WITHOUT_VECTORS = Rule(
    "eigvecs(S)*diag(exp(eigvals(S)))*eigvecs(S)' = expm(S)",
    "Higham, Functions of Matrices, sec. 1.2",
    without_vectors,
    further=(
        "eigvecs(S)*diag(eigvals(S).^2+vector(a))*eigvecs(S)'*x = (S^2+a*eye)*x",
        "svdu(X)*diag(svdvals(X).^3)*svdv(X)' = X*X'*X",
        "svdu(X)*diag(svdvals(X)./(vector(1)+svdvals(X).^2))*svdv(X)' = X*inv(eye+X'*X)",
    ),
    given={"S": "symmetric"},
)
_MULTIPLIED_OUT = Rule(
    "P*(P*x-y) = P*(x-y)",
    "the distributive law",
    multiplied_out,
    further=(
        "inv(A)*(A*x-y) = x-inv(A)*y",
        "sigmoid(x).*(vector(1)-y)-sigmoid(-x).*y = sigmoid(x)-y",
    ),
    given={"P": "projector"},
)

FOR_CODE = (_SQUARE, _UNIT_CIRCLE, _HYPERBOLIC, _COMMON_FACTORS)
"""Rules whose results are as good to compute with."""
FOR_READING = (
    _SQUARE,
    _UNIT_CIRCLE,
    _HYPERBOLIC,
    _PSEUDOINVERSE,
    _INVERSION_LEMMA,
    _PUSH_THROUGH,
    _WITHOUT_VECTORS,
    _COMMON_FACTORS,
    _MULTIPLIED_OUT,
)
"""All rules, in the order in which they are tried."""
