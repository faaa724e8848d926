"""Modules for Julia: by its grammar, by a reader of our own, and by Julia where it is there."""

import shutil

import numpy as np
import pytest

pytest.importorskip("tree_sitter_julia")

from mcalc import derive
from tests.languages import batch
from tests.languages.cases import read, sample
from tests.languages.julia import DimensionMismatch, parse, run


def test_case(case):
    code = case.code("julia")
    module = run(code.source)
    given = case.arguments(code)
    value, derivative = module["value_and_derivative"](**given)
    case.check(value, derivative)
    case.check(module["value"](**given), module["derivative"](**given))


def test_the_check_of_a_module_is_julia(case):
    request = {**case.request, "wrt": list(case.wrt), "with_check": True}
    parse(derive(**request).derivatives[0].code("julia").source)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("end", "end_"), ("in", "in_"), ("size", "size_"), ("I", "I_"), ("µ", "μ"), ("α1", "α1")],
)
def test_names_are_those_of_julia_and_stay_apart(name, wanted):
    vectors = {v: {"kind": "vector"} for v in (name, f"{name}_")}
    code = derive(f"{name}'*A*{name}_", wrt="A", variables=vectors).only.code("julia")
    assert code.arguments[name] == wanted
    assert len(set(code.arguments.values())) == 3
    given = {k: np.eye(2) if v == "A" else np.ones(2) for v, k in code.arguments.items()}
    assert run(code.source)["value"](**given) == 2


def test_names_that_julia_reads_alike_stay_apart():
    """The micro sign is the Greek letter to Julia."""
    code = derive("µ'*μ", wrt="μ").only.code("julia")
    assert len(set(code.arguments.values())) == len(code.arguments)


def test_shapes_are_checked_in_the_names_of_the_expression():
    module = run(derive("A*x", wrt="x").only.code("julia").source)
    with pytest.raises(DimensionMismatch, match="A m×n, x n; given"):
        module["derivative"](A=np.ones((2, 3)), x=np.ones(2))
    module["CHECK"][0] = False
    assert module["derivative"](A=np.ones((2, 3)), x=np.ones(2)).shape == (2, 3)


# ---------------------------------------------------------------- Julia itself
MAIN = """
function show_array(place, X)
    println(join([place, "array", ndims(X), size(X)..., vec(collect(X))...], " "))
end
function run_case(place, arguments)
    holder = Module()
    try
        Base.include(holder, joinpath(@__DIR__, "case$place.jl"))
        found = Base.invokelatest() do
            d = holder.Derivative
            (d.value(; arguments...), d.derivative(; arguments...),
             d.value_and_derivative(; arguments...)...)
        end
        foreach(X -> show_array(place, X), found)
    catch e
        println(place, " error ", replace(sprint(showerror, e), "\\n" => " "))
    end
end
"""


def literal(X):
    """A number or an array."""
    entries = f"[{', '.join(repr(float(x)) for x in np.ravel(X, order='F'))}]"
    return repr(float(X)) if np.ndim(X) == 0 else f"reshape({entries}, {np.shape(X)})"


def program(sources, folder):
    """What runs all modules, which it leaves in the folder."""
    lines = [MAIN]
    for k, source in enumerate(sources):
        if isinstance(source, batch.Source) and "SpecialFunctions" not in source.text:
            (folder / f"case{k}.jl").write_text(source.text)
            arguments = "".join(f"{n} = {literal(X)}, " for n, X in source.arguments.items())
            lines.append(f"run_case({k}, (; {arguments}))")
    return "\n".join(lines)


def test_the_program_for_julia_is_julia(tmp_path):
    parse(program(batch.sources(sample(), "julia"), tmp_path))


@pytest.mark.skipif(shutil.which("julia") is None, reason="Julia is not there")
def test_cases_in_julia(request, tmp_path):
    every = request.config.getoption("--every-case", default=False)
    cases = read() if every else sample()
    sources = batch.sources(cases, "julia")
    (tmp_path / "main.jl").write_text(program(sources, tmp_path))
    found = batch.run(["julia", "--startup-file=no", "main.jl"], tmp_path)
    for k, case in enumerate(cases):
        if k in found:
            assert isinstance(found[k], list), f"{case.name}: {found[k]}"
            case.check(*found[k][:2])
            case.check(*found[k][2:])
