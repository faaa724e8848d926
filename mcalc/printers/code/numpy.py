"""NumPy modules: value, derivative, and both together, in straight lines."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_letters
from typing import TYPE_CHECKING

from mcalc.calculus.indices import entries_of
from mcalc.core.leaves import Direction
from mcalc.core.op import Op
from mcalc.core.size import DERIVED, Size
from mcalc.printers.code.generate import Generator
from mcalc.printers.code.ir import Value, live
from mcalc.printers.code.numpy_helpers import HELPERS
from mcalc.printers.code.tensor import Pattern, emit_tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr


# How tightly a piece of source binds.
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)
LONGEST_INLINE = 72

_RESERVED = {"np", "scipy", "value", "derivative", "value_and_derivative", "round", "d", *HELPERS}


@dataclass(frozen=True, slots=True)
class Code:
    """A complete module; `arguments` maps variables to the keywords of its functions."""

    source: str
    arguments: Mapping[str, str]


def numpy_code(
    derivative: Derivative, result: Expr, variables: Mapping[str, Expr], question: str
) -> Code:
    """The NumPy module of a value and its derivative, the latter as it reads after simplification.

    variables are those of the expression, and others that only give sizes.
    """
    names = _Names(variables)
    functions = []
    for name, wanted in (
        ("value", ("value",)),
        ("derivative", ("derivative",)),
        ("value_and_derivative", ("value", "derivative")),
    ):
        g = Generator()
        roots = tuple(
            [
                g.emit(derivative.value) if w == "value" else emit_derivative(g, derivative, result)
                for w in wanted
            ]
        )
        functions.append((name, _Writer(names, roots), roots))
    # Writing may find arguments: all three functions take the same.
    body = "\n\n".join(_function(name, writer, roots, names) for name, writer, roots in functions)
    imports = ["import numpy as np"] + (["import scipy.special"] if "scipy.special" in body else [])
    if "scipy.linalg" in body:
        imports.append("import scipy.linalg")
    helpers = [source for name, source in HELPERS.items() if f"{name}(" in body]
    if "frechet_matrix(" in body and "upper_blocks(" not in body:
        helpers.append(HELPERS["upper_blocks"])
    docstring = '"""' + question.replace("\\", "\\\\").replace('"""', "'''") + '\n"""'
    source = "\n".join([docstring, "", *imports, "", "", "\n\n".join([*helpers, body])])
    return Code(source, names.arguments)


def emit_derivative(g: Generator, derivative: Derivative, result: Expr) -> Value:
    """The array of the derivative, its axes the value's and then the variables'."""
    if derivative.notation == "matrix":
        return g.emit(result)
    array = emit_tensor(g, entries_of(derivative))
    if result.shape == derivative.result.shape.T and result.shape != derivative.result.shape:
        first = len(derivative.value.shape.axes)
        order = (*range(first, array.rank), *range(first))
        return g.value("permute", array, data=order, rank=array.rank)
    return array


class _Names:
    """Names of arguments and sizes, renamed where Python or the module has them already."""

    def __init__(self, variables: Mapping[str, Expr]) -> None:
        self.variables = variables
        self.taken = set(_RESERVED)
        self.arguments = {name: self._fresh(name) for name in variables}
        self.sizes: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        for name, node in variables.items():
            for k, axis in enumerate(node.shape.axes):
                symbol = str(axis)
                if axis == Size.symbol(symbol) and symbol not in self.sources:
                    self.sources[symbol] = f"{self.arguments[name]}.shape[{k}]"

    def _fresh(self, name: str) -> str:
        while name in self.taken or keyword.iskeyword(name) or keyword.issoftkeyword(name):
            name += "_"
        self.taken.add(name)
        return name

    def size(self, symbol: str) -> str:
        """The name of a size; one that no argument has is an argument itself."""
        if symbol in DERIVED and symbol not in self.sources:
            meaning = DERIVED[symbol]
            return f"({meaning.source.format(*[self.expression(s) for s in meaning.parts])})"
        if symbol not in self.sizes:
            self.sizes[symbol] = self._fresh(symbol)
            if symbol not in self.sources:
                self.arguments[symbol] = self.sizes[symbol]
        return self.sizes[symbol]

    def of(self, data: object) -> str:
        """The argument that a variable is, or its change d(X)."""
        if not isinstance(data, Direction):
            return self.arguments[str(data)]
        change = "d" if data.number == 0 else f"d{data.number + 1}"
        spelled = f"{change}({data.variable})"
        if spelled not in self.arguments:
            self.arguments[spelled] = self._fresh(f"{change}_{data.variable}")
        return self.arguments[spelled]

    def function(self, op: Op) -> str:
        """The argument that an unknown function, or a derivative of one, is."""
        if op.name not in self.arguments:
            self.arguments[op.name] = self._fresh(op.name.replace("'", "_prime"))
        return self.arguments[op.name]

    def expression(self, size: Size) -> str:
        """A size in Python."""
        pieces = []
        for monomial, c in size.terms:
            factors = ([] if c == 1 and monomial else [str(c)]) + [self.size(s) for s in monomial]
            pieces.append(" * ".join(factors))
        return " + ".join(pieces) or "0"


