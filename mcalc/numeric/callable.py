"""Generated modules as callables."""

from __future__ import annotations

import linecache
from functools import lru_cache
from hashlib import sha256
from types import FunctionType
from typing import TYPE_CHECKING, Any

from mcalc.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=256)
def load(source: str) -> Any:
    """The function `derivative` of a generated module, its neighbours as attributes.

    Raises: RequestError where a package that the module imports is not installed.
    """
    place = f"<mcalc {sha256(source.encode()).hexdigest()[:12]}>"
    module: dict[str, Any] = {"__name__": "mcalc_generated"}
    try:
        exec(compile(source, place, "exec"), module)
    except ModuleNotFoundError as error:
        raise RequestError(
            f"the code needs {error.name}, which is not installed",
            hint=f"install it: pip install {error.name}",
        ) from None
    # Tracebacks and inspect.getsource show the lines of the module.
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    function: Callable[..., Any] = module["derivative"]
    for name, neighbour in module.items():
        if isinstance(neighbour, FunctionType) and neighbour is not function:
            setattr(function, name, neighbour)
    function.__doc__ = module["__doc__"]
    function.source = source  # type: ignore[attr-defined]
    return function
