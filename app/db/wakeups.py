"""Waking threads of one process: a count that others wait for to differ, and a stop that reaches them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket, socketpair
from threading import Condition, Event, Lock


class Wakeups:
    """Whoever saw a count waits for another; what was announced while it was busy is not missed."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._count = 0

    def announce(self) -> None:
        """Wake everybody who waits."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        """Return the count once it differs from `seen`, or after the timeout."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen, timeout_s)
            return self._count


class Stop(Event):
    """A stop that also reaches a thread which waits for the network."""

    def __init__(self) -> None:
        super().__init__()
        self._wakers: list[socket] = []
        self._lock = Lock()

    def set(self) -> None:
        """Stop whoever waits."""
        super().set()
        with self._lock:
            for waker in self._wakers:
                waker.send(b".")

    @contextmanager
    def readable(self) -> Iterator[socket]:
        """A socket that can be read from once this is set."""
        here, waker = socketpair()
        with here, waker:
            with self._lock:
                self._wakers.append(waker)
            if self.is_set():
                waker.send(b".")
            try:
                yield here
            finally:
                with self._lock:
                    self._wakers.remove(waker)
