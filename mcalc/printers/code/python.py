"""What modules in Python have in common, whatever library computes: the frame and the notation."""

from __future__ import annotations

import keyword
from fractions import Fraction
from string import ascii_letters
from typing import TYPE_CHECKING, ClassVar

from mcalc.printers.code.decompositions import PARTS, shared
from mcalc.printers.code.module import Language, Result
from mcalc.printers.code.writer import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Spelled,
    Writer,
    infix,
    negative,
    operation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.core.size import Size
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.trial import Trial
    from mcalc.printers.code.writer import Spell


class Python(Language):
    """A module in Python; `array` is the name of the library of arrays in it."""

    array: ClassVar[str]
    docs: ClassVar[Mapping[str, str]] = {
        "value": "The value.",
        "derivative": "The derivative.",
        "value_and_derivative": "The value and the derivative, sharing their work.",
    }
    permute: ClassVar[str] = "transpose"
    """The method that puts the axes of an array in another order."""
    before_trial: ClassVar[tuple[str, ...]] = ()
    """Lines before a module tries itself."""
    imports: ClassVar[tuple[tuple[str, str], ...]]
    """Lines of imports, each with the word whose use asks for it; none is always there."""

    def __init__(self) -> None:
        self.results: dict[str, list[Result]] = {}

    def identifier(self, name: str) -> str:
        """The name, behind which a keyword gets a `_`."""
        return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name

    def extent(self, argument: str, axis: int, rank: int) -> str:
        """X.shape[0]."""
        return f"{argument}.shape[{axis}]"

    def lowered(self, roots: tuple[Value, ...], sparse: frozenset[str]) -> tuple[Value, ...]:
        """Spectra from one decomposition."""
        return shared(roots)

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """A function of keywords."""
        names = ", ".join(a.name for a in arguments)
        signature = f"def {name}(*, {names}):" if names else f"def {name}():"
        checked = ", ".join(a.name for a in arguments if a.axes is not None)
        check = [f"if CHECK:\n        check({checked})"] if checked else []
        returned = ", ".join(r.source for r in results)
        self.results[name] = results
        body = [f'"""{self.doc(name, results)}"""', *check, *lines, f"return {returned}"]
        return "\n".join([signature, *[f"    {line}" for line in body]]) + "\n"

    def doc(self, name: str, results: list[Result]) -> str:
        """What a function returns, for people."""
        return self.docs[name]

    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """Imports as they are needed, then checks of arguments, helpers, functions."""
        docstring = '"""' + question.replace("\\", "\\\\").replace('"""', "'''") + '\n"""'
        checks = self._checks([a for a in arguments if a.axes is not None])
        check = [] if trial is None else [self._trial(trial)]
        body = "\n\n".join([*checks, *helpers, *functions, *check])
        imports = [line for line, word in self.imports if word in body]
        switch = ["", "CHECK = True  # whether the shapes of arguments are looked at"]
        head = [docstring, "", *imports, *(switch if checks else ())]
        return "\n".join([*head, "", "", body])

    def _checks(self, arguments: list[Argument]) -> list[str]:
        """The function that refuses arguments whose shapes do not fit."""
        if not arguments:
            return []
        names = ", ".join(a.name for a in arguments)
        given = _tuple([self._shape(a) for a in arguments])
        wanted = _tuple([_tuple(self._lengths(a)) for a in arguments])
        shapes = ", ".join(f"{a.name} {_described(a)}" for a in arguments)
        lines = [
            f"{axis.length} = {a.name}.shape[{k}] if len({a.name}.shape) == {len(a.axes)} else -1"
            for a in arguments
            if a.axes
            for k, axis in enumerate(a.axes)
            if axis.tells
        ]
        lines += [
            f"given = {given}",
            f"if given != {wanted}:",
            f'    raise ValueError(f"the shapes do not fit: {shapes}; given {{given}}")',
        ]
        doc = '"""Raises ValueError where the shapes of arguments do not fit."""'
        return ["\n".join([f"def check({names}):", *[f"    {x}" for x in (doc, *lines)]]) + "\n"]

    def literal(self, X: NDArray[np.float64]) -> str:
        """An array of numbers."""
        return f"{self.array}.array({X.tolist()})"

    def _trial(self, trial: Trial) -> str:
        """What a module does where it is run: it holds the derivative against differences."""
        point = [f"    {name!r}: {self.literal(X)}," for name, X in trial.values.items()]
        directions = [f"    ({c.argument!r}, {self.literal(c.direction)})," for c in trial.changes]
        free = len(trial.free)
        lines = [
            *self.before_trial,
            "point = {",
            *point,
            "}",
            "directions = [",
            *directions,
            "]",
            f"step, expected = {trial.step!r}, 0.0",
            f"for signs in itertools.product((1, -1), repeat={len(trial.changes)}):",
            "    moved, weight = dict(point), 1.0",
            "    for sign, (name, direction) in zip(signs, directions):",
            "        moved[name] = moved[name] + sign * step * direction",
            "        weight *= sign / (2 * step)",
            f"    expected = expected + weight * {self.array_of('value', 'moved')}",
            *self.found(trial),
            *([f"found = found.{self.permute}{trial.back}"] if trial.transposed else ()),
            f"for _, direction in reversed(directions[:{free}]):" if free else "",
            f"    found = {self.array}.tensordot(found, direction, direction.ndim)" if free else "",
            'print("derivative along random directions:", found)',
            'print("differences of the value:", expected)',
            f"error = {self.array}.abs(found - expected).max()",
            f"assert error <= {trial.tolerance!r} * (1 + {self.array}.abs(expected).max()), error",
        ]
        indented = [f"    {line}" for line in lines if line]
        return "\n".join(['if __name__ == "__main__":', *indented]) + "\n"

    def found(self, trial: Trial) -> list[str]:
        """The lines that give the array of the derivative at the point of a trial its name."""
        return [f"found = {self.array_of('derivative', 'point')}"]

    def array_of(self, function: str, at: str) -> str:
        """The call of a function whose result is an array, sparse or not."""
        (result,) = self.results[function]
        return f"{function}(**{at}){'.toarray()' if result.sparse else ''}"

    def _shape(self, a: Argument) -> str:
        """The shape of an argument as a tuple; a number has the empty one."""
        return f"{a.name}.shape" if a.axes else f'getattr({a.name}, "shape", ())'

    def _lengths(self, a: Argument) -> list[str]:
        """The lengths that the axes of an argument have to have."""
        return [axis.length or f"{self._shape(a)}[{k}]" for k, axis in enumerate(a.axes or ())]


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _described(a: Argument) -> str:
    """What an argument has to be, for people."""
    lengths = [axis.length.replace(" ", "") or "…" for axis in a.axes or ()]
    return "×".join(lengths) if lengths else "a number"


