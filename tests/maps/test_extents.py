"""Extents are read once a minute, not with every request."""

from datetime import datetime

from sqlalchemy import event

from app.maps.collections import COLLECTIONS
from app.maps.extents import Extents


def test_an_extent_is_remembered_until_it_is_old(maps):
    database = maps.client.app.state.database
    asked = []

    def count(_connection, _cursor, statement, *_):
        asked.extend([statement] * statement.startswith("SELECT"))

    event.listen(database.reading_engine, "before_cursor_execute", count)
    try:
        lasting, passing = Extents(database), Extents(database, remembered_s=0)
        first = lasting.of(COLLECTIONS["incidents"])
        assert lasting.of(COLLECTIONS["incidents"]) is first
        assert len(asked) == 1
        assert passing.of(COLLECTIONS["incidents"]) == passing.of(COLLECTIONS["incidents"]) == first
        assert len(asked) == 3
    finally:
        event.remove(database.reading_engine, "before_cursor_execute", count)
    west, south, east, north = first.box
    assert west < east
    assert south <= north
    assert all(isinstance(moment, datetime) for moment in first.times)
    assert lasting.of(COLLECTIONS["cameras"]).times is None
    assert lasting.of(COLLECTIONS["zones"]).times == (None, None)
