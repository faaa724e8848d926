import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mcalc import api, cli
from mcalc.declaration import Declaration
from mcalc.request import DEFAULT_FORMATS, FORMATS, Request
from mcalc.version import __version__

COMMAND = [sys.executable, "-m", "mcalc"]


class Recorder:
    """An engine that keeps the requests and answers each with the same derivative."""

    def __init__(self):
        self.requests: list[Request] = []
        self.verdicts: dict[str, object] = {}

    def answer(self, request):
        self.requests.append(request)
        return self

    def as_dict(self):
        part = {
            "wrt": ["x"],
            "kind": "gradient",
            "shape": ["n"],
            "text": "2*x",
            "latex": "2 x",
            "notation": "matrix",
            "code": {"numpy": {"source": "import numpy as np\n"}},
            **self.verdicts,
        }
        expression = {"text": "x'*é", "shape": []}
        return {"expression": expression, "variables": {}, "derivatives": [part]}


@pytest.fixture
def engine(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(api, "answer", recorder.answer)
    return recorder


def asked(engine: Recorder, *arguments: str) -> Request:
    """The request that the arguments make."""
    assert cli.main(arguments) == 0
    return engine.requests.pop()


def run(*arguments: str, stdout: int = subprocess.PIPE, stdin: str = "", **environ: str):
    """The outcome of the command."""
    return subprocess.run(
        [*COMMAND, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        input=stdin,
        encoding="utf-8",
        env=os.environ | environ,
        timeout=60,
        check=False,
    )


# From arguments to the request


def test_the_expression_alone(engine):
    people = {"formats": ("text",), "convexity": True, "stationary": True}
    assert asked(engine, "x'*x") == Request("x'*x", **people)
    assert asked(engine, "x'*x", "--format", "latex") == Request("x'*x", formats=("latex",))


@pytest.mark.parametrize(
    ("arguments", "expression"),
    [
        (["-x'*x"], "-x'*x"),
        (["-1"], "-1"),
        (["--(x)"], "--(x)"),
        (["-x", "--wrt", "x"], "-x"),
        (["--wrt", "x", "-h'*h"], "-h'*h"),
        (["--", "-x"], "-x"),
        (["--", "batch"], "batch"),
        (["--wrt", "x", "functions"], "functions"),
        (["--", "--wrt"], "--wrt"),
        (["--check", "--", "-h"], "-h"),
    ],
)
def test_the_expression_may_look_like_an_option(engine, arguments, expression):
    assert asked(engine, *arguments).expression == expression


@pytest.mark.parametrize(
    ("arguments", "wrt", "order"),
    [
        (["--wrt", "x"], ("x",), 1),
        (["--wrt=x", "--order", "2"], ("x", "x"), 2),
        (["--wrt", "x,y"], ("x", "y"), 2),
        (["--wrt", "x", "--wrt", "y", "--order=2"], ("x", "y"), 2),
        (["--wrt", "x, y", "--wrt", "z"], ("x", "y", "z"), 3),
        (["--order", "3"], None, 3),
    ],
)
def test_wrt_and_order(engine, arguments, wrt, order):
    request = asked(engine, "x'*y", *arguments)
    assert (request.wrt, request.order) == (wrt, order)


def test_declarations(engine):
    request = asked(engine, "x", "--var", "A: symmetric n n", "--var=x: vector 3")
    assert request.variables == {
        "A": Declaration(None, ("n", "n"), ("symmetric",)),
        "x": Declaration("vector", (3,)),
    }


@pytest.mark.parametrize(
    ("arguments", "formats"),
    [
        (["--format", "latex"], ("latex",)),
        (["--format", "numpy,text"], ("numpy", "text")),
        (["--format", "json"], DEFAULT_FORMATS),
        (["--format", "json", "--format", "numpy"], ("numpy",)),
    ],
)
def test_formats(engine, arguments, formats):
    assert asked(engine, "x", *arguments).formats == formats


def test_steps_check_and_compare(engine):
    request = asked(engine, "x", "--steps", "--check", "--compare", "-2*x")
    assert (request.steps, request.check, request.compare) == (True, True, "-2*x")


@pytest.mark.parametrize(
    ("arguments", "expression", "check"),
    [
        (["x'*x", "--check"], "x'*x", True),
        (["--check", "x'*x"], "x'*x", True),
        (["--check", "-x"], "-x", True),
        (["x", "--check", "--wrt", "x"], "x", True),
        (["--check", "exact", "x'*x"], "x'*x", "exact"),
        (["x'*x", "--check", "exact"], "x'*x", "exact"),
        (["--check=exact", "x'*x"], "x'*x", "exact"),
        (["--check", "--", "exact"], "exact", True),
        (["x"], "x", False),
    ],
)
def test_the_check_may_have_a_value(engine, arguments, expression, check):
    request = asked(engine, *arguments)
    assert (request.expression, request.check) == (expression, check)


def test_another_value_of_the_check_is_refused(capsys):
    assert cli.main(["--check=exactly", "x"]) == 2
    assert "exact" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["x'*x\n", "\ufeffx'*x\n"])
def test_the_expression_from_standard_input(engine, monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert asked(engine, "-", "--wrt", "x").expression == "x'*x\n"


@pytest.mark.parametrize(
    ("data", "message"), [(b"\xff", "not UTF-8"), (b"x" * 100_000, "longer than")]
)
def test_standard_input_that_is_no_expression(engine, monkeypatch, capsys, data, message):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert cli.main(["-"]) == 2
    assert message in capsys.readouterr().err


# From the answer to the output


def test_text(engine, capsys):
    assert cli.main(["x'*é"]) == 0
    assert capsys.readouterr().out == "x'*é  (scalar)\n\nd/dx  gradient (n)\n  2*x\n"


@pytest.mark.parametrize(
    ("format", "expected"), [("latex", "2 x\n"), ("numpy", "import numpy as np\n")]
)
def test_one_format_alone(engine, capsys, format, expected):
    assert cli.main(["x", "--format", format]) == 0
    assert capsys.readouterr().out == expected


def test_several_formats(engine, capsys):
    assert cli.main(["x", "--format", "latex,numpy"]) == 0
    heading = "d/dx  gradient (n)"
    expected = f"% {heading}\n2 x\n# {heading}\nimport numpy as np\n"
    assert capsys.readouterr().out == expected


def test_a_picture(capsys):
    assert cli.main(["x'*A*x", "--wrt", "x", "--format", "svg"]) == 0
    assert re.fullmatch("<svg [^<]*<.*</svg>\n", capsys.readouterr().out, re.DOTALL)
    assert cli.main(["x'*x", "--format", "svg,mathml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "<!-- d/dx  gradient (n) -->"
    assert lines[-1].startswith("<math ")


def test_json(engine, capsys):
    assert cli.main(["x", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == engine.as_dict()


CHECK = {"max_relative_error": 1.0, "points": 5, "sizes": {"n": 3}}


@pytest.mark.parametrize("format", ["text", "latex", "json"])
@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ({"check": {"passed": True, **CHECK}}, 0),
        ({"check": {"passed": False, **CHECK}}, 1),
        ({"check": None}, 1),
        ({"check": {"passed": True, "method": "exact", "proven": True, "entries": 3}}, 0),
        ({"check": {"passed": False, "method": "exact", "entries": 3, "entry": [0]}}, 1),
        ({"check": {"passed": None, "method": "exact", "reason": "it is too large"}}, 1),
        ({"compare": {"equal": True, "max_relative_error": 0.0}}, 0),
        ({"compare": {"equal": False, "max_relative_error": None, "at": {"x": [1.0]}}}, 1),
    ],
)
def test_a_failed_check_or_comparison(engine, capsys, format, verdicts, status):
    engine.verdicts = verdicts
    assert cli.main(["x", "--format", format]) == status
    printed = capsys.readouterr()
    failed = re.search(
        "NOT (PASSED|EQUAL|POSSIBLE)", printed.out if format == "text" else printed.err
    )
    assert bool(failed) == (status == 1)


# Errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--wrt", "x", "--order", "0"], "`order`"),
        (["x", "--wrt", "x,"], "`wrt`"),
        (["x", "--format", "pdf"], "`pdf`"),
        (["x", "--var", "A"], "`A`"),
        (["x", "--var", "A: 3 3", "--var", "A: spd"], "declared twice"),
        (["x", "--wrt", "\x1b[31m"], "`U+001B[31m`"),
    ],
)
def test_an_error(engine, capsys, arguments, message):
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert message in printed.err


def test_an_unknown_format_is_told_of_json(engine, capsys):
    assert cli.main(["x", "--format", "jsn"]) == 2
    assert "Did you mean `json`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["x", "--colour"],
        ["x", "--wrt"],
        ["x", "--ste"],
        ["x", "+", "y"],
        ["--wrt", "x"],
        ["x", "--order", "\x1b[31m"],
        ["x", "--\x1b[31m"],
        ["batch", "x"],
        ["functions", "--verbose"],
    ],
)
def test_usage(capsys, arguments):
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("usage: mcalc")
    assert "\x1b" not in printed.err