def _function(name: str, writer: _Writer, roots: tuple[Value, ...], names: _Names) -> str:
    results = [writer.text(root, SUM) for root in roots]
    lines = [
        f"    {names.size(s)} = {names.sources[s]}"
        for s in sorted(writer.symbols)
        if s in names.sources
    ]
    lines += [f"    {line}" for line in writer.lines]
    arguments = ", ".join(names.arguments.values())
    signature = f"def {name}(*, {arguments}):" if arguments else f"def {name}():"
    doc = {"value": "The value.", "derivative": "The derivative."}.get(
        name, "The value and the derivative, sharing their work."
    )
    returned = f"    return {', '.join(results)}"
    return "\n".join([signature, f'    """{doc}"""', *lines, returned]) + "\n"


class _Writer:
    """Source of the values of one function, in order; what is used once stands where it is used."""

    def __init__(self, names: _Names, roots: tuple[Value, ...]) -> None:
        self.names = names
        self.lines: list[str] = []
        self.symbols: set[str] = set()
        self.written: dict[Value, tuple[str, int]] = {}
        self.count = 0
        order = live(roots)
        self.uses: dict[Value, int] = dict.fromkeys(roots, 1)
        for v in order:
            for a in v.args:
                self.uses[a] = self.uses.get(a, 0) + 1
        for v in order:
            self._write(v)

    def text(self, v: Value, level: int) -> str:
        """The source of a value, in brackets where it binds less than `level`."""
        source, binding = self.written[v]
        return f"({source})" if binding < level else source

    def size(self, size: Size) -> str:
        """A size in Python."""
        stack = list(size.symbols)
        while stack:
            s = stack.pop()
            if s in DERIVED:
                stack.extend(name for part in DERIVED[s].parts for name in part.symbols)
            else:
                self.symbols.add(s)
        return self.names.expression(size)

    def _write(self, v: Value) -> None:
        if v.kind == "assemble":
            self.written[v] = (self._assemble(v), ATOM)
            return
        source, binding = _SPELLING[v.kind](self, v)
        simple = v.kind in ("input", "number", "pi")
        if not simple and (self.uses[v] > 1 or len(source) > LONGEST_INLINE):
            name = self._name()
            self.lines.append(f"{name} = {source}")
            source, binding = name, ATOM
        self.written[v] = (source, binding)

    def _name(self) -> str:
        while True:
            name = f"t{self.count}"
            self.count += 1
            if name not in self.names.taken:
                return name

    def shape(self, sizes: tuple[Size, ...]) -> str:
        """A tuple of sizes."""
        inner = ", ".join(self.size(s) for s in sizes)
        return f"({inner},)" if len(sizes) == 1 else f"({inner})"

    def _assemble(self, v: Value) -> str:
        """An array filled term by term, through a view of the entries each term is for."""
        shape, patterns = v.data
        name = self._name()
        started = False
        for core, (pattern, full) in zip(v.args, patterns, strict=True):
            source = self.text(core, SUM)
            fresh = core.kind not in ("input", "transpose", "expand", "column", "reshape")
            if not started and pattern.is_dense and full and fresh and self.uses[core] == 1:
                self.lines.append(f"{name} = {source}")
            else:
                if not started:
                    self.lines.append(f"{name} = np.zeros({self.shape(shape)})")
                self.lines.append(f"{self._view(name, pattern)} += {source}")
            started = True
        return name

    def _view(self, name: str, pattern: Pattern) -> str:
        if pattern.is_dense:
            return name
        target = name
        if pattern.kept and pattern.kept[-1] == -1:
            target = f"{name}.reshape{self.shape(pattern.split)}"
        letters = ascii_letters
        left = "".join(letters[a] for a in pattern.axes)
        right = "".join(letters[k] for k in pattern.kept if k >= 0)
        if left == right:
            return f"{target}[...]"
        return f"np.einsum('{left}->{right}', {target})[...]"


