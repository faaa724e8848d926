import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcalc import api, batch
from mcalc.errors import DomainError, LimitError, McalcError
from mcalc.wire import encode

COMMAND = [sys.executable, "-m", "mcalc", "batch"]


class Echo:
    """An answer that says what was asked."""

    def __init__(self, request):
        self.request = request

    def as_dict(self):
        return {"expression": self.request.expression}


@pytest.fixture
def engine(monkeypatch):
    """Replaces the engine: by one that echoes, until it is given another."""

    def use(answer):
        monkeypatch.setattr(api, "answer", answer)

    use(Echo)
    return use


def strict(constant):
    raise AssertionError(f"{constant} is no JSON")


def answers(lines: bytes) -> list[dict[str, Any]]:
    out = io.BytesIO()
    assert batch.run(io.BytesIO(lines), out) == 0
    written = out.getvalue()
    assert written.endswith(b"\n") or not written
    return [json.loads(line, parse_constant=strict) for line in written.split(b"\n")[:-1]]


def answer(line: bytes) -> dict[str, Any]:
    (only,) = answers(line)
    return only


def kinds(lines: bytes) -> list[str]:
    return [reply.get("error", {}).get("kind", "answer") for reply in answers(lines)]


def ask(expression: str = "x", **fields: object) -> bytes:
    return json.dumps({"expression": expression, **fields}).encode()


# One answer a line


def test_no_lines_no_answers(engine):
    assert answers(b"") == []


def test_answers_come_in_order_with_their_ids(engine):
    ids = [1, "two", None, [3], {"four": 4.5}, True]
    replies = answers(b"\n".join(ask(str(i), id=name) for i, name in enumerate(ids)))
    assert replies == [{"id": name, "expression": str(i)} for i, name in enumerate(ids)]


def test_an_answer_without_id_bears_none(engine):
    assert answer(ask("x")) == {"expression": "x"}


@pytest.mark.parametrize("line", [ask("x"), b"\xef\xbb\xbf" + ask("x"), b" \t" + ask("x") + b" "])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_ends_of_lines_byte_order_marks_and_spaces(engine, line, end):
    assert answers(line + end) == [{"expression": "x"}]


BAD_LINES = [
    b"",
    b"  ",
    b"[]",
    b"null",
    b'"x"',
    b"1",
    b"{",
    b"{}",
    b"x'*x",
    b"\xff\xfe{}",
    b'{"expression": "\xff"}',
    b'{"expression": "x\x00"}',
    b'{"expression": "x", "order": NaN}',
    b'{"expression": "x", "order": -Infinity}',
    b'{"expression": "x", "order": 1e999}',
    b'{"expression": "x", "order": ' + b"9" * 5000 + b"}",
    b'{"expression": "x", "expression": "y"}',
    b'{"expression": "x", "variables": {"A": {}, "A": {}}}',
    b'{"expression": "x"} {"expression": "y"}',
    b"[" * 50_000,
    b'{"expression": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    b'{"expression": "x", "colour": "red"}',
]


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: repr(line)[:40])
def test_a_bad_line_is_a_bad_request_and_harms_no_other(engine, line):
    assert kinds(ask() + b"\n" + line + b"\n" + ask()) == ["answer", "request", "answer"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 7}',
        b'{"id": 7, "expression": 3}',
        b'{"id": 7, "expression": "x", "order": NaN}',
        b'{"id": 7, "expression": "x", "expression": "x"}',
    ],
)
def test_an_error_bears_the_id_too(engine, line):
    reply = answer(line)
    assert reply["id"] == 7
    assert reply["error"]["kind"] == "request"


def test_lone_surrogates_come_back_as_they_were(engine):
    reply = answer(b'{"id": "\\ud800", "expression": "\\udc00"}')
    assert reply == {"id": "\ud800", "expression": "\udc00"}


def test_answers_are_written_as_they_are(engine):
    out = io.BytesIO()
    batch.run(io.BytesIO(ask("λ'*矩阵", id=1)), out)
    assert out.getvalue().decode() == '{"id":1,"expression":"λ\'*矩阵"}\n'


# Limits


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_limit_of_a_line(engine, end):
    for excess, expected in ((-1, "answer"), (0, "answer"), (1, "limit"), (2, "limit")):
        line = ask("x" * (batch.MAX_LINE + excess - len(ask(""))))
        assert len(line) == batch.MAX_LINE + excess
        after = [] if end == b"" else ["answer"]
        assert kinds(line + end + ask() * len(after)) == [expected, *after]


