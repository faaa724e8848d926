"""Answers to questions: from memory, or from a process that computes them."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from mcalc.request import Request
from mcalc.server.pool import Pool
from mcalc.server.process import Reply
from mcalc.version import __version__

__all__ = ["Answers", "Job", "Question"]

Job: TypeAlias = Literal["derivatives", "preview"]

# What an entry takes beside its answer, roughly.
_OVERHEAD: Final = 512


@dataclass(frozen=True)
class Question:
    """What is to be done, and with which request."""

    job: Job
    request: Request

    @cached_property
    def line(self) -> bytes:
        """The request in JSON, always the same for the same request."""
        return json.dumps(_parts(self.request), default=_parts).encode()

    @cached_property
    def etag(self) -> str:
        """The entity tag of the answer: known before it, since answers depend on nothing else."""
        asked = b"\n".join((__version__.encode(), self.job.encode(), self.line))
        return f'"{sha256(asked).hexdigest()[:32]}"'


def _parts(value: object) -> dict[str, object]:
    """A record or a mapping as JSON has it."""
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        return {part.name: getattr(value, part.name) for part in fields(value)}
    raise TypeError(f"no part of a request: {value!r}")


class Answers:
    """Gives answers, and keeps those last given while they take no more than `room` bytes."""

    def __init__(self, pools: Mapping[Job, Pool], room: int) -> None:
        self.pools = pools
        self.room = room
        self.taken = 0
        self.found = 0
        self._kept: OrderedDict[str, Reply] = OrderedDict()

    def kept(self, question: Question) -> Reply | None:
        """The answer, where it is still there."""
        reply = self._kept.get(question.etag)
        if reply is not None:
            self.found += 1
            self._kept.move_to_end(question.etag)
        return reply

    async def compute(self, question: Question, client: str = "") -> Reply:
        """The answer, made by a process for a client, or for the server itself.

        Raises: Refusal where none makes it.
        """
        reply = await self.pools[question.job].run(question.line, client)
        if reply.status == 200:
            self._keep(question.etag, reply)
        return reply

    def _keep(self, etag: str, reply: Reply) -> None:
        size = len(reply.body) + _OVERHEAD
        if size > self.room or etag in self._kept:
            return
        self._kept[etag] = reply
        self.taken += size
        while self.taken > self.room:
            _, oldest = self._kept.popitem(last=False)
            self.taken -= len(oldest.body) + _OVERHEAD
