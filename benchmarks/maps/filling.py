"""A city of incidents for maps to show: the same rows in every database."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from app.core.settings import Settings
from app.db import Database
from app.db.models import Incident, IncidentZone, Rules, Zone

WEST, SOUTH, SPAN_DEG = -88.1, 42.9, 0.3
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
YEARS = 5
_VERDICTS = ("reported", "unreported", "unreported", "unreported", "pending", "indeterminate")
_ZONES = 20
_AT_ONCE = 10_000


def fill(url: str, count: int) -> None:
    """Put so many incidents in so many years into an empty database, each in one of twenty zones."""
    database = Database(Settings(database_url=url, _env_file=None), patient=True)
    chance = random.Random(5)
    with database.write() as session:
        session.execute(insert(Rules).values(version="r-000000000000", document={}, created_at=BEGIN))
        session.execute(insert(Zone), [_zone(number) for number in range(1, _ZONES + 1)])
        for first in range(1, count + 1, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, count + 1))
            rows = [_incident(number, count, chance) for number in numbers]
            database.dialect.copy_rows(session, Incident.__table__, rows)
            links = [
                {"incident_id": number, "zone_id": 1 + number % _ZONES, "known_at": BEGIN}
                for number in numbers
            ]
            database.dialect.copy_rows(session, IncidentZone.__table__, links)
    autocommit = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("ANALYZE" if database.is_embedded else "VACUUM ANALYZE"))
    database.dispose()


def _zone(number: int) -> dict[str, Any]:
    ring = [[-88.1, 42.9], [-87.8, 42.9], [-87.8, 43.2], [-88.1, 42.9]]
    return {
        "id": number,
        "kind": "district",
        "name": f"District {number}",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        **dict(zip(("west", "south", "east", "north"), (-88.1, 42.9, -87.8, 43.2), strict=True)),
        "properties": {},
        "updated_at": BEGIN,
    }


def _incident(number: int, count: int, chance: random.Random) -> dict[str, Any]:
    started_at = BEGIN + timedelta(days=365 * YEARS) * (number / count)
    started_at = started_at.replace(microsecond=number % 1000 * 1000)
    return {
        "id": number,
        "number": f"{started_at.year}-{number:07}",
        "founding_alert_id": number,
        "verdict": _VERDICTS[number % 6],
        "probability_reported": chance.random(),
        "needs_review": number % 7 == 0,
        "reason": "No citizen call within 15 min and 2,000 m explains it; call feed complete to 02:31:40.",
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=4),
        "published_at": started_at + timedelta(seconds=40),
        "closes_at": started_at + timedelta(minutes=15),
        "decided_at": started_at + timedelta(minutes=20),
        "longitude": WEST + chance.random() * SPAN_DEG,
        "latitude": SOUTH + chance.random() * SPAN_DEG,
        "uncertainty_m": 25.0,
        "address": f"{number % 4000} W CENTER ST",
        "rounds": 1 + number % 20,
        "classification": "multiple_gunshots",
        "alert_count": 1,
        "call_count": number % 3,
        "cad_record_count": 1,
        "rules_version": "r-000000000000",
        "window_covered": True,
        "created_at": started_at,
        "updated_at": started_at,
    }
