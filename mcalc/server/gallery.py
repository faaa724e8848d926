"""The examples of the page, drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from mcalc.printers.markup import pieces
from mcalc.printers.mathml import mathml
from mcalc.server.query import Asked
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

__all__ = ["Example", "gallery"]


class _Said(NamedTuple):
    title: str
    asked: Asked


def _asked(expression: str, wrt: str, *var: str, order: str = "") -> Asked:
    return Asked(expression, wrt, order, var)


_GALLERY: Final = {
    "Machine learning": (
        _Said("Least squares", _asked("norm2(A*x-y)^2", "x")),
        _Said("Logistic regression", _asked("sum(log(exp(-y.*(X*w))+vector(1)))", "w")),
        _Said("Cross-entropy of a softmax", _asked("-y'*log(softmax(W*x))", "W")),
        _Said("A layer", _asked("norm2(V*tanh(W*x+h)-y)^2", "W")),
        _Said("Gaussian kernel", _asked("exp(-norm2(x-y)^2/(2*b^2))", "x")),
        _Said("Factorisation of low rank", _asked("norm2(Y-U*V')^2", "U")),
    ),
    "Statistics": (
        _Said(
            "Log-likelihood of a Gaussian",
            _asked("-logdet(S)/2-(x-m)'*inv(S)*(x-m)/2", "S", "S: spd"),
        ),
        _Said("Ridge regression", _asked("norm2(X*w-y)^2+lambda*w'*w", "w")),
        _Said("Risk of a portfolio", _asked("sqrt(w'*S*w)", "w", "S: symmetric")),
    ),
    "Control": (
        _Said("Quadratic cost of a step", _asked("(A*x+B*u)'*P*(A*x+B*u)+u'*R*u", "u", "P: spd")),
        _Said("Riccati residual", _asked("tr(A'*P+P*A-P*B*inv(R)*B'*P)", "P", "P: symmetric")),
        _Said("Matrix exponential", _asked("tr(C*expm(A))", "A")),
    ),
    "Optimisation": (
        _Said("Quadratic form", _asked("x'*A*x", "x", order="2")),
        _Said("Log barrier", _asked("-sum(log(y-A*x))", "x", order="2")),
        _Said("Determinant times a form", _asked("det(X)*x'*A*x", "X", "A: symmetric")),
    ),
    "Tensors": (
        _Said("Kronecker product", _asked("kron(A,X)", "X")),
        _Said("An inverse by its matrix", _asked("inv(X)", "X")),
        _Said("Third derivative", _asked("sum(exp(A*x))", "x", order="3")),
    ),
}


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its title, its address, its text, and its formula in pieces."""

    title: str
    address: str
    text: str
    pieces: list[str]


def gallery() -> dict[str, list[Example]]:
    """The examples by subject."""
    return {
        subject: [
            Example(title, asked.address, asked.expression, pieces(_drawn(asked)))
            for title, asked in examples
        ]
        for subject, examples in _GALLERY.items()
    }


def _drawn(asked: Asked) -> str:
    request = asked.request()
    tree = parse(asked.expression)
    written = lower(tree, asked.expression, request.variables).written
    return mathml(written, as_typed=True)
