"""Keys, roles and how a request presents one."""

import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, event, insert, select, update
from starlette.requests import Request
from starlette.testclient import TestClient

from app.access.guard import CallReader, Guard, IncidentReader, presented_key
from app.access.keys import KEY_PATTERN, KeyRing, create_key, list_keys, revoke_key
from app.access.roles import READ_CALLERS, allowed_scopes, default_scopes
from app.access.sessions import LockTimes, Sessions
from app.core.errors import InvalidParameterError
from app.core.http import install_error_handlers
from app.db import Database
from app.db.models import AuditEntry, Key
from app.domain.vocabulary import Role, SourceKind
from tests.conftest import Clock
from tests.feeds import add_feed


@pytest.fixture
def make(database: Database, clock: Clock) -> Any:
    with database.write() as session:
        for name, kind in (("sensors", SourceKind.ALERTS), ("cad", SourceKind.CALLS)):
            add_feed(session, name, kind, now=clock())

    def create(role: Role, source: str | None = None, **options: Any) -> str:
        given = {"scopes": None, "expires_at": None, "name": None, **options}
        with database.write() as session:
            return create_key(session, role=role, source_name=source, actor="t", now=clock(), **given)

    return create


def test_a_key_is_seen_once_and_kept_as_a_hash(database: Database, make: Any) -> None:
    key = make(Role.VIEWER, name="map")
    match = KEY_PATTERN.fullmatch(key)
    assert match is not None
    secret = match.group(2)
    with database.read() as session:
        stored = session.scalars(select(Key)).one()
        trail = session.scalars(select(AuditEntry)).all()
    assert secret.encode() not in stored.secret_hash
    assert len(stored.secret_hash) == 32
    assert trail[-1].action == "key.create"
    assert secret not in str([entry.detail for entry in trail])
    assert make(Role.VIEWER) != key


def test_a_good_key_names_its_holder(database: Database, make: Any, clock: Clock) -> None:
    ring = KeyRing(database, 0)
    vendor = ring.check(make(Role.VENDOR, "sensors"), clock())
    assert vendor is not None
    assert (vendor.role, vendor.source, vendor.scopes) == (
        Role.VENDOR,
        "sensors",
        default_scopes(Role.VENDOR),
    )
    viewer = ring.check(make(Role.VIEWER), clock())
    assert viewer is not None
    assert viewer.source is None
    assert viewer.actor == f"key:{viewer.key_id}"


def test_what_is_no_good_key(database: Database, make: Any, clock: Clock) -> None:
    ring = KeyRing(database, 0)
    key = make(Role.VIEWER)
    other = make(Role.VIEWER)
    head, secret = key[: len("earshot_") + 12], key[len("earshot_") + 13 :]
    other_head = other[: len("earshot_") + 12]
    for wrong in (
        "",
        "earshot",
        head,
        f"{head}_",
        f"{head}_{secret[:-1]}",
        f"{head}_{secret}=",
        f"{head}_{'A' * 43}",
        f"{other_head}_{secret}",
        f"{head.upper()}_{secret}",
        f" {key}",
        f"{key}\n",
        f"{key}\x00",
        "é" * 64,
    ):
        assert ring.check(wrong, clock()) is None, wrong
    assert ring.check(key, clock()) is not None


def test_revoked_and_expired_keys(database: Database, make: Any, clock: Clock) -> None:
    ring = KeyRing(database, 60)
    key = make(Role.VIEWER, expires_at=clock() + timedelta(hours=1))
    assert ring.check(key, clock()) is not None
    assert ring.cached(key, clock()) is not None
    assert ring.cached(key, clock() + timedelta(hours=1)) is None
    assert ring.check(key, clock() + timedelta(hours=1)) is None
    with database.write() as session:
        revoke_key(session, key.split("_")[1], actor="t", now=clock())
    assert ring.check(key, clock()) is None
    with database.read() as session:
        assert [key.revoked_at for key, _ in list_keys(session)] == [clock()]
    with pytest.raises(InvalidParameterError), database.write() as session:
        revoke_key(session, "nosuchkey", actor="t", now=clock())


def test_a_key_is_not_remembered_when_nothing_is_to_be(database: Database, make: Any, clock: Clock) -> None:
    ring = KeyRing(database, 0)
    key = make(Role.VIEWER)
    assert ring.check(key, clock()) is not None
    assert ring.cached(key, clock()) is None
    assert ring.cached("never seen", clock()) is None


def test_a_wrong_key_is_looked_up_once_in_a_moment(database: Database, make: Any, clock: Clock) -> None:
    looked_up = []
    event.listen(database.reading_engine, "before_cursor_execute", lambda *_: looked_up.append(1))
    ring = KeyRing(database, 0.2)
    key = make(Role.VIEWER)
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    looked_up.clear()
    assert [ring.check(wrong, clock()) for _ in range(3)] == [None] * 3
    once = len(looked_up)
    assert 0 < once <= 2
    assert ring.check(key, clock()) is not None, "a wrong secret does not lock out the right one"
    looked_up.clear()
    time.sleep(0.25)
    assert ring.check(wrong, clock()) is None
    assert len(looked_up) == once


