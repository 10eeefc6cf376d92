"""Two that write the same records at one moment take their locks in one order: neither waits for ever."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import SourceKind
from app.intake.parse import parse_batch
from app.intake.store import reject_rows, store_items, store_rejects
from app.sources.feeds import load_feed
from tests.conftest import NOW
from tests.intake.conftest import ALERT, CALL
from tests.intake.test_group_commit import _key

KIND = {"sensors": SourceKind.ALERTS, "cad": SourceKind.CALLS}
NUMBERS = range(21)
MIDDLE = [10]
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class StoppedError(Exception):
    """Nothing of the transaction stays."""


def write(database: Database, source: str, records: Iterable[dict[str, Any]]) -> None:
    with database.write() as session:
        store(session, source, records)


def hold(database: Database, source: str, records: Iterable[dict[str, Any]], held: threading.Event) -> None:
    """Take the locks, say so, and give them up when two others wait."""
    with suppress(StoppedError), database.write() as session:
        store(session, source, records)
        held.set()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with database.read() as other:
                if (other.scalar(WAITING) or 0) >= 2:
                    raise StoppedError
            time.sleep(0.01)
        raise AssertionError("nobody waits")


def store(session: Session, source: str, records: Iterable[dict[str, Any]]) -> None:
    feed = load_feed(session, source, NOW)
    batch = parse_batch(feed, orjson.dumps(list(records)), None, NOW, len(NUMBERS))
    store_items(session, batch.items, now=NOW, pushed=True)
    # As of several deliveries, in the order in which they came.
    rows = [
        row
        for refused in batch.refusals
        for row in reject_rows(feed, [refused], origin="webhook", content_type=None, now=NOW)
    ]
    store_rejects(session, rows)


@pytest.mark.postgis
@pytest.mark.parametrize("source", list(KIND))
@pytest.mark.parametrize("what", ["new", "known", "rejected"])
def test_opposite_orders_do_not_wait_for_each_other(
    postgresql_settings: Settings, source: str, what: str
) -> None:
    """A third holds the middle, so that each has half when it lets go; a ring would end in an error."""
    database = Database(postgresql_settings)
    _key(database, source, KIND[source])
    good = ALERT if KIND[source] is SourceKind.ALERTS else CALL

    def records(numbers: Iterable[int], revision: int) -> list[dict[str, Any]]:
        names = [f"R-{number:02}" for number in numbers]
        if what == "rejected":
            return [{"external_id": name} for name in names]
        return [{**good, "external_id": name, "revision": revision} for name in names]

    if what == "known":
        write(database, source, records(NUMBERS, 1))
    held = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        third = pool.submit(hold, database, source, records(MIDDLE, 2), held)
        assert held.wait(20)
        both = [
            pool.submit(write, database, source, records(numbers, 3))
            for numbers in (NUMBERS, reversed(NUMBERS))
        ]
        for one in (third, *both):
            one.result()
    database.dispose()
