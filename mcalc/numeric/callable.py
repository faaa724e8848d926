"""Generated modules as callables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def load(source: str) -> Callable[..., Any]:
    """The function `derivative` of a generated module, its neighbours as attributes."""
    module: dict[str, Any] = {"__name__": "mcalc_generated"}
    exec(compile(source, "<mcalc>", "exec"), module)  # noqa: S102 - a source of our own making
    function: Callable[..., Any] = module["derivative"]
    for name in ("value", "value_and_derivative"):
        setattr(function, name, module[name])
    function.source = source  # type: ignore[attr-defined]
    return function
