"""Every operation, by topic; importing this package fills the table `mcalc.core.op.OPS`."""

from mcalc.ops import (  # noqa: F401 - imported for the declarations in them
    arithmetic,
    elementwise,
    linear,
    norms,
    reductions,
    shaping,
)
