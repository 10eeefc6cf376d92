"""Clustered tiles, remembered for a while: of a million rows, one seen from far off takes half a second."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

# What took a second is remembered for half a minute, what took a millisecond for as good as nothing.
PER_SECOND_S = 30.0
MOST_REMEMBERED_S = 60.0
_MOST_TILES = 2_000


@dataclass(slots=True)
class _Entry:
    lock: Lock = field(default_factory=Lock)
    body: bytes = b""
    until: float = 0.0


class RememberedTiles:
    """Tiles by what was asked; of too many, those are forgotten that were asked for longest ago."""

    def __init__(self, per_second_s: float = PER_SECOND_S, most: int = _MOST_TILES) -> None:
        self._per_second_s = per_second_s
        self._most = most
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = Lock()

    def knows(self, key: Hashable) -> bool:
        """Whether a tile is remembered."""
        entry = self._entries.get(key)
        return entry is not None and monotonic() < entry.until

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """A remembered tile, or one made now; those who ask for it meanwhile wait for it."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
        with entry.lock:
            if monotonic() >= entry.until:
                started = monotonic()
                entry.body = make()
                took_s = monotonic() - started
                entry.until = monotonic() + min(took_s * self._per_second_s, MOST_REMEMBERED_S)
            return entry.body
