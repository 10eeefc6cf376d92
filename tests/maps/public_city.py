"""A city for the public feed: incidents whose every exact value can be told from all others in an answer."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.core.settings import Settings
from app.db import Database
from app.db.models import Incident, Zone
from app.db.versions import keep_versions
from tests.conftest import Clock
from tests.incidents.conftest import put_incidents
from tests.records.conftest import Service, reopened

MIDNIGHT = datetime(2026, 6, 20, tzinfo=UTC)
NOW = datetime(2026, 7, 4, 12, 40, tzinfo=UTC)
FIRST_ID = 7_340_211
ROOT = "/public/ogc"
ITEMS = f"{ROOT}/collections/incidents/items"
# Each in one cell of 100 m, some metres apart.
CROWDED = [(-87.940113, 43.010517), (-87.940247, 43.010141), (-87.939589, 43.009823), (-87.940601, 43.010309)]
TWICE = [(-87.951217, 43.020131), (-87.951311, 43.020209)]
BURST = [(-87.931119, 43.015127)] * 3
ALONE = (-87.970713, 43.031339)
HARBOR = (-87.905531, 43.021717)


def at(days: float, hours: float = 0) -> datetime:
    """A time that no rounding leaves as it is."""
    return MIDNIGHT + timedelta(days=days, hours=hours, minutes=17, seconds=23, microseconds=457_913)


def incident(place: tuple[float, float] | None, started_at: datetime, **fields: Any) -> dict[str, Any]:
    """A row of the incidents; what is not told here is filled in by the city."""
    longitude, latitude = place or (None, None)
    return {"longitude": longitude, "latitude": latitude, "started_at": started_at, **fields}


def incidents() -> list[dict[str, Any]]:
    """Four in a crowded cell, two in another, three bursts of a night, some alone; and some that are kept."""
    hidden = {"longitude": CROWDED[0][0], "latitude": CROWDED[0][1], "started_at": at(5)}
    return [
        incident(CROWDED[0], at(0, 3), verdict="reported", rounds=1),
        incident(CROWDED[1], at(1, 3), rounds=4),
        incident(CROWDED[2], at(2, 4), rounds=40),
        incident(CROWDED[3], at(3, 4), verdict="indeterminate", rounds=None),
        incident(TWICE[0], at(1, 5), rounds=7),
        incident(TWICE[1], at(2, 5), rounds=7),
        *(incident(place, at(3, 6 + n / 10), rounds=9) for n, place in enumerate(BURST)),
        incident(ALONE, at(4, 7), rounds=3),
        incident(HARBOR, at(5, 8), verdict="reported", rounds=3),
        incident(None, at(6, 9), verdict="indeterminate", rounds=2),
        incident(None, at(7, 9), verdict="indeterminate", rounds=2),
        {**hidden, "verdict": "pending"},
        {**hidden, "verdict": "withdrawn"},
        {**hidden, "disposition": "unfounded"},
        {**hidden, "merged_into_id": FIRST_ID},
    ]


TOLD = 13


def fill(database: Database, rows: list[dict[str, Any]]) -> None:
    """Incidents, each known from the quarter of an hour after it, and three zones."""
    with database.write() as session:
        for kind, name, west, east in (
            ("district", "West", -88.1, -87.920001),
            ("district", "East", -87.920001, -87.8),
            ("neighborhood", "Harbor", -87.91, -87.9),
        ):
            ring = [[west, 42.9], [east, 42.9], [east, 43.1], [west, 43.1], [west, 42.9]]
            session.execute(
                insert(Zone).values(
                    kind=kind,
                    name=name,
                    geometry={"type": "Polygon", "coordinates": [ring]},
                    **{"west": west, "south": 42.9, "east": east, "north": 43.1},
                    properties={},
                    updated_at=MIDNIGHT,
                )
            )
        put_incidents(session, [_whole(number, row) for number, row in enumerate(rows)])


def _whole(number: int, row: dict[str, Any]) -> dict[str, Any]:
    started_at = row["started_at"]
    decided_at = started_at + timedelta(minutes=15, microseconds=11)
    return {
        "id": FIRST_ID + number,
        "number": f"2026-{FIRST_ID + number}",
        "address": f"{9000 + number} W SECRET_ST",
        "reason": f"because of Zebra {number}",
        "probability_reported": 0.031_234_5,
        "uncertainty_m": 23.71,
        "disposition": None,
        "merged_into_id": None,
        "verdict": "unreported",
        "ended_at": started_at + timedelta(seconds=2),
        "closes_at": decided_at,
        "decided_at": decided_at,
        "created_at": started_at + timedelta(seconds=31),
        "updated_at": decided_at,
        **row,
    }


def change(database: Database, incident_id: int, now: datetime, **values: Any) -> None:
    """Change an incident as the worker and analysts do, so that it is known how it was."""
    with database.write() as session:
        keep_versions(session, Incident.__table__, Incident.id == incident_id, now)
        session.execute(update(Incident).where(Incident.id == incident_id).values(**values, updated_at=now))


@contextmanager
def serving_public(
    settings: Settings, rows: list[dict[str, Any]], now: datetime = NOW, **public: Any
) -> Iterator[Service]:
    """A server with a public feed on an empty database, filled with incidents."""
    chosen = settings.model_copy(update={"public_enabled": True, **public})
    database = Database(chosen)
    fill(database, rows)
    database.dispose()
    with reopened(chosen, Clock(now), {}) as running:
        yield running


def items(service: Service, **query: Any) -> Any:
    """A page of the public feed."""
    answer = service.get(ITEMS, None, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def features(service: Service, **query: Any) -> list[dict[str, Any]]:
    """Features of one page, which must hold them all."""
    page = items(service, limit=1000, **query)
    assert [link for link in page["links"] if link["rel"] == "next"] == []
    return page["features"]  # type: ignore[no-any-return]


def city_settings(request: pytest.FixtureRequest, folder: Path) -> Settings:
    """Settings of an empty database for a module, of the kind that its fixture names."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("postgresql_kept").empty()
    else:
        path = folder / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
    return Settings(database_url=url, time_zone="America/Chicago", key_cache_s=0, _env_file=None)
