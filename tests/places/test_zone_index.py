"""The zones as the worker has them: drawn once, and anew when one is another."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.db import Database
from app.domain.vocabulary import ZoneKind
from app.places import zones
from app.places.zone_import import import_zones
from tests.places.conftest import collection, square

AT = datetime(2026, 7, 4, tzinfo=UTC)


def _bring(database: Database, *features: Any) -> None:
    with database.write() as session:
        import_zones(
            session,
            orjson.dumps(collection(*features)),
            kind=ZoneKind.NEIGHBORHOOD,
            name_property=None,
            actor="test",
            now=AT,
        )


def test_zones_are_drawn_once_and_anew_when_one_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    real = zones.shape
    monkeypatch.setattr(zones, "shape", lambda told: drawn.append(told) or real(told))

    def load() -> zones.ZoneIndex:
        with database.write() as session:
            return zones.load_zone_index(session)

    _bring(database, square(0, "East"), square(1, "West"))
    first = load()
    assert load() is first
    assert len(drawn) == 2
    _bring(database, square(2, "West"))
    moved = load()
    assert (first.names, moved.names, len(drawn)) == (("East", "West"), ("East", "West"), 4)
    _bring(database, square(3, "North"))
    assert load().names == ("East", "North", "West")
