"""Proofs that a formula of SymPy's is zero for all values, by arithmetic with polynomials.

A formula is a quotient of polynomials in its symbols and its kernels: roots, absolute values,
exponentials, logarithms, sines, and whatever else is no arithmetic. A root, an absolute value and a
sine are algebraic over the rest (`g^q = u`, `|u|^2 = u^2`, `sin^2 = 1-cos^2`), by which powers of
them are reduced. The sign of what is put together of pieces, and may be zero on a whole piece, is a
kernel s of its own, with `|u| = s*u`; every other u is zero nowhere in general, and s is `u/|u|`.
A numerator that is zero then is a proof. One that is not is no disproof: kernels may be related in
ways that are not known here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from mcalc.numeric.quotients import Field, Polynomial, Quotient, Undefined, exponents, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Formula: TypeAlias = Any
"""An expression of SymPy's."""


class Prover:
    """Proves formulas zero; what it has learnt of one it knows of the next.

    `budget` is how many pairs of terms it may multiply in all.

    >>> import sympy
    >>> x = sympy.Symbol("x", real=True)
    >>> Prover(1000).proves_zero(1 / (1 + sympy.exp(-x)) - sympy.exp(x) / (1 + sympy.exp(x)))
    True
    """

    def __init__(self, budget: int) -> None:
        self._field = Field(budget)
        self._known: dict[Formula, Quotient] = {}
        self._in_pieces: set[Formula] = set()
        self._kernels: dict[str, list[tuple[tuple[Quotient, ...], Quotient]]] = {}
        self._inside_log: dict[int, Quotient] = {}
        self._exponentials: dict[tuple[int, tuple[tuple[int, int], ...]], Quotient] = {}

    def proves_zero(self, formula: Formula) -> bool:
        """Whether the formula is found to be zero wherever it has a value.

        Raises: TooLarge, Undefined.
        """
        return self._field.vanishes(self._read(formula))

    # ------------------------------------------------------------ kernels
    def _kernel(self, name: str, *arguments: Quotient) -> tuple[int | None, Quotient]:
        """The kernel with these arguments; its number where it is new."""
        known = self._kernels.setdefault(name, [])
        for others, kernel in known:
            if all(
                self._field.vanishes(self._field.difference(a, b))
                for a, b in zip(arguments, others, strict=True)
            ):
                return None, kernel
        generator, kernel = self._field.generator()
        known.append((arguments, kernel))
        return generator, kernel

    def _algebraic(self, name: str, order: int, base: Quotient, *key: Quotient) -> Quotient:
        """The kernel g with g^order = base."""
        generator, kernel = self._kernel(name, *(key or (base,)))
        if generator is not None:
            self._field.relate(generator, order, base)
        return kernel

    def _rational_power(self, base: Quotient, exponent: Fraction) -> Quotient:
        """base^exponent: a whole power times one of a root."""
        whole, left = divmod(exponent.numerator, exponent.denominator)
        found = self._field.power(base, whole)
        if left:
            order = exponent.denominator
            found = self._field.multiply(
                found, self._field.power(self._algebraic(f"root {order}", order, base), left)
            )
        return found

    def _magnitude(self, u: Quotient) -> Quotient:
        opposite = self._field.multiply(number(-1), u)
        for (other,), kernel in self._kernels.get("magnitude", ()):
            if self._field.vanishes(self._field.difference(opposite, other)):
                return kernel
        return self._algebraic("magnitude", 2, self._field.power(u, 2), u)

    def _piece(self, name: str, u: Quotient, in_pieces: bool) -> Quotient:
        """|u|, sign(u), or max(u, 0)."""
        sign = self._kernel("sign", u)[1] if in_pieces else None
        if name in ("sign", "signum"):
            return self._ratio(u, self._magnitude(u)) if sign is None else sign
        magnitude = self._magnitude(u) if sign is None else self._field.multiply(u, sign)
        if name != "ramp":
            return magnitude
        return self._field.multiply(number(Fraction(1, 2)), self._field.add([u, magnitude]))

    def _logarithm(self, u: Quotient) -> Quotient:
        if self._field.vanishes(self._field.difference(u, number(1))):
            return number(0)
        generator, kernel = self._kernel("log", u)
        if generator is not None:
            self._inside_log[generator] = u
        return kernel

    def _exponential(self, u: Quotient) -> Quotient:
        """The product of the exponentials of the terms, exp(c*log(v)) = v^c among them."""
        found = number(1)
        for monomial, c in u.over.terms.items():
            term = self._field.shortened(Polynomial({monomial: 1}, u.over.degree), u.under)
            (base, *others) = exponents(next(iter(term.over.terms))) or [(-1, 0)]
            if not term.under and not others and base[1] == 1 and base[0] in self._inside_log:
                part = self._inside_log[base[0]]
            else:
                key = (next(iter(term.over.terms)), tuple(sorted(term.under.items())))
                if key not in self._exponentials:
                    self._exponentials[key] = self._field.generator()[1]
                part = self._exponentials[key]
            found = self._field.multiply(found, self._rational_power(part, Fraction(c)))
        return found

    def _circular(self, u: Quotient) -> tuple[Quotient, Quotient]:
        """(sine, cosine)."""
        opposite = self._field.multiply(number(-1), u)
        sign = number(1)
        for (other,), _ in self._kernels.get("cos", ()):
            if self._field.vanishes(self._field.difference(opposite, other)):
                u, sign = other, number(-1)
        _, cosine = self._kernel("cos", u)
        square = self._field.difference(number(1), self._field.power(cosine, 2))
        return self._field.multiply(sign, self._algebraic("sin", 2, square, u)), cosine

    def _hyperbolic(self, u: Quotient, sign: int) -> Quotient:
        """(exp(u)±exp(-u))/2."""
        E = self._exponential(u)
        opposite = self._field.multiply(number(sign), self._field.power(E, -1))
        return self._field.multiply(number(Fraction(1, 2)), self._field.add([E, opposite]))

    def _ratio(self, a: Quotient, b: Quotient) -> Quotient:
        return self._field.multiply(a, self._field.power(b, -1))

    # ------------------------------------------------------------ reading formulas
    def _read(self, formula: Formula) -> Quotient:
        for part in _postorder(formula, self._known):
            self._field.spend(1)
            self._known[part] = self._made(part, [self._known[a] for a in part.args])
            if type(part).__name__ in _PIECES or any(a in self._in_pieces for a in part.args):
                self._in_pieces.add(part)
        return self._known[formula]

    def _made(self, formula: Formula, parts: list[Quotient]) -> Quotient:
        if formula.is_Rational:
            return number(Fraction(int(formula.p), int(formula.q)))
        if formula.is_Add:
            return self._field.add(parts)
        if formula.is_Mul:
            return self._field.multiply(*parts)
        name = type(formula).__name__
        if name == "Exp1":
            return self._exponential(number(1))
        if formula.is_Pow:
            base, exponent = parts
            if formula.args[1].is_Rational:
                return self._rational_power(base, _fraction(exponent))
            return self._exponential(self._field.multiply(exponent, self._logarithm(base)))
        if name in _PIECES:
            return self._piece(name, parts[0], formula.args[0] in self._in_pieces)
        rule = _RULES.get(name)
        if rule is not None:
            return rule(self, *parts)
        if name in _NO_NUMBERS:
            raise Undefined
        if not parts:
            return self._field.generator()[1]
        return self._kernel(name, *parts)[1]


