"""Every operation, by topic; importing this package fills the table `mcalc.core.op.OPS`."""

from mcalc.ops import (  # noqa: F401 - imported for the declarations in them
    arithmetic,
    blocks,
    circular,
    elementwise,
    linear,
    matrix_functions,
    norms,
    pseudoinverse,
    quotients,
    reductions,
    shaping,
    special,
    spectral,
    vectorize,
)
