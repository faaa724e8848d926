"""Many requests, one a line, and one answer a line; every failure is an answer too."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, TypeVar

from mcalc import api
from mcalc.errors import InternalError, LimitError, McalcError
from mcalc.request import Request
from mcalc.wire import encode, read_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_LINE", "SECONDS", "run", "within_limits"]

MAX_LINE: Final = 64 * 1024
"""The longest line that is read, in bytes."""
SECONDS: Final = 10.0
"""How long one answer may take."""

_T = TypeVar("_T")


def run(lines: BinaryIO, out: BinaryIO) -> int:
    """The exit status 0, after one answer for each line, in order and each sent at once.

    A request may have an `id` of any type, which its answer bears too.
    """
    while line := lines.readline(MAX_LINE + len(b"\r\n")):
        content = line.rstrip(b"\r\n")
        if len(content) > MAX_LINE:
            _skip_line(lines, line)
            error = LimitError(f"The line is longer than {MAX_LINE} bytes, the limit.")
            reply = encode({"error": error.as_dict()})
        else:
            reply = _reply(content)
        out.write(reply + b"\n")
        out.flush()
    return 0


def _skip_line(lines: BinaryIO, part: bytes) -> None:
    """Read on to the end of the line that `part` begins."""
    while part and not part.endswith(b"\n"):
        part = lines.readline(MAX_LINE)


def _reply(line: bytes) -> bytes:
    """The answer to a line, which may be anything."""
    bearer: dict[str, object] = {}
    try:
        request = read_line(line, bearer)
        return within_limits(
            lambda: encode(bearer | api.answer(Request.from_json(request)).as_dict())
        )
    except McalcError as error:
        return encode(bearer | {"error": error.as_dict()})


class _Expired(BaseException):
    """The time is up; nothing in the engine may take it for an error of its own."""


def within_limits(work: Callable[[], _T]) -> _T:
    """What `work` returns, if it does so in time.

    The clock is a signal of the main thread on POSIX; elsewhere there is none.

    Raises: McalcError for whatever goes wrong.
    """
    try:
        return _timed(work) if _has_clock() else work()
    except McalcError:
        raise
    except MemoryError:
        raise LimitError("The answer takes more memory than there is.") from None
    except RecursionError:
        raise LimitError("The expression is nested too deep.") from None
    except Exception as error:
        raise InternalError from error


def _has_clock() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _timed(work: Callable[[], _T]) -> _T:
    def expire(*_: object) -> NoReturn:
        raise _Expired

    previous = signal.signal(signal.SIGALRM, expire)
    try:
        try:
            # Again each second: an exception in a destructor is lost.
            signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _Expired:
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise LimitError(
            f"The answer takes longer than {SECONDS:g} seconds, the limit.",
            hint="Ask for a lower order, one variable, or a shorter expression.",
        ) from None
    finally:
        signal.signal(signal.SIGALRM, previous)
