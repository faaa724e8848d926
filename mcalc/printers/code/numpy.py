"""NumPy: modules of straight lines on arrays, with SciPy where NumPy has no word."""

from __future__ import annotations

from fractions import Fraction
from string import ascii_letters
from typing import TYPE_CHECKING, ClassVar

from mcalc.core.op import Op
from mcalc.printers.code.module import ATOM, SUM, Spelled, Writer, call
from mcalc.printers.code.numpy_helpers import HELPERS
from mcalc.printers.code.python import SPELLING, Python, size_tuple, subscripts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Spell
    from mcalc.printers.code.tensor import Pattern


def _column(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    if a.rank == 0:
        return f"np.atleast_1d({w.text(a, SUM)})", ATOM
    return f"{w.text(a, ATOM)}[:, None]", ATOM


def _contract(w: Writer, v: Value) -> Spelled:
    arrays = ", ".join(w.text(a, SUM) for a in v.args)
    optimize = ", optimize=True" if len(v.args) > 2 else ""
    return f"np.einsum('{subscripts(v.data)}', {arrays}{optimize})", ATOM


def _matrix_power(w: Writer, v: Value) -> Spelled:
    X, k = v.args
    exponent = str(Fraction(k.data)) if k.kind == "number" else f"round({w.text(k, SUM)})"
    return f"np.linalg.matrix_power({w.text(X, SUM)}, {exponent})", ATOM


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    offset = w.size(-before) if before.terms else "0"
    return f"np.eye({w.size(whole)}, {w.size(part)}, {offset})", ATOM


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    return f"np.eye({w.size(whole)})[{w.size(before)}]", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    lengths = v.data
    assert isinstance(lengths, tuple)
    rows, start = [], 0
    for length in lengths:
        row = ", ".join(w.text(a, SUM) for a in v.args[start : start + length])
        rows.append(f"[{row}]")
        start += length
    return f"np.block([{', '.join(rows)}])", ATOM


def _function_of(op: Op, argument: str, parameters: list[str]) -> str:
    """The source of a matrix function of an argument."""
    if not op.numpy:
        return f"scipy.linalg.fractional_matrix_power({argument}, {parameters[0]})"
    return op.numpy.format(argument)


def _frechet(w: Writer, v: Value) -> Spelled:
    A, E, *rest = v.args
    op = v.data
    assert isinstance(op, Op)
    a, e = w.text(A, SUM), w.text(E, SUM)
    if op.name == "expm":
        return f"scipy.linalg.expm_frechet({a}, {e}, compute_expm=False)", ATOM
    whole = _function_of(op, f"upper_blocks({a}, {e})", [w.text(p, SUM) for p in rest])
    return f"{whole}[:len({a}), len({a}):]", ATOM


def _frechet_matrix(w: Writer, v: Value) -> Spelled:
    A, *rest = v.args
    op = v.data
    assert isinstance(op, Op)
    function = _function_of(op, "B", [w.text(p, SUM) for p in rest])
    return f"frechet_matrix(lambda B: {function}, {w.text(A, SUM)})", ATOM


_KINDS: dict[str, Spell] = {
    "pi": lambda w, v: ("np.pi", ATOM),
    "eye": lambda w, v: (f"np.eye({w.size(v.data)})", ATOM),
    "ones": lambda w, v: (f"np.ones({w.size(v.data)})", ATOM),
    "zeros": lambda w, v: (f"np.zeros({size_tuple(w, v.data)})", ATOM),
    "sqrt": call("np.sqrt"),
    "norm": call("np.linalg.norm"),
    "sum": call("np.sum"),
    "outer": call("np.outer"),
    "solve": call("np.linalg.solve"),
    "inverse": call("np.linalg.inv"),
    "matrix power": _matrix_power,
    "spd power": call("spd_power"),
    "column": _column,
    "permute": lambda w, v: (f"np.transpose({w.text(v.args[0], SUM)}, {v.data})", ATOM),
    "contract": _contract,
    "concatenate": lambda w, v: (
        f"np.concatenate([{', '.join(w.text(a, SUM) for a in v.args)}])",
        ATOM,
    ),
    "block": _block,
    "frechet": _frechet,
    "frechet matrix": _frechet_matrix,
    "selection": _selection,
    "unit": _unit,
}


class NumPy(Python):
    """Modules for NumPy and SciPy."""

    name = "numpy"
    array = "np"
    spelling: ClassVar[Mapping[str, Spell]] = {**SPELLING, **_KINDS}
    reserved = frozenset({"np", "scipy", "round", "d", "check", "CHECK"})
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    imports = (
        ("import itertools\n", "itertools"),
        ("import numpy as np", ""),
        ("import scipy.special", "scipy.special"),
        ("import scipy.linalg", "scipy.linalg"),
    )

    def operation(self, op: Op) -> str:
        """As the table has it."""
        return op.numpy

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled term by term, through a view of the entries each term is for."""
        shape, patterns = v.data
        name = writer.new_name()
        started = False
        for core, (pattern, full) in zip(v.args, patterns, strict=True):
            source = writer.text(core, SUM)
            fresh = core.kind not in ("input", "transpose", "expand", "column", "reshape")
            if not started and pattern.is_dense and full and fresh and writer.uses[core] == 1:
                writer.lines.append(f"{name} = {source}")
            else:
                if not started:
                    writer.lines.append(f"{name} = np.zeros({size_tuple(writer, shape)})")
                writer.lines.append(f"{_view(writer, name, pattern)} += {source}")
            started = True
        return name


def _view(w: Writer, name: str, pattern: Pattern) -> str:
    """The entries of an array that a term is for."""
    if pattern.is_dense:
        return name
    target = name
    if pattern.kept and pattern.kept[-1] == -1:
        target = f"{name}.reshape{size_tuple(w, pattern.split)}"
    left = "".join(ascii_letters[a] for a in pattern.axes)
    right = "".join(ascii_letters[k] for k in pattern.kept if k >= 0)
    if left == right:
        return f"{target}[...]"
    return f"np.einsum('{left}->{right}', {target})[...]"