def test_a_huge_line_has_one_answer(engine):
    assert kinds(ask() + b"\n" + b"x" * 10_000_000 + b"\n" + ask()) == ["answer", "limit", "answer"]


def test_an_id_as_deep_as_can_be_read(engine):
    for depth in range(900, 1000):
        nested = b"[" * depth + b"]" * depth
        assert kinds(b'{"expression": "x", "id": ' + nested + b"}")[0] in (
            "answer",
            "request",
            "limit",
        )


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no clock")
def test_limit_of_time(engine, monkeypatch):
    def stubborn(request):
        while request.expression == "slow":
            with contextlib.suppress(Exception):  # as no engine should
                time.sleep(1)
        return Echo(request)

    monkeypatch.setattr(batch, "SECONDS", 0.02)
    engine(stubborn)
    start = time.monotonic()
    assert kinds(ask() + b"\n" + ask("slow") + b"\n" + ask()) == ["answer", "limit", "answer"]
    assert time.monotonic() - start < 1
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_there_is_no_clock_outside_the_main_thread(engine):
    replies: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: replies.extend(answers(ask())))
    thread.start()
    thread.join()
    assert replies == [{"expression": "x"}]


# Faults of the engine


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (DomainError("1/0"), "domain"),
        (MemoryError(), "limit"),
        (RecursionError("secret"), "limit"),
        (ZeroDivisionError("secret"), "internal"),
        (KeyError("secret"), "internal"),
    ],
)
def test_a_fault_is_an_answer_and_the_stream_goes_on(engine, fault, kind):
    def faulty(request):
        if request.expression == "bad":
            raise fault
        return Echo(request)

    engine(faulty)
    lines = ask("bad", id=1) + b"\n" + ask("good", id=2)
    assert kinds(lines) == [kind, "answer"]
    bad = answers(lines)[0]
    assert bad["id"] == 1
    assert "secret" not in json.dumps(bad)


def test_an_answer_that_is_no_json_is_a_fault(engine):
    class Odd(Echo):
        def as_dict(self):
            return {"expression": self}

    engine(Odd)
    assert kinds(ask()) == ["internal"]


def test_what_is_no_finite_number_is_null():
    numbers = {"a": [float("nan"), float("-inf"), 1.5], "b": float("inf")}
    assert encode(numbers) == b'{"a":[null,null,1.5],"b":null}'


def test_within_limits_keeps_the_cause_of_a_fault():
    def work():
        raise ZeroDivisionError

    with pytest.raises(McalcError) as caught:
        batch.within_limits(work)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


# Anything


@given(st.lists(st.binary(max_size=30) | st.just(ask()), max_size=4))
def test_one_answer_for_each_line_of_anything(lines):
    text = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "answer", Echo)
        assert len(answers(text)) == len(lines)


# The command


def converse(*lines: bytes, **environ: str) -> bytes:
    done = subprocess.run(
        COMMAND,
        input=b"\n".join(lines),
        capture_output=True,
        check=True,
        env=os.environ | environ,
        timeout=60,
    )
    assert done.stderr == b""
    return done.stdout


def test_each_answer_is_sent_at_once():
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for i in range(2):
            process.stdin.write(ask(id=i, order=0) + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == i
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_same_bytes_in_every_process():
    lines = [
        ask("det(X)*x'*A*x", formats=["text", "latex", "numpy"], steps=True),
        ask("norm2(A*x-y)^2", wrt="x", order=2),
        ask("x'*A*x", variables={"A": {"structure": ["symetric"]}}),
        ask("x'*x +"),
    ]
    first, *others = (converse(*lines, PYTHONHASHSEED=seed) for seed in ("0", "1", "4711"))
    assert others == [first, first]
    assert [sorted(json.loads(line)) for line in first.splitlines()] == [
        ["derivatives", "expression", "variables"],
        ["derivatives", "expression", "variables"],
        ["error"],
        ["error"],
    ]


def test_limit_error_is_raised_by_the_clock_alone(monkeypatch):
    monkeypatch.setattr(batch, "SECONDS", 0.01)
    with pytest.raises(LimitError):
        batch.within_limits(lambda: time.sleep(1))
