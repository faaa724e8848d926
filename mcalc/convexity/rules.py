"""Which rule judges which operation; all others by their graph, or by being linear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.convexity import entrywise, products, spectra
from mcalc.convexity.bends import Curvature
from mcalc.convexity.claims import NEVER
from mcalc.convexity.composition import Changing, Composition, Judgement, elementwise
from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE
from mcalc.core.op import OPS
from mcalc.ops.blocks import BLOCKS
from mcalc.ops.elementwise import LOG
from mcalc.ops.reductions import LARGEST, LOGSUMEXP, MAXIMUM, MINIMUM, SOFTMAX
from mcalc.ops.shaping import DIAG, DIAGONAL, TRIL, TRIU
from mcalc.ops.spectral import LAMBDA_MAX
from mcalc.ops.vectorize import KRON, UNVEC, VEC

if TYPE_CHECKING:
    from mcalc.convexity.composition import Rule
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op


def logarithm(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """log(u): by the curvature of u, and by that of its logarithm."""
    found = elementwise(composition, node)
    log = composition.of(node.args[0]).log
    log = Curvature(log.up._replace(strong=NEVER), log.down._replace(strong=NEVER))
    return found._replace(entries=found.entries.or_else(log))


RULES: dict[Op, Rule] = {
    ADD: entrywise.total,
    MUL: products.product,
    HADAMARD: entrywise.entrywise_product,
    KRON: products.kronecker,
    POWER: entrywise.powered,
    MATPOW: spectra.matrix_power,
    TRANSPOSE: entrywise.monotone,
    VEC: entrywise.monotone,
    UNVEC: entrywise.monotone,
    TRIL: entrywise.monotone,
    TRIU: entrywise.monotone,
    BLOCKS: entrywise.blocks,
    DIAG: products.diagonal_matrix,
    DIAGONAL: products.diagonal_entries,
    MAXIMUM: entrywise.largest,
    LARGEST: entrywise.largest,
    LOGSUMEXP: entrywise.largest,
    SOFTMAX: entrywise.softmax,
    MINIMUM: entrywise.smallest,
    OPS["min"]: entrywise.smallest,
    OPS["prod"]: entrywise.product_of_entries,
    OPS["tr"]: spectra.trace,
    OPS["det"]: spectra.log_determinant,
    OPS["logdet"]: spectra.log_determinant,
    LAMBDA_MAX: spectra.largest_eigenvalue,
    OPS["lambda_min"]: spectra.smallest_eigenvalue,
    OPS["nucnorm"]: spectra.norm,
    OPS["sqrtm"]: spectra.square_root,
    LOG: logarithm,
    OPS["logm"]: spectra.matrix_logarithm,
}
