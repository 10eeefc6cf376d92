"""Waking threads of one process: a count that others wait for to differ."""

from threading import Condition


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
