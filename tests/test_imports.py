"""Imports point one way, and what is slow to import is imported where it is used."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = Path(__file__).parents[1] / "mcalc"

# A part of the package, a module or a sub-package, imports only from its own row and those above.
LAYERS = (
    {"errors", "version", "resources"},
    {"core"},
    {"ops"},
    {"calculus", "convexity", "simplify"},
    {"syntax", "printers", "numeric"},
    {"steps"},
    {"fields", "functions", "wire"},
    {"declaration"},
    {"request"},
    {"question"},
    {"assumptions", "verdicts"},
    {"answer"},
    {"api"},
    {"__init__", "batch", "cli", "server", "terminal"},
    {"__main__"},
)
RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}

# Where a library may be imported at the top of a module: `mcalc --version` loads none of them, and
# an ordinary answer neither SymPy nor FastAPI.
HOMES: dict[str, tuple[str, ...]] = {
    "sympy": (),
    "numpy": ("mcalc.numeric", "mcalc.printers.code", "mcalc.server"),
    "scipy": ("mcalc.numeric", "mcalc.printers.code", "mcalc.server"),
    "fastapi": ("mcalc.server",),
    "starlette": ("mcalc.server",),
    "pydantic": ("mcalc.server",),
    "uvicorn": ("mcalc.server",),
    "jinja2": ("mcalc.server",),
}


def dotted(path: Path) -> str:
    """The name under which a file of the package is imported, `__init__` included."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


MODULES = {dotted(path): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}


def imports(nodes: Iterable[ast.AST], module: str) -> Iterator[tuple[str, str]]:
    """What the nodes of a module import, by its absolute name, and where they do."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, f"{module}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), module.rpartition(".")[0])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                known = {name, f"{name}.__init__"} & MODULES.keys()
                yield name if known else base, f"{module}:{node.lineno}"


def imports_of_ours(module: str) -> Iterator[tuple[str, str]]:
    """What a module imports of the package, inside functions and for type checking too."""
    for name, place in imports(ast.walk(MODULES[module]), module):
        if name.split(".")[0] == PACKAGE.name:
            yield name, place


def part(name: str) -> str:
    """The module or sub-package directly under `mcalc` that holds a module."""
    return name.split(".")[1] if "." in name else "__init__"


def at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: not function bodies, nor TYPE_CHECKING."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += node.orelse
            continue
        yield node
        pending += ast.iter_child_nodes(node)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_come_from_no_higher_layer(module):
    assert part(module) in RANK, f"give {module} its place in LAYERS"
    for name, place in imports_of_ours(module):
        assert RANK[part(name)] <= RANK[part(module)], f"{place} imports {name}"


def test_parts_do_not_import_each_other_in_a_circle():
    uses = {part(module): set[str]() for module in MODULES}
    for module in MODULES:
        uses[part(module)] |= {part(name) for name, _ in imports_of_ours(module)} - {part(module)}
    TopologicalSorter(uses).prepare()  # a CycleError names the circle


@pytest.mark.parametrize("module", sorted(MODULES))
def test_slow_libraries_are_imported_where_they_are_used(module):
    for name, place in imports(at_import(MODULES[module]), module):
        homes = HOMES.get(name.split(".")[0])
        assert homes is None or module.startswith(homes), (
            f"{place} imports {name} at its top: import it in the function that uses it"
        )
