"""The derivatives that bench/code.py times, and how others compute them.

Of each: the expert's NumPy and SciPy, written by hand from the closed form with every trick, the
formula as a textbook prints it, the value for automatic differentiation, and the one operation of
BLAS that no code can do without.
"""

from rows import learning, matrices, statistics
from rows.row import Row

__all__ = ["ROWS", "Row"]

ROWS: tuple[Row, ...] = (*matrices.ROWS, *learning.ROWS, *statistics.ROWS)
