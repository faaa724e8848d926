"""What the computing processes do: each job makes an answer of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcalc.api import Answer, answer
from mcalc.question import ask

if TYPE_CHECKING:
    from mcalc.request import Request

__all__ = ["derivatives", "preview"]


def derivatives(request: Request) -> dict[str, Any]:
    """The answer."""
    return answer(request).as_dict()


def preview(request: Request) -> dict[str, Any]:
    """The head of the answer: what is known without calculus."""
    return Answer(request, ask(request), ()).head
