"""A change over many years needs no more locks than a server has room for."""

from datetime import UTC, datetime

from app.db import Database
from app.db.models import Change
from app.worker.round import changes_waiting, run_round
from tests.conftest import NOW


def test_a_stretch_of_decades_takes_no_lock_for_each_hour(database: Database) -> None:
    with database.write() as session:
        begin = datetime(1971, 1, 1, tzinfo=UTC)
        session.add(Change(kind="coverage", from_at=begin, through_at=NOW))
    while run_round(database, NOW, "UTC").more:
        pass
    assert changes_waiting(database) == 0
