"""Questions as the tests put them."""

from types import SimpleNamespace

from mcalc.convexity.verdict import curvature
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

_KINDS = ("scalar", "vector", "matrix")


def question(expression, declared):
    """The lowered expression; a declaration reads `matrix n,n spd`."""
    declarations = {}
    for name, words in declared.items():
        kind, *rest = words.split()
        sizes = () if kind == "scalar" else tuple(rest.pop(0).split(",")) if rest else None
        declarations[name] = SimpleNamespace(kind=kind, shape=sizes, structure=tuple(rest))
    return lower(parse(expression), expression, declarations)


def verdict(expression, wrt, declared):
    """The verdict on an expression of the language."""
    found = question(expression, declared)
    return curvature(found.value, found.variables[wrt])
