"""PyTorch: tensors of any floating type on any device, those of the arguments."""

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
from mcalc.printers.code.module import Result, no_counterpart
from mcalc.printers.code.python import SPELLING, Python, size_tuple
from mcalc.printers.code.torch_helpers import HELPERS
from mcalc.printers.code.writer import ATOM, SUM, Spelled, Writer, filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.core.op import Op
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.tensor import Pattern
    from mcalc.printers.code.writer import Spell

_OPERATIONS = {
    "relu": "torch.relu({0})",
    "sigmoid": "torch.sigmoid({0})",
    # Beyond its threshold PyTorch has x itself, which by default is too early for float64.
    "softplus": "torch.nn.functional.softplus({0}, threshold=50)",
    "softmax": "torch.softmax({0}, 0)",
    "logsumexp": "torch.logsumexp({0}, 0)",
    "prod": "torch.prod({0})",
    "max": "torch.amax({0})",
    "min": "torch.amin({0})",
    "indicator of the largest entry": "is_extreme({0}, torch.amax({0}))",
    "indicator of the smallest entry": "is_extreme({0}, torch.amin({0}))",
    "tr": "torch.trace({0})",
    "det": "torch.linalg.det({0})",
    "logdet": "torch.linalg.slogdet({0})[1]",
    "adj": "adjugate({0})",
    "cross": "torch.linalg.cross({0}, {1})",
    "vec": "{0}.T.reshape(-1)",
    # It fails for matrices of which one lies row by row in memory, the other column by column.
    "kron": "torch.kron({0}.contiguous(), {1}.contiguous())",
    "diag": "torch.diag({0})",
    "diagonal": "torch.diagonal({0})",
    "tril": "torch.tril({0})",
    "triu": "torch.triu({0})",
    "expm": "torch.matrix_exp({0})",
    "logm": "logm({0})",
    "sqrtm": "sqrtm({0})",
    "pinv": "torch.linalg.pinv({0})",
    "chol": "torch.linalg.cholesky({0})",
    "polygamma": "torch.special.polygamma(int({0}), {1})",
    "lambda_max": "torch.linalg.eigvalsh({0})[-1]",
    "lambda_min": "torch.linalg.eigvalsh({0})[0]",
    "eigvec_max": "torch.linalg.eigh({0})[1][:, -1]",
    "eigvec_min": "torch.linalg.eigh({0})[1][:, 0]",
    "eigvals": "torch.linalg.eigvalsh({0})",
    "eigvecs": "torch.linalg.eigh({0})[1]",
    "svdu": "torch.linalg.svd({0}, full_matrices=False)[0]",
    "svdv": "torch.linalg.svd({0}, full_matrices=False)[2].T",
    "svdvals": "torch.linalg.svdvals({0})",
    "nucnorm": "torch.linalg.svdvals({0}).sum()",
}
_NAMES = {
    **{f"np.{name}": f"torch.{name}" for name in (
        "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos",
        "cosh", "exp", "expm1", "log", "log1p", "maximum", "minimum", "sign", "sin", "sinh", "sqrt",
        "square", "tan", "tanh",
    )},
    "scipy.special.digamma": "torch.digamma",
    "scipy.special.erf": "torch.erf",
    "scipy.special.erfc": "torch.erfc",
    "scipy.special.gammaln": "torch.lgamma",
}  # fmt: skip
"""Functions by what they are called in NumPy and SciPy."""


def _names_of_torch(op: Op) -> str:
    """The template of NumPy's with PyTorch's names."""

    def named(match: re.Match[str]) -> str:
        if match[0] not in _NAMES:
            raise no_counterpart("PyTorch", op)
        return _NAMES[match[0]]

    return re.sub(r"\b(np|scipy)\.[\w.]+", named, op.numpy)


# ---------------------------------------------------------------- numbers and tensors
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow"})
_LIKE = "dtype=dtype, device=device"


def is_number(v: Value) -> bool:
    """Whether a value is a number of Python's, made from constants and sizes alone."""
    stack = [v]
    while stack:
        a = stack.pop()
        if a.kind in _ARITHMETIC:
            stack += a.args
        elif a.kind not in ("number", "pi", "size"):
            return False
    return True


