"""Who reads sees one state and changes nothing; a service's sessions end in time, a command's need not."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from starlette.testclient import TestClient

from app.access.keys import create_key
from app.core.settings import Settings
from app.db import Database
from app.db.models import Rules, Source
from app.domain.vocabulary import Role, SourceKind
from app.main import create_app
from tests.conftest import Clock

SHORT_S = 0.2
SLEEP = text("SELECT pg_sleep(0.5)")


def hurried(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"read_timeout_s": SHORT_S, "lock_timeout_s": SHORT_S, "idle_timeout_s": SHORT_S}
    )


@contextmanager
def opened(settings: Settings, *, patient: bool = False) -> Iterator[Database]:
    database = Database(settings, patient=patient)
    yield database
    database.dispose()


def stand_still(database: Database) -> None:
    with database.write() as session:
        database.dialect.lock_log(session, "events")
        time.sleep(2 * SHORT_S)


def test_a_reader_sees_one_state_though_others_write(
    database: Database, add_feed: Callable[..., str]
) -> None:
    count = select(func.count()).select_from(Source)
    with database.read() as session:
        assert session.scalar(count) == 0
        add_feed("cad", SourceKind.CALLS)
        assert session.scalar(count) == 0
    with database.read() as session:
        assert session.scalar(count) == 1


def test_a_reader_can_change_nothing(database: Database, clock: Clock) -> None:
    row = {"version": "r-1", "document": {}, "created_at": clock()}
    with pytest.raises(DBAPIError, match=r"read-?only"), database.read() as session:
        session.execute(insert(Rules).values(**row))
    with database.write() as session:
        session.execute(insert(Rules).values(**row))
    with database.read() as session:
        assert session.scalars(select(Rules.version)).all() == ["r-1"]


def test_readers_leave_the_writer_its_connection(settings: Settings) -> None:
    with opened(settings.model_copy(update={"pool_size": 1})) as database, database.read() as reading:
        reading.execute(select(Source.id))
        with database.write() as writing:
            assert writing.scalar(select(func.count()).select_from(Source)) == 0


@pytest.mark.postgis
def test_a_query_of_a_service_ends_in_time(postgresql_settings: Settings) -> None:
    with opened(hurried(postgresql_settings)) as database:
        with pytest.raises(OperationalError, match="statement timeout"), database.read() as session:
            session.execute(SLEEP)
        with database.write() as session:
            session.execute(SLEEP)


@pytest.mark.postgis
def test_a_service_does_not_wait_for_a_lock_for_ever(postgresql_settings: Settings) -> None:
    with (
        opened(postgresql_settings) as holder,
        opened(hurried(postgresql_settings)) as database,
        holder.write() as holding,
    ):
        holder.dialect.lock_log(holding, "events")
        with pytest.raises(OperationalError, match="lock timeout"), database.write() as session:
            database.dialect.lock_log(session, "events")


@pytest.mark.postgis
def test_a_service_that_stands_still_loses_its_locks(postgresql_settings: Settings) -> None:
    with opened(hurried(postgresql_settings)) as database:
        with pytest.raises(InternalError, match="idle-in-transaction"):
            stand_still(database)
        with database.write() as session:
            database.dialect.lock_log(session, "events")


@pytest.mark.postgis
def test_a_patient_command_is_never_cut_off(postgresql_settings: Settings) -> None:
    with opened(hurried(postgresql_settings), patient=True) as database:
        with database.read() as session:
            session.execute(SLEEP)
        with database.write() as session:
            session.execute(SLEEP)
        stand_still(database)


@pytest.mark.postgis
def test_a_route_that_takes_too_long_is_a_503(
    postgresql_settings: Settings, clock: Clock, database_of_service: Database
) -> None:
    with database_of_service.write() as session:
        key = create_key(
            session,
            role=Role.ANALYST,
            source_name=None,
            name=None,
            scopes=None,
            expires_at=None,
            actor="test",
            now=clock(),
        )
    app = create_app(hurried(postgresql_settings), clock=clock, with_worker=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        with database_of_service.write() as session:
            session.execute(text("LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE"))
            slow = client.get("/v1/incidents", headers={"Authorization": f"Bearer {key}"})
        after = client.get("/v1/incidents", headers={"Authorization": f"Bearer {key}"})
    assert (slow.status_code, slow.headers["retry-after"]) == (503, "2")
    assert slow.json()["type"] == "urn:earshot:problem:busy"
    assert after.status_code == 200


@pytest.fixture
def database_of_service(postgresql_settings: Settings) -> Iterator[Database]:
    with opened(postgresql_settings) as database:
        yield database
