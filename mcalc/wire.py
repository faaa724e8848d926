"""JSON, as questions come in and answers go out."""

from __future__ import annotations

import json

from mcalc.errors import RequestError
from mcalc.syntax.characters import quote

__all__ = ["encode", "read", "read_line"]

_EXAMPLE = 'Write {"expression": "x\'*A*x", "wrt": "x"}.'


def read(text: bytes, name: str) -> object:
    """What JSON in UTF-8 says; `name` is what errors call the text.

    Raises: RequestError where it is not JSON, or JSON that does not say one thing.
    """
    value, faults = _read(text, name)
    if faults:
        raise RequestError(faults[0])
    return value


def read_line(line: bytes, bearer: dict[str, object]) -> object:
    """The request in a line of a batch, without its `id`, which goes to `bearer`.

    Raises: RequestError as `read` does; the `id` is there even so, where it can be.
    """
    if not line.strip():
        raise RequestError("The line is empty.", hint=_EXAMPLE)
    value, faults = _read(line, "line")
    if isinstance(value, dict) and "id" in value:
        bearer["id"] = value.pop("id")
        try:
            encode(bearer)
        except RecursionError:
            bearer.clear()
            raise RequestError("The `id` has too many brackets within brackets.") from None
    if faults:
        raise RequestError(faults[0])
    return value


def _read(text: bytes, name: str) -> tuple[object, list[str]]:
    """What JSON says, and why it does not say one thing."""
    faults: list[str] = []

    def entries(pairs: list[tuple[str, object]]) -> dict[str, object]:
        read: dict[str, object] = {}
        for key, value in pairs:
            if key in read:
                faults.append(f"{quote(key)} stands twice in one object.")
            read[key] = value
        return read

    def constant(word: str) -> None:
        faults.append(f"{word} is no number in JSON.")

    try:
        value: object = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=entries, parse_constant=constant
        )
    except UnicodeDecodeError as error:
        raise RequestError(f"The {name} is not UTF-8 (byte {error.start + 1}).") from None
    except json.JSONDecodeError as error:
        raise RequestError(
            f"The {name} is not JSON: {error.msg}, at character {error.pos + 1}.", hint=_EXAMPLE
        ) from None
    except RecursionError:
        raise RequestError(f"The {name} has too many brackets within brackets.") from None
    except ValueError:  # Python reads no whole numbers of thousands of digits
        raise RequestError(f"A number in the {name} has too many digits.") from None
    return value, faults


def encode(answer: object) -> bytes:
    """The answer as JSON in UTF-8, on one line; infinities and NaN, which JSON lacks, are null."""
    try:
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return encode(json.loads(json.dumps(answer), parse_constant=lambda _: None))
    # Half of a surrogate pair has no UTF-8; what it is replaced by is its escape in JSON.
    return text.encode("utf-8", "backslashreplace")
