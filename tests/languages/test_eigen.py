"""Headers for C++ with Eigen, compiled by g++ and run."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mcalc import derive
from tests.languages import batch

INCLUDE = Path("/usr/include/eigen3")
pytestmark = [
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not there"),
    pytest.mark.skipif(not INCLUDE.is_dir(), reason="Eigen is not there"),
]

STEP = 10
"""Of the questions every so manieth is asked: compiling takes long."""
TOGETHER = 9
"""So many modules make one program."""
HEAD = """
#include <stdexcept>
#define eigen_assert(truth) do { if (!(truth)) throw std::logic_error(#truth); } while (false)
#include <Eigen/Dense>
#include <unsupported/Eigen/MatrixFunctions>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>

void show(int place, const double* entries, int count, const std::string& sizes) {
  std::printf("%d array %s", place, sizes.c_str());
  for (int k = 0; k < count; ++k) std::printf(" %.17g", entries[k]);
  std::printf("\\n");
}
void show(int place, double x) { show(place, &x, 1, "0"); }
void show(int place, const Eigen::VectorXd& x) {
  show(place, x.data(), x.size(), "1 " + std::to_string(x.size()));
}
void show(int place, const Eigen::MatrixXd& X) {
  const std::string sizes = std::to_string(X.rows()) + " " + std::to_string(X.cols());
  show(place, X.data(), X.size(), "2 " + sizes);
}
"""
TRY = """
void run_{0}() {{
  try {{
{2}
    const auto both = case_{0}::value_and_derivative({1});
    show({0}, case_{0}::value({1}));
    show({0}, case_{0}::derivative({1}));
    show({0}, both.value);
    show({0}, both.derivative);
  }} catch (const std::exception& failure) {{
    std::printf("%d error %s\\n", {0}, failure.what());
  }}
}}
"""


def declaration(name, X):
    """An argument by its type."""
    if np.ndim(X) == 0:
        return f"    const double {name} = {X!r};"
    kind = f"Eigen::{'Vector' if X.ndim == 1 else 'Matrix'}Xd"
    entries = ", ".join(repr(float(x)) for x in X.ravel())
    sizes = ", ".join(str(n) for n in X.shape)
    return f"    const {kind} {name} = ({kind}({sizes}) << {entries}).finished();"


def shaped(array, shape):
    """The array in NumPy's shape, from a matrix where it has more than two axes."""
    assert array.ndim == min(len(shape), 2)
    assert len(shape) > 2 or array.shape == shape
    assert array.size == np.prod(shape, dtype=int)
    return array.reshape(shape, order="F")


def program(sources):
    """A program that runs modules, by their places."""
    parts = [HEAD]
    for k, source in sources.items():
        text = source.text.replace("#pragma once", "").replace("derivatives", f"case_{k}")
        names = ", ".join(source.arguments)
        given = "\n".join(declaration(n, X) for n, X in source.arguments.items())
        parts += [text, TRY.format(k, names, given)]
    calls = "\n".join(f"  run_{k}();" for k in sources)
    return "\n".join([*parts, f"int main() {{\n{calls}\n}}\n"])


def compiled_and_run(folder, sources):
    """What a program of modules writes."""
    folder.mkdir()
    (folder / "main.cpp").write_text(program(sources))
    flags = ["-std=c++14", "-O0", "-Wall", "-Wextra", "-Wno-deprecated-declarations"]
    command = ["g++", *flags, "-I", str(INCLUDE), "main.cpp", "-o", "main"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]
    assert "warning" not in done.stderr.replace("In file included", ""), done.stderr[:3000]
    return batch.run(["./main"], folder)


def run_all(sources, folder):
    """What the modules compute."""
    there = {k: s for k, s in enumerate(sources) if isinstance(s, batch.Source)}
    # Singular values take a compiler ten times as long as all else: those are in one program.
    places = sorted(there, key=lambda k: "BDCSVD" not in there[k].text)
    groups = [places[i : i + TOGETHER] for i in range(0, len(places), TOGETHER)]
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(compiled_and_run, folder / f"program{i}", {k: there[k] for k in group})
            for i, group in enumerate(groups)
        ]
    found = {}
    for job in jobs:
        found |= job.result()
    return found


def pytest_generate_tests(metafunc):
    if "question" in metafunc.fixturenames:
        cases = batch.questions(metafunc.config, STEP)
        metafunc.parametrize("question", cases, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def answers(request, tmp_path_factory):
    cases = batch.questions(request.config, STEP)
    return batch.answers(cases, "eigen", run_all, tmp_path_factory.mktemp("eigen"))


def test_numbers_are_those_of_numpy(question, answers):
    source, found = answers[question.name]
    batch.check(question, source, found, shaped)


def run_trial(source, folder):
    (folder / "derivatives.cpp").write_text(source.replace("#pragma once", ""))
    flags = ["-std=c++14", "-O0", "-DDERIVATIVES_TRIAL", "-I", str(INCLUDE)]
    subprocess.run(["g++", *flags, "derivatives.cpp", "-o", "trial"], cwd=folder, check=True)
    return subprocess.run(["./trial"], cwd=folder, capture_output=True, check=False).returncode


@pytest.mark.parametrize("request_", batch.TRIALS[:3])
def test_a_module_tries_itself(request_, tmp_path):
    source = derive(**request_, with_check=True).only.code("eigen").source
    assert run_trial(source, tmp_path) == 0
    assert (
        run_trial(
            source.replace("derivatives::derivative(", "1.01 * derivatives::derivative("), tmp_path
        )
        != 0
    )


PROGRAM = """
#include "derivatives.hpp"
#include <iostream>
int main() {
  try {
    std::cout << derivatives::value(CALL);
  } catch (const std::exception& failure) {
    std::cout << failure.what();
  }
}
"""


def cpp(folder, request, call, change=("", "")):
    """What a program prints that calls the value of a request."""
    source = derive(**request).only.code("eigen").source.replace(*change)
    (folder / "derivatives.hpp").write_text(source)
    (folder / "main.cpp").write_text(PROGRAM.replace("CALL", call))
    flags = ["-std=c++14", "-O0", "-DNDEBUG", "-I", str(INCLUDE)]
    subprocess.run(["g++", *flags, "main.cpp", "-o", "main"], cwd=folder, check=True)
    command = ["./main"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_sizes_are_checked(tmp_path):
    request = {"expression": "norm2(A*x-y)^2", "wrt": "x"}
    ones = "Eigen::MatrixXd::Ones(2, 3), Eigen::VectorXd::Ones(2), Eigen::VectorXd::Ones(2)"
    said = cpp(tmp_path, request, ones)
    assert said == "the sizes do not fit: A m x n, x n, y m; given A 2 x 3, x 2, y 2"


def test_unknown_functions_are_functions(tmp_path):
    request = {
        "expression": "sum(f(x))+auto(a)",
        "wrt": "x",
        "variables": {"auto": {"kind": "function"}, "f": {"kind": "function"}},
    }
    names = derive(**request).only.code("eigen").arguments
    twice = "[](double x) { return 2.0 * x; }"
    values = {"a": "1.0", "x": "Eigen::VectorXd::Ones(3)", "f": twice, "f'": twice, "auto": twice}
    assert cpp(tmp_path, request, ", ".join(values[name] for name in names)) == "8"
