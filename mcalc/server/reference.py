"""The functions of the language for people: what each does, and an example worked out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcalc.functions import functions
from mcalc.request import Request
from mcalc.server.answers import Answers, Question
from mcalc.server.drawing import equation
from mcalc.server.errors import Refusal
from mcalc.server.query import Asked

__all__ = ["Entry", "Reference"]


_SHOWN: Final = {"formats": ["text", "mathml"]}


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
        asked = _asked(told["example"])
        question = Question("derivatives", Request.from_json(told["example"] | _SHOWN))
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
            told["name"],
            asked.expression,
            tuple(told["aliases"]),
            told["doc"],
            tuple(conditions),
            tuple(told["sources"]),
            asked,
            drawn,
            text,
        )


def _asked(example: Mapping[str, Any]) -> Asked:
    """The question of an example."""
    var = []
    for name, told in example["variables"].items():
        words = (told.get("kind", ""), *map(str, told.get("shape", ())), *told.get("structure", ()))
        var.append(f"{name}: {' '.join(filter(None, words))}")
    return Asked(example["expression"], example["wrt"], "", tuple(var))