# ---------------------------------------------------------------- spelling
_Spelled = tuple[str, int]


def number_source(q: Fraction) -> str:
    """A rational as Python source, a float in any case."""
    if q.denominator == 1 and abs(q.numerator) < 2**53:
        return str(q.numerator)
    return repr(float(q))


def _number(w: _Writer, v: Value) -> _Spelled:
    q = Fraction(v.data)
    source = number_source(q)
    if q.denominator == 1:
        source += ".0"  # never integer arithmetic
    return source, UNARY if q < 0 else ATOM


def _infix(operator: str, level: int) -> Callable[[_Writer, Value], _Spelled]:
    def spell(w: _Writer, v: Value) -> _Spelled:
        a, b = v.args
        tight = level + 1
        return f"{w.text(a, level)} {operator} {w.text(b, tight)}", level

    return spell


def _call(name: str) -> Callable[[_Writer, Value], _Spelled]:
    return lambda w, v: (f"{name}({', '.join(w.text(a, SUM) for a in v.args)})", ATOM)


def _table_call(w: _Writer, v: Value) -> _Spelled:
    op = v.data
    assert isinstance(op, Op)
    if "{0}." in op.numpy or "{0} " in op.numpy:
        return op.numpy.format(*[w.text(a, ATOM) for a in v.args]), SUM
    return op.numpy.format(*[w.text(a, SUM) for a in v.args]), ATOM


def _expand(w: _Writer, v: Value) -> _Spelled:
    mask = v.data
    assert isinstance(mask, tuple)
    inside = ", ".join(":" if there else "None" for there in mask)
    return f"{w.text(v.args[0], ATOM)}[{inside}]", ATOM


def _column(w: _Writer, v: Value) -> _Spelled:
    a = v.args[0]
    if a.rank == 0:
        return f"np.atleast_1d({w.text(a, SUM)})", ATOM
    return f"{w.text(a, ATOM)}[:, None]", ATOM


def _contract(w: _Writer, v: Value) -> _Spelled:
    spec, out = v.data
    left = ",".join("".join(ascii_letters[k] for k in part) for part in spec)
    right = "".join(ascii_letters[k] for k in out)
    arrays = ", ".join(w.text(a, SUM) for a in v.args)
    optimize = ", optimize=True" if len(v.args) > 2 else ""
    return f"np.einsum('{left}->{right}', {arrays}{optimize})", ATOM


def _matrix_power(w: _Writer, v: Value) -> _Spelled:
    X, k = v.args
    exponent = str(Fraction(k.data)) if k.kind == "number" else f"round({w.text(k, SUM)})"
    return f"np.linalg.matrix_power({w.text(X, SUM)}, {exponent})", ATOM


def _selection(w: _Writer, v: Value) -> _Spelled:
    whole, part, before = v.data
    offset = w.size(-before) if before.terms else "0"
    return f"np.eye({w.size(whole)}, {w.size(part)}, {offset})", ATOM


def _unit(w: _Writer, v: Value) -> _Spelled:
    whole, before = v.data
    return f"np.eye({w.size(whole)})[{w.size(before)}]", ATOM


