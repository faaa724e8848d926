"""Whose turn it is: clients share the processes by the time that their requests take."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Final, Generic, TypeVar

__all__ = ["Turns"]

_MOST_KNOWN: Final = 10_000
"""Clients whose time is kept in mind."""

_T = TypeVar("_T")


class Turns(Generic[_T]):
    """Those who wait, each on behalf of a client, and at most `room` at once.

    Next is who came first of the clients that have had the least time, where less than a `quantum`
    of seconds does not count. So who asks for much waits until the others have had as much.
    Source: Goyal, Vin & Cheng, Start-time fair queueing, 1996.
    """

    def __init__(self, room: int, quantum: float) -> None:
        self.room = room
        self.quantum = quantum
        self._waiting: dict[str, deque[_T]] = {}
        # The seconds each client has had, from some moment on that is the same for all. Who comes
        # anew, or again after a while, is where the last of the others is: at the clock.
        self._had: OrderedDict[str, float] = OrderedDict()
        self._clock = 0.0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def join(self, client: str, who: _T) -> _T | None:
        """Let somebody wait. Where there is no room, returned is who has to go for it.

        That is the last one of the client of which most are waiting.
        """
        self._waiting.setdefault(client, deque()).append(who)
        if len(self) <= self.room:
            return None
        crowd = max(reversed(self._waiting), key=lambda name: len(self._waiting[name]))
        last = self._waiting[crowd][-1]
        self.leave(crowd, last)
        return last

    def leave(self, client: str, who: _T) -> None:
        """Let somebody wait no longer, if that is what he does."""
        line = self._waiting.get(client, deque())
        if who in line:
            line.remove(who)
            if not line:
                del self._waiting[client]

    def next(self, running: Mapping[str, float]) -> _T:
        """Who is served now, where requests of clients have been running for so many seconds."""
        self._clock = min(self.had(name) for name in (*self._waiting, *running))
        leads = {name: self.lead(name) + running.get(name, 0.0) for name in self._waiting}
        client = min(leads, key=lambda name: leads[name] // self.quantum)
        # Those of a client that wait on do so behind who has come in the meantime.
        line = self._waiting.pop(client)
        who = line.popleft()
        if line:
            self._waiting[client] = line
        return who

    def pass_by(self, client: str) -> None:
        """Take note that a client is served when nobody waits."""
        self._clock = self.had(client)

    def lead(self, client: str) -> float:
        """How many seconds more a client has had than who has had least."""
        return self.had(client) - self._clock

    def had(self, client: str) -> float:
        """The seconds that a client has had."""
        return max(self._had.get(client, 0.0), self._clock)

    def charge(self, client: str, seconds: float) -> None:
        """Take note that a request of a client took so long."""
        self._had[client] = self.had(client) + seconds
        self._had.move_to_end(client)
        if len(self._had) > _MOST_KNOWN:
            self._had.popitem(last=False)
