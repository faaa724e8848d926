"""Left sides: what the lines of a derivation are the value of, as each format writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.printers.latex import latex
from mcalc.printers.markup import TOP as MATHML_TOP
from mcalc.printers.markup import close_bracket, identifier, number, open_bracket, operator
from mcalc.printers.mathml import inner_mathml
from mcalc.printers.text import text

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_D = '<mi mathvariant="normal">d</mi>'
_NABLA = operator("∇", "prefix")


class Side(NamedTuple):
    """The left side of a line: its name in words or in the language, in LaTeX and in MathML."""

    text: str
    latex: str
    mathml: str


def of_name(name: Expr) -> Side:
    """A name."""
    return Side(text(name), latex(name), inner_mathml(name))


FUNCTION = Side("f", "f", identifier("f"))
SECOND_DIFFERENTIAL = Side(
    "d²f", r"\mathrm{d}^2 f", f"<msup>{_D}{number('2')}</msup>{identifier('f')}"
)
UNRESTRICTED = Side("G", "G", identifier("G"))
"""The gradient before it is projected."""
GRADIENT = Side("gradient", r"\nabla f", _NABLA + identifier("f"))
HESSIAN = Side("hessian", r"\nabla^2 f", f"<msup>{_NABLA}{number('2')}</msup>{identifier('f')}")
JACOBIAN = Side("jacobian", "J", identifier("J"))


def change(of: Side) -> Side:
    """The differential of something."""
    written = "df" if of is FUNCTION else f"d({of.text})"
    return Side(written, rf"\mathrm{{d}}{of.latex}", _D + of.mathml)


def stacked(of: Side) -> Side:
    """vec of something."""
    brackets = open_bracket("(", tall=False), close_bracket(")", tall=False)
    inside = f"<mrow>{brackets[0]}{of.mathml}{brackets[1]}</mrow>"
    return Side(f"vec({of.text})", rf"\operatorname{{vec}}({of.latex})", identifier("vec") + inside)


def transposed(of: Side) -> Side:
    """The transpose of something, as another layout has it."""
    raised = f"<msup><mrow>{of.mathml}</mrow>{MATHML_TOP}</msup>"
    return Side(f"{of.text}, transposed", rf"({of.latex})^{{\top}}", raised)


def derivative(order: int) -> Side:
    """The derivative of that order, by scalars."""
    if order > 2:
        return higher(order)
    words = ("derivative", "second derivative")[order - 1]
    prime = "′" * order
    raised = f"<msup>{identifier('f')}{operator(prime, 'postfix')}</msup>"
    return Side(words, "f" + "'" * order, raised)


def higher(order: int) -> Side:
    """The derivative of a higher order."""
    raised = f"<msup>{identifier('D')}{number(str(order))}</msup>{identifier('f')}"
    return Side(f"derivative of order {order}", rf"\mathrm{{D}}^{{{order}}} f", raised)


def along(direction: Expr, of: Side) -> Side:
    """The derivative of something along a direction."""
    v = of_name(direction)
    below = f"<msub>{identifier('D')}{v.mathml}</msub>{of.mathml}"
    return Side(f"derivative along {v.text}", rf"\mathrm{{D}}_{{{v.latex}}} {of.latex}", below)
