"""What is promised to those who let strangers type, as far as no other test holds it."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import json
import keyword
import os
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import mcalc
from mcalc import batch
from mcalc.errors import LimitError, McalcError
from mcalc.request import FORMATS, MAX_VARIABLES

PACKAGE = Path(mcalc.__file__).parent

# What a user typed is never evaluated

EVALUATING = {
    *("eval", "exec", "compile", "__import__", "import_module", "getattr", "setattr", "delattr"),
    *("sympify", "parse_expr", "lambdify", "attrgetter", "methodcaller", "format", "format_map"),
    *("Markup", "os.system", "popen"),
}
"""Functions and methods that make text do something."""

ALLOWED = {
    # A lazy import, by a table.
    ("__init__.py", "__getattr__", "import_module"),
    ("__init__.py", "__getattr__", "getattr"),
    # A method of ours.
    ("api.py", "compile", "compile"),
    # A module that we generated, whose names are renamed where they must be.
    ("numeric/callable.py", "load", "compile"),
    ("numeric/callable.py", "load", "exec"),
    ("numeric/callable.py", "load", "setattr"),
    # The template of an operation, from its table.
    ("numeric/evaluate.py", "numpy_form", "eval"),
    ("numeric/evaluate.py", "numpy_form", "format"),
    ("printers/code/numpy.py", "_function_of", "format"),
    ("printers/code/numpy.py", "_table_call", "format"),
    ("printers/code/numpy.py", "size", "format"),
    # What SymPy prints for a function of its own; a name typed is only looked up among those.
    ("ops/further.py", "_agrees", "eval"),
    ("ops/further.py", "_sympy_functions", "getattr"),
    # A condition or a heading of ours is filled with what was printed.
    ("api.py", "conditions", "format"),
    ("server/functions.py", "_conditions", "format"),
    ("terminal.py", "format_text", "format"),
    # A method, by the operators of the grammar.
    ("syntax/infer.py", "_binary", "getattr"),
    # Fields of records, and of what the server's framework hands over.
    ("server/answers.py", "_parts", "getattr"),
    ("server/logs.py", "format", "getattr"),
    ("server/middleware.py", "__call__", "getattr"),
    ("server/query.py", "address", "getattr"),
    # The job of a process is an argument of its command line.
    ("server/worker.py", "serve", "import_module"),
    ("server/worker.py", "serve", "getattr"),
    # HTML of our own docstrings, and MathML whose printer escapes names.
    ("server/docs.py", "prose", "Markup"),
    ("server/docs.py", "prose", "format"),
    ("server/page.py", "_markup", "Markup"),
}
"""Where they may stand: the file, the function, and which of them."""


def used(path):
    """The evaluating functions that a file names, each as in `ALLOWED`."""
    file = path.relative_to(PACKAGE).as_posix()
    pending = [(ast.parse(path.read_text()), "")]
    while pending:
        node, home = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            home = node.name
        word = None
        if isinstance(node, ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            word = None if (of, node.attr) == ("re", "compile") else node.attr
        elif isinstance(node, ast.Name) and node.id not in ("format", "compile"):
            word = node.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            word = node.func.id
        if word in EVALUATING:
            yield file, home, word
        pending += [(child, home) for child in ast.iter_child_nodes(node)]


def test_nothing_evaluates_text_but_what_is_listed():
    found = {use for path in PACKAGE.rglob("*.py") for use in used(path)}
    assert found - ALLOWED == set()
    assert ALLOWED - found == set(), "no longer there"


def test_no_template_lets_markup_through():
    templates = list((PACKAGE.parent / "web" / "templates").rglob("*"))
    assert templates
    for path in templates:
        if path.is_file():
            assert not re.search(r"\|\s*safe\b|autoescape", path.read_text()), path


INJECTIONS = (
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "eval('1')",
    "exec(x)",
    "open('/etc/passwd')",
    "x.__class__",
    "getattr(x,'a')",
    "lambda x: x",
    "{{7*7}}",
    "{x.__class__}",
    "${x}",
    "%(x)s",
    "{0.__init__}",
    "f'{x}'",
    "x;import os",
    "x\nimport os",
    "x#'''",
    "x')or('",
    '"""',
    "\\input{/etc/passwd}",
    "<script>alert(1)</script>",
    "sympify(x)",
    "Lambda(x)",
    "besselj(__import__('os'),x)",
    "besselj(x,__import__)",
    "hyper([x],[x],x)",
    "__builtins__",
    "globals()",
    "np.load(x)",
    "scipy*os",
    "os*sys",
    "self",
    "X^1e9",
    "9^9^9",
    "x'''",
    "x where x=x",
    "f(t)=__import__(t)",
    "\ud800",
    "\x00",
    "\u202e",
)
PIECES = (
    *("x", "X", "A", "'", "*", "+", "(", ")", "[", "]", ";", ",", "^", "2", "1e9", ".*", "\\", "‖"),
    *("{", "}", "%", "$", '"', "`", "\n", "#", "__class__", "eval(", "exec(", "inv(", "tr(", "="),
    *(" where ", "import os", "os.system", "__import__", "lambda", "np", ".", "λ", "\x1b", "\u202e"),
)
WATCHED = {
    *("exec", "compile", "import", "open", "os.system", "os.exec", "os.fork", "os.posix_spawn"),
    *("subprocess.Popen", "socket.connect", "socket.getaddrinfo", "os.remove", "os.rename"),
    *("pickle.find_class", "code.__new__", "ctypes.dlopen", "shutil.rmtree"),
}


def hostile():
    """Requests that want more than an answer."""
    rng = random.Random(0)
    texts = [*INJECTIONS]
    texts += [f"{rng.choice(['x', 'tr(', 'X*', ''])}{text}" for text in INJECTIONS for _ in range(3)]
    texts += ["".join(rng.choices(PIECES, k=rng.randint(1, 12))) for _ in range(340)]
    for text in texts:
        yield {"expression": text}
        if text in INJECTIONS:
            yield {"expression": "x", "wrt": text}
            yield {"expression": "x'*x", "compare": text}
            yield {"expression": "x", "variables": {text: {"kind": text}}}
            yield {"expression": "f(x)", "functions": {"f": text}}


def test_hostile_requests_run_nothing(tmp_path):
    lines = [json.dumps(request) for request in hostile()]
    assert len(lines) > 500
    script = f"""
import io, json, sys
from mcalc import batch
lines = sys.stdin.buffer.read()
# What is loaded at first use is loaded now.
batch.run(io.BytesIO(b'{{"expression": "besselj(2,x)"}}\\n'), io.BytesIO())
batch.run(io.BytesIO(b'{{"expression": "nothing(x+"}}\\n'), io.BytesIO())
seen = []
sys.addaudithook(lambda event, arguments: event in {WATCHED!r} and seen.append((event, arguments)))
out = io.BytesIO()
batch.run(io.BytesIO(lines), out)
done, seen = [e for e in seen], None
own = [str(e)[:300] for e in done]
sys.stdout.write(json.dumps([out.getvalue().decode(), own]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="\n".join(lines).encode(),
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    answers, events = json.loads(done.stdout)
    assert len(answers.splitlines()) == len(lines)
    kinds = {json.loads(line).get("error", {}).get("kind") for line in answers.splitlines()}
    assert "internal" not in kinds
    assert events == []
    assert list(tmp_path.iterdir()) == []
