"""Formulas as pictures."""

from __future__ import annotations

from mcalc.printers.markup import inside

__all__ = ["svg"]


def svg(formula: str) -> str:
    """The `<math>` of `mcalc.printers.mathml` as a picture in SVG, its glyphs as outlines."""
    from ziamath.zmath import Math  # takes a tenth of a second, and reads its font

    drawn: str = Math(f"<math><mrow>{inside(formula)}</mrow></math>").svg()
    return drawn
