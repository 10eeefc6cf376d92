"""Events to read: incidents as rows, and what the log says of them; as a program, a process that writes some.

python -m tests.stream.events DATABASE_URL COUNT SEED
"""

import random
import sys
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from app.core.settings import Settings
from app.db import Database
from app.events import EventType, append_events
from app.events.store import NewEvent
from tests.conftest import NOW

INCIDENTS = 8


def document(incident_id: int, **fields: Any) -> dict[str, Any]:
    """An incident as the worker writes it into the log, with more in it than a viewer may see."""
    told = {
        "id": str(incident_id),
        "number": f"2026-{incident_id:06d}",
        "verdict": "pending",
        "probability_reported": 0.2,
        "needs_review": True,
        "reason": "",
        **dict.fromkeys(("started_at", "ended_at", "closes_at", "decided_at"), "2026-07-04T11:59:00.000Z"),
        "published_at": None,
        "longitude": -87.94,
        "latitude": 43.01,
        "uncertainty_m": 25.0,
        "address": "2534 N 40TH ST",
        "rounds": 3,
        "classification": "multiple_gunshots",
        **dict.fromkeys(("full_auto", "high_capacity", "multiple_shooters"), None),
        "zones": ["District 2"],
        "alerts": [{"id": "1", "source": "sensors", "external_id": f"a-{incident_id}"}],
        "alert_count": 1,
        "call_count": 1,
        "cad_record_count": 0,
        "first_call_lag_s": None,
        "disposition": None,
        "rules_version": "r",
        "updated_at": "2026-07-04T12:00:00.000Z",
        "calls": [{"caller": "Wilhelmina Quackenbush"}],
        "review": {"call_id": "7"},
    }
    return {**told, **fields}


def event(incident_id: int, type_: EventType = EventType.UPDATED, **fields: Any) -> NewEvent:
    """An event about an incident."""
    return NewEvent(
        type=type_,
        at=NOW,
        historical=fields.pop("historical", False),
        incident_id=incident_id,
        document=document(incident_id, **fields),
    )


def write(database: Database, events: Iterable[NewEvent]) -> None:
    """Append events in one transaction."""
    with database.write() as session:
        append_events(session, list(events))


def make_incidents(database: Database) -> None:
    """Rows for events to be about."""
    now = "0" if database.is_embedded else "'epoch'"
    statement = (
        "INSERT INTO incidents (number, founding_alert_id, verdict, needs_review, reason, started_at,"
        " ended_at, closes_at, decided_at, classification, alert_count, call_count, cad_record_count,"
        " rules_version, window_covered, created_at, updated_at)"
        f" VALUES (:number, 1, 'pending', false, '', {now}, {now}, {now}, {now}, 'test', 0, 0, 0, 'r', false,"
        f" {now}, {now})"
    )
    with database.write() as session:
        session.execute(
            text(f"INSERT INTO rules (version, document, created_at) VALUES ('r', '{{}}', {now})")
        )
        session.execute(text(statement), [{"number": str(number)} for number in range(INCIDENTS)])


def main() -> None:
    """Write events one by one or a few at once, in no particular rhythm."""
    database = Database(Settings(database_url=sys.argv[1], _env_file=None))
    left, chance = int(sys.argv[2]), random.Random(int(sys.argv[3]))
    while left:
        count = min(left, chance.choice((1, 1, 2, 9)))
        write(database, [event(chance.randint(1, INCIDENTS)) for _ in range(count)])
        left -= count
        time.sleep(chance.random() * 0.02)
    database.dispose()


if __name__ == "__main__":
    main()
