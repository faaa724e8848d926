"""What is promised to those who let strangers type, as far as no other test holds it."""

from __future__ import annotations

import ast
import io
import json
import keyword
import os
import random
import re
import subprocess
import sys
import time
import tokenize
from pathlib import Path

import numpy as np
import pytest

import mcalc
from mcalc import batch
from mcalc.request import FORMATS, MAX_VARIABLES
from mcalc.syntax.parser import MAX_LENGTH, parse

PACKAGE = Path(mcalc.__file__).parent

# What a user typed is never evaluated

EVALUATING = {
    *("eval", "exec", "compile", "__import__", "import_module", "getattr", "setattr", "delattr"),
    *("sympify", "parse_expr", "lambdify", "attrgetter", "methodcaller", "format", "format_map"),
    *("Markup", "system", "popen"),
}
"""Functions and methods that make text do something."""

ALLOWED = {
    # A lazy import, by a table.
    ("__init__.py", "__getattr__", "import_module"),
    ("__init__.py", "__getattr__", "getattr"),
    # A method of ours.
    ("answer.py", "compile", "compile"),
    ("api.py", "_compiled", "compile"),
    # A module that we generated, whose names are renamed where they must be.
    ("numeric/callable.py", "load", "compile"),
    ("numeric/callable.py", "load", "exec"),
    ("numeric/callable.py", "load", "setattr"),
    # The template of an operation, from its table.
    ("numeric/evaluate.py", "numpy_form", "eval"),
    ("numeric/evaluate.py", "numpy_form", "format"),
    ("printers/code/numpy.py", "_function_of", "format"),
    ("printers/code/module.py", "derived", "format"),
    ("printers/code/writer.py", "filled", "format"),
    ("printers/code/eigen_spelling.py", "_by_entry", "format"),
    ("printers/code/eigen_spelling.py", "_function_of", "format"),
    ("printers/code/jax.py", "_template", "format"),
    ("printers/code/julia_spelling.py", "_function", "format"),
    ("printers/code/matlab_spelling.py", "_function_of", "format"),
    ("printers/code/numpy_sparse.py", "_call", "format"),
    ("printers/code/numpy_sparse.py", "_of", "format"),
    ("printers/code/optimizer.py", "further", "format"),
    ("printers/code/python.py", "", "format"),
    ("printers/code/r_spelling.py", "_function_of", "format"),
    ("printers/code/r_spelling.py", "_operation", "format"),
    # A language, by the name that a list of ours has it under.
    ("printers/code/languages.py", "language", "import_module"),
    ("printers/code/languages.py", "language", "getattr"),
    # SymPy's formulas of entries, in symbols that are numbered; a name typed is only looked up.
    ("numeric/exact.py", "_at_points", "lambdify"),
    ("numeric/meanings.py", "known_to_sympy", "getattr"),
    # What SymPy prints for a function of its own; a name typed is only looked up among those.
    ("ops/further.py", "_agrees", "eval"),
    ("ops/further.py", "_sympy_functions", "getattr"),
    # A condition or a heading of ours is filled with what was printed.
    ("answer.py", "_domain", "format"),
    ("answer.py", "_said", "format"),
    ("convexity/phrases.py", "written", "format"),
    ("functions.py", "_conditions", "format"),
    ("terminal.py", "format_text", "format"),
    # A method, by the operators of the grammar.
    # Fields of records, and of what the server's framework hands over.
    ("server/answers.py", "_parts", "getattr"),
    ("server/logs.py", "format", "getattr"),
    ("server/middleware.py", "__call__", "getattr"),
    ("server/query.py", "address", "getattr"),
    # The job of a process is an argument of its command line.
    ("server/worker.py", "serve", "import_module"),
    ("server/worker.py", "serve", "getattr"),
    # HTML of our own docstrings, and MathML whose printer escapes names.
    ("server/templates.py", "_markup", "Markup"),
    ("server/templates.py", "_prose", "Markup"),
    ("server/templates.py", "_prose", "format"),
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
        word = of = ""
        named = node.func if isinstance(node, ast.Call) else node
        if isinstance(named, ast.Attribute):
            word = named.attr
            of = named.value.id if isinstance(named.value, ast.Name) else ""
        elif isinstance(named, ast.Name):
            word = named.id
        if (of, word) == ("re", "compile") or (named is node and word in ("compile", "format")):
            word = ""  # a pattern, or a value of that name
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
    *(
        " where ",
        "import os",
        "os.system",
        "__import__",
        "lambda",
        "np",
        ".",
        "λ",
        "\x1b",
        "\u202e",
    ),
)
WATCHED = {
    *("exec", "compile", "import", "open", "os.system", "os.exec", "os.fork", "os.posix_spawn"),
    *("subprocess.Popen", "socket.connect", "socket.getaddrinfo", "os.remove", "os.rename"),
    *("pickle.find_class", "code.__new__", "ctypes.dlopen", "shutil.rmtree"),
}


