"""Generated modules as callables."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=256)
def load(source: str) -> Any:
    """The function `derivative` of a generated module, its neighbours as attributes."""
    module: dict[str, Any] = {"__name__": "mcalc_generated"}
    exec(compile(source, "<mcalc>", "exec"), module)
    function: Callable[..., Any] = module["derivative"]
    for name in ("value", "value_and_derivative"):
        setattr(function, name, module[name])
    function.source = source  # type: ignore[attr-defined]
    return function
