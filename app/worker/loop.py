"""The worker's life: a round after every commit and when a verdict falls due; polling is the truth."""

import gc
import time
from datetime import datetime
from threading import Thread

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.access.once import forget_answers
from app.core.clock import Clock
from app.core.logs import logger
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.correlation.rehearsal import rehearse
from app.db import Database
from app.db.wakeups import Stop
from app.sources.rejects import purge_rejects
from app.worker.round import (
    MOST_CHANGES,
    RETRY_AFTER,
    RoundResult,
    changes_waiting,
    has_work,
    next_revisit,
    put_off_failing,
    recall_forgotten,
    run_round,
)

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_TIDY_EVERY_S = 3600.0
_NARROWER = 8
_IN_A_ROW_S = 0.5
_log = logger(__name__)


class Worker:
    """Threads that keep verdicts current until stopped."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._stopping = Stop()
        self._tidy_at = 0.0
        # How much a round may take; None: all there is, as long as nothing fails.
        self._most: int | None = None
        self._threads = [
            Thread(target=self._run, name="earshot-worker", daemon=True),
            Thread(target=self._listen, name="earshot-listener", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()
        self._database.announce()
        for thread in self._threads:
            thread.join(timeout=30)

    def wait(self) -> None:
        """Return once stopped."""
        self._stopping.wait()

    def work_off(self) -> int:
        """Run rounds until nothing waits; how many incidents changed."""
        changed = 0
        since = time.monotonic()
        while not self._stopping.is_set() and has_work(self._database, self._clock()):
            started = time.perf_counter()
            result = self._round()
            if not result.more:
                break
            changed += result.changed
            self._metrics.correlation_seconds.observe(time.perf_counter() - started)
            for verdict in result.verdicts:
                self._metrics.verdicts.labels(verdict).inc()
            # Not after each round: whoever waits to hear of an alert would wait for that too.
            if time.monotonic() - since > _IN_A_ROW_S:
                self._database.yield_to_others()
                since = time.monotonic()
        self._metrics.changes_waiting.set(changes_waiting(self._database))
        return changed

    def _round(self) -> RoundResult:
        """All that waits at once; when that fails, ever less of it, until what fails is alone and waits."""
        now = self._clock()
        try:
            result = run_round(
                self._database,
                now,
                self._settings.time_zone,
                most=self._most,
                follow_up_rounds=self._settings.follow_up_rounds,
            )
        except (OperationalError, PoolTimeoutError):
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the shootings behind it must not wait for it
            self._narrow_down(now)
            return RoundResult(changed=0, verdicts=(), more=True, stretch=None)
        if self._most is not None:
            self._most = self._most * _NARROWER if self._most * _NARROWER < MOST_CHANGES else None
        return result

    def _narrow_down(self, now: datetime) -> None:
        if self._most == 1:
            _log.exception("change_put_off", retry_in_s=RETRY_AFTER.total_seconds())
            put_off_failing(self._database, now)
            return
        self._most = max((self._most or MOST_CHANGES) // _NARROWER, 1)
        _log.exception("worker_round_failed", repeated_with=self._most)

    def _run(self) -> None:
        try:
            # The first verdict need not wait for the compiler.
            rehearse()
            # The compiler stays, so the collector need not look at it again and again.
            gc.freeze()
        except Exception:  # noqa: BLE001 - the edge of a thread: judging will say it again
            _log.exception("rehearsal_failed")
        seen = 0
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            seen = self._database.wait_for_commit(seen, 0)
            try:
                self.work_off()
                self._tidy()
                rest_s = self._rest_s()
            except Exception:  # noqa: BLE001 - the edge of a thread: a worker that died would tell nobody
                _log.exception("worker_round_failed", retry_in_s=pause_s)
                self._stopping.wait(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                continue
            pause_s = _FIRST_PAUSE_S
            self._database.wait_for_commit(seen, rest_s)

    def _tidy(self) -> None:
        """Once an hour, delete rejects and answers that are too old, and recall forgotten alerts."""
        if time.monotonic() < self._tidy_at:
            return
        with self._database.write() as session:
            purge_rejects(session, self._clock(), self._settings.reject_retention_days)
            forget_answers(session, self._clock())
            forgotten = recall_forgotten(session, self._clock())
        if forgotten:
            _log.error("alerts_without_incident", count=forgotten)
        self._tidy_at = time.monotonic() + _TIDY_EVERY_S

    def _rest_s(self) -> float:
        """Until the next poll, or the next verdict that falls due before it."""
        due = next_revisit(self._database)
        poll_s = self._settings.worker_poll_s
        return poll_s if due is None else max(0.01, min(poll_s, (due - self._clock()).total_seconds()))

    def _listen(self) -> None:
        while not self._stopping.is_set():
            self._database.listen(self._stopping)
            self._stopping.wait(_LONGEST_PAUSE_S)