def _fraction(q: Quotient) -> Fraction:
    """The number that a constant quotient is."""
    return Fraction(q.over.terms.get(0, 0))


def _postorder(formula: Formula, known: Mapping[Formula, object]) -> Iterator[Formula]:
    """The parts that are not known, arguments first."""
    stack = [(formula, False)]
    while stack:
        part, done = stack.pop()
        if part in known:
            continue
        if done:
            yield part
            continue
        stack.append((part, True))
        stack.extend((a, False) for a in part.args if a not in known)


_RULES: Mapping[str, Callable[[Prover, Quotient], Quotient]] = {
    "exp": lambda p, u: p._exponential(u),
    "log": lambda p, u: p._logarithm(u),
    "sin": lambda p, u: p._circular(u)[0],
    "cos": lambda p, u: p._circular(u)[1],
    "tan": lambda p, u: p._ratio(*p._circular(u)),
    "sinh": lambda p, u: p._hyperbolic(u, -1),
    "cosh": lambda p, u: p._hyperbolic(u, 1),
    "tanh": lambda p, u: p._ratio(p._hyperbolic(u, -1), p._hyperbolic(u, 1)),
}
"""How functions of SymPy's are read; every other is a kernel of its own."""
_PIECES = {"Abs", "magnitude", "sign", "signum", "ramp"}
_NO_NUMBERS = {"NaN", "ComplexInfinity", "Infinity", "NegativeInfinity"}
