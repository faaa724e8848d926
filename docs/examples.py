"""Makes docs/examples.md, worked examples, from the derivations that mcalc gives.

pip install -e .
python docs/examples.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from mcalc.api import derive
from mcalc.terminal import derivation

PAGE = Path(__file__).with_name("examples.md")

HEAD = """\
# Worked examples

Derivatives that the course [Matrix Calculus for Machine Learning and Beyond][course] (MIT 18.S096)
works out by hand, as mcalc derives them. Each line has the rule that made it of the one before; the
names of inner functions are defined first. Every line is valid input: `d(x)` is the change of `x`.

This page is made by `python docs/examples.py`, and a test holds it against the program.

[course]: https://ocw.mit.edu/courses/18-s096-matrix-calculus-for-machine-learning-and-beyond-january-iap-2023/
"""


class Example(NamedTuple):
    """A derivative worth showing: its title, the question, and how it is asked on a terminal."""

    title: str
    expression: str
    wrt: str
    options: str = ""
    fields: dict[str, Any] = {}  # noqa: RUF012 - never changed


EXAMPLES = (
    Example("The cube of a matrix", "A^3", "A"),
    Example("The inverse", "A^-1", "A"),
    Example("The determinant", "det(A)", "A"),
    Example("A quadratic form", "x'*A*x", "x"),
    Example("The Frobenius norm", "norm2(A)", "A"),
    Example("The trace of an inverse", "tr((A*diag(x)*A')^-1)", "x"),
    Example(
        "A solution of linear equations",
        "norm2(inv(A+p*p')*b)^2",
        "p",
        ' --var "b: vector"',
        {"variables": {"b": {"kind": "vector"}}},
    ),
    Example("The logarithm of the determinant", "log(det(A))", "A"),
    Example(
        "The largest eigenvalue of a symmetric matrix",
        "lambda_max(S)",
        "S",
        ' --var "S: symmetric"',
        {"variables": {"S": {"structure": ["symmetric"]}}},
    ),
    Example("A vector function", "x*x'*sin(x)", "x"),
    Example("Least squares", "norm2(A*x-y)^2", "x"),
    Example("Least squares, the Hessian", "norm2(A*x-y)^2", "x", " --order 2", {"order": 2}),
)


def page() -> str:
    """The page: for each example the question, the derivation and the derivative."""
    return "\n".join([HEAD, *map(_section, EXAMPLES)])


def _section(example: Example) -> str:
    answer = derive(example.expression, wrt=example.wrt, steps=True, **example.fields)
    (entry,) = answer.as_dict()["derivatives"]
    lines = "\n".join(derivation(entry["steps"]))
    holds = "; ".join(entry["conditions"])
    return f"""\
## {example.title}

`mcalc "{example.expression}" --wrt {example.wrt}{example.options} --steps`

```
{lines}
```

$$ {entry["steps"][-1]["latex"]} $$
{f"{chr(10)}It holds where {holds}.{chr(10)}" if holds else ""}"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
