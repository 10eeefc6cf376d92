"""A change whose judging fails waits by itself: others are judged at once, and it is tried again."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.core.metrics import Metrics
from app.core.settings import Settings
from app.correlation.judge import judge
from app.db.models import Alert, Change, Event
from app.domain.time import to_micros
from app.worker.loop import Worker
from app.worker.round import RETRY_AFTER, next_revisit, run_round
from tests.worker.conftest import Town, alert_document, instant

RETRY_S = RETRY_AFTER.total_seconds()


class Trouble:
    """Makes the judging of alerts at some moments fail, as a bug in the core would."""

    def __init__(self) -> None:
        self.moments: set[int] = set()
        self.failed = 0

    def at(self, seconds: float) -> None:
        self.moments.add(to_micros(instant(seconds)))

    def __call__(self, alerts: Any, *others: Any) -> Any:
        if self.moments & set(alerts.started_micros.tolist()):
            self.failed += 1
            raise ArithmeticError("a bug")
        return judge(alerts, *others)


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> Trouble:
    made = Trouble()
    monkeypatch.setattr("app.worker.round.judge", made)
    return made


@pytest.fixture
def worker(town: Town, settings: Settings) -> Worker:
    """A worker without its threads: work_off is its whole round."""
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    made = Worker(town.database, settings, town.clock, Metrics())
    made.work_off()
    return made


def waiting(town: Town) -> int:
    with town.database.read() as session:
        return session.scalar(select(func.count()).select_from(Change)) or 0


def is_judged(town: Town, key: str) -> bool:
    with town.database.read() as session:
        return key in {
            alert["external_id"]
            for document in session.scalars(select(Event.document))
            for alert in document["alerts"]
        }


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_others_are_judged_at_once_and_it_is_tried_again(
    town: Town, worker: Worker, trouble: Trouble, bad: int
) -> None:
    """Wherever it stands in the queue."""
    trouble.at(-bad * 100_000)
    for number in range(3):
        town.alert(f"A{number}", -number * 100_000)
    worker.work_off()
    assert [is_judged(town, f"A{number}") for number in range(3)] == [number != bad for number in range(3)]
    assert waiting(town) == 1
    failures = trouble.failed
    worker.work_off()
    assert trouble.failed == failures, "it waits, and nobody tries it again and again"
    town.clock.advance(RETRY_S - 1)
    worker.work_off()
    assert trouble.failed == failures
    town.clock.advance(1)
    worker.work_off()
    assert trouble.failed > failures
    assert waiting(town) == 1
    trouble.moments.clear()
    town.clock.advance(RETRY_S)
    worker.work_off()
    assert (waiting(town), is_judged(town, f"A{bad}")) == (0, True)


def test_what_comes_later_is_judged_while_it_waits(town: Town, worker: Worker, trouble: Trouble) -> None:
    trouble.at(0)
    town.alert("bad")
    worker.work_off()
    town.alert("good", -100_000)
    assert worker.work_off() == 1
    assert (is_judged(town, "good"), is_judged(town, "bad"), waiting(town)) == (True, False, 1)


def test_several_bad_ones_wait_each_by_itself(town: Town, worker: Worker, trouble: Trouble) -> None:
    for number in range(6):
        town.alert(f"A{number}", -number * 100_000)
        if number % 2:
            trouble.at(-number * 100_000)
    worker.work_off()
    assert [is_judged(town, f"A{number}") for number in range(6)] == [True, False] * 3
    assert waiting(town) == 3
    trouble.moments.clear()
    town.clock.advance(RETRY_S)
    worker.work_off()
    assert (waiting(town), is_judged(town, "A5")) == (0, True)


def test_an_incident_whose_time_has_come_and_that_fails_keeps_nobody_waiting(
    town: Town, worker: Worker, trouble: Trouble
) -> None:
    """It is no change, so no change must be put off for it; nor must other incidents."""
    town.alert("bad", 3_950)
    worker.work_off()
    trouble.at(3_950)
    town.clock.now = instant(50_100)
    town.alert("other", 50_000)
    town.alert("good", -100_000)
    worker.work_off()
    assert (is_judged(town, "good"), waiting(town)) == (True, 0)
    assert (town.verdict("bad"), town.verdict("other")) == ("pending", "pending")
    failures = trouble.failed
    town.alert("better", -200_000)
    worker.work_off()
    assert (is_judged(town, "better"), trouble.failed) == (True, failures)
    town.clock.now = instant(50_000 + 900 + 1_801)
    worker.work_off()
    assert trouble.failed > failures
    assert (town.verdict("bad"), town.verdict("other")) == ("pending", "indeterminate")
    trouble.moments.clear()
    town.clock.advance(RETRY_S)
    worker.work_off()
    assert town.verdict("bad") == "indeterminate"
    assert next_revisit(town.database) is None


@pytest.mark.slow
@pytest.mark.parametrize("bad", [50, 299])
def test_one_among_many_is_found_in_few_rounds(
    town: Town, worker: Worker, trouble: Trouble, bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int | None] = []

    def run(*arguments: Any, **options: Any) -> Any:
        counted.append(options["most"])
        return run_round(*arguments, **options)

    monkeypatch.setattr("app.worker.loop.run_round", run)
    town.deliver("sensors", *[alert_document(f"A{number}", -number * 2_000) for number in range(300)])
    trouble.at(-bad * 2_000)
    worker.work_off()
    assert len(counted) < 40
    assert waiting(town) == 1
    with town.database.read() as session:
        judged = session.scalar(select(func.count()).where(Alert.incident_id.is_not(None)))
    assert judged == 299


def test_a_database_that_is_away_is_no_reason_to_put_anything_off(
    town: Town, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.alert("A")

    def away(*_arguments: Any, **_options: Any) -> Any:
        raise OperationalError("SELECT 1", {}, Exception("the server is gone"))

    with monkeypatch.context() as patch:
        patch.setattr("app.worker.loop.run_round", away)
        with pytest.raises(OperationalError):
            worker.work_off()
    with town.database.read() as session:
        assert session.scalars(select(Change.retry_at)).all() == [None] * waiting(town)
    worker.work_off()
    assert is_judged(town, "A")


def test_a_command_that_judges_everything_does_not_wait_for_what_was_put_off(
    town: Town, worker: Worker, trouble: Trouble
) -> None:
    from app.worker.everything import correlate

    trouble.at(0)
    town.alert("bad")
    town.alert("good", -100_000)
    worker.work_off()
    assert waiting(town) == 1
    done = correlate(
        town.database,
        town.clock,
        town.zone_name,
        from_at=instant(-110_000),
        through_at=instant(-90_000),
        actor="test",
        progress=lambda *_: None,
    )
    assert done.changed == 0
    assert waiting(town) == 1
