"""What the documents say to type prints what they say."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from mcalc import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")

# Commands with what they print below, in a block of their own; and with it behind a `#`.
SHOWN = re.findall(r"^( *)```\n *\$ mcalc (.*)\n((?:.*\n)*?) *```$", README, re.MULTILINE)
NAMED = re.findall(r"^mcalc ([^<\n]*?) +# (\S*[*'()]\S*?)(?:,.*)?$", README, re.MULTILINE)


def test_the_language_is_up_to_date():
    path = ROOT / "docs" / "language.py"
    spec = importlib.util.spec_from_file_location("language", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = path.with_suffix(".md").read_text("utf-8")
    assert written == module.page(), "run make documents"


@pytest.mark.parametrize(("indent", "arguments", "printed"), SHOWN)
def test_the_readme_shows_what_is_printed(capsys, indent, arguments, printed):
    cli.main(shlex.split(arguments))
    found = "".join(capsys.readouterr())
    for line in printed.splitlines():
        assert line.removeprefix(indent) in found


@pytest.mark.parametrize(("arguments", "answer"), NAMED)
def test_the_readme_names_the_answer(capsys, arguments, answer):
    assert cli.main(shlex.split(arguments)) == 0
    assert f"  {answer}\n" in capsys.readouterr().out


def test_the_readme_has_both():
    assert len(SHOWN) >= 3
    assert len(NAMED) >= 3


@pytest.mark.parametrize("command", re.findall(r"^mcalc (.*?)(?: +#.*)?$", README, re.MULTILINE))
def test_the_commands_of_the_readme_are_right(capsys, command):
    if command.startswith(("batch", "serve")):
        pytest.skip("it does not end by itself")
    assert cli.main(shlex.split(command)) in (0, 1)  # 1 where answers are compared, and differ


def test_the_python_of_the_readme_gives_what_it_says():
    (block,) = re.findall("```python\n(.*?)```", README, re.DOTALL)
    names = {}
    told = 0
    for line in block.splitlines():
        code, _, comment = line.partition("  # ")
        if comment.startswith(('"', "[")):
            assert eval(code, names) == eval(comment)
            told += 1
        else:
            exec(code, names)
    assert told >= 4
