"""Proofs that formulas are zero: what is an identity is proven, what is none never is."""

import pytest
import sympy
from sympy import Abs, cos, cosh, erf, exp, log, sign, sin, sinh, sqrt, tan, tanh

from mcalc.numeric.identity import Prover
from mcalc.numeric.meanings import piecewise
from mcalc.numeric.quotients import TooLarge, Undefined

x, y, z = sympy.symbols("x y z", real=True)
magnitude, signum, ramp = (
    piecewise().magnitude,
    piecewise().signum,
    piecewise().ramp,
)


def proves(formula, budget=100_000):
    return Prover(budget).proves_zero(formula)


IDENTITIES = {
    "expansion": (x + y) ** 3 - x**3 - 3 * x**2 * y - 3 * x * y**2 - y**3,
    "fractions": 1 / (x * y) + 1 / (x * z) - (y + z) / (x * y * z),
    "partial fractions": 1 / (x - 1) - 1 / (x + 1) - 2 / (x**2 - 1),
    "root": sqrt(x**2 + y**2) ** 3 - (x**2 + y**2) * sqrt(x**2 + y**2),
    "nested roots": (sqrt(1 + sqrt(1 + x**2)) ** 2 - 1) ** 2 - 1 - x**2,
    "root below": 1 / (sqrt(x + 2) - 1) - (sqrt(x + 2) + 1) / (x + 1),
    "cube root": (x**2 + 1) ** sympy.Rational(5, 3)
    - (x**2 + 1) * (x**2 + 1) ** sympy.Rational(2, 3),
    "number": sqrt(2) * sqrt(x + 1) - 2 * sqrt(x + 1) / sqrt(2),
    "exponentials": exp(x + y) - exp(x) * exp(y),
    "powers of exponentials": exp(x / 2) ** 2 - exp(x),
    "exp(1)": exp(1 + x) - sympy.E * exp(x),
    "sigmoid": 1 / (1 + exp(-x)) - exp(x) / (1 + exp(x)),
    "powers": x**z * z / x - z * x ** (z - 1),
    "log of an expansion": log(x**2 + 2 * x * y + y**2) - log((x + y) ** 2),
    "Pythagoras": sin(x) ** 2 + cos(x) ** 2 - 1,
    "odd": sin(x - y) + sin(y - x),
    "tangent": sympy.diff(tan(x * y), x) - y / cos(x * y) ** 2,
    "hyperbolic": sympy.diff(tanh(x), x) - 1 / cosh(x) ** 2,
    "sinh": sinh(2 * x) - 2 * sinh(x) * cosh(x),
    "absolute value": Abs(x) ** 2 - x**2,
    "sign": sympy.diff(Abs(x - y), x) + sign(y - x),
    "ramp": ramp(x) - ramp(-x) - x,
    "sign of a ramp": signum(ramp(x)) - (1 + signum(x)) / 2,
    "erf": erf((x + y) ** 2) - erf(x**2 + 2 * x * y + y**2),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_proven(name):
    assert proves(IDENTITIES[name])


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("change", [lambda e: e + x / 1000, lambda e: e + 1, lambda e: e + exp(x)])
def test_what_is_no_identity_is_not(name, change):
    assert not proves(change(IDENTITIES[name]))


@pytest.mark.parametrize(
    "formula",
    [
        exp(x / 2) - exp(x / 3),
        sqrt(x**2 + 1) - sqrt(x**2 + 2),
        log(x * y) - log(x) * log(y),
        sin(x) ** 2 - cos(x) ** 2,
        signum(x) - 1,
        signum(x) ** 2 * y - y + x,
        magnitude(x) - x,
        magnitude(magnitude(x) - 1) - magnitude(x) + 1,
        ramp(x) - x,
        x**y - y**x,
        sympy.Function("f")(x) - sympy.Function("f")(y),
    ],
)
def test_what_is_only_alike_is_not_proven(formula):
    assert not proves(formula)


def test_the_sign_of_what_vanishes_on_a_piece_is_no_quotient():
    """max(x, 0) is zero for all x < 0, where its sign is no x/|x|."""
    dead = magnitude(x) + x
    assert not proves(signum(dead) ** 2 - 1)
    assert proves(magnitude(dead) - dead * signum(dead))


def test_work_has_a_limit():
    with pytest.raises(TooLarge):
        proves((x + y + z + 1) ** 40, budget=10_000)
    with pytest.raises(TooLarge):
        proves(x ** (10**9) * y - x)


@pytest.mark.parametrize("formula", [1 / (sqrt(x**2 + 1) ** 2 - x**2 - 1), sympy.zoo, sympy.nan])
def test_a_division_by_zero_is_told(formula):
    with pytest.raises(Undefined):
        proves(formula)
