"""How often an address may present a wrong key."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from threading import Lock

from app.core.errors import TooManyTriesError

_MOST_ADDRESSES = 10_000
_IPV6_CUSTOMER_BITS = 64


class Tries:
    """Counts the wrong keys of each address in this process; too many, and none of its keys is looked at."""

    def __init__(self, most: int, within_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._within_s = within_s
        self._monotonic = monotonic
        self._lock = Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count a try before its key is looked at. Raises TooManyTriesError when there were too many."""
        now = self._monotonic()
        with self._lock:
            times = self._times.setdefault(_group(address), deque())
            self._times.move_to_end(_group(address))
            while times and now - times[0] >= self._within_s:
                times.popleft()
            if len(times) >= self._most:
                rest_s = max(1, ceil(times[0] + self._within_s - now))
                raise TooManyTriesError(
                    f"{self._most} wrong keys came from this address within {self._within_s:.0f} s:"
                    f" try again in {rest_s} s",
                    retry_after_s=rest_s,
                )
            times.append(now)
            if len(self._times) > _MOST_ADDRESSES:
                self._times.popitem(last=False)

    def give_back(self, address: str) -> None:
        """The key was good: what was counted last does not count."""
        with self._lock:
            times = self._times.get(_group(address))
            if times:
                times.pop()


def _group(address: str) -> str:
    """An address as it is counted: of IPv6 the network that one customer has."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known.packed, _IPV6_CUSTOMER_BITS), strict=False))
    return str(known)
