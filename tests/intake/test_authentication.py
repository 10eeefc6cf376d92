"""Who may send: the source's own key, or a signature over the very bytes. What does not fit is not stored."""

import gzip
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from app.access.keys import revoke_key
from app.adapters import preset_text
from app.core.settings import Settings
from app.db.models import Alert, AlertRevision, Call, Change, CoveredStretch, Import, Key, Reject, Source
from app.domain.vocabulary import Role, SourceKind
from app.sources.store import rotate_secret, set_disabled
from tests.conftest import NOW, Clock
from tests.intake.conftest import ALERT, CALL, Service

ROUTES = {
    "alerts/sensors": ALERT,
    "calls/cad": CALL,
    "sources/cad/heartbeat": {"through": "2026-07-04T11:00:00Z"},
}
BODY = orjson.dumps(ALERT)
EVERYTHING = (Alert, AlertRevision, Call, Change, CoveredStretch, Import, Reject)


@pytest.fixture
def untouched(service: Service) -> Any:
    """Says that nothing at all was stored."""

    def check() -> None:
        assert {model.__tablename__: service.count(model) for model in EVERYTHING} == {
            model.__tablename__: 0 for model in EVERYTHING
        }
        with service.database.read() as session:
            assert all(source.last_received_at is None for source in session.query(Source))

    return check


def sign(secret: str, body: bytes, clock: Clock, **changed: Any) -> dict[str, str]:
    """The headers of a signed webhook, as the standard's own library makes them."""
    sent_at = clock() + timedelta(seconds=changed.pop("late_s", 0))
    signature = Webhook(secret).sign("msg_1", sent_at, body.decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": signature,
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in headers.items() if value is not None}


