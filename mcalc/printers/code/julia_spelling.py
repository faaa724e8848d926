"""How Julia writes each kind of value."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.printers.code.julia_arrays import contract
from mcalc.printers.code.python import number_source
from mcalc.printers.code.writer import ATOM, POWER, PRODUCT, SUM, UNARY, Spelled, Writer, filled

if TYPE_CHECKING:
    from mcalc.core.op import Op
    from mcalc.core.size import Size
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.writer import Spell

ENTRYWISE = {
    "exp": "exp", "log": "log", "log1p": "log1p", "expm1": "expm1", "sqrt": "sqrt",
    "sign": "sign", "abs": "abs", "relu": "relu", "sigmoid": "sigmoid", "softplus": "softplus",
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "max of two": "max", "min of two": "min",
    "erf": "erf", "lgamma": "loggamma", "digamma": "digamma", "atan2": "atan",
    "besseli": "besseli", "besselj": "besselj", "besselk": "besselk", "bessely": "bessely",
    "cot": "cot", "coth": "coth", "csc": "csc", "csch": "csch", "erfc": "erfc", "gamma": "gamma",
    "sec": "sec", "sech": "sech", "acot": "acot", "Si": "sinint", "Ci": "cosint", "Ei": "expinti",
    "airyai": "airyai", "airybi": "airybi", "airyaiprime": "airyaiprime",
    "airybiprime": "airybiprime",
}  # fmt: skip
"""Functions of numbers, which take a dot where they are given arrays."""
SPECIAL = frozenset(
    {"erf", "erfc", "loggamma", "digamma", "polygamma", "gamma", "besseli", "besselj", "besselk",
     "bessely", "sinint", "cosint", "expinti", "airyai", "airybi", "airyaiprime", "airybiprime"}
)  # fmt: skip
"""Those of the package SpecialFunctions."""
OPERATIONS = {
    "tr": "tr({0})",
    "det": "det({0})",
    "logdet": "logabsdet({0})[1]",
    "adj": "adjugate({0})",
    "cross": "cross({0}, {1})",
    "vec": "vec({0})",
    "kron": "kron({0}, {1})",
    "diag": "diagm({0})",
    "diagonal": "diag({0})",
    "tril": "tril({0})",
    "triu": "triu({0})",
    "expm": "exp(Matrix({0}))",
    "logm": "real(log(Matrix({0})))",
    "sqrtm": "real(sqrt(Matrix({0})))",
    "pinv": "pinv({0})",
    "chol": "Matrix(cholesky(Symmetric({0}, :L)).L)",
    "prod": "prod({0})",
    "max": "maximum({0})",
    "min": "minimum({0})",
    "indicator of the largest entry": "is_extreme({0}, maximum({0}))",
    "indicator of the smallest entry": "is_extreme({0}, minimum({0}))",
    "softmax": "softmax({0})",
    "logsumexp": "logsumexp({0})",
    "lambda_max": "eigmax(Symmetric({0}, :L))",
    "lambda_min": "eigmin(Symmetric({0}, :L))",
    "eigvec_max": "eigvecs(Symmetric({0}, :L))[:, end]",
    "eigvec_min": "eigvecs(Symmetric({0}, :L))[:, 1]",
    "eigvals": "eigvals(Symmetric({0}, :L))",
    "eigvecs": "eigvecs(Symmetric({0}, :L))",
    "svdu": "svd({0}).U",
    "svdv": "Matrix(svd({0}).V)",
    "svdvals": "svdvals({0})",
    "nucnorm": "sum(svdvals({0}))",
}


# ---------------------------------------------------------------- spelling
def _number(w: Writer, v: Value) -> Spelled:
    q = Fraction(v.data)
    source = number_source(q)
    if q.denominator == 1:
        source += ".0"
    return source, UNARY if q < 0 else ATOM


def _beside(w: Writer, v: Value, level: int) -> list[str]:
    """The arguments as they broadcast: Julia lines up first axes, so that a vector is a row."""
    found = []
    for a in v.args:
        if a.rank == 1 and v.rank == 2:
            found.append(f"{w.text(a, ATOM)}'")
        elif 1 <= a.rank < v.rank:
            ones = ", ".join(["1"] * (v.rank - a.rank))
            found.append(f"reshape({w.text(a, SUM)}, {ones}, size({w.text(a, SUM)})...)")
        else:
            found.append(w.text(a, level))
    return found


def _infix(operator: str, level: int) -> Spell:
    """a ∘ b, with a dot where an array is among them."""

    def spell(w: Writer, v: Value) -> Spelled:
        left, right = _beside(w, v, level)[0], _beside(w, v, level + 1)[1]
        return f"{left} {'.' if v.rank else ''}{operator} {right}", level

    return spell


def _pow(w: Writer, v: Value) -> Spelled:
    left, right = _beside(w, v, ATOM)
    if v.args[1].kind == "number":
        q = Fraction(v.args[1].data)
        right = number_source(q) if q >= 0 else f"({number_source(q)})"
    return f"{left} {'.' if v.rank else ''}^ {right}", POWER


def _matmul(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if a.rank == b.rank == 1:
        return f"dot({w.text(a, SUM)}, {w.text(b, SUM)})", ATOM
    if a.rank == 1:
        return f"{w.text(b, ATOM)}' * {w.text(a, PRODUCT + 1)}", PRODUCT
    return f"{w.text(a, PRODUCT)} * {w.text(b, PRODUCT + 1)}", PRODUCT


def _entrywise(function: str, w: Writer, v: Value) -> Spelled:
    return f"{function}{'.' if v.rank else ''}({', '.join(_beside(w, v, SUM))})", ATOM


def _call(w: Writer, v: Value) -> Spelled:
    op: Op = v.data
    if op.name in ENTRYWISE:
        return _entrywise(ENTRYWISE[op.name], w, v)
    if op.name == "polygamma":
        order, x = [w.text(a, SUM) for a in v.args]
        return f"polygamma{'.' if v.rank else ''}(Int({order}), {x})", ATOM
    return filled(w.language.operation(op), [w.written[a] for a in v.args])


def _template(template: str) -> Spell:
    """A kind of value by a template."""
    return lambda w, v: filled(template, [w.written[a] for a in v.args])


def _operator(template: str, level: int) -> Spell:
    """A kind of value by a template that is a product or a sum."""
    return lambda w, v: (filled(template, [w.written[a] for a in v.args])[0], level)


def _column(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    source = w.text(a, SUM)
    return (f"[{source}]" if a.rank == 0 else f"reshape({source}, :, 1)"), ATOM


def _expand(w: Writer, v: Value) -> Spelled:
    inside = ", ".join(":" if there else "newaxis" for there in v.data)
    return f"{w.text(v.args[0], ATOM)}[{inside}]", ATOM


def _sizes(w: Writer, sizes: tuple[Size, ...]) -> str:
    return ", ".join(w.size(s) for s in sizes)


def _eye(size: str) -> str:
    return f"Matrix(1.0I, {size}, {size})"


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    columns = f"({w.size(before)} + 1):({w.size(before + part)})"
    return f"{_eye(w.size(whole))}[:, {columns}]", ATOM


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    return f"{_eye(w.size(whole))}[:, {w.size(before)} + 1]", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    lengths = ", ".join(str(k) for k in v.data)
    rows = f"({lengths},)" if len(v.data) == 1 else f"({lengths})"
    return f"hvcat({rows}, {', '.join(w.text(a, SUM) for a in v.args)})", ATOM


def _matrix_power(w: Writer, v: Value) -> Spelled:
    X, k = v.args
    if k.kind == "number":
        return f"{w.text(X, ATOM)}^{Fraction(k.data)}", POWER
    return f"real(Matrix({w.text(X, SUM)})^{w.text(k, ATOM)})", ATOM


def _function(w: Writer, op: Op, parameters: list[Value]) -> str:
    """The source of a matrix function."""
    if parameters:
        return f"B -> real(B^{w.text(parameters[0], ATOM)})"
    return f"B -> {w.language.operation(op).format('B')}".replace("Matrix(B)", "B")


def _frechet(w: Writer, v: Value) -> Spelled:
    A, E, *rest = v.args
    function = _function(w, v.data, rest)
    return f"frechet({function}, {w.text(A, SUM)}, {w.text(E, SUM)})", ATOM


def _frechet_matrix(w: Writer, v: Value) -> Spelled:
    A, *rest = v.args
    return f"frechet_matrix({_function(w, v.data, rest)}, {w.text(A, SUM)})", ATOM


def _lu_solve(w: Writer, v: Value) -> Spelled:
    factor, b = v.args
    prime = "'" if v.data else ""
    return f"{w.text(factor, ATOM)}{prime} \\ {w.text(b, PRODUCT + 1)}", PRODUCT


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    T, b = v.args
    part, transposed = v.data
    source = f"{part.capitalize()}Triangular({w.text(T, SUM)}){chr(39) if transposed else ''}"
    return f"{source} \\ {w.text(b, PRODUCT + 1)}", PRODUCT


def _add_diagonal(w: Writer, v: Value) -> Spelled:
    K, d = v.args
    added = f"Diagonal({w.text(d, SUM)})" if d.rank else f"{w.text(d, PRODUCT)} * I"
    return f"{w.text(K, SUM)} + {added}", SUM


def _abstract(w: Writer, v: Value) -> Spelled:
    return _entrywise(w.names.function(v.data), w, v)


SPELLING: dict[str, Spell] = {
    "input": lambda w, v: (w.names.of(v.data), ATOM),
    "size": lambda w, v: (f"({w.size(v.data)})", ATOM),
    "number": _number,
    "pi": lambda w, v: ("pi", ATOM),
    "eye": lambda w, v: (_eye(w.size(v.data)), ATOM),
    "ones": lambda w, v: (f"ones({w.size(v.data)})", ATOM),
    "zeros": lambda w, v: (f"zeros({_sizes(w, v.data)})", ATOM),
    "commutation": lambda w, v: (f"commutation({_sizes(w, v.data)})", ATOM),
    "duplication": lambda w, v: (f"duplication({w.size(v.data)})", ATOM),
    "elimination": lambda w, v: (f"elimination({w.size(v.data)})", ATOM),
    "abstract": _abstract,
    "add": _infix("+", SUM),
    "sub": _infix("-", SUM),
    "mul": _infix("*", PRODUCT),
    "div": _infix("/", PRODUCT),
    "neg": lambda w, v: (f"-{w.text(v.args[0], UNARY)}", UNARY),
    "pow": _pow,
    "sqrt": lambda w, v: _entrywise("sqrt", w, v),
    "norm": _template("norm({0})"),
    "sum": _template("sum({0})"),
    "transpose": _operator("{0}'", ATOM),
    "column": _column,
    "expand": _expand,
    "permute": lambda w, v: (
        f"permutedims({w.text(v.args[0], SUM)}, ({', '.join(str(k + 1) for k in v.data)}))",
        ATOM,
    ),
    "reshape": lambda w, v: (f"split_axes({w.text(v.args[0], SUM)}, {_sizes(w, v.data)})", ATOM),
    "unvec": lambda w, v: (f"reshape({w.text(v.args[0], SUM)}, {_sizes(w, v.data)})", ATOM),
    "matmul": _matmul,
    "outer": _operator("{0} * {1}'", PRODUCT),
    "vdot": _template("dot({0}, {1})"),
    "diagonal product": _template("vec(sum({0} .* {1}', dims = 2))"),
    "add diagonal": _add_diagonal,
    "solve": _operator("{0} \\ {1}", PRODUCT),
    "inverse": _template("inv({0})"),
    "lu": _template("lu({0})"),
    "lu solve": _lu_solve,
    "lu inverse": _template("inv({0})"),
    "lu logdet": _template("logabsdet({0})[1]"),
    "lu det": _template("det({0})"),
    "lu sign": _template("logabsdet({0})[2]"),
    "cholesky": _template("cholesky(Symmetric({0}, :L))"),
    "cholesky solve": _operator("{0} \\ {1}", PRODUCT),
    "cholesky inverse": _template("inv({0})"),
    "cholesky logdet": _template("logdet({0})"),
    "triangular solve": _triangular_solve,
    "matrix power": _matrix_power,
    "spd power": lambda w, v: (
        f"Matrix(Symmetric({w.text(v.args[0], SUM)}, :L)^{w.text(v.args[1], ATOM)})",
        ATOM,
    ),
    "concatenate": lambda w, v: (f"vcat({', '.join(w.text(a, SUM) for a in v.args)})", ATOM),
    "block": _block,
    "selection": _selection,
    "unit": _unit,
    "frechet": _frechet,
    "frechet matrix": _frechet_matrix,
    "contract": contract,
    "call": _call,
}
