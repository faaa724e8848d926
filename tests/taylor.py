"""Exact derivatives of any order by Taylor arithmetic: polynomials of SymPy for numbers.

Every entry of a variable is a polynomial, its value plus an unknown; what is computed from them, up
to a degree, has the partial derivatives for its coefficients. NumPy's arithmetic on arrays of
objects does the rest, so `tests.reference` evaluates formulas at such variables.
"""

from functools import cache, cached_property, reduce
from itertools import product
from math import factorial

import numpy as np
import sympy


class Taylor:
    """A polynomial in the unknowns, cut off behind a degree."""

    def __init__(self, polynomial, degree):
        self.polynomial = polynomial
        self.degree = degree

    def __add__(self, other):
        return Taylor(self.polynomial + _polynomial(other), self.degree)

    def __mul__(self, other):
        if not isinstance(other, Taylor):
            return Taylor(self.polynomial * float(other), self.degree)
        product = self.polynomial.ring.zero
        for degree, part in enumerate(self._by_degree):
            rest = sum(other._by_degree[: self.degree - degree + 1])
            product += part * rest
        return Taylor(product, self.degree)

    @cached_property
    def _by_degree(self):
        """The parts of degree 0, 1, …"""
        parts = [{} for _ in range(self.degree + 1)]
        for powers, coefficient in self.polynomial.items():
            parts[sum(powers)][powers] = coefficient
        return [self.polynomial.ring.from_dict(part) for part in parts]

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -1 * other

    def __rsub__(self, other):
        return other + self * -1

    def __pow__(self, exponent):
        assert exponent == int(exponent) > 0
        return reduce(Taylor.__mul__, [self] * int(exponent))

    def __truediv__(self, other):
        return self * other.of(_reciprocal) if isinstance(other, Taylor) else self * (1 / other)

    def __rtruediv__(self, other):
        return other * self.of(_reciprocal)

    def of(self, function):
        """A function of SymPy's, by its Taylor series around the constant term."""
        constant = float(self.polynomial.coeff(1))
        change = self - constant
        total, power = 0 * self, 0 * self + 1
        for k in range(self.degree + 1):
            slope = _derivative(function, k)(constant) / factorial(k)
            total, power = total + slope * power, power * change
        return total

    # NumPy calls these for np.sin of an array of objects, and so on.
    def sin(self):
        return self.of(sympy.sin)

    def tanh(self):
        return self.of(sympy.tanh)

    def exp(self):
        return self.of(sympy.exp)


def _reciprocal(x):
    return 1 / x


@cache
def _derivative(function, order):
    """The derivative of a function of SymPy's, as a function of floats."""
    x = sympy.Symbol("x")
    return sympy.lambdify(x, function(x).diff(x, order), "math")


def _polynomial(e):
    return e.polynomial if isinstance(e, Taylor) else float(e)


def unknowns(arrays, degree):
    """Arrays of Taylor polynomials at these values, and the number of the unknown of each entry."""
    names = sympy.symbols(f"t:{sum(np.size(X) for X in arrays.values())}")
    _, *generators = sympy.ring(names, sympy.RR)
    made, numbers, start = {}, {}, 0
    for name, X in arrays.items():
        X = np.asarray(X)
        numbers[name] = np.arange(start, start + X.size).reshape(X.shape)
        entries = [
            Taylor(generators[k] + float(x), degree)
            for k, x in zip(numbers[name].flat, X.flat, strict=True)
        ]
        made[name] = np.array(entries, dtype=object).reshape(X.shape)
        start += X.size
    return made, numbers


def partials(F, *numbers):
    """The derivatives of an array of polynomials by arrays of unknowns, in their order."""
    shape = sum((by.shape for by in numbers), F.shape)
    found = np.zeros((F.size, *[by.size for by in numbers]))
    for row, entry in zip(found, F.flat, strict=True):
        for place in product(*[range(by.size) for by in numbers]):
            row[place] = _partial(entry, [by.flat[k] for by, k in zip(numbers, place, strict=True)])
    return found.reshape(shape)


def _partial(entry, unknowns):
    """The coefficient of the product of the unknowns, times the factorials of their powers."""
    if not isinstance(entry, Taylor):
        return 0.0
    count = len(entry.polynomial.ring.gens)
    powers = tuple(sum(u == k for u in unknowns) for k in range(count))
    coefficient = entry.polynomial.get(powers, 0)
    return float(coefficient) * float(np.prod([factorial(p) for p in powers]))
