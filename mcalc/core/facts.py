"""What is known of a value from the way it is made: bits that a node carries from its birth.

Each is a proof from declarations and the facts of the arguments, so what is not known may still be
true. Conditions that follow from facts are not asked of the reader.
"""

from __future__ import annotations

from typing import Final

SYMMETRIC: Final = 1
"""Equal to its own transpose."""
NONNEGATIVE: Final = 2
"""All entries ≥ 0."""
POSITIVE: Final = 4
"""All entries > 0."""
PSD: Final = 8
"""Symmetric positive semidefinite."""
PD: Final = 16
"""Symmetric positive definite."""
INVERTIBLE: Final = 32
"""A square matrix with an inverse."""
DIAGONAL: Final = 64
LOWER: Final = 128
UPPER: Final = 256
ORTHOGONAL: Final = 512
SKEW: Final = 1024
"""Equal to minus its own transpose."""
INTEGER: Final = 2048
"""A whole number."""
PROJECTOR: Final = 4096
"""Equal to its own square; with SYMMETRIC an orthogonal projector."""

DECLARED: Final = {
    "symmetric": SYMMETRIC,
    "skew": SKEW,
    "diagonal": DIAGONAL | SYMMETRIC | LOWER | UPPER,
    "lower": LOWER,
    "upper": UPPER,
    "orthogonal": ORTHOGONAL | INVERTIBLE,
    "spd": SYMMETRIC | PSD | PD | INVERTIBLE,
    "psd": SYMMETRIC | PSD,
    "projector": PROJECTOR,
    "sparse": 0,
    "positive": NONNEGATIVE | POSITIVE,
}
"""What each word of a declaration says; that a matrix is kept sparse says nothing of its value."""
