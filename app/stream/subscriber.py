"""One open stream as the hub sees it: how far it is, and what waits for it. Lives in the event loop alone."""

from asyncio import Event, Future, get_running_loop
from collections import deque
from collections.abc import Callable, Sequence

from app.stream.blocks import Block
from app.stream.selection import Selection

MOST_PENDING_BYTES = 4_000_000
_CHUNK_BYTES = 32_768


class Subscriber:
    """A stream is live, and is handed every new event, or reads the log by itself until it has caught up.

    `position` is the id through which everything was sent. What waits are references to blocks that all
    streams share; when they become too many they are let go, and the stream reads the log at its own pace.
    """

    def __init__(self, selection: Selection, position: int, require_reader: Callable[[], object]) -> None:
        self.selection = selection
        self.position = position
        self.require_reader = require_reader
        self.is_live = False
        self.through = position
        self.ending: str | None = None
        self.is_beat_due = False
        self.dropped: Future[None] = get_running_loop().create_future()
        self.sent_at = get_running_loop().time()
        self.sending_since: float | None = None
        self.wake = Event()
        self._pending: deque[Block] = deque()
        self._pending_bytes = 0

    @property
    def has_pending(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self._pending)

    def offer(self, blocks: Sequence[Block], through: int) -> None:
        """Hand over what the log brought up to an id; what was read already is passed over."""
        fresh = [block for block in blocks if block.id > self.through]
        self.through = max(self.through, through)
        if not fresh and not self._pending:
            self.position = self.through
        if not fresh:
            return
        self._pending.extend(fresh)
        self._pending_bytes += sum(len(block.body) for block in fresh)
        self.wake.set()

    @property
    def has_too_much(self) -> bool:
        """Whether more waits than the stream may hold."""
        return self._pending_bytes > MOST_PENDING_BYTES

    def fall_behind(self) -> None:
        """Forget what waits; it is read from the log again, after what was sent last."""
        self._pending.clear()
        self._pending_bytes = 0
        self.through = self.position
        self.is_live = False

    def take(self) -> list[Block]:
        """The next blocks, of some size together."""
        blocks: list[Block] = []
        size = 0
        while self._pending and size < _CHUNK_BYTES:
            block = self._pending.popleft()
            blocks.append(block)
            size += len(block.body)
            self.position = block.id
        self._pending_bytes -= size
        if not self._pending:
            self.position = self.through
        return blocks

    def end(self, reason: str) -> None:
        """Let the stream say why, and end."""
        self.ending = reason
        self.wake.set()

    def drop(self) -> None:
        """End the stream without a word: its reader does not take any."""
        if not self.dropped.done():
            self.dropped.set_result(None)
