"""Scripts for R, run by Rscript."""

import shutil
import subprocess

import numpy as np
import pytest

from mcalc import derive
from tests.languages import batch

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not there")

WRITE = """
options(warn = -1)
show <- function(place, X) {
  sizes <- if (is.null(dim(X))) length(X) else dim(X)
  cat(place, "array", length(sizes), sizes, sprintf("%.17g", X))
  cat("\\n")
}
run <- function(place, arguments) {
  f <- new.env()
  tryCatch({
    sys.source(sprintf("case%d.R", place), f)
    both <- do.call(f$value_and_derivative, arguments)
    show(place, do.call(f$value, arguments))
    show(place, do.call(f$derivative, arguments))
    show(place, both$value)
    show(place, both$derivative)
  }, error = function(e) cat(place, "error", gsub("\\n", " ", conditionMessage(e)), "\\n"))
}
"""


def literal(X):
    """An array of numbers."""
    X = np.asarray(X)
    entries = f"c({', '.join(repr(float(x)) for x in X.ravel(order='F'))})"
    return f"matrix({entries}, {X.shape[0]}, {X.shape[1]})" if X.ndim == 2 else entries


def shaped(array, shape):
    """The array in NumPy's shape: numbers and vectors have no dim."""
    assert array.shape == (shape or (1,))
    return array.reshape(shape)


def run_all(sources, folder):
    """What R computes for each."""
    script = [WRITE]
    for k, source in enumerate(sources):
        if isinstance(source, batch.Source):
            (folder / f"case{k}.R").write_text(source.text)
            arguments = ", ".join(f"{n} = {literal(X)}" for n, X in source.arguments.items())
            script.append(f"run({k}, list({arguments}))")
    (folder / "main.R").write_text("\n".join(script))
    return batch.run(["Rscript", "--vanilla", "main.R"], folder)


def pytest_generate_tests(metafunc):
    if "question" in metafunc.fixturenames:
        cases = batch.questions(metafunc.config)
        metafunc.parametrize("question", cases, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def answers(request, tmp_path_factory):
    cases = batch.questions(request.config)
    return batch.answers(cases, "r", run_all, tmp_path_factory.mktemp("r"))


def test_numbers_are_those_of_numpy(question, answers):
    source, found = answers[question.name]
    batch.check(question, source, found, shaped)


def run_trial(source, folder):
    (folder / "derivatives.R").write_text(source)
    command = ["Rscript", "--vanilla", "derivatives.R"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.mark.parametrize("request_", batch.TRIALS)
def test_a_module_tries_itself(request_, tmp_path):
    source = derive(**request_, with_check=True).only.code("r").source
    assert run_trial(source, tmp_path) == 0
    assert run_trial(source.replace("found <- do.call(", "found <- 1.01 * do.call("), tmp_path) != 0


def r(folder, request, *lines, change=("", "")):
    """What R prints, after the script of a request."""
    source = derive(**request).only.code("r").source.replace(*change)
    (folder / "main.R").write_text("\n".join([source, *lines]))
    command = ["Rscript", "--vanilla", "main.R"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


NORM = {"expression": "norm2(A*x-y)^2", "wrt": "x"}


def test_shapes_are_checked(tmp_path):
    call = "value(A = matrix(1, 2, 3), x = matrix(1, 3, 1), y = c(1, 1))"
    said = r(tmp_path, NORM, call)
    wanted = "the shapes do not fit: A m x n, x n, y m; given A 2 x 3, x 3 x 1, y 2"
    assert wanted in " ".join(said.split())


def test_checks_can_be_switched_off(tmp_path):
    call = "cat(value(A = matrix(1, 2, 3), x = matrix(1, 3, 1), y = c(1, 1)))"
    said = r(tmp_path, NORM, call, change=("CHECK <- TRUE", "CHECK <- FALSE"))
    assert said.strip() == "8"


def test_unknown_functions_are_functions(tmp_path):
    request = {
        "expression": "sum(c(x))+t(a)",
        "wrt": "x",
        "variables": {"c": {"kind": "function"}, "t": {"kind": "function"}},
    }
    names = derive(**request).only.code("r").arguments
    values = {"a": "2", "x": "1:2 * 2 - 1", "c": "sin", "c'": "cos", "t": "exp"}
    at = ", ".join(f"{names[name]} = {values[name]}" for name in names)
    said = r(tmp_path, request, f"cat(derivative({at}), sep = ' ')")
    np.testing.assert_allclose([float(x) for x in said.split()], np.cos([1, 3]), rtol=1e-5)