def _block(w: _Writer, v: Value) -> _Spelled:
    lengths = v.data
    assert isinstance(lengths, tuple)
    rows, start = [], 0
    for length in lengths:
        row = ", ".join(w.text(a, SUM) for a in v.args[start : start + length])
        rows.append(f"[{row}]")
        start += length
    return f"np.block([{', '.join(rows)}])", ATOM


def _pow(w: _Writer, v: Value) -> _Spelled:
    a, b = v.args
    if b.kind == "number":
        exponent = number_source(Fraction(b.data))
        return f"{w.text(a, ATOM)}**{exponent}", POWER
    return f"{w.text(a, ATOM)}**{w.text(b, ATOM)}", POWER


def _function_of(op: Op, argument: str, parameters: list[str]) -> str:
    """The source of a matrix function of an argument."""
    if not op.numpy:
        return f"scipy.linalg.fractional_matrix_power({argument}, {parameters[0]})"
    return op.numpy.format(argument)


def _frechet(w: _Writer, v: Value) -> _Spelled:
    A, E, *rest = v.args
    op = v.data
    assert isinstance(op, Op)
    a, e = w.text(A, SUM), w.text(E, SUM)
    if op.name == "expm":
        return f"scipy.linalg.expm_frechet({a}, {e}, compute_expm=False)", ATOM
    whole = _function_of(op, f"upper_blocks({a}, {e})", [w.text(p, SUM) for p in rest])
    return f"{whole}[:len({a}), len({a}):]", ATOM


def _frechet_matrix(w: _Writer, v: Value) -> _Spelled:
    A, *rest = v.args
    op = v.data
    assert isinstance(op, Op)
    function = _function_of(op, "B", [w.text(p, SUM) for p in rest])
    return f"frechet_matrix(lambda B: {function}, {w.text(A, SUM)})", ATOM


_SPELLING: dict[str, Callable[[_Writer, Value], _Spelled]] = {
    "input": lambda w, v: (w.names.of(v.data), ATOM),
    "size": lambda w, v: (f"({w.size(v.data)})", ATOM),
    "number": _number,
    "pi": lambda w, v: ("np.pi", ATOM),
    "eye": lambda w, v: (f"np.eye({w.size(v.data)})", ATOM),
    "ones": lambda w, v: (f"np.ones({w.size(v.data)})", ATOM),
    "zeros": lambda w, v: (f"np.zeros({w.shape(v.data)})", ATOM),
    "commutation": lambda w, v: (
        f"commutation({', '.join(w.size(s) for s in v.data)})",
        ATOM,
    ),
    "duplication": lambda w, v: (f"duplication({w.size(v.data)})", ATOM),
    "elimination": lambda w, v: (f"elimination({w.size(v.data)})", ATOM),
    "abstract": lambda w, v: (f"{w.names.function(v.data)}({w.text(v.args[0], SUM)})", ATOM),
    "add": _infix("+", SUM),
    "sub": _infix("-", SUM),
    "mul": _infix("*", PRODUCT),
    "div": _infix("/", PRODUCT),
    "matmul": _infix("@", PRODUCT),
    "neg": lambda w, v: (f"-{w.text(v.args[0], UNARY)}", UNARY),
    "pow": _pow,
    "sqrt": _call("np.sqrt"),
    "norm": _call("np.linalg.norm"),
    "sum": _call("np.sum"),
    "outer": _call("np.outer"),
    "solve": _call("np.linalg.solve"),
    "inverse": _call("np.linalg.inv"),
    "matrix power": _matrix_power,
    "spd power": _call("spd_power"),
    "transpose": lambda w, v: (f"{w.text(v.args[0], ATOM)}.T", ATOM),
    "column": _column,
    "call": _table_call,
    "reshape": lambda w, v: (
        f"{w.text(v.args[0], ATOM)}.reshape{w.shape(v.data)}",
        ATOM,
    ),
    "unvec": lambda w, v: (
        f"{w.text(v.args[0], ATOM)}.reshape{w.shape(tuple(reversed(v.data)))}.T",
        ATOM,
    ),
    "permute": lambda w, v: (f"np.transpose({w.text(v.args[0], SUM)}, {v.data})", ATOM),
    "expand": _expand,
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
