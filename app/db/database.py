"""One engine per process, and the two kinds of unit of work: reading and writing."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from types import ModuleType
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, Select, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.db.as_of import OPTION, shadow_tables
from app.db.dialect import postgresql, sqlite
from app.db.dialect.postgresql_quick import QuickReader
from app.db.turns import Turns
from app.db.wakeups import Stop, Wakeups

_DIALECT = "earshot_dialect"
# Set in the info of a session that appended events.
APPENDED_EVENTS = "earshot_appended_events"
OTHER_WRITERS_ASK_EVERY_S = 0.12


class Database:
    """Engines for writing and for reading, their dialect, and the wake-up of who waits for a commit here.

    Readers have connections of their own: those can change nothing, and however many are busy, the writer
    finds one. `patient` is for commands that may take long: none of their sessions is cut off.
    """

    def __init__(self, settings: Settings, *, patient: bool = False) -> None:
        url = make_url(settings.database_url)
        self.dialect: ModuleType = sqlite if url.get_backend_name() == "sqlite" else postgresql
        limits = None if patient else settings
        self.engine = _engine(settings, url, self.dialect, limits, writes=True)
        self.reading_engine = _engine(settings, url, self.dialect, limits, writes=False)
        self.quick: QuickReader | None = self.dialect.quick_reader(
            url, self.dialect.engine_options(url, limits, writes=False)
        )
        shadow_tables(self.reading_engine, self.dialect)
        self._alone = self.reading_engine.execution_options(**self.dialect.ALONE)
        self._turns = Turns()
        self._commits = Wakeups()
        self._event_commits = Wakeups()

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file of ours rather than a server of the operator's."""
        return self.dialect is sqlite

    @contextmanager
    def read(self, *, as_of: datetime | None = None) -> Iterator[Session]:
        """A session that sees one consistent state and changes nothing.

        `as_of`: the state as it was known then. Of sources, zones and cameras there is only today's.
        """
        engine = self.reading_engine
        if as_of is not None:
            engine = engine.execution_options(**{OPTION: as_of})
        info = {_DIALECT: self.dialect, OPTION: as_of}
        with Session(engine, autoflush=False, info=info) as session:
            yield session

    @contextmanager
    def read_once(self) -> Iterator[Connection]:
        """A connection for one statement: that sees one state by itself, without a transaction around it."""
        with self._alone.connect() as connection:
            yield connection

    @contextmanager
    def cursor_once(
        self, statement: Select[Any] | str, values: Mapping[str, Any] | None = None, *, binary: bool = False
    ) -> Iterator[Any]:
        """The driver's own cursor behind one statement, whose rows nobody turns into others.

        A text goes past SQLAlchemy, whose part takes longer than reading a few rows: its values are `bound`,
        and its rows can cross over as the database has them, which is less where they hold bytes.
        """
        if not isinstance(statement, str):
            with self.read_once() as connection:
                yield connection.execute(statement, values).cursor
            return
        engine = self.reading_engine
        pooled = engine.raw_connection()
        driver: Any = engine.dialect.dbapi
        try:
            yield self.dialect.FEATURES.run_alone(
                pooled.driver_connection, statement, values or {}, binary=binary
            )
        except driver.Error as error:
            is_lost = engine.dialect.is_disconnect(error, pooled, None)
            if is_lost:
                pooled.invalidate(error)
                # The others were lost with it.
                engine.dispose()
            raise DBAPIError.instance(
                statement, (), error, driver.Error, hide_parameters=True, connection_invalidated=is_lost
            ) from error
        finally:
            pooled.close()

    def state(self) -> str | None:
        """What stays the same until something is committed; None where that cannot be told."""
        if self.dialect.STATE is None:
            return None
        with self.cursor_once(self.dialect.STATE) as cursor:
            told: str | None = cursor.fetchone()[0]
            return told

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed at the end of the block, or not at all."""
        info = {_DIALECT: self.dialect}
        opened = Session(self.engine, autoflush=False, expire_on_commit=False, info=info)
        turn = self._turns.mine() if self.is_embedded else nullcontext()
        with turn, opened as session, session.begin():
            yield session
        self.announce()
        if opened.info.get(APPENDED_EVENTS):
            self.announce_events()

    def yield_to_others(self) -> None:
        """Between many commits in a row: let another process's writer ask for the embedded database."""
        if self.is_embedded:
            time.sleep(OTHER_WRITERS_ASK_EVERY_S)

    def announce(self) -> None:
        """Wake whoever waits in this process: something was committed."""
        self._commits.announce()

    def wait_for_commit(self, seen: int, timeout_s: float) -> int:
        """Return the count of commits once it differs from `seen`, or after the timeout."""
        return self._commits.wait(seen, timeout_s)

    def listen(self, stop: Stop) -> None:
        """Turn other processes' commits into `announce` until stopped (a hint; polling is the truth)."""
        self.dialect.listen(self.engine, self.dialect.CHANGES, self.announce, stop)

    def announce_events(self) -> None:
        """Wake whoever reads the event log in this process."""
        self._event_commits.announce()

    def wait_for_events(self, seen: int, timeout_s: float) -> int:
        """As `wait_for_commit`, of commits that appended events."""
        return self._event_commits.wait(seen, timeout_s)

    def listen_for_events(self, stop: Stop) -> None:
        """As `listen`, of commits that appended events."""
        self.dialect.listen(self.engine, self.dialect.EVENTS, self.announce_events, stop)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.reading_engine.dispose()
        self.engine.dispose()


def dialect_of(session: Session) -> ModuleType:
    """The dialect module of the database that a session of ours talks to."""
    dialect: ModuleType = session.info[_DIALECT]
    return dialect


def as_of(session: Session) -> datetime | None:
    """The time whose knowledge a session of ours shows; None: it shows what is known now."""
    moment: datetime | None = session.info.get(OPTION)
    return moment


def rows_as_dicts(result: Any) -> list[dict[str, Any]]:
    """The rows of a Core select as plain dictionaries."""
    return [dict(row) for row in result.mappings()]


def _engine(
    settings: Settings, url: URL, dialect: ModuleType, limits: Settings | None, *, writes: bool
) -> Engine:
    engine = create_engine(
        url.set(drivername=dialect.DRIVER),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_s,
        # The connection used last knows its statements best.
        pool_use_lifo=True,
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        **dialect.engine_options(url, limits, writes=writes),
    )
    dialect.prepare_engine(engine, writes=writes)
    return engine
