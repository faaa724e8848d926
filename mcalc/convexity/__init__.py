"""Verdicts: convex, concave, affine, with the reason and with what would decide it."""
