"""Each operation of the table in each printer: it reads back, balances, and is computed."""

import numpy as np
import pytest

import mcalc.ops  # noqa: F401 - fills the table
from mcalc.calculus.derivative import derive
from mcalc.core.op import OPS
from mcalc.declaration import Declaration
from mcalc.numeric.callable import load
from mcalc.numeric.evaluate import evaluate
from mcalc.numeric.sample import point
from mcalc.printers.code.languages import language
from mcalc.printers.code.module import write
from mcalc.printers.latex import latex
from mcalc.printers.text import text
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

NAMES = sorted(name for name in OPS if name.isidentifier())


def call(name):
    """The operation on variables of its own, and their declarations."""
    op = OPS[name]
    arguments, declared = [], {}
    for i, (rows, cols, _) in enumerate(op.signature.arguments):
        structure = ()
        if op.needs_symmetric or (rows == cols != "_" and op.sample in ("spd", "symmetric")):
            structure = ("spd",)
        elif op.sample == "positive":
            structure = ("positive",)
        if rows == "_":
            arguments.append("1")
            continue
        variable = f"{'Xx'[cols == '_']}{i}"
        size = {"n": "n", "m": "m"}.get(rows, f"{rows}{i}")
        shape = (3,) if op.length else (size,) if cols == "_" else (size, cols)
        kind = "vector" if cols == "_" else "matrix"
        declared[variable] = Declaration(kind=kind, shape=shape, structure=structure)
        arguments.append(variable)
    return f"{name}({', '.join(arguments)})", declared


@pytest.mark.parametrize("name", NAMES)
def test_text_reads_back(name):
    typed, declared = call(name)
    question = lower(parse(typed), typed, declared)
    printed = text(question.value)
    assert lower(parse(printed), printed, declared).value is question.value
    shown = text(question.written, as_typed=True)
    assert lower(parse(shown), shown, declared).value is question.value


@pytest.mark.parametrize("name", NAMES)
def test_latex_balances(name):
    typed, declared = call(name)
    question = lower(parse(typed), typed, declared)
    for source in (latex(question.value), latex(question.written, as_typed=True)):
        assert source.strip()
        assert source.count("{") == source.count("}")
        assert source.count(r"\left") == source.count(r"\right")
        assert "\\\\" not in source, "a line break"


@pytest.mark.parametrize("name", NAMES)
def test_numpy_code_computes_the_value(name):
    typed, declared = call(name)
    question = lower(parse(typed), typed, declared)
    at = point([question.value], 1)
    assert at is not None
    first = next(iter(question.variables.values()))
    derivative = derive(question.value, (first,))
    code = write(language("numpy"), derivative, derivative.result, question.variables, typed)
    given = {code.arguments[k]: v for k, v in at.values.items()}
    (wanted,) = evaluate([question.value], at.values, at.sizes)
    (typed_value,) = evaluate([question.written], at.values, at.sizes)
    found = load(code.source).value(**given)
    assert np.shape(found) == wanted.shape
    assert np.allclose(found, wanted)
    assert np.allclose(typed_value, wanted)
