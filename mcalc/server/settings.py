"""How a server runs: every setting with its default, its limits and its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

import limits

from mcalc.errors import RequestError
from mcalc.syntax.characters import quote

__all__ = ["NO_RATE", "PREFIX", "Settings", "documentation"]

PREFIX: Final = "MCALC_"
"""What the names of the environment variables begin with."""
NO_RATE: Final = "off"

_T = TypeVar("_T", int, float, str)


def _setting(default: _T, doc: str, *, least: float = 0, most: float = float("inf")) -> _T:
    found: _T = field(default=default, metadata={"doc": doc, "least": least, "most": most})
    return found


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server, each an option and an environment variable too."""

    host: str = _setting("127.0.0.1", "The address to listen at; `0.0.0.0` is every one there is.")
    port: int = _setting(8000, "The port to listen at; 0 takes a free one.", most=65535)
    workers: int = _setting(2, "How many processes compute derivatives.", least=1, most=256)
    seconds: float = _setting(
        10.0,
        "How long one answer may take; "
        "where processes are busy and others wait, a tenth of it or less.",
        least=0.1,
        most=3600,
    )
    memory: int = _setting(1024, "How much memory one process may take, in MiB.", least=384)
    queue: int = _setting(128, "How many requests may wait for a process.")
    cache: int = _setting(64, "How much memory the answers given so far may take, in MiB.")
    rate: str = _setting(
        "600/minute",
        f"How much one address may ask, such as `5/second`, or `{NO_RATE}`. "
        "The machine's own addresses may ask what they like.",
    )
    proxies: str = _setting(
        "127.0.0.1",
        "The addresses of proxies in front, with commas between, or `*`: "
        "who asks is what they say.",
    )

    def __post_init__(self) -> None:
        if self.rate != NO_RATE:
            try:
                limits.parse(self.rate)
            except ValueError:
                raise RequestError(
                    f"`rate` is {quote(self.rate)}.",
                    hint="Write `600/minute`, `5/second` or `off`.",
                ) from None

    @classmethod
    def read(cls, options: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings:
        """The settings that options or, where they are silent, environment variables tell.

        Raises: RequestError for a value that cannot be.
        """
        told: dict[str, Any] = {}
        for part in fields(cls):
            text = options.get(part.name)
            if text is None:
                text = environ.get(PREFIX + part.name.upper())
            if text is not None:
                told[part.name] = _value(part.name, text, type(part.default), part.metadata)
        return cls(**told)


def _value(name: str, text: str, kind: type, bounds: Mapping[str, Any]) -> int | float | str:
    if kind is str:
        return text
    least, most = bounds["least"], bounds["most"]
    try:
        value: int | float = kind(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        reach = f"from {least} on" if most == float("inf") else f"from {least} to {most}"
        number = "a whole number" if kind is int else "a number"
        raise RequestError(f"`{name}` is {number} {reach}, not {quote(text)}.")
    return value


def documentation() -> list[tuple[str, str, str, str]]:
    """Each setting: its option, its environment variable, its default, and what it does."""
    return [
        (f"--{part.name}", PREFIX + part.name.upper(), str(part.default), part.metadata["doc"])
        for part in fields(Settings)
    ]
