"""An edition of the public feed: a small database that holds nothing but what everybody may know.

Requests are answered from it alone, so that no filter, order or box can ask after anything exact. It is made
once an hour, of what was known a delay before that hour, so that all servers, and one that is started anew,
make the same.
"""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

from app.core.settings import Settings
from app.db import Database
from app.db.dialect import sqlite
from app.maps.collections import Collection
from app.maps.extents import Extents
from app.maps.public.coarse import made_coarse, public_rows
from app.maps.public.grid import Grid
from app.maps.public.incidents import EditionBase, PublicIncident
from app.maps.public.queries import read_incidents
from app.maps.sites import OpenSite
from app.places.zones import load_zone_index

ROOT = "/public/ogc"
READERS = 2
LONGEST_ANSWER_S = 3.0
# By then the window for calls and the wait for the feeds are over (45 min unless the rules say otherwise), so
# that the incidents of an hour appear together: one that appeared later would tell its minute.
SETTLED_H = 2
_ROWS_AT_ONCE = 10_000
_HOUR = timedelta(hours=1)


class Edition:
    """What is told from an hour on, until the next edition. `close` deletes it."""

    def __init__(
        self, database: Database, settings: Settings, collection: Collection, hour: datetime
    ) -> None:
        self.hour = hour
        self._folder = Path(mkdtemp(prefix="earshot-public-"))
        url = f"sqlite:///{self._folder / 'edition.db'}"
        self._database = Database(
            settings.model_copy(update={"database_url": url, "pool_size": READERS, "pool_timeout_s": 10})
        )
        try:
            self._write(database, settings)
        except BaseException:
            self.close()
            raise
        sqlite.limit_time(self._database.reading_engine, LONGEST_ANSWER_S)
        self.site = OpenSite(
            root=ROOT,
            database=self._database,
            extents=Extents(self._database),
            collections={collection.id: collection},
        )

    def close(self) -> None:
        """End its connections and take its file away."""
        self._database.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, database: Database, settings: Settings) -> None:
        known = self.hour - timedelta(hours=settings.public_delay_h)
        before = known - SETTLED_H * _HOUR
        grid = Grid(settings.public_cell_m)
        with database.read(as_of=known) as session:
            heard = read_incidents(session, before - timedelta(days=settings.public_days), before, known)
            zones = load_zone_index(session)
        incidents = made_coarse(heard, zones, grid, settings.public_least_count)
        rows = public_rows(incidents, grid, settings.zone)
        EditionBase.metadata.create_all(self._database.engine)
        with self._database.write() as session:
            while part := list(islice(rows, _ROWS_AT_ONCE)):
                sqlite.copy_rows(session, EditionBase.metadata.tables[PublicIncident.__tablename__], part)
        self._database.engine.dispose()


def hour_of(moment: datetime) -> datetime:
    """The whole hour, in UTC, in which a moment lies."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
