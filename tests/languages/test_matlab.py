"""Function files for MATLAB, run by Octave."""

import shutil
import subprocess

import numpy as np
import pytest

from mcalc import derive
from tests.languages import batch

pytestmark = pytest.mark.skipif(shutil.which("octave-cli") is None, reason="Octave is not there")

WRITE = """
function write(place, f, arguments)
try
  [both{1:2}] = f.value_and_derivative(arguments{:});
  arrays = {f.value(arguments{:}), f.derivative(arguments{:}), both{:}};
  for k = 1:4
    sizes = [ndims(arrays{k}), size(arrays{k})];
    printf('%d array %s %s\\n', place, strtrim(sprintf('%d ', sizes)), ...
      strtrim(sprintf('%.17g ', arrays{k})));
  end
catch failure
  printf('%d error %s\\n', place, strrep(failure.message, "\\n", ' '));
end
end
"""


def literal(X):
    """An array of numbers; vectors are columns."""
    rows = [X] if np.ndim(X) == 0 else X
    inner = "; ".join(", ".join(repr(float(x)) for x in np.atleast_1d(row)) for row in rows)
    return f"[{inner}]"


def shaped(array, shape):
    """The array in NumPy's shape: vectors are columns, and last axes of length one are dropped."""
    wanted = (*shape, *[1] * (2 - len(shape)))
    while len(wanted) > 2 and wanted[-1] == 1:
        wanted = wanted[:-1]
    assert array.shape == wanted
    return array.reshape(shape, order="F")


def run_all(sources, folder):
    """What Octave computes for each."""
    (folder / "write.m").write_text(WRITE)
    script = []
    for k, source in enumerate(sources):
        if isinstance(source, batch.Source):
            home = folder / f"case{k}"
            home.mkdir()
            (home / "derivatives.m").write_text(source.text)
            arguments = ", ".join(literal(X) for X in source.arguments.values())
            script.append(
                f"addpath('case{k}'); f = derivatives(); rmpath('case{k}');\n"
                f"write({k}, f, {{{arguments}}});"
            )
    (folder / "main.m").write_text("warning('off', 'all');\n" + "\n".join(script))
    return batch.run(["octave-cli", "--norc", "main.m"], folder)


def pytest_generate_tests(metafunc):
    if "question" in metafunc.fixturenames:
        cases = batch.questions(metafunc.config)
        metafunc.parametrize("question", cases, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def answers(request, tmp_path_factory):
    cases = batch.questions(request.config)
    return batch.answers(cases, "matlab", run_all, tmp_path_factory.mktemp("matlab"))


def test_numbers_are_those_of_numpy(question, answers):
    source, found = answers[question.name]
    batch.check(question, source, found, shaped)


def run_trial(source, folder):
    (folder / "derivatives.m").write_text(source)
    command = ["octave-cli", "--norc", "--eval", "f = derivatives(); f.trial();"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.mark.parametrize("request_", batch.TRIALS)
def test_a_module_tries_itself(request_, tmp_path):
    source = derive(**request_, with_check=True).only.code("matlab").source
    assert run_trial(source, tmp_path) == 0
    assert (
        run_trial(source.replace("found = derivative(", "found = 1.01 * derivative("), tmp_path)
        != 0
    )


def octave(folder, request, *lines, change=("", "")):
    """What Octave prints, with the functions of a request as f."""
    source = derive(**request).only.code("matlab").source.replace(*change)
    (folder / "derivatives.m").write_text(source)
    (folder / "main.m").write_text("\n".join(["f = derivatives();", *lines]))
    command = ["octave-cli", "--norc", "main.m"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


NORM = {"expression": "norm2(A*x-y)^2", "wrt": "x"}


def test_sizes_are_checked(tmp_path):
    call = "f.value(ones(2, 3), ones(1, 3), ones(2, 1))"
    said = octave(tmp_path, NORM, call)
    assert "the sizes do not fit: A m x n, x n x 1, y m x 1; given A [2 3], x [1 3]" in said


def test_checks_can_be_switched_off(tmp_path):
    call = "f.value(ones(2, 3), ones(1, 3), ones(2, 1))"
    said = octave(tmp_path, NORM, call, change=("on = true;", "on = false;"))
    assert "the sizes do not fit" not in said
    assert "nonconformant" in said


def test_unknown_functions_are_handles(tmp_path):
    request = {
        "expression": "sum(size(x))+c(a)",
        "wrt": "x",
        "variables": {"size": {"kind": "function"}, "c": {"kind": "function"}},
    }
    names = list(derive(**request).only.code("matlab").arguments)
    values = {"a": "2", "x": "[1; 3]", "c": "@exp", "size": "@sin", "size'": "@cos"}
    at = ", ".join(values[name] for name in names)
    said = octave(tmp_path, request, f"printf('%.12g ', f.derivative({at}))")
    np.testing.assert_allclose([float(x) for x in said.split()], np.cos([1, 3]), rtol=1e-11)
