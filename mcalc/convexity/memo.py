"""What is found out about nodes, each once, arguments before those that use them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

Found = TypeVar("Found")


class Memo(ABC, Generic[Found]):
    """A pass over expressions that remembers, so that later expressions cost what is new in them.

    It never recurses: a rule finds the arguments of its node already known.
    """

    def __init__(self) -> None:
        self._found: dict[Expr, Found] = {}

    @abstractmethod
    def rule(self, node: Expr) -> Found:
        """What is found at a node whose arguments are known."""

    def of(self, root: Expr) -> Found:
        """What is found at the root."""
        stack = [root]
        while stack:
            node = stack[-1]
            if node in self._found:
                stack.pop()
                continue
            missing = [a for a in node.args if a not in self._found]
            if missing:
                stack.extend(reversed(missing))
                continue
            self._found[node] = self.rule(node)
            stack.pop()
        return self._found[root]
