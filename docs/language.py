"""Makes docs/language.md, the language by examples, with what mcalc prints for each.

pip install -e .
python docs/language.py
"""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from mcalc.api import answer
from mcalc.cli import main
from mcalc.functions import functions
from mcalc.request import Request

LONGEST = 60
COLUMNS = "| function | | derivative |\n|---|---|---|"
PAGE = Path(__file__).with_name("language.md")

TEXT = r"""# The language

What one types, by examples. `mcalc serve` shows the same as a page, with every formula drawn, at
`/reference`. This page is made by `python docs/language.py`, and a test holds it against the
program.

## Names and operators

A name that nobody declares is a scalar (`a` to `g`, Greek letters, also written out as `lambda`),
a column vector (`h` to `z`) or a matrix (`A` to `Z`). Sizes are letters that follow from the
formula:

```
$ mcalc "x'*A*y" --wrt x
```

| written | means |
|---|---|
| `A + B`, `A - B` | sum and difference, both sides of one shape |
| `A * B` | the matrix product; scaling, where one side is a scalar |
| `A / b`, `A \ b` | division by a scalar or a square matrix; `A\b` is `inv(A)*b` |
| `x .* y`, `x ./ y`, `x .^ a` | entry by entry |
| `A ^ k` | the power of a scalar or of a square matrix; `A^-1` is the inverse |
| `A'` | the transpose |
| `[A, B; C, D]` | a matrix of blocks |

Precedence is MATLAB's: `-x^2` is `-(x^2)`, products are read from left to right, and `'` binds as
tightly as `^`. `@`, `**`, `Xᵀ`, `X⁻¹`, `⊙`, `⊗`, `‖x‖` and `x²` are read too.

A column is no matrix with one column, so that a slip is found and not computed with:

```
$ mcalc "x*y"
```

`x*y'` is the outer product, `x'*y` the inner one. A scalar is not spread over a vector by itself;
`vector(1)` and `matrix(1)` are as large as their neighbours need, as are `eye`, `ones` and
`zeros`:

```
$ mcalc "sum(log(exp(-x)+vector(1)))"
```

`exp(A)` and its like work entry by entry; the matrix functions are `expm`, `logm`, `sqrtm`.

## Declarations

What the first letter gets wrong is declared: a kind, sizes, a structure, in any order.

```
$ mcalc "log(det(a))" --var "a: matrix spd"
```

Kinds are `scalar`, `vector`, `row_vector`, `matrix` and `function`. Structures of a matrix are
`symmetric`, `skew`, `diagonal`, `lower`, `upper`, `orthogonal`, `spd`, `psd` (positive definite,
positive semidefinite) and `projector`. A scalar, and the entries of a vector or matrix, may be
`positive`. Besides, a matrix may be `sparse`, which changes NumPy code alone. Sizes are letters or
numbers: `"A: 3 3"`, `"x: vector n"`. Where the formula leaves a choice they are matched in order:
in `tr(kron(A,B))` both matrices are square, and `vec(Y)'*kron(A,B)*vec(X)` is `tr(Y'*B*X*A')`.

The derivative by a structured matrix is the one within its subspace:

```
$ mcalc "x'*A*y" --wrt A --var "A: symmetric"
```

## Which derivative

Without `--wrt` each variable has its own answer. `--order 2` is the Hessian; `--wrt x,y`
differentiates by `x`, then by `y`:

```
$ mcalc "x'*A*y" --wrt x,y
```

The gradient of a scalar has the shape of the variable. The Jacobian of a vector has a row for
each of its entries. Where value and variable have more axes than a matrix, the matrix shown is
the Jacobian of `vec`, columns stacked, and index notation says it entry by entry:

```
$ mcalc "A*X" --wrt X
```

`--layout numerator` and `--layout denominator` arrange the axes as other books do. `--along v`
contracts with a direction, so that `--order 2 --along v` is the product of the Hessian and `v`:

```
$ mcalc "logsumexp(A*x)" --wrt x --order 2 --along v
```

## Functions of your own, and assumptions

```
$ mcalc "sum(swish(A*x))" --wrt x --define "swish(t) = t*sigmoid(t)"
```

A function of which nothing is known is declared: `--var "f: function"`. Assumptions are
equations; what is on the left is written as what is on the right, and a new name stands for what
is on the right:

```
$ mcalc "norm2(A*x-y)^2" --wrt x --where "r = A*x-y"
```

## What is refused

Whatever has no one meaning is refused, with the place and what to write instead:

```
$ mcalc "det(X)*x'*(A*x + sun(y))"
```

## Functions

`mcalc functions` lists them in short, `mcalc functions det` tells all about one. The derivatives
are by the first argument.

"""


def printed(command: str) -> str:
    """What a command prints on a terminal."""
    with redirect_stdout(io.StringIO()) as told, redirect_stderr(told):
        main(shlex.split(command)[1:])
    return told.getvalue()


def table() -> str:
    """The functions by group, each with what it is and its derivative."""
    groups: dict[str, list[str]] = {}
    for told in functions():
        names = ", ".join(f"`{alias}`" for alias in told["aliases"])
        also = f" Also {names}." if names else ""
        call = told["example"]["expression"]
        row = f"| `{call}` | {told['doc']}{also} | {derivative(told)} |"
        groups.setdefault(told["group"].capitalize(), []).append(row)
    blocks = [f"### {group}\n\n{COLUMNS}\n" + "\n".join(rows) for group, rows in groups.items()]
    return "\n\n".join(blocks) + "\n"


def derivative(told: dict[str, Any]) -> str:
    """The derivative of a function where it holds, if it is short."""
    (entry,) = answer(Request.from_json(told["example"])).as_dict()["derivatives"]
    if len(entry["text"]) > LONGEST:
        return f"`mcalc functions {told['name']}`"
    where = "; ".join(entry["conditions"])
    return f"`{entry['text']}`" + (f", where {where}" if where else "")


def page() -> str:
    """The text of the page."""
    filled = re.sub(r"^\$ (.*)\n", lambda match: match[0] + printed(match[1]), TEXT, flags=re.M)
    return filled + table()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