def is_refused(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert ("www-authenticate" in answer.headers) is (status == 401)


def test_without_a_good_key_nothing_is_taken(
    service: Service, make_key: Callable[..., str], untouched: Callable[[], None], clock: Clock
) -> None:
    good = service.keys["sensors"]
    stranger = f"earshot_{'a' * 12}_{'b' * 43}"
    wrong = [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        f"Bearer {good}x",
        f"Bearer {good[:-1]}",
        f"Bearer {good[:-1]}é",
        f"Bearer {stranger}",
        f"Bearer {good} {good}",
        good,
        f"Token {good}",
        "Bearer " + "x" * 20_000,
        "Basic " + b64encode(f"x:{good}".encode()).decode(),
        "Basic \xe9",
        "Bearer \xff\xfe",
        "Bearer earshot_' OR 1=1 --",
    ]
    for route, body in ROUTES.items():
        for value in wrong:
            headers = {} if value is None else {"Authorization": value.encode("latin-1")}
            is_refused(service.client.post(f"/v1/{route}", json=body, headers=headers), 401)  # type: ignore[arg-type]
    untouched()


def test_only_the_sources_own_key_may_write(
    service: Service, make_key: Callable[..., str], feed: Callable[..., Any], untouched: Callable[[], None]
) -> None:
    feed("sensors-2", SourceKind.ALERTS)
    others = [make_key(Role.VENDOR, "sensors-2"), service.keys["cad"]]
    others += [make_key(role) for role in (Role.VIEWER, Role.ANALYST, Role.ADMIN)]
    others.append(make_key(Role.VENDOR, "sensors", scopes=[]))
    for key in others:
        headers = {"Authorization": f"Bearer {key}"}
        is_refused(service.client.post("/v1/alerts/sensors", json=ALERT, headers=headers), 403)
    is_refused(service.client.post("/v1/calls/cad", json=CALL, headers=service.bearer("sensors")), 403)
    is_refused(
        service.client.post("/v1/sources/cad/heartbeat", json={}, headers=service.bearer("sensors")), 403
    )
    untouched()


def test_an_unknown_source_is_told_only_to_who_has_a_key(
    service: Service, untouched: Callable[[], None], clock: Clock
) -> None:
    for path in ("alerts/{}", "calls/{}", "sources/{}/heartbeat"):
        for name in ("nobody", "No-One", "a" * 500, "%00", "%ff", "..%2f", "'", "\N{SNOWMAN}"):
            route = path.format(name)
            known = service.post(route, key="sensors", json=ALERT)
            assert known.status_code == 404, (route, known.text)
            unknown = service.client.post(f"/v1/{route}", json=ALERT, headers={"Authorization": "Bearer x"})
            assert unknown.status_code in (401, 404)
            if "%2f" not in name:
                is_refused(unknown, 401)
                is_refused(service.client.post(f"/v1/{route}", json=ALERT), 401)
                signed = sign("whsec_" + b64encode(b"x" * 32).decode(), BODY, clock)
                is_refused(service.client.post(f"/v1/{route}", content=BODY, headers=signed), 401)
    is_refused(service.post("calls/sensors", key="sensors", json=CALL), 403)
    untouched()


def test_an_expired_and_a_revoked_key(
    service: Service, make_key: Callable[..., str], clock: Clock, untouched: Callable[[], None]
) -> None:
    short = make_key(Role.VENDOR, "sensors", expires_at=clock() + timedelta(seconds=60))
    gone = make_key(Role.VENDOR, "sensors")
    with service.database.write() as session:
        revoke_key(session, gone.split("_")[1], actor="test", now=clock())
    is_refused(
        service.client.post("/v1/alerts/sensors", json=ALERT, headers={"Authorization": f"Bearer {gone}"}),
        401,
    )
    clock.advance(60)
    headers = {"Authorization": f"Bearer {short}"}
    is_refused(service.client.post("/v1/alerts/sensors", json=ALERT, headers=headers), 401)
    untouched()
    clock.advance(-1)
    assert service.client.post("/v1/alerts/sensors", json=ALERT, headers=headers).status_code == 202


def test_an_expired_key_is_not_remembered_as_good(
    service: Service, make_key: Callable[..., str], clock: Clock
) -> None:
    service.app.state.intake.keys._age_s = 60.0
    headers = {
        "Authorization": "Bearer "
        + make_key(Role.VENDOR, "sensors", expires_at=clock() + timedelta(seconds=9))
    }
    assert service.client.post("/v1/alerts/sensors", json=ALERT, headers=headers).status_code == 202
    clock.advance(9)
    is_refused(service.client.post("/v1/alerts/sensors", json=ALERT, headers=headers), 401)


def test_a_disabled_source_takes_nothing(
    service: Service, clock: Clock, untouched: Callable[[], None]
) -> None:
    with service.database.write() as session:
        for name in ("sensors", "cad"):
            set_disabled(session, name, disabled=True, actor="test", now=clock())
    for route, body in ROUTES.items():
        answer = service.post(route, json=body)
        is_refused(answer, 403)
        assert answer.json()["type"] == "urn:earshot:problem:source-disabled"
    untouched()
    with service.database.write() as session:
        set_disabled(session, "sensors", disabled=False, actor="test", now=clock())
    assert service.post("alerts/sensors", json=ALERT).status_code == 202


def test_a_signed_webhook(service: Service, feed: Callable[..., tuple[str, str]], clock: Clock) -> None:
    _, secret = feed("signed", SourceKind.ALERTS)
    for late_s in (0, -300, 300):
        answer = service.client.post(
            "/v1/alerts/signed", content=BODY, headers=sign(secret, BODY, clock, late_s=late_s)
        )
        assert answer.status_code == 202, answer.text
    several = sign(secret, BODY, clock)
    several["webhook-signature"] = (
        f"v1a,abc v1,{b64encode(b'x' * 32).decode()} {several['webhook-signature']}"
    )
    assert service.client.post("/v1/alerts/signed", content=BODY, headers=several).status_code == 202
    unusable = b'{"external_id": "X"}'
    answer = service.client.post("/v1/alerts/signed", content=unusable, headers=sign(secret, unusable, clock))
    assert answer.status_code == 422
    assert service.counts == (1, 0, 1)


def test_a_signature_is_over_bytes_whatever_they_spell(
    service: Service, feed: Callable[..., tuple[str, str]], clock: Clock
) -> None:
    mapping = 'encoding = "windows-1252"\n' + preset_text("generic-calls-csv")
    _, secret = feed("latin", SourceKind.CALLS, mapping)
    body = "external_id,received_at,address\nX,2026-07-04T11:00:00Z,Größe\n".encode("windows-1252")
    headers = sign(secret, b"", clock)
    signed = f"msg_1.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    headers["webhook-signature"] = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
    answer = service.client.post("/v1/calls/latin", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert service.one(Call, "X").address == "Größe"


def test_a_signed_heartbeat(service: Service, feed: Callable[..., tuple[str, str]], clock: Clock) -> None:
    _, secret = feed("signed", SourceKind.CALLS, require_signature=True)
    body = b'{"through": "2026-07-04T11:00:00Z"}'
    path = "/v1/sources/signed/heartbeat"
    assert service.client.post(path, content=body, headers=sign(secret, body, clock)).status_code == 202
    is_refused(service.client.post(path, content=body + b" ", headers=sign(secret, body, clock)), 401)


def test_a_signature_that_does_not_fit(
    service: Service,
    feed: Callable[..., tuple[str, str]],
    clock: Clock,
    untouched: Callable[[], None],
) -> None:
    _, secret = feed("signed", SourceKind.ALERTS)
    other = "whsec_" + b64encode(b"0" * 32).decode()
    right = sign(secret, BODY, clock)
    signature = right["webhook-signature"]
    wrong = [
        sign(other, BODY, clock),
        sign(secret, BODY + b" ", clock),
        sign(secret, BODY, clock, webhook_id="msg_2"),
        sign(secret, BODY, clock, late_s=-301),
        sign(secret, BODY, clock, late_s=301),
        sign(secret, BODY, clock, late_s=-86_400 * 400),
        *({name: value for name, value in right.items() if name != left_out} for left_out in right),
        *({name: value for name, value in right.items() if name == only} for only in right),
        *({**right, name: ""} for name in right),
    ]
    for text in (
        "v1",
        "v1,",
        ",",
        signature.removeprefix("v1,"),
        signature.replace("v1,", "v2,"),
        signature.replace("v1,", "V1,"),
        signature[:-1],
        signature + "A",
        "v1,!!!not base64!!!",
        "v1,é",
        "v1,\x7f",
        "v1," + "A" * 50_000,
        " ".join(["v1,AAAA"] * 5_000),
        signature.replace("v1,", "v1 "),
    ):
        wrong.append({**right, "webhook-signature": text})
    stamp = right["webhook-timestamp"]
    for text in (
        f"{stamp}.0",
        f"+{stamp}",
        f" {stamp} x",
        f"{stamp[:3]}_{stamp[3:]}",
        "-1",
        "NaN",
        "Infinity",
        "1e9",
        "0x10",
        "9" * 5_000,
        "99999999999999",
        "١٢٣".encode().decode("latin-1"),
        "now",
    ):
        wrong.append({**right, "webhook-timestamp": text})
    for headers in wrong:
        sent = {name: value.encode("latin-1") for name, value in headers.items()}
        is_refused(service.client.post("/v1/alerts/signed", content=BODY, headers=sent), 401)  # type: ignore[arg-type]
    big = orjson.dumps([{**ALERT, "external_id": str(number)} for number in range(2_000)])
    is_refused(service.client.post("/v1/alerts/signed", content=big, headers=right), 401)
    for body in (b"", b"\xff\xfe", b"{"):
        is_refused(service.client.post("/v1/alerts/signed", content=body, headers=right), 401)
    untouched()


def test_a_packed_body_is_signed_as_it_reads(
    service: Service, feed: Callable[..., tuple[str, str]], clock: Clock
) -> None:
    _, secret = feed("signed", SourceKind.ALERTS)
    headers = {**sign(secret, BODY, clock), "content-encoding": "gzip"}
    assert (
        service.client.post("/v1/alerts/signed", content=gzip.compress(BODY), headers=headers).status_code
        == 202
    )


def test_an_old_secret_is_good_for_a_day(
    service: Service, feed: Callable[..., tuple[str, str]], clock: Clock
) -> None:
    _, old = feed("signed", SourceKind.ALERTS)
    with service.database.write() as session:
        new = rotate_secret(session, "signed", actor="test", now=clock())

    def status(secret: str) -> int:
        headers = sign(secret, BODY, clock)
        found: int = service.client.post("/v1/alerts/signed", content=BODY, headers=headers).status_code
        return found

    assert (status(old), status(new)) == (202, 202)
    clock.advance(86_400 - 1)
    assert (status(old), status(new)) == (202, 202)
    clock.advance(1)
    assert (status(old), status(new)) == (401, 202)


def test_a_source_that_requires_signatures_takes_no_key_alone(
    service: Service, feed: Callable[..., tuple[str, str]], clock: Clock, untouched: Callable[[], None]
) -> None:
    key, secret = feed("strict", SourceKind.ALERTS, require_signature=True)
    bearer = {"Authorization": f"Bearer {key}"}
    is_refused(service.client.post("/v1/alerts/strict", content=BODY, headers=bearer), 401)
    both = {**bearer, **sign(secret, BODY + b" ", clock)}
    is_refused(service.client.post("/v1/alerts/strict", content=BODY, headers=both), 401)
    untouched()
    both = {**bearer, **sign(secret, BODY, clock)}
    assert service.client.post("/v1/alerts/strict", content=BODY, headers=both).status_code == 202


def test_a_revoked_key_lives_no_longer_than_the_cache(settings: Settings, service: Service) -> None:
    assert settings.key_cache_s == 0
    assert service.post("alerts/sensors", json=ALERT).status_code == 202
    with service.database.write() as session:
        session.execute(update(Key).values(revoked_at=NOW))
    is_refused(service.post("alerts/sensors", json=ALERT), 401)