INNOCENT = b"".join(
    json.dumps({"expression": text, "formats": list(FORMATS), "check": True}).encode() + b"\n"
    for text in ("det(X)*x'*A*x", "besselj(2,x)", "nothing(x+", "lambertw(x)+logdet(X)")
)


def hostile():
    """Requests that want more than an answer."""
    rng = random.Random(0)
    texts = [*INJECTIONS]
    texts += [
        f"{rng.choice(['x', 'tr(', 'X*', ''])}{text}" for text in INJECTIONS for _ in range(3)
    ]
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
import importlib, io, json, pkgutil, sys
import mcalc
from mcalc import batch
# What is loaded at first use is loaded before the watch begins.
for module in pkgutil.walk_packages(mcalc.__path__, "mcalc."):
    if not module.name.startswith(("mcalc.server", "mcalc.__main__")):
        importlib.import_module(module.name)
first = {INNOCENT!r}
batch.run(io.BytesIO(first), io.BytesIO())
seen = []
watching = True
def watch(event, arguments):
    if watching and event in {sorted(WATCHED)!r}:
        seen.append(f"{{event}} {{arguments}}"[:300])
sys.addaudithook(watch)
out = io.BytesIO()
batch.run(io.BytesIO(sys.stdin.buffer.read()), out)
eval("'the watch works'")
watching = False
sys.stdout.write(json.dumps([out.getvalue().decode(), seen]))
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
    assert len(events) == 2, events  # of that one `eval`: compiled and executed
    assert "the watch works" in events[0]
    assert list(tmp_path.iterdir()) == []


# Reading takes time in proportion


