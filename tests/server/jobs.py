"""A job for the computing processes of tests: what it does is the expression of the request."""

import contextlib
import os
import resource
import signal
import sys
import time

import numpy as np

from mcalc.errors import DomainError


def act(request):
    word, _, argument = request.expression.partition(" ")
    done = ACTS[word](*filter(None, [argument])) if word in ACTS else None
    return {"expression": request.expression, "pid": os.getpid(), **(done or {})}


def spin(*_):
    while True:
        pass


def stubborn(*_):
    """Spins, and takes every exception and signal that can be taken."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            spin()


def hoard(*_):
    hoarded = []
    while True:
        hoarded.append(np.empty(2**24))


def fail(*_):
    raise DomainError("no value", position=1, length=2)


def fault(*_):
    raise ZeroDivisionError("secret")


def recurse(*_):
    recurse()


def chatter(*_):
    print("noise")
    os.write(1, b"noise\n")


def limits(*_):
    return {
        "limits": {
            "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
            "seconds": resource.getrlimit(resource.RLIMIT_CPU)[0],
            "threads": os.environ["OPENBLAS_NUM_THREADS"],
        }
    }


ACTS = {
    "spin": spin,
    "stubborn": stubborn,
    "hoard": hoard,
    "abort": lambda *_: os.abort(),
    "exit": lambda *_: os._exit(0),
    "quit": lambda *_: sys.exit(),
    "kill": lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "fail": fail,
    "fault": fault,
    "recurse": recurse,
    "chatter": chatter,
    "limits": limits,
    "long": lambda length: {"long": "x" * int(length)},
}
