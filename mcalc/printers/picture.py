"""Formulas as pictures."""

from __future__ import annotations

import warnings

from mcalc.printers.markup import inside

__all__ = ["svg"]


def svg(formula: str) -> str:
    """The `<math>` of `mcalc.printers.mathml` as a picture in SVG, its glyphs as outlines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how it finds its font
        from ziamath.zmath import Math  # takes a tenth of a second

    drawn: str = Math(f"<math><mrow>{inside(formula)}</mrow></math>").svg()
    return drawn
