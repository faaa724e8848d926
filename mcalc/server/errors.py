"""What HTTP has to say of an error, beside what every way out says of it."""

from __future__ import annotations

from typing import Final

from mcalc.errors import InternalError, LimitError, McalcError, RequestError

__all__ = ["UNAVAILABLE", "Refusal", "Unfit", "status_of"]

UNAVAILABLE: Final = 503


class Refusal(LimitError):
    """What the server does not do, or not now: `status` says why, `retry_after` seconds when."""

    def __init__(
        self, status: int, message: str, *, hint: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


class Unfit(RequestError):
    """A request that HTTP has a status of its own for, as there is for an unknown address."""

    def __init__(self, status: int, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


def status_of(error: McalcError) -> int:
    """The status of an answer that is an error."""
    if isinstance(error, Refusal | Unfit):
        return error.status
    return 500 if isinstance(error, InternalError) else 422
