"""Where and when a collection's features are: found by reading all of them, so remembered for a while."""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from sqlalchemy import func, select

from app.db import Database
from app.maps.collections import Collection

REMEMBERED_S = 60.0


@dataclass(frozen=True, slots=True)
class Extent:
    """West, south, east, north in degrees, and the first and last time; None: there are none, or no end."""

    box: tuple[float, float, float, float] | None
    times: tuple[datetime | None, datetime | None] | None


class Extents:
    """The extents of a database's collections, at most `remembered_s` old."""

    def __init__(self, database: Database, remembered_s: float = REMEMBERED_S) -> None:
        self._database = database
        self._remembered_s = remembered_s
        self._known: dict[str, tuple[float, Extent]] = {}
        self._lock = Lock()

    def of(self, collection: Collection) -> Extent:
        """The extent of a collection; those who ask meanwhile wait for the one who reads."""
        with self._lock:
            found = self._known.get(collection.id)
            if found is None or monotonic() - found[0] >= self._remembered_s:
                found = (monotonic(), _read(self._database, collection))
                self._known[collection.id] = found
            return found[1]


def _read(database: Database, collection: Collection) -> Extent:
    model, temporal = collection.model, collection.temporal
    west, south, east, north = (
        (model.longitude, model.latitude, model.longitude, model.latitude)
        if collection.is_point
        else (model.west, model.south, model.east, model.north)
    )
    columns = [func.min(west), func.min(south), func.max(east), func.max(north)]
    if temporal is not None:
        columns += [func.min(temporal.begin), func.max(temporal.end)]
    with database.read_once() as connection:
        row = connection.execute(select(*columns).where(*collection.conditions)).one()
    box = (row[0], row[1], row[2], row[3]) if row[0] is not None else None
    return Extent(box, (row[4], row[5]) if temporal is not None else None)