def _tensor(w: Writer, v: Value) -> Spelled:
    """The source of a value where a tensor is wanted."""
    if is_number(v):
        return f"torch.tensor({w.text(v, SUM)}, {_LIKE})", ATOM
    return w.written[v]


def _template(template: str) -> Spell:
    """A kind of value whose arguments are tensors in a template."""
    return lambda w, v: filled(template, [_tensor(w, a) for a in v.args])


def _call(w: Writer, v: Value) -> Spelled:
    template = w.language.operation(v.data)
    whole = "int({0})" in template
    return filled(
        template,
        [w.written[a] if whole and i == 0 else _tensor(w, a) for i, a in enumerate(v.args)],
    )


# ---------------------------------------------------------------- spelling
def _column(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    template = "{0}.reshape(1)" if a.rank == 0 else "{0}[:, None]"
    return filled(template, [_tensor(w, a)])


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    columns = f"{w.size(before)} : {w.size(before + part)}"
    return f"torch.eye({w.size(whole)}, {_LIKE})[:, {columns}]", ATOM


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    return f"torch.eye({w.size(whole)}, {_LIKE})[{w.size(before)}]", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    rows = [
        row[0] if len(row) == 1 else f"torch.cat([{', '.join(row)}], 1)"
        for row in rows_of_blocks(w, v)
    ]
    return rows[0] if len(rows) == 1 else f"torch.cat([{', '.join(rows)}])", ATOM


def _lu_solve(w: Writer, v: Value) -> Spelled:
    transposed = ", transposed=True" if v.data else ""
    return f"lu_solve({', '.join(w.text(a, SUM) for a in v.args)}{transposed})", ATOM


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    part, transposed = v.data
    T, b = v.args
    source = f"{w.text(T, ATOM)}.T" if transposed else w.text(T, SUM)
    upper = (part == "upper") is not transposed
    return f"triangular_solve({source}, {w.text(b, SUM)}, upper={upper})", ATOM


_KINDS: dict[str, Spell] = {
    "pi": lambda w, v: ("torch.pi", ATOM),
    "eye": lambda w, v: (f"torch.eye({w.size(v.data)}, {_LIKE})", ATOM),
    "ones": lambda w, v: (f"torch.ones({w.size(v.data)}, {_LIKE})", ATOM),
    "zeros": lambda w, v: (f"torch.zeros({size_tuple(w, v.data)}, {_LIKE})", ATOM),
    "commutation": constant("commutation", "dtype, device"),
    "duplication": constant("duplication", "dtype, device"),
    "elimination": constant("elimination", "dtype, device"),
    "call": _call,
    "sqrt": _template("torch.sqrt({0})"),
    "norm": _template("norm({0})"),
    "sum": _template("torch.sum({0})"),
    "outer": _template("torch.outer({0}, {1})"),
    "vdot": _template("torch.sum({0} * {1})"),
    "diagonal product": _template("torch.einsum('ij,ji->i', {0}, {1})"),
    "add diagonal": _template("add_diagonal({0}, {1})"),
    "solve": _template("torch.linalg.solve({0}, {1})"),
    "inverse": _template("torch.linalg.inv({0})"),
    "eigh": _template("torch.linalg.eigh({0})"),
    "svd": _template("torch.linalg.svd({0}, full_matrices=False)"),
    "lu": _template("torch.linalg.lu_factor({0})"),
    "lu solve": _lu_solve,
    "lu inverse": _template("lu_inverse({0})"),
    "lu logdet": _template("lu_logdet({0})"),
    "lu det": _template("lu_det({0})"),
    "lu sign": _template("lu_sign({0})"),
    "cholesky": _template("torch.linalg.cholesky({0})"),
    "cholesky solve": _template("cholesky_solve({0}, {1})"),
    "cholesky inverse": _template("torch.cholesky_inverse({0})"),
    "cholesky logdet": _template("(2.0 * torch.diagonal({0}).log().sum())"),
    "triangular solve": _triangular_solve,
    "matrix power": matrix_power("torch.linalg.matrix_power"),
    "spd power": _template("spd_power({0}, {1})"),
    "column": _column,
    "permute": lambda w, v: (f"torch.permute({w.text(v.args[0], SUM)}, {v.data})", ATOM),
    "contract": contract("torch.einsum"),
    "concatenate": lambda w, v: (
        f"torch.cat([{', '.join(w.text(a, SUM) for a in v.args)}])",
        ATOM,
    ),
    "block": _block,
    "frechet": frechet,
    "frechet matrix": frechet_matrix,
    "selection": _selection,
    "unit": _unit,
}


class PyTorch(Python):
    """Modules for PyTorch; what they compute can be differentiated further by autograd."""

    name = "torch"
    array = "torch"
    permute = "permute"
    spelling: ClassVar[Mapping[str, Spell]] = {**SPELLING, **_KINDS}
    reserved = frozenset(
        {"torch", "np", "functools", "itertools", "int", "d", "dtype", "device", "check", "CHECK"}
    )
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    imports = (
        ("import functools", "functools."),
        ("import itertools", "itertools."),
        ("import numpy as np", " np."),
        ("import torch", ""),
    )

    def operation(self, op: Op) -> str:
        """Its name in PyTorch.

        Raises: RequestError for a function that only SciPy has.
        """
        return _OPERATIONS.get(op.name) or _names_of_torch(op)

    def literal(self, X: NDArray[np.float64]) -> str:
        """A tensor of numbers."""
        return f"torch.tensor({X.tolist()}, dtype=torch.float64)"

    def result(self, writer: Writer, v: Value) -> str:
        """Always a tensor."""
        return _tensor(writer, v)[0]

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """Numbers become tensors; these and constants are like the first array."""
        body = " ".join([*lines, *[r.source for r in results]])
        arrays = [a.name for a in arguments if a.axes]
        numbers = [a.name for a in arguments if a.axes == ()]
        used = [x for x in numbers if _mentions(body, x)]
        constants = _mentions(body, "device")
        start = []
        if arrays:
            like = f"dtype={arrays[0]}.dtype, device={arrays[0]}.device"
            start += [f"{x} = torch.as_tensor({x}, {like})" for x in used]
        elif used or (numbers and constants):
            targets = ", ".join(numbers) if len(numbers) > 1 else f"({numbers[0]},)"
            start.append(f"{targets} = scalars({', '.join(numbers)})")
        if constants and (arrays or numbers):
            first = (arrays or numbers)[0]
            start.append(f"dtype, device = {first}.dtype, {first}.device")
        elif constants:
            start.append("dtype, device = torch.get_default_dtype(), torch.get_default_device()")
        return super().function(name, arguments, [*start, *lines], results)

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled term by term, through a view of the entries each term is for."""
        shape, patterns = v.data
        name = writer.new_name()
        zeros = f"torch.zeros({size_tuple(writer, shape)}, {_LIKE})"
        writer.lines.append(f"{name} = {zeros}")
        for core, (pattern, _) in zip(v.args, patterns, strict=True):
            view = _view(writer, name, pattern)
            writer.lines.append(f"{view}.add_({writer.text(core, SUM)})")
        return name


def _mentions(body: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w|=)", body) is not None


def _view(w: Writer, name: str, pattern: Pattern) -> str:
    """The entries of an array that a term is for, their axes in order."""
    view = name
    if pattern.kept and pattern.kept[-1] == -1:
        view = f"{name}.view{size_tuple(w, pattern.split)}"
    axes = list(pattern.axes)
    for k in dict.fromkeys(pattern.axes):
        while axes.count(k) > 1:
            first = axes.index(k)
            second = axes.index(k, first + 1)
            view += f".diagonal(0, {first}, {second})"
            axes = [a for i, a in enumerate(axes) if i not in (first, second)] + [k]
    order = tuple([axes.index(k) for k in sorted(axes)])
    return view if order == tuple(range(len(order))) else f"{view}.permute{order}"
