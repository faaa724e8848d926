"""The functions of the language for people: what each does, and an example worked out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from mcalc.core.op import OPS, Op
from mcalc.server.answers import Answers, Question
from mcalc.server.drawing import equation
from mcalc.server.errors import Refusal
from mcalc.server.functions import functions
from mcalc.server.query import Asked

__all__ = ["Entry", "Reference"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A function with an example; `drawn` is empty where there was no time to work it out."""

    name: str
    call: str
    aliases: tuple[str, ...]
    doc: str
    conditions: tuple[str, ...]
    sources: tuple[str, ...]
    asked: Asked
    drawn: list[str]
    text: str


class Reference:
    """Works the examples out when somebody first wants to see them."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._groups: dict[str, list[Entry]] | None = None

    async def groups(self) -> dict[str, list[Entry]]:
        """The functions by group."""
        if self._groups is not None:
            return self._groups
        found: dict[str, list[Entry]] = {}
        for told in functions():
            found.setdefault(told["group"].capitalize(), []).append(await self._entry(told))
        if all(entry.drawn for entries in found.values() for entry in entries):
            self._groups = found
        return found

    async def _entry(self, told: dict[str, Any]) -> Entry:
        op = OPS[told["name"]]
        asked = _example(op)
        question = Question("derivatives", asked.request())
        drawn: list[str] = []
        text, conditions = "", told["conditions"]
        try:
            reply = self._answers.kept(question) or await self._answers.compute(question)
        except Refusal:
            reply = None
        if reply is not None and reply.status == 200:
            answer = json.loads(reply.body)
            (entry,) = answer["derivatives"]
            drawn, _ = equation(entry, answer)
            text, conditions = entry["text"], entry["conditions"]
        return Entry(
            op.name,
            f"{op.name}({', '.join(_letters(op))})",
            tuple(told["aliases"]),
            op.doc,
            tuple(conditions),
            tuple(told["sources"]),
            asked,
            drawn,
            text,
        )


# Where the first argument has no derivative, or says nothing.
_EXAMPLES: Final = {"polygamma": ("polygamma(1,x)", "x")}


def _example(op: Op) -> Asked:
    """The function of letters that suit its shapes, by the first of them."""
    letters = _letters(op)
    expression, wrt = _EXAMPLES.get(op.name, (f"{op.name}({','.join(letters)})", letters[0]))
    var = []
    if op.needs_symmetric:
        var.append(f"{wrt}: {'spd' if op.name == 'chol' else 'symmetric'}")
    if op.length:
        var += [f"{letter}: vector {op.length}" for letter in letters]
    return Asked(expression, wrt, "", tuple(var))


def _letters(op: Op) -> list[str]:
    assert op.signature is not None
    found = []
    for place, (rows, cols, axes) in enumerate(op.signature.arguments):
        entrywise = (rows, cols) == op.signature.result and rows != cols and not axes
        vector = cols == "_" or entrywise
        found.append(("abc" if rows == "_" else "xyz" if vector else "XYZ")[place])
    return found
