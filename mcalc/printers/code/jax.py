"""JAX: the names of NumPy's, no array changed in place, and nothing that cannot be traced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from mcalc.printers.code.frameworks import (
    constant,
    contract,
    frechet,
    frechet_matrix,
    matrix_power,
    rows_of_blocks,
)
from mcalc.printers.code.jax_helpers import HELPERS
from mcalc.printers.code.module import no_counterpart
from mcalc.printers.code.python import SPELLING, Python, size_tuple
from mcalc.printers.code.writer import ATOM, PRODUCT, SUM, Spelled, Writer, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcalc.core.op import Op
    from mcalc.core.size import Size
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Result
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.tensor import Pattern
    from mcalc.printers.code.trial import Trial
    from mcalc.printers.code.writer import Spell

_OPERATIONS = {
    "relu": "jax.nn.relu({0})",
    "sigmoid": "jax.nn.sigmoid({0})",
    "softplus": "jax.nn.softplus({0})",
    "softmax": "jax.nn.softmax({0})",
    "logsumexp": "jax.nn.logsumexp({0})",
    "polygamma": "jax.scipy.special.polygamma(jnp.asarray({0}, int), {1})",
    "logm": "logm({0})",
    "sqrtm": "sqrtm({0})",
    "indicator of the largest entry": "is_extreme({0}, jnp.max({0}))",
    "indicator of the smallest entry": "is_extreme({0}, jnp.min({0}))",
}
"""Those that JAX does not call as NumPy and SciPy do."""
_OF_SCIPY = frozenset(
    {"special." + name for name in (
        "beta", "digamma", "erf", "erfc", "expi", "expit", "gamma", "gammainc", "gammaincc",
        "gammaln", "polygamma",
    )} | {"linalg.expm", "constants.pi"}
)  # fmt: skip
"""What JAX has of SciPy, of what templates of operations call."""


def _names_of_jax(op: Op) -> str:
    """The template of NumPy's with JAX's names."""

    def named(match: re.Match[str]) -> str:
        if match["numpy"]:
            return "jnp."
        if match["scipy"] not in _OF_SCIPY:
            raise no_counterpart("JAX", op)
        return "jnp.pi" if match["scipy"] == "constants.pi" else f"jax.scipy.{match['scipy']}"

    return re.sub(r"\b(?P<numpy>np\.)|\bscipy\.(?P<scipy>\w+\.\w+)", named, op.numpy)


# ---------------------------------------------------------------- spelling
def _column(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    if a.rank == 0:
        return f"jnp.atleast_1d({w.text(a, SUM)})", ATOM
    return f"{w.text(a, ATOM)}[:, None]", ATOM


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    offset = w.size(-before) if before.terms else "0"
    return f"jnp.eye({w.size(whole)}, {w.size(part)}, {offset}, dtype=dtype)", ATOM


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    return f"jnp.eye({w.size(whole)}, dtype=dtype)[{w.size(before)}]", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    rows = ", ".join(f"[{', '.join(row)}]" for row in rows_of_blocks(w, v))
    return f"jnp.block([{rows}])", ATOM


def _frechet(w: Writer, v: Value) -> Spelled:
    if v.data.name != "expm":
        return frechet(w, v)
    A, E = [w.text(a, SUM) for a in v.args]
    return f"jax.scipy.linalg.expm_frechet({A}, {E}, compute_expm=False)", ATOM


def _template(template: str) -> Spell:
    """A kind of value whose arguments all stand alone in a call."""
    return lambda w, v: (template.format(*[w.text(a, SUM) for a in v.args]), ATOM)


def _lu_solve(w: Writer, v: Value) -> Spelled:
    trans = ", trans=1" if v.data else ""
    factor, b = [w.text(a, SUM) for a in v.args]
    return f"jax.scipy.linalg.lu_solve({factor}, {b}{trans})", ATOM


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    part, transposed = v.data
    options = f"{', trans=1' if transposed else ''}{', lower=True' if part == 'lower' else ''}"
    T, b = [w.text(a, SUM) for a in v.args]
    return f"jax.scipy.linalg.solve_triangular({T}, {b}{options})", ATOM


_KINDS: dict[str, Spell] = {
    "pi": lambda w, v: ("jnp.pi", ATOM),
    "eye": lambda w, v: (f"jnp.eye({w.size(v.data)}, dtype=dtype)", ATOM),
    "ones": lambda w, v: (f"jnp.ones({w.size(v.data)}, dtype=dtype)", ATOM),
    "zeros": lambda w, v: (f"jnp.zeros({size_tuple(w, v.data)}, dtype=dtype)", ATOM),
    "commutation": constant("commutation", "dtype"),
    "duplication": constant("duplication", "dtype"),
    "elimination": constant("elimination", "dtype"),
    "sqrt": call("jnp.sqrt"),
    "norm": call("norm"),
    "sum": call("jnp.sum"),
    "outer": call("jnp.outer"),
    "vdot": call("jnp.vdot"),
    "diagonal product": _template("jnp.einsum('ij,ji->i', {0}, {1})"),
    "add diagonal": call("add_diagonal"),
    "solve": call("jnp.linalg.solve"),
    "inverse": call("jnp.linalg.inv"),
    "eigh": call("jnp.linalg.eigh"),
    "svd": _template("jnp.linalg.svd({0}, full_matrices=False)"),
    "lu": call("jax.scipy.linalg.lu_factor"),
    "lu solve": _lu_solve,
    "lu inverse": call("lu_inverse"),
    "lu logdet": _template("jnp.sum(jnp.log(jnp.abs(jnp.diagonal({0}[0]))))"),
    "lu det": call("lu_det"),
    "lu sign": call("lu_sign"),
    "cholesky": call("jnp.linalg.cholesky"),
    "cholesky solve": _template("jax.scipy.linalg.cho_solve(({0}, True), {1})"),
    "cholesky inverse": call("cholesky_inverse"),
    "cholesky logdet": _template("(2.0 * jnp.sum(jnp.log(jnp.diagonal({0}))))"),
    "triangular solve": _triangular_solve,
    "matrix power": matrix_power("jnp.linalg.matrix_power"),
    "spd power": call("spd_power"),
    "column": _column,
    "permute": lambda w, v: (f"jnp.transpose({w.text(v.args[0], SUM)}, {v.data})", ATOM),
    "contract": contract("jnp.einsum"),
    "concatenate": lambda w, v: (
        f"jnp.concatenate([{', '.join(w.text(a, SUM) for a in v.args)}])",
        ATOM,
    ),
    "block": _block,
    "frechet": _frechet,
    "frechet matrix": frechet_matrix,
    "selection": _selection,
    "unit": _unit,
}


class Jax(Python):
    """Modules for JAX, whose functions can be compiled, mapped over batches and put on devices."""

    name = "jax"
    array = "jnp"
    spelling: ClassVar[Mapping[str, Spell]] = {**SPELLING, **_KINDS}
    reserved = frozenset({"jax", "jnp", "np", "itertools", "d", "dtype", "check", "CHECK"})
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    before_trial = ('jax.config.update("jax_enable_x64", True)',)
    imports = (
        ("import itertools\n", "itertools"),
        ("import jax", "jax."),
        ("import jax.numpy as jnp", ""),
        ("import jax.scipy.linalg", "jax.scipy.linalg"),
        ("import jax.scipy.special", "jax.scipy.special"),
        ("import numpy as np", " np."),
    )

    def operation(self, op: Op) -> str:
        """As NumPy has it, but for the names.

        Raises: RequestError for a function that only SciPy has.
        """
        return _OPERATIONS.get(op.name) or _names_of_jax(op)

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """Constant arrays are of the type that the arguments have together."""
        body = " ".join([*lines, *[r.source for r in results]])
        if re.search(r"\bdtype\b(?!=)", body):
            arrays = ", ".join(["float", *[a.name for a in arguments if a.axes is not None]])
            lines = [f"dtype = jnp.result_type({arrays})", *lines]
        return super().function(name, arguments, lines, results)

    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """The head says what cannot be traced."""
        static = [a.name for a in arguments if a.kind in ("size", "function")]
        if static:
            question += (
                f"\nStatic where a function is compiled (static_argnames): {', '.join(static)}."
            )
        return super().module(question, arguments, functions, helpers, trial)

    def assemble(self, writer: Writer, v: Value) -> str:
        """A sum of arrays that broadcast, each zero off the diagonals that its pattern is for."""
        shape, patterns = v.data
        units: dict[str, str] = {}
        terms = [
            _placed(writer, units, core, (pattern, full), shape)
            for core, (pattern, full) in zip(v.args, patterns, strict=True)
        ]
        terms.sort(key=lambda term: not term[1])
        if not terms[0][1]:
            terms.insert(0, (f"jnp.zeros({size_tuple(writer, shape)}, dtype=dtype)", True))
        name = _named(writer, terms[0][0])
        writer.lines += [f"{name} += {term}" for term, _ in terms[1:]]
        return name


def _placed(
    w: Writer,
    units: dict[str, str],
    core: Value,
    placed: tuple[Pattern, bool],
    shape: tuple[Size, ...],
) -> tuple[str, bool]:
    """(a term of an array, whether it has the shape of the whole or only broadcasts to it)."""
    pattern, full = placed
    sizes, rank = pattern.split, len(pattern.split)
    first = [pattern.axes.index(k) for k in pattern.axes]
    axes = [k for k, at in enumerate(first) if at == k]
    if core.kind == "expand":
        axes = [k for k, there in zip(axes, core.data, strict=True) if there]
        core, full = core.args[0], True
    deltas = [(at, k) for k, at in enumerate(first) if at != k]
    is_whole = full and {*axes, *[k for pair in deltas for k in pair]} == set(range(rank))
    kind = "bool" if core.rank else "dtype"
    masks = []
    for at, k in deltas:
        source = f"jnp.eye({w.size(sizes[k])}, dtype={kind}){_axes((at, k), rank)}"
        if source not in units:
            units[source] = _named(w, source)
        masks.append(units[source])
    if not deltas:
        term = w.text(core, ATOM) + (_axes(axes, rank) if core.rank else "")
    elif core.rank:
        term = f"jnp.where({' & '.join(masks)}, {w.text(core, ATOM)}{_axes(axes, rank)}, 0.0)"
    else:
        is_one = core.kind == "number" and core.data == 1
        term = " * ".join([*([] if is_one else [w.text(core, PRODUCT)]), *masks])
    if sizes == shape:
        return term, is_whole
    if not is_whole:
        term = f"jnp.broadcast_to({term}, {size_tuple(w, sizes)})"
    return f"{term if term.endswith(')') else f'({term})'}.reshape{size_tuple(w, shape)}", True


def _named(w: Writer, source: str) -> str:
    """A new name, after the line that gives it."""
    name = w.new_name()
    w.lines.append(f"{name} = {source}")
    return name


def _axes(axes: Sequence[int], rank: int) -> str:
    """The subscript that puts the axes of an array there among `rank`, the others of length one."""
    if len(axes) == rank:
        return ""
    return f"[{', '.join(':' if k in axes else 'None' for k in range(rank))}]"
