"""The wheel, the editable installation and the bare checkout all work, from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parents[1]

# Where the sources lie that the distribution is made of, and where they lie in it.
CONTENTS = {
    "mcalc": "mcalc",
    "grammar": "mcalc/grammar",
    "web/templates": "mcalc/web/templates",
    "web/static": "mcalc/web/static",
}

QUESTION = """
import mcalc
from mcalc import resources
print(mcalc.__file__)
print(resources.find("grammar/mcalc.lark"))
"""


def run(*command: str | Path, folder: Path, **environ: str) -> str:
    """What a command prints when it is started in a folder, without our PYTHONPATH."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=inherited | environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def listing(folder: Path) -> set[str]:
    """The files under a folder, by their relative names."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A clean copy of the sources: building must neither find nor leave anything beside ours."""
    copy = tmp_path_factory.mktemp("checkout") / "mcalc"
    litter = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "venv", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=litter)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """The wheel, made from the sdist."""
    dist = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, checkout, folder=dist)
    (path,) = dist.glob("*.whl")
    return path


class Environment:
    """A virtual environment of its own that borrows the dependencies of the one we run in."""

    def __init__(self, home: Path) -> None:
        venv.create(home)
        base = {"base": str(home), "platbase": str(home)}
        self.python = Path(sysconfig.get_path("scripts", "venv", base), "python")
        self.packages = Path(sysconfig.get_path("purelib", "venv", base))
        # What a .pth file names is searched last, and .pth files there are not read: whatever
        # mcalc is installed in our environment stays out of the way.
        dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        self.packages.joinpath("dependencies.pth").write_text("\n".join(sorted(dependencies)))
        self.empty = listing(self.packages)

    def install(self, *what: str | Path) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        offline = ["--no-index", "--no-deps", "--no-build-isolation"]
        run(*pip, *offline, *what, folder=self.packages)

    def toplevel(self) -> set[str]:
        """What the installations have put into site-packages."""
        return {name.split("/")[0] for name in listing(self.packages) - self.empty}


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "environment")


def test_the_wheel_holds_the_sources_and_nothing_else(wheel):
    expected = {
        f"{inside}/{name}"
        for outside, inside in CONTENTS.items()
        for name in listing(ROOT / outside)
    }
    names = set(ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected


def test_the_wheel_works(wheel, environment, tmp_path):
    environment.install(wheel)
    module, grammar = run(environment.python, "-c", QUESTION, folder=tmp_path).splitlines()
    assert Path(module) == environment.packages / "mcalc/__init__.py"
    assert Path(grammar) == environment.packages / "mcalc/grammar/mcalc.lark"
    assert {name for name in environment.toplevel() if ".dist-info" not in name} == {"mcalc"}


def test_the_editable_installation_works(checkout, environment, tmp_path):
    environment.install("--editable", checkout)
    module, grammar = run(environment.python, "-c", QUESTION, folder=tmp_path).splitlines()
    assert Path(module) == checkout / "mcalc/__init__.py"
    assert Path(grammar) == checkout / "grammar/mcalc.lark"
    assert not environment.toplevel() & {"mcalc", "web", "grammar"}


def test_the_checkout_works(checkout, environment, tmp_path):
    answer = run(environment.python, "-c", QUESTION, folder=tmp_path, PYTHONPATH=str(checkout))
    module, grammar = answer.splitlines()
    assert Path(module) == checkout / "mcalc/__init__.py"
    assert Path(grammar) == checkout / "grammar/mcalc.lark"


def test_readme_and_ci_run_the_same_command():
    command = Path(ROOT / ".ci/run").read_text("utf-8").splitlines()[-1]
    assert command in (ROOT / "README.md").read_text("utf-8")
