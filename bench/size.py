"""How the symbolic side grows: distinct nodes, and time per node, for deep expressions.

    python bench/size.py

The gradient of an L-layer net by its first weight, and of a chain of k matrices by the vector at
its ends, from text to gradient and to NumPy code. Nodes should grow in proportion to L and k, and
the time per node of the function should stay the same.
"""

from __future__ import annotations

import sys
import time

from mcalc.calculus.derivative import derive
from mcalc.core.expr import postorder
from mcalc.printers.code.generate import Generator
from mcalc.simplify.engine import simplify
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import Limits, parse

LIMITS = Limits(length=10**7, depth=10**5, variables=10**5)
DEPTHS = (10, 30, 100, 300, 1000)
REPEATS = 5


def net(layers: int) -> tuple[str, str]:
    """v'*tanh(W_L*...tanh(W_1*x)), by the first weight."""
    inner = "".join(f"tanh(W{i}*" for i in range(layers, 0, -1))
    return f"v'*{inner}x{')' * layers}", "W1"


def chain(length: int) -> tuple[str, str]:
    """x'*A_1*...*A_k*x, by x."""
    return f"x'*{''.join(f'A{i}*' for i in range(1, length + 1))}x", "x"


def measure(expression: str, variable: str) -> tuple[int, int, float, float]:
    """(nodes of the function, of the gradient, seconds to the gradient, seconds to the code)."""
    start = time.perf_counter()
    question = lower(parse(expression, LIMITS), expression, {}, limits=LIMITS)
    gradient = simplify(derive(question.value, (question.variables[variable],)).result)
    middle = time.perf_counter()
    generator = Generator()
    generator.emit(question.value)
    generator.emit(gradient)
    end = time.perf_counter()
    nodes = sum(1 for _ in postorder(question.value))
    return nodes, sum(1 for _ in postorder(gradient)), middle - start, end - middle


def main() -> None:
    """Print the table."""
    sys.setrecursionlimit(200)  # nothing here recurses with the depth of an expression
    print("expression   depth  nodes  gradient  per layer  µs a node  code, µs a node")
    for name, make in (("net", net), ("chain", chain)):
        for depth in DEPTHS:
            runs = [measure(*make(depth)) for _ in range(REPEATS)]
            nodes, found, seconds, code = min(runs, key=lambda run: run[2])
            print(
                f"{name:<11}{depth:>7}{nodes:>7}{found:>10}{found / depth:>11.1f}"
                f"{seconds / nodes * 1e6:>11.0f}{code / nodes * 1e6:>17.0f}"
            )


if __name__ == "__main__":
    main()
