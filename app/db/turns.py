"""Turns at writing within one process, first come first served.

SQLite lets whoever asks at the right moment write, and a waiter only asks every 100 ms: a busy worker would
keep the intake waiting until it gives up.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Turns:
    """A lock that is handed over in the order of asking."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Event] = deque()
        self._taken = False

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for the turn, keep it for the block, then hand it to whoever has waited longest."""
        with self._guard:
            called = Event() if self._taken else None
            if called is not None:
                self._waiting.append(called)
            self._taken = True
        if called is not None:
            called.wait()
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False