def test_the_place_of_an_error_is_shown(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.main(["x'*x +\n矩阵*% y"]) == 2
    assert re.fullmatch(r"error: .+\n  矩阵\*% y\n       \^\nhint: .+\n", capsys.readouterr().err)


# Help


def test_without_arguments_there_is_help(capsys):
    assert cli.main([]) == 2
    assert "examples:" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["batch"], ["functions"]])
def test_help(capsys, command):
    assert cli.main([*command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: mcalc", *command]))


def test_help_names_every_format(capsys):
    cli.main(["--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*FORMATS, "json"))


def test_functions(capsys):
    assert cli.main(["functions"]) == 0
    assert "trace" in capsys.readouterr().out


def test_functions_by_name(capsys):
    assert cli.main(["functions", "trace", "chol"]) == 0
    trace, chol = capsys.readouterr().out.split("\n\n")
    assert trace.splitlines()[0] == "tr, trace  (n,n)->()"
    assert "d/dX tr(X) = eye(n)" in trace
    assert "positive definite" in chol


def test_a_function_that_is_none(capsys):
    assert cli.main(["functions", "det", "sun"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "did you mean sum?" in printed.err) == ("", True)


# The process


def modules(*arguments: str) -> set[str]:
    """What is imported on the way to the output."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}


def test_the_version_is_quick():
    assert run("--version").stdout == f"mcalc {__version__}\n"
    assert not modules("--version") & {"numpy", "scipy", "sympy", "fastapi", "lark"}


def test_an_ordinary_answer_imports_no_large_library():
    assert not modules("x'*A*x", "--wrt", "x") & {"sympy", "fastapi", "scipy", "pydantic"}


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_output_in_any_encoding(encoding):
    done = run("é*x'*矩阵", "--format", "json", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["expression"]["text"]
    assert run("é*a", PYTHONIOENCODING=encoding).returncode == 0


@pytest.mark.parametrize("arguments", [["functions"], ["x'*x"], ["batch"], ["--help"]])
def test_a_closed_pipe_is_quiet(arguments):
    read, write = os.pipe()
    os.close(read)
    done = run(*arguments, stdout=write, stdin='{"expression": 1}\n', PYTHONUNBUFFERED="")
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_interrupted():
    with subprocess.Popen(
        [*COMMAND, "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()  # it is up
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk():
    with Path("/dev/full").open("wb") as full:
        done = run("functions", stdout=full.fileno())
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_no_colour_outside_a_terminal():
    done = run("x'*", TERM="xterm")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


# From end to end


def test_a_derivative():
    done = run("x'*A*x", "--wrt", "x", "--var", "A: symmetric", "--check")
    assert done.returncode == 0, done.stderr
    assert "2*A*x" in done.stdout
    assert "check: passed" in done.stdout


def test_a_comparison():
    assert run("x'*A*x", "--wrt", "x", "--compare", "A*x+A'*x").returncode == 0
    assert run("x'*A*x", "--wrt", "x", "--compare", "2*A*x").returncode == 1
