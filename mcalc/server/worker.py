"""A computing process: a request a line in, an answer a line out, for as long as lines come.

A line out is the status that HTTP has for the answer, a space, and the answer in JSON. The first
line, before any request, says that the process is ready.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mcalc.batch import encode
from mcalc.errors import InternalError, LimitError, McalcError
from mcalc.request import FORMATS, Request
from mcalc.server.errors import status_of

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.platform != "win32":
    import resource

__all__ = ["MAX_ANSWER", "OUT_OF_MEMORY", "main"]

MAX_ANSWER: Final = 16 * 2**20
"""The longest answer, in bytes."""
OUT_OF_MEMORY: Final = 507
"""The status of an answer after which the process ends."""

# Loads and compiles what is loaded and compiled at first use.
_WARM_UP: Final = {"expression": "x'*A*x", "wrt": "x", "formats": FORMATS, "check": True}

# More processor time than a job has by the clock: who reaches it has lost the one who would stop it.
_SPARE_SECONDS: Final = 5

_PR_SET_PDEATHSIG: Final = 1

Job = Callable[[Request], dict[str, Any]] if TYPE_CHECKING else object


def main(job_name: str, mebibytes: str, seconds: str, parent: str) -> None:
    """Do a job, `package.module:function`, for the process `parent`, as long as it asks."""
    _end_with(int(parent))
    replies = _only_output()
    module, _, function = job_name.partition(":")
    job: Job = getattr(import_module(module), function)
    job(Request.from_json(_WARM_UP))
    _limit_memory(int(mebibytes) * 2**20)
    _send(replies, 200, b"{}")
    for line in sys.stdin.buffer:
        _limit_time(float(seconds))
        status, answer = _answer(job, line)
        _send(replies, status, answer)
        if status == OUT_OF_MEMORY:
            break


def _answer(job: Job, line: bytes) -> tuple[int, bytes]:
    try:
        answer = encode(job(Request.from_json(json.loads(line))))
        if len(answer) > MAX_ANSWER:
            raise LimitError(
                f"The answer is longer than {MAX_ANSWER} bytes, the limit.",
                hint="Ask for a lower order, one variable, or fewer formats.",
            )
    except McalcError as error:
        return status_of(error), _written(error)
    except MemoryError:
        return OUT_OF_MEMORY, _written(
            LimitError(
                "The answer takes more memory than there is.",
                hint="Ask for a lower order, one variable, or a shorter expression.",
            )
        )
    except RecursionError:
        error = LimitError("The expression is nested too deep.")
        return status_of(error), _written(error)
    except Exception as fault:
        _report(fault)
        error = InternalError(
            "Something went wrong in the program, and not by your doing.",
            hint="Please report the request that led here.",
        )
        return status_of(error), _written(error)
    return 200, answer
