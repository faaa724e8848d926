"""Many requests, one a line, and one answer a line; every failure is an answer too."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, TypeVar

from mcalc import api
from mcalc.errors import InternalError, LimitError, McalcError, RequestError
from mcalc.request import Request
from mcalc.syntax.characters import quote

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_LINE", "SECONDS", "encode", "run", "within_limits"]

MAX_LINE: Final = 64 * 1024
"""The longest line that is read, in bytes."""
SECONDS: Final = 10.0
"""How long one answer may take."""

_EXAMPLE = 'A line is {"expression": "x\'*A*x", "wrt": "x"}.'

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
        request = _parse(line, bearer)
        return within_limits(
            lambda: encode(bearer | api.answer(Request.from_json(request)).as_dict())
        )
    except McalcError as error:
        return encode(bearer | {"error": error.as_dict()})


def _parse(line: bytes, bearer: dict[str, object]) -> object:
    """The request in a line, without its `id`, which goes to `bearer`.

    Raises: RequestError where it is not JSON, or JSON that does not say one thing.
    """
    faults: list[str] = []

    def entries(pairs: list[tuple[str, object]]) -> dict[str, object]:
        read: dict[str, object] = {}
        for name, value in pairs:
            if name in read:
                faults.append(f"{quote(name)} stands twice in one object.")
            read[name] = value
        return read

    def constant(name: str) -> None:
        faults.append(f"{name} is no number in JSON.")

    if not line.strip():
        raise RequestError("The line is empty.", hint=_EXAMPLE)
    try:
        request = json.loads(
            line.decode("utf-8-sig"), object_pairs_hook=entries, parse_constant=constant
        )
        if isinstance(request, dict) and "id" in request:
            encode(request["id"])
            bearer["id"] = request.pop("id")
    except UnicodeDecodeError as error:
        raise RequestError(f"The line is not UTF-8 (byte {error.start + 1}).") from None
    except json.JSONDecodeError as error:
        raise RequestError(
            f"The line is not JSON: {error.msg}, at character {error.pos + 1}.", hint=_EXAMPLE
        ) from None
    except RecursionError:
        raise RequestError("The line has too many brackets within brackets.") from None
    except ValueError:  # Python reads no whole numbers of thousands of digits
        raise RequestError("A number in the line has too many digits.") from None
    if faults:
        raise RequestError(faults[0])
    return request


def encode(answer: object) -> bytes:
    """The answer as JSON in UTF-8, on one line; infinities and NaN, which JSON lacks, are null."""
    try:
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return encode(json.loads(json.dumps(answer), parse_constant=lambda _: None))
    # Half of a surrogate pair has no UTF-8; what it is replaced by is its escape in JSON.
    return text.encode("utf-8", "backslashreplace")


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
        raise InternalError(
            "Something went wrong in the program, and not by your doing.",
            hint="Please report the request that led here.",
        ) from error


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