def seconds_to_parse(text):
    """The processor's time: the least of several, since others use it too."""
    times = []
    for _ in range(7):
        start = time.process_time()
        parse(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("part", ["x+", "x'*A*", "x.*", "-", "f(x)+"])
def test_twice_the_text_takes_twice_the_time(part):
    once, twice = (part * (n // len(part)) + "x" for n in (MAX_LENGTH // 2 - 1, MAX_LENGTH - 1))
    parse("x")
    long = seconds_to_parse(twice)
    assert long < 0.1
    assert long < 2.5 * seconds_to_parse(once)


# Limits


def answers(*requests):
    """The answers of a batch."""
    out = io.BytesIO()
    batch.run(io.BytesIO(b"".join(json.dumps(r).encode() + b"\n" for r in requests)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def kind_of(expression, **more):
    """The kind of error, or None for an answer."""
    (answer,) = answers({"expression": expression, **more})
    return answer.get("error", {}).get("kind")


# Beside those of the parser, of requests and of time, which tests/syntax/test_parser.py,
# tests/test_request.py and tests/test_batch.py try.
LIMITS = {
    "exponent": (10_000, lambda n: f"a^{n}"),
    "variables": (MAX_VARIABLES, lambda n: "+".join(f"v_{i}'*v_{i}" for i in range(n))),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_where_they_are_said_to_be(name):
    limit, make = LIMITS[name]
    wrt = "v_0" if name == "variables" else "a"
    found = [kind_of(make(n), wrt=wrt) for n in (limit - 1, limit, limit + 1)]
    assert found == [None, None, "limit"]


BOMBS = (
    *("9^9^9", "X^1e9", "X^9999", "a^1e9", "2^(2^(2^20))", "1e400*a", "a^(1/10^40)"),
    *("(" * 3000, "[" * 3000, "x" + "'" * 3999, "-" * 3999 + "x", "x" + "^2" * 1999),
    "kron(" * 100 + "X" + ",X)" * 100,
    "inv(" * 190 + "X" + ")" * 190,
    "*".join(["kron(X,X)"] * 100),
    "*".join(f"(A{i}+X)" for i in range(40)),
    "(" + "+".join(f"a{i}" for i in range(40)) + ")^1000",
    "exp(" * 150 + "x'*A*x" + ")" * 150,
    "a where " + ",".join(f"a{i} = a{i + 1}*a{i + 1}" for i in range(200)),
)


# The clock may strike in a callback of the collector, where its exception is only noted; it
# strikes again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("expression", BOMBS, ids=lambda text: text[:12])
def test_bombs_are_answered_or_refused_in_time(expression, monkeypatch):
    monkeypatch.setattr(batch, "SECONDS", 0.5)
    for more in ({}, {"order": 3}):
        assert kind_of(expression, **more) != "internal"


# Names in code

NAMES = (
    *(
        "lambda_",
        "lambda",
        "lambda__",
        "np",
        "scipy",
        "value",
        "derivative",
        "def",
        "class",
        "None",
    ),
    *(
        "value_and_derivative",
        "t0",
        "t1",
        "n",
        "m",
        "print",
        "float",
        "match",
        "arguments",
        "shape",
    ),
    *("λ", "é", "Ж", "x", "x_", "dx", "d", "self", "True", "out", "result"),
)


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]], ids=["as they are", "reversed"])
def test_names_are_renamed_injectively_in_code(names):
    weights = range(2, 2 + len(names))
    expression = "+".join(f"{w}*{name}*q'*q" for w, name in zip(weights, names, strict=True))
    declared = {name: {"kind": "scalar"} for name in names}
    derivative = mcalc.derive(expression, wrt="q", variables=declared).only
    renamed = derivative.numpy.arguments
    assert set(renamed) == {*names, "q"}
    assert len(set(renamed.values())) == len(renamed)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in renamed.values())
    function = derivative.compile()
    q = np.array([1.0, 2.0])
    for chosen, weight in zip(names, weights, strict=True):
        values = {renamed[name]: float(name == chosen) for name in names}
        assert np.allclose(function(**values, **{renamed["q"]: q}), 2 * weight * q), chosen


# Generated code


def questions():
    """The questions whose answers others have published, and a deep net."""
    lines = Path(__file__).with_name("data").joinpath("published.jsonl").read_text().splitlines()
    deep = "x"
    for layer in range(60):
        deep = f"tanh(W{layer % 9}*{deep})"
    return [*(json.loads(line)["request"] for line in lines), {"expression": f"sum({deep})"}]


def depth_of(source):
    """How deep the brackets of a source are nested, those in its strings aside."""
    depth = deepest = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            deepest = max(deepest, depth)
    return deepest


def callees(source):
    """The dotted names that a source calls, without those it defines."""
    tree = ast.parse(source)
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {name for name in found if name not in defined}


# In the checks of shapes, and in helpers.
BUILTINS = {"ValueError", "getattr", "len", "range"}
METHODS = (".max", ".ravel", ".sum", ".trace")
LAPACK = re.compile("d(gemm|gemv|getrf|getri|getrs|potrf|potri|potrs|symm|syrk|trtrs)")


def is_listed(name):
    """Whether a call is of a library, of a method of an array, or of what Python has."""
    return (
        name.startswith(("np.", "scipy."))
        or name in BUILTINS
        or name.endswith(METHODS)
        or LAPACK.fullmatch(name) is not None
    )


def test_code_is_straight_line_and_calls_only_libraries():
    for request in questions():
        for derivative in mcalc.derive(**request).derivatives:
            source = derivative.numpy.source
            compile(source, "generated", "exec")
            assert depth_of(source) < 50, request
            assert {name for name in callees(source) if not is_listed(name)} == set(), request


# What is written

GREEK = ("alpha", "beta", "delta", "lambda", "pi", "rho", "sigma", "theta")
FUNCTIONS = ("cos", "cosh", "det", "exp", "log", "sin", "sinh", "tan", "tanh")
LAYOUT = ("frac", "left", "mathbf", "mathit", "mathrm", "operatorname", "quad", "right", "sqrt")
SIGNS = ("lVert", "odot", "oslash", "otimes", "partial", "rVert", "sum", "text", "textit", "top")
MACROS = {*GREEK, *FUNCTIONS, *LAYOUT, *SIGNS, *",_"}


def test_latex_has_macros_of_ours_alone():
    seen = set()
    for request in [*questions(), *list(hostile())[::3]]:
        (answer,) = answers(request | {"formats": ["latex"]})
        pending = [answer]
        while pending:
            part = pending.pop()
            if isinstance(part, dict):
                for key, value in part.items():
                    if key.endswith("latex") and isinstance(value, str):
                        seen |= set(re.findall(r"\\([a-zA-Z]+|.)", value))
                    else:
                        pending.append(value)
            elif isinstance(part, list):
                pending += part
    assert seen - MACROS == set()


# The same bytes


def test_every_format_is_the_same_in_every_process():
    lines = "\n".join(
        json.dumps(q | {"formats": list(FORMATS), "check": True}) for q in questions()[:8]
    )
    found = [
        subprocess.run(
            [sys.executable, "-m", "mcalc", "batch"],
            input=lines.encode(),
            env=os.environ | {"PYTHONPATH": str(PACKAGE.parent), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    ]
    assert found[0]
    assert found[0] == found[1] == found[2]
