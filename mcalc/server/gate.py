"""Who asks, and how much one address may ask."""

from __future__ import annotations

import ipaddress
import math
import time

import limits
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request as HttpRequest

from mcalc.server.errors import Refusal
from mcalc.server.settings import NO_RATE

__all__ = ["Gate", "client"]


class Gate:
    """Lets each address ask at a rate, such as `600/minute`; this machine's own as it likes."""

    def __init__(self, rate: str) -> None:
        self._rate = None if rate == NO_RATE else limits.parse(rate)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def enter(self, http: HttpRequest, requests: int = 1) -> None:
        """Count so many requests.

        Raises: Refusal where they are too many.
        """
        who = _who(http)
        if self._rate is None or who is None:
            return
        if not self._limiter.hit(self._rate, who, cost=requests):
            reset = self._limiter.get_window_stats(self._rate, who).reset_time
            raise Refusal(
                429,
                f"Your address may ask {self._rate}.",
                hint="Wait a little, or run the program on your own machine.",
                retry_after=max(1, math.ceil(reset - time.time())),
            )


def client(http: HttpRequest) -> str:
    """Who asks: an address, or a connection from this machine."""
    host, port = http.client or ("", 0)
    return _who(http) or f"{host}:{port}"


def _who(http: HttpRequest) -> str | None:
    """The address that asks, or None for this machine; of IPv6 the network, which has one owner."""
    host = http.client.host if http.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a socket of the file system has none
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, 64), strict=False)
            return None if address.is_loopback else str(network)
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