def test_a_key_made_after_it_was_refused_is_good_within_that_moment(
    database: Database, make: Any, clock: Clock
) -> None:
    ring = KeyRing(database, 0.2)
    key = make(Role.VIEWER)
    with database.write() as session:
        made = dict(session.execute(select(Key.__table__)).mappings().one())
        session.execute(delete(Key))
    assert ring.check(key, clock()) is None
    with database.write() as session:
        session.execute(insert(Key).values(**made))
    assert ring.check(key, clock()) is None
    time.sleep(0.25)
    assert ring.check(key, clock()) is not None


def test_the_memory_for_wrong_keys_is_bounded(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.keys._MOST_REMEMBERED", 5)
    ring = KeyRing(database, 60)
    for number in range(12):
        assert ring.check(f"earshot_{'a' * 12}_{number:043d}", clock()) is None
    assert len(ring._refused) <= 5


@pytest.mark.parametrize(
    ("role", "source", "options"),
    [
        (Role.VENDOR, None, {}),
        (Role.VENDOR, "nobody", {}),
        (Role.VENDOR, "cad", {}),
        (Role.CAD, "sensors", {}),
        (Role.VIEWER, "sensors", {}),
        (Role.ADMIN, "sensors", {}),
        (Role.VIEWER, None, {"scopes": ["calls:read"]}),
        (Role.VENDOR, "sensors", {"scopes": ["calls:write"]}),
        (Role.VIEWER, None, {"scopes": ["everything"]}),
        (Role.VIEWER, None, {"expires_at": Clock()()}),
    ],
)
def test_keys_that_cannot_be(
    database: Database, make: Any, role: Role, source: str | None, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameterError):
        make(role, source, **options)
    with database.read() as session:
        assert session.scalars(select(Key)).all() == []


def test_a_key_can_do_no_more_than_its_role_today(database: Database, make: Any, clock: Clock) -> None:
    key = make(Role.VIEWER)
    with database.write() as session:
        session.execute(update(Key).values(scopes=["incidents:read", "places:read"]))
    principal = KeyRing(database, 0).check(key, clock())
    assert principal is not None
    assert principal.scopes == {"incidents:read"}


def test_nobody_sees_callers_unasked() -> None:
    assert all(READ_CALLERS not in default_scopes(role) for role in Role)
    assert {role for role in Role if READ_CALLERS in allowed_scopes(role)} == {Role.ANALYST, Role.ADMIN}
    assert all(default_scopes(role) <= allowed_scopes(role) for role in Role)
    assert default_scopes(Role.VIEWER) < default_scopes(Role.ANALYST) < default_scopes(Role.ADMIN)


def request(value: bytes | None, method: str = "GET") -> Request:
    headers = [] if value is None else [(b"authorization", value)]
    return Request({"type": "http", "method": method, "headers": headers})


@pytest.mark.parametrize(
    ("value", "method", "expected"),
    [
        (None, "GET", None),
        (b"", "GET", None),
        (b"Bearer", "GET", None),
        (b"Bearer  ", "GET", None),
        (b"Bearer KEY", "GET", "KEY"),
        (b"bearer   KEY ", "POST", "KEY"),
        (b"Basic " + b64encode(b"anyone:KEY"), "GET", "KEY"),
        (b"basic " + b64encode(b":KEY:x"), "HEAD", "KEY:x"),
        (b"Basic " + b64encode(b"anyone:KEY"), "POST", None),
        (b"Basic " + b64encode(b"\xff:KEY"), "GET", None),
        (b"Basic !!!", "GET", None),
        (b"Basic \xe9", "GET", None),
        (b"Basic \xff\xfe", "GET", None),
        (b"Digest KEY", "GET", None),
    ],
)
def test_how_a_key_is_presented(value: bytes | None, method: str, expected: str | None) -> None:
    assert presented_key(request(value, method)) == expected


@pytest.fixture
def guarded(database: Database, clock: Clock) -> Iterator[TestClient]:
    app = FastAPI()
    times = LockTimes(timedelta(minutes=30), timedelta(hours=12))
    app.state.guard = Guard(KeyRing(database, 0), Sessions(database, times, 0), clock)

    @app.get("/incidents")
    def incidents(principal: IncidentReader) -> str:
        return principal.role.value

    @app.get("/calls")
    def calls(principal: CallReader) -> str:
        return principal.role.value

    install_error_handlers(app)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_route_opens_to_who_has_its_scope(guarded: TestClient, make: Any) -> None:
    def statuses(key: str) -> tuple[int, int]:
        headers = {"Authorization": f"Bearer {key}"}
        basic = {"Authorization": "Basic " + b64encode(f"map:{key}".encode()).decode()}
        found = [guarded.get(path, headers=headers).status_code for path in ("/incidents", "/calls")]
        assert found == [guarded.get(path, headers=basic).status_code for path in ("/incidents", "/calls")]
        return found[0], found[1]

    assert statuses(make(Role.VIEWER)) == (200, 403)
    assert statuses(make(Role.ANALYST)) == (200, 200)
    assert statuses(make(Role.ADMIN)) == (200, 200)
    assert statuses(make(Role.ANALYST, scopes=["incidents:read"])) == (200, 403)
    assert statuses(make(Role.VENDOR, "sensors")) == (403, 403)
    assert statuses(make(Role.CAD, "cad")) == (403, 403)
    assert statuses("wrong") == (401, 401)
    refused = guarded.get("/incidents")
    assert refused.status_code == 401
    assert "Basic" in refused.headers["www-authenticate"]
