"""A computing process: a request a line in, an answer a line out, for as long as lines come.

A line out is the status that HTTP has for the answer, its length, and the answer in JSON. It speaks
no HTTP and loads nothing that does.

Where processes can be copied, a copy does the work, and as soon as it ends there is another, for
which everything is loaded already. That the copy has ended is told by the line `ENDED`, after what
it may have left unfinished. The new one reads on to the line `BEGIN`, whatever was meant for the
one before it, and says with an empty answer that it is ready.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import signal
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from mcalc.errors import InternalError, LimitError, McalcError
from mcalc.request import Request
from mcalc.server import logs
from mcalc.server.errors import UNAVAILABLE, Refusal, status_of
from mcalc.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    Job: TypeAlias = Callable[[Request], dict[str, Any]]

if sys.platform != "win32":
    import resource

__all__ = ["BEGIN", "ENDED", "MAX_ANSWER", "serve"]

BEGIN: Final = b"BEGIN\n"
ENDED: Final = b"ENDED\n"

MAX_ANSWER: Final = 16 * 2**20
"""The longest answer, in bytes."""

# Loads and compiles what the page needs at first use.
_WARM_UP: Final = {
    "expression": "x'*A*x",
    "wrt": "x",
    "formats": ["text", "latex", "mathml", "numpy"],
    "check": True,
}

# A job is stopped by the clock of the process in front. The processor time it may take beside is
# for the case that nobody is left in front.
_SPARE_SECONDS: Final = 5

_PR_SET_PDEATHSIG: Final = 1

_NO_MORE: Final = 3
"""The exit status of a copy that nobody has any more lines for."""

_log = logging.getLogger(__name__)


def serve(job: str, memory: int, seconds: float, parent: int) -> None:
    """Do the job, a function as `module:name`, for each request that the process `parent` sends.

    memory  the bytes that the process may take
    seconds how long the parent lets a job run
    """
    _end_with(parent)
    if sys.platform == "linux":  # not to take a processor from the process in front on waking up
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    replies = _claim_output()
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    module, _, name = job.partition(":")
    work: Job = getattr(import_module(module), name)
    work(Request.from_json(_WARM_UP))
    if sys.platform != "win32":
        _copy_again_and_again(replies)
    while sys.stdin.buffer.readline() not in (BEGIN, b""):
        pass
    _send(replies, 200, b"{}")
    for line in sys.stdin.buffer:
        _limit_time(seconds)
        status, answer = _reply(work, line)
        _send(replies, status, answer)
        if status == UNAVAILABLE:  # who ran out of memory may not have got all of it back
            return
    sys.exit(_NO_MORE)


def _send(replies: BinaryIO, status: int, answer: bytes) -> None:
    replies.write(b"%d %d %s\n" % (status, len(answer), answer))
    replies.flush()


def _copy_again_and_again(replies: BinaryIO) -> None:
    """Return in a copy of this process; whenever one ends, in another. SIGUSR1 ends it."""
    gc.collect()
    gc.freeze()  # what is there is never looked at again, so that the copies share it
    copy = 0
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(copy, signal.SIGKILL) if copy else None)
    while True:
        me = os.getpid()
        copy = os.fork()
        if copy == 0:
            signal.signal(signal.SIGUSR1, signal.SIG_DFL)
            _end_with(me)
            return
        _, status = os.waitpid(copy, 0)
        copy = 0
        if os.waitstatus_to_exitcode(status) == _NO_MORE:
            sys.exit()
        replies.write(b"\n" + ENDED)
        replies.flush()


def _end_with(parent: int) -> None:
    """Let this process end when its parent does, however that ends; only Linux can."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the parent stops us when its answers are out
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before
            sys.exit()


def _claim_output() -> BinaryIO:
    """Standard output, which whatever else is printed no longer reaches."""
    claimed = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(claimed, "wb")


def _limit_time(seconds: float) -> None:
    if sys.platform != "win32":
        limit = int(time.process_time() + seconds) + _SPARE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _reply(work: Job, line: bytes) -> tuple[int, bytes]:
    """The status and the answer to a request."""
    error: McalcError
    try:
        answer = encode(work(Request.from_json(json.loads(line))))
        if len(answer) <= MAX_ANSWER:
            return 200, answer
        error = LimitError(
            f"The answer is longer than {MAX_ANSWER} bytes, the limit.",
            hint="Ask for a lower order, one variable, or fewer formats.",
        )
    except McalcError as told:
        error = told
    except MemoryError:
        error = Refusal(
            UNAVAILABLE,
            "The answer takes more memory than there is.",
            hint="Ask for a lower order, one variable, or a shorter expression.",
        )
    except RecursionError:
        error = LimitError("The expression is nested too deep.")
    except Exception as fault:
        _log.error("fault", exc_info=fault)
        error = InternalError()
    return status_of(error), encode({"error": error.as_dict()})


if __name__ == "__main__":
    logs.configure()
    serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
