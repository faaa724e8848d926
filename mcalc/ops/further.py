"""Element-wise functions that the table does not list: SymPy's, the user's own, and unknown ones.

What SymPy knows is looked up there, differentiated there, and evaluated by SciPy. A function of the
user's is a formula in one variable, applied entry by entry. An abstract function f has the
derivative f', and that f''; nothing more is known of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mcalc.core.algebra import (
    ADD,
    MUL,
    POWER,
    add,
    call,
    filled,
    hadamard,
    mul,
    number,
    power,
    scale,
)
from mcalc.core.expr import Expr, dependents, postorder
from mcalc.core.leaves import pi
from mcalc.core.op import OPS, Op
from mcalc.core.shape import signature
from mcalc.core.sums import coefficients
from mcalc.errors import LimitError, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

_ELEMENTWISE = signature("(m,n)->(m,n)")


# ---------------------------------------------------------------- abstract functions
@lru_cache(maxsize=1024)
def abstract(name: str, order: int = 0) -> Op:
    """The function of that name, or its derivative of that order: f, f', f''."""
    return Op(
        name=name + "'" * order,
        signature=_ELEMENTWISE,
        doc="A function of which nothing is known.",
        differential={
            0: lambda node, i, dX: hadamard(call(abstract(name, order + 1), node.args[0]), dX)
        },
        transposed="commutes",
        elementwise=True,
        abstract=(name, order),
    )


# ---------------------------------------------------------------- functions by formula
def by_formula(name: str, body: Expr, parameter: Expr) -> Op:
    """The function that does to each entry what the body does to the scalar parameter.

    Raises: RequestError where the body is no such formula.
    """
    if not body.shape.is_scalar:
        raise RequestError(f"the formula of {name} is no scalar")
    _check_entrywise(name, body, parameter)
    return Op(
        name=name,
        signature=_ELEMENTWISE,
        doc="A function by formula.",
        define=lambda X: lifted(body, parameter, X),
        numpy="-",
    )


def _check_entrywise(name: str, body: Expr, parameter: Expr) -> None:
    changing = dependents(body, (parameter,))
    for node in postorder(body):
        scalar = node.shape.is_scalar and all(a.shape.is_scalar for a in node.args)
        if node in changing and node is not parameter:
            known = node.op in (ADD, MUL, POWER) or node.op.elementwise
            if not (scalar and known):
                raise RequestError(
                    f"the formula of {name} uses {node.op.name}, which is not element-wise"
                )


def lifted(body: Expr, parameter: Expr, X: Expr) -> Expr:
    """The formula with X for its parameter, entry by entry."""
    changing = dependents(body, (parameter,))
    made: dict[Expr, Expr] = {parameter: X}
    whole = filled(X.shape)

    def entrywise(e: Expr) -> Expr:
        return made[e] if e in changing else mul(e, whole)

    for node in postorder(body):
        if node not in changing or node is parameter:
            continue
        args = [entrywise(a) for a in node.args]
        if node.op is ADD:
            pairs = zip(coefficients(node), args, strict=True)
            made[node] = add(*[scale(c, a) for c, a in pairs])
        elif node.op is MUL:
            made[node] = hadamard(*args)
        elif node.op is POWER:
            exponent = node.args[1]
            made[node] = power(args[0], args[1] if exponent in changing else exponent)
        else:
            made[node] = call(node.op, *args, data=node.data)
    return entrywise(body)


# ---------------------------------------------------------------- functions of SymPy
@lru_cache(maxsize=1)
def _sympy_functions() -> dict[str, Any]:
    """SymPy's own functions by name; a name that a user types is only looked up here."""
    import sympy
    from sympy import functions

    found = {}
    for name in functions.__all__:
        value = getattr(functions, name)
        if isinstance(value, type) and issubclass(value, sympy.Function) and value.__name__ == name:
            found[name] = value
    return found


@lru_cache(maxsize=256)
def from_sympy(name: str) -> Op | None:
    """The operation that SymPy's function of that name is, or None.

    It takes one argument, or a number and an argument as besselj(2, x).
    """
    functions = _sympy_functions()
    if name not in functions:
        return None
    function = functions[name]
    for arguments in (1, 2):
        template = _numpy_template(function, arguments)
        if template is None:
            continue
        derivative = _derivative_in(function, arguments)
        if derivative is not None and _agrees(template, derivative, arguments):
            return _sympy_op(name, function, arguments, template)
    return None


def _symbols(arguments: int) -> tuple[Any, ...]:
    import sympy

    return sympy.symbols("t", real=True), *sympy.symbols(f"n:{arguments - 1}")


def _applied(function: Any, arguments: int) -> Any:
    t, *orders = _symbols(arguments)
    return function(*orders, t)


