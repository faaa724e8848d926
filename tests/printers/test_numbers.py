from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcalc.printers.numbers import coefficient, decimal, written


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0"),
        ("7", "7"),
        ("2.5", "2.5"),
        ("0.01", "0.01"),
        ("100000", "100000"),
        ("1e6", "1e6"),
        ("1e-8", "1e-8"),
        ("1.25e-7", "1.25e-7"),
        ("123456789012345678901", "123456789012345678901"),
        ("1/3", None),
    ],
)
def test_decimal(value, expected):
    assert decimal(Fraction(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1/2", ("1", 2)),
        ("1/9", ("1", 9)),
        ("1/10", ("0.1", 1)),
        ("3/4", ("0.75", 1)),
        ("2/3", ("2", 3)),
        ("1/16", ("1", 16)),
        ("3.14159", ("3.14159", 1)),
        ("5", ("5", 1)),
    ],
)
def test_coefficient(value, expected):
    p, q = coefficient(Fraction(value))
    assert (decimal(p), q) == expected


@given(st.fractions(min_value=0))
def test_numbers_are_exact_while_they_are_short(value):
    p, q = written(value)
    literal = decimal(p)
    assert literal is not None
    assert Fraction(literal) / q == value


@given(st.integers(1, 10**120), st.integers(1, 10**120))
def test_what_is_long_is_rounded(numerator, denominator):
    p, q = written(Fraction(numerator, denominator))
    literal = decimal(p)
    assert literal is not None
    assert len(literal) + len(str(q)) <= 90
    error = Fraction(literal) / q * denominator / numerator - 1
    assert abs(error) < Fraction(1, 10**17)
