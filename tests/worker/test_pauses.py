"""When the worker makes room for other writers: now and then in many rounds, never after each."""

import pytest

from app.core.clock import system_clock
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.db import Database
from app.worker import loop
from app.worker.loop import Worker
from app.worker.round import RoundResult


@pytest.mark.parametrize(("round_s", "pauses"), [(0.01, 0), (0.2, 3), (2.0, 10)])
def test_pauses_between_ten_rounds(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, round_s: float, pauses: int
) -> None:
    database = Database(sqlite_settings)
    worker = Worker(database, sqlite_settings, system_clock, Metrics())
    now, waiting, paused = [0.0], iter([True] * 10 + [False]), []

    def one_round() -> RoundResult:
        now[0] += round_s
        return RoundResult(changed=1, verdicts=(), more=True, stretch=None)

    monkeypatch.setattr(worker, "_round", one_round)
    monkeypatch.setattr(database, "yield_to_others", lambda: paused.append(now[0]))
    monkeypatch.setattr(loop, "has_work", lambda *_: next(waiting))
    monkeypatch.setattr(loop.time, "monotonic", lambda: now[0])
    assert worker.work_off() == 10
    monkeypatch.undo()
    assert len(paused) == pauses
    database.dispose()