def _numpy_template(function: Any, arguments: int) -> str | None:
    """The SciPy form with its arguments as {0}, {1}; None where there is none."""
    from sympy.printing.numpy import SciPyPrinter

    try:
        applied = _applied(function, arguments)
        printer = SciPyPrinter({"fully_qualified_modules": True})
        source = printer.doprint(applied)
    except (TypeError, ValueError, NotImplementedError):
        return None
    if "\n" in source or "#" in source or applied.func is not function:
        return None
    source = source.replace("numpy.", "np.").replace("{", "{{").replace("}", "}}")
    names = {"t": arguments - 1, **{f"n{i}": i for i in range(arguments - 1)}}
    return re.sub(r"\b(t|n\d)\b", lambda m: f"{{{names[m.group()]}}}", source)


def _derivative_in(function: Any, arguments: int) -> Any:
    """SymPy's derivative by the last argument, None where it is no formula in known functions."""
    import sympy

    t, *_ = _symbols(arguments)
    derivative = sympy.diff(_applied(function, arguments), t)
    if derivative.has(sympy.Derivative, sympy.Subs, sympy.Piecewise, sympy.DiracDelta):
        return None
    return derivative


def _agrees(template: str, derivative: Any, arguments: int) -> bool:
    """Whether SciPy's values are real and change as SymPy's derivative says."""
    import numpy as np
    import scipy
    import scipy.special

    value = eval(  # a text of our own making, from the name of a function of SymPy's
        "lambda *a: "
        + re.sub(r"\{(\d)\}", r"a[\1]", template).replace("{{", "{").replace("}}", "}"),
        {"np": np, "scipy": scipy, "numpy": np},
    )
    t, *orders = _symbols(arguments)
    h = 1e-5
    judged = 0
    with np.errstate(all="ignore"):
        for x in (-1.3, -0.4, 0.3, 0.8, 1.6, 2.7):
            given = [2.0] * (arguments - 1)
            ends = [np.asarray(value(*given, x + s * h)) for s in (1, -1)]
            if any(np.iscomplexobj(e) for e in ends):
                return False
            slope = float(ends[0] - ends[1]) / (2 * h)
            wanted = derivative.subs({t: x, **dict.fromkeys(orders, 2)}).evalf()
            if not (np.isfinite(slope) and wanted.is_real):
                continue
            judged += 1
            if abs(slope - float(wanted)) > 1e-3 * max(1.0, abs(slope)):
                return False
    return judged > 0


def _sympy_op(name: str, function: Any, arguments: int, template: str) -> Op:
    def change(node: Expr, i: int, dX: Expr) -> Expr:
        derivative = _derivative_in(function, arguments)
        t, *orders = _symbols(arguments)
        *given, X = node.args
        values = {t: X, **dict(zip(orders, given, strict=True))}
        return hadamard(_translated(derivative, values, X), dX)

    def refuse(node: Expr, i: int, dX: Expr) -> Expr:
        raise LimitError(f"the derivative of {name} by its order is not known")

    rules: dict[int, Callable[[Expr, int, Expr], Expr]] = {arguments - 1: change}
    if arguments > 1:
        rules[0] = refuse
    return Op(
        name=name,
        signature=signature("(m,n)->(m,n)" if arguments == 1 else "(),(m,n)->(m,n)"),
        doc="A function of SymPy's.",
        differential=rules,
        numpy=template,
        latex=rf"\operatorname{{{name}}}",
        transposed="commutes" if arguments == 1 else "",
        elementwise=True,
    )


_SYMPY_NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "Abs": "abs", "loggamma": "lgamma", "polygamma": "polygamma",
}  # fmt: skip


def _translated(formula: Any, values: dict[Any, Expr], X: Expr) -> Expr:
    """A formula of SymPy's, entry by entry of X; its parts are few, and not the user's.

    Raises: LimitError for a part that has no translation.
    """
    import sympy

    if formula in values:
        e = values[formula]
        return e if e.shape == X.shape else mul(e, filled(X.shape))
    if formula.is_Rational:
        return mul(number(_fraction(formula)), filled(X.shape))
    if formula is sympy.pi:
        return mul(pi(), filled(X.shape))
    parts = [_translated(a, values, X) for a in formula.args]
    if formula.is_Add:
        return add(*parts)
    if formula.is_Mul:
        return hadamard(*parts)
    if formula.is_Pow:
        exponent = formula.args[1]
        return power(parts[0], number(_fraction(exponent)) if exponent.is_Rational else parts[1])
    if isinstance(formula, sympy.exp):
        return call(OPS["exp"], *parts)
    name = type(formula).__name__
    op = OPS.get(_SYMPY_NAMES.get(name, name)) or from_sympy(name)
    if op is None or not op.elementwise:
        raise LimitError(f"SymPy's derivative needs {name}, which is not known here")
    if len(formula.args) > 1:
        orders = [_order(a, values) for a in formula.args[:-1]]
        return call(op, *orders, parts[-1])
    return call(op, *parts)


def _order(formula: Any, values: dict[Any, Expr]) -> Expr:
    """The order of a function, a scalar such as n+1."""
    one = number(1)
    return _translated(formula, {k: v for k, v in values.items() if v.shape.is_scalar}, one)


def _fraction(value: Any) -> Any:
    from fractions import Fraction

    return Fraction(int(value.p), int(value.q))
