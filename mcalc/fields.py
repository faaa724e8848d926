"""What the fields of a request hold: texts, switches, names, words of a list."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from mcalc.errors import RequestError
from mcalc.syntax.characters import quote
from mcalc.syntax.names import closest, is_name

__all__ = ["boolean", "choice", "described", "string", "variable", "wrong"]


def choice(word: object, known: Collection[str], what: str) -> str:
    """`word`, which is one of those known.

    Raises: RequestError, which says that it is no such thing and what there is.
    """
    if not isinstance(word, str):
        raise wrong(f"A {what}", "a word", word)
    if word in known:
        return word
    near = closest(word, known)
    raise RequestError(
        f"{quote(word)} is no {what}.",
        hint=(f"Did you mean `{near}`? " if near else "") + f"There are {', '.join(known)}.",
    )


# Python refuses to write out numbers of thousands of digits.
_SHOWN_NUMBER = 10**20


def wrong(what: str, expected: str, found: object) -> RequestError:
    """The error for a value of the wrong type."""
    return RequestError(f"{what} is {expected}, not {described(found)}.")


def described(value: object) -> str:
    """A value in words, for an error."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f"the text {quote(value)}"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) < _SHOWN_NUMBER else "a huge number"
    return "an object" if isinstance(value, Mapping) else "a list"


def string(value: object, name: str) -> str:
    """The text in a field.

    Raises: RequestError where it is none.
    """
    if not isinstance(value, str):
        raise wrong(f"`{name}`", 'a text such as "x\'*A*x"', value)
    return value


def boolean(value: object, name: str) -> bool:
    """The truth value in a field.

    Raises: RequestError where it is none.
    """
    if not isinstance(value, bool):
        raise wrong(f"`{name}`", "true or false", value)
    return value


def variable(typed: object) -> str:
    """The name of a variable, in NFC.

    Raises: RequestError where it is no name.
    """
    name = unicodedata.normalize("NFC", str(typed))
    if not is_name(name):
        raise RequestError(
            f"{quote(name)} is no name for a variable.",
            hint="A name is a letter, then letters, digits and `_`.",
        )
    return name
