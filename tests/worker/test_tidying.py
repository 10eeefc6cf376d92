"""A running worker deletes what nobody may look at any more."""

from datetime import timedelta

from sqlalchemy import insert, select

from app.access.once import REMEMBERED_FOR
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.db import Database
from app.db.models import AnsweredRequest
from app.worker.loop import Worker
from tests.conftest import Clock


def test_old_answers_are_forgotten(settings: Settings, database: Database, clock: Clock) -> None:
    def answered(key: str, age: timedelta) -> dict[str, object]:
        plain = {"actor": "key:a", "digest": b"", "status": 201, "body": b"{}"}
        return {**plain, "key": key, "answered_at": clock() - age}

    week = REMEMBERED_FOR
    with database.write() as session:
        rows = [answered("old", week + timedelta(seconds=1)), answered("fresh", week - timedelta(seconds=1))]
        session.execute(insert(AnsweredRequest), rows)
    seen = database.wait_for_commit(0, 0)
    worker = Worker(database, settings, clock, Metrics())
    worker.start()
    database.wait_for_commit(seen, 30)
    worker.stop()
    with database.read() as session:
        assert session.scalars(select(AnsweredRequest.key)).all() == ["fresh"]
