"""Tiles that need not be made again.

Clustered ones are remembered for a while: of a million rows, one seen from far off takes half a second. The
others are remembered until anything changes.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

# What took a second is remembered for half a minute, what took a millisecond for as good as nothing.
PER_SECOND_S = 30.0
MOST_REMEMBERED_S = 60.0
_MOST_TILES = 2_000
_MOST_BYTES = 16 * 2**20


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


class UnchangedTiles:
    """Tiles with the state that the database was in before they were made: good as long as it stays in it.

    Of too many, those are forgotten that were asked for longest ago.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES, most: int = _MOST_TILES) -> None:
        self._left = most_bytes
        self._most = most
        self._tiles: OrderedDict[Hashable, tuple[str, bytes]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, state: str | None, make: Callable[[], bytes | None]) -> bytes | None:
        """A tile as it is in this state, or one made now; None and what is of no known state are not kept."""
        if state is None:
            return make()
        with self._lock:
            known = self._tiles.get(key)
            if known is not None and known[0] == state:
                self._tiles.move_to_end(key)
                return known[1]
        body = make()
        if body is not None:
            self._keep(key, state, body)
        return body

    def _keep(self, key: Hashable, state: str, body: bytes) -> None:
        with self._lock:
            _, before = self._tiles.pop(key, ("", b""))
            self._tiles[key] = state, body
            self._left += len(before) - len(body)
            # Empty tiles weigh nothing, but their questions do.
            while self._left < 0 or len(self._tiles) > self._most:
                _, (_, oldest) = self._tiles.popitem(last=False)
                self._left += len(oldest)
