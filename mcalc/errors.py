"""Everything that can go wrong on account of the user, as one tree.

    McalcError
    ├── ParseError       kind "syntax"    the text does not parse
    ├── UnknownName      kind "name"      an unknown function, or `wrt` names no variable
    ├── ShapeError       kind "shape"     sizes or kinds that cannot agree
    ├── DomainError      kind "domain"    no value anywhere
    ├── LimitError       kind "limit"     too long, deep, large or slow
    ├── RequestError     kind "request"   the request itself
    └── InternalError    kind "internal"  a fault of ours

Each carries a message and, where they are known, the place in the user's text and a cure.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

ErrorKind: TypeAlias = Literal["syntax", "name", "shape", "domain", "limit", "request", "internal"]


class McalcError(Exception):
    """What the user is told: a message, where (position and length in code points), and a hint."""

    kind: ClassVar[ErrorKind] = "internal"

    def __init__(
        self,
        message: str,
        *,
        position: int | None = None,
        length: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.length = length
        self.hint = hint

    def at(self, position: int, length: int) -> McalcError:
        """This error, pointing at a place unless it already points at one."""
        if self.position is None:
            self.position, self.length = position, length
        return self

    def as_dict(self) -> dict[str, str | int]:
        """The one shape of an error in every way out."""
        fields = {
            "kind": self.kind,
            "message": self.message,
            "position": self.position,
            "length": self.length,
            "hint": self.hint,
        }
        return {name: value for name, value in fields.items() if value is not None}


class ParseError(McalcError):
    """The text is not in the language."""

    kind = "syntax"


class UnknownName(McalcError):
    """A function that does not exist, or a variable that the expression does not have."""

    kind = "name"


class ShapeError(McalcError):
    """Sizes or kinds that cannot agree."""

    kind = "shape"


class DomainError(McalcError):
    """An expression that has no value anywhere."""

    kind = "domain"


class LimitError(McalcError):
    """Too long, too deep, too large or too slow."""

    kind = "limit"


class RequestError(McalcError):
    """A request that asks for what does not exist."""

    kind = "request"


class InternalError(McalcError):
    """A fault of the program, never of its user."""

    kind = "internal"

    def __init__(
        self, message: str = "Something went wrong in the program, and not by your doing."
    ) -> None:
        super().__init__(message, hint="Please report the request that led here.")
