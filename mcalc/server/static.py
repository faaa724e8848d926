"""The files that the page needs: style sheet, scripts and the font, each with a version."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from mcalc import resources
from mcalc.server.responses import is_known

__all__ = ["Static"]

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
_FONT: Final = "stix-two-math.ttf"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    version: str


class Static:
    """The files, read once."""

    def __init__(self) -> None:
        font = _font().read_bytes()
        self._files = {_FONT: _file(_FONT, font)}
        address = self.address(_FONT).encode()
        for path in sorted(resources.find("web/static").iterdir()):
            if path.suffix in _TYPES:
                body = path.read_bytes().replace(b"{font}", address)
                self._files[path.name] = _file(path.name, body)

    def address(self, name: str) -> str:
        """Where a file is, this version of it."""
        return f"/static/{name}?v={self._files[name].version}"

    async def serve(self, http: HttpRequest) -> Response:
        """A file. What is asked for by its version never changes."""
        file = self._files.get(http.path_params["name"])
        if file is None:
            raise HTTPException(404)
        etag = f'"{file.version}"'
        known = is_known(http, etag)
        if known is not None:
            return known
        current = http.query_params.get("v") == file.version
        keep = "public, max-age=31536000, immutable" if current else "no-cache"
        return Response(file.body, 200, {"ETag": etag, "Cache-Control": keep}, file.media_type)


def _font() -> Path:
    """The font of ziamath, which is not imported for it."""
    package = find_spec("ziamath")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


def _file(name: str, body: bytes) -> _File:
    suffix = name[name.rindex(".") :]
    return _File(body, _TYPES[suffix], sha256(body).hexdigest()[:16])