# ---------------------------------------------------------------- spelling
def number_source(q: Fraction) -> str:
    """A rational as Python source."""
    if q.denominator == 1 and abs(q.numerator) < 2**53:
        return str(q.numerator)
    return repr(float(q))


def _number(w: Writer, v: Value) -> Spelled:
    q = Fraction(v.data)
    source = number_source(q)
    if q.denominator == 1:
        source += ".0"  # never integer arithmetic
    return source, UNARY if q < 0 else ATOM


def _expand(w: Writer, v: Value) -> Spelled:
    mask = v.data
    assert isinstance(mask, tuple)
    inside = ", ".join(":" if there else "None" for there in mask)
    return f"{w.text(v.args[0], ATOM)}[{inside}]", ATOM


def _pow(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if b.kind == "number":
        exponent = number_source(Fraction(b.data))
        return f"{w.text(a, ATOM)}**{exponent}", POWER
    return f"{w.text(a, ATOM)}**{w.text(b, ATOM)}", POWER


def size_tuple(w: Writer, sizes: tuple[Size, ...]) -> str:
    """A tuple of sizes."""
    return _tuple([w.size(s) for s in sizes])


def subscripts(data: tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]) -> str:
    """The specification of an einsum: `ij,jk->ik`."""
    parts, out = data
    left = ",".join("".join(ascii_letters[k] for k in part) for part in parts)
    return f"{left}->{''.join(ascii_letters[k] for k in out)}"


def _product(operator: str, others: tuple[str, ...]) -> Spell:
    """a ∘ b, where a product of the other kind in front is in brackets, though it need not be."""
    plain = infix(operator, PRODUCT)

    def spell(w: Writer, v: Value) -> Spelled:
        a, b = v.args
        if a.kind in others and w.written[a][1] == PRODUCT:
            return f"({w.text(a, SUM)}) {operator} {w.text(b, UNARY)}", PRODUCT
        return plain(w, v)

    return spell


SPELLING: dict[str, Spell] = {
    "input": lambda w, v: (w.names.of(v.data), ATOM),
    "size": lambda w, v: (f"({w.size(v.data)})", ATOM),
    "number": _number,
    "commutation": lambda w, v: (f"commutation({', '.join(w.size(s) for s in v.data)})", ATOM),
    "duplication": lambda w, v: (f"duplication({w.size(v.data)})", ATOM),
    "elimination": lambda w, v: (f"elimination({w.size(v.data)})", ATOM),
    "abstract": lambda w, v: (f"{w.names.function(v.data)}({w.text(v.args[0], SUM)})", ATOM),
    "add": infix("+", SUM),
    "sub": infix("-", SUM),
    "mul": _product("*", ("matmul", "sparse matmul", "matmul of sparse")),
    "div": _product("/", ("matmul", "sparse matmul", "matmul of sparse")),
    "matmul": _product("@", ("mul", "div", "sparse mul", "sparse div")),
    "neg": negative,
    "pow": _pow,
    "transpose": lambda w, v: (f"{w.text(v.args[0], ATOM)}.T", ATOM),
    "call": operation,
    "part": lambda w, v: (PARTS[v.data][1].format(w.text(v.args[0], ATOM)), ATOM),
    "reshape": lambda w, v: (f"{w.text(v.args[0], ATOM)}.reshape{size_tuple(w, v.data)}", ATOM),
    "unvec": lambda w, v: (
        f"{w.text(v.args[0], ATOM)}.reshape{size_tuple(w, tuple(reversed(v.data)))}.T",
        ATOM,
    ),
    "expand": _expand,
}
"""What all libraries of arrays have in common."""
