"""What is posted and what is answered: one record, arrays, repeats and revisions."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.adapters import preset_text
from app.db.models import Alert, AlertRevision, Call, Change, CoveredStretch, Source
from app.domain.revisions import number_of
from app.domain.vocabulary import SourceKind
from tests.conftest import Clock
from tests.intake.conftest import ALERT, CALL, Service


def result(external_id: str, identity: str | None, status: str, **more: Any) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "id": identity,
        "status": status,
        "warnings": [],
        "errors": [],
        **more,
    }


def test_one_alert_is_answered_as_one(service: Service) -> None:
    answer = service.post("alerts/sensors", json=ALERT)
    stored = service.one(Alert, "A-1")
    assert (answer.status_code, answer.json()) == (202, result("A-1", str(stored.id), "accepted"))
    assert answer.headers["content-type"] == "application/json"
    assert (stored.rounds, stored.longitude, stored.status) == (3, -87.94, "active")


def test_an_array_is_answered_in_its_order(service: Service) -> None:
    sent = [{**ALERT, "external_id": name} for name in ("B", "A", "C")]
    answer = service.post("alerts/sensors", json=sent)
    assert answer.status_code == 202
    assert [item["external_id"] for item in answer.json()["results"]] == ["B", "A", "C"]
    for item in answer.json()["results"]:
        assert item["id"] == str(service.one(Alert, item["external_id"]).id)


def test_an_empty_array_is_nothing_to_complain_about(service: Service) -> None:
    answer = service.post("alerts/sensors", json=[])
    assert (answer.status_code, answer.json()) == (202, {"results": []})


@pytest.mark.parametrize(("route", "record"), [("alerts/sensors", ALERT), ("calls/cad", CALL)])
def test_a_repeat_has_the_same_id_and_a_2xx(service: Service, route: str, record: dict[str, Any]) -> None:
    first = service.post(route, json=record).json()
    for _ in range(3):
        again = service.post(route, json=record)
        assert (again.status_code, again.json()) == (202, {**first, "status": "duplicate"})
    together = service.post(route, json=[record, record])
    assert [item["id"] for item in together.json()["results"]] == [first["id"]] * 2
    assert sum(service.counts) == 1


def test_a_record_twice_in_one_array(service: Service) -> None:
    answer = service.post("alerts/sensors", json=[ALERT, ALERT, {**ALERT, "revision": 1}, ALERT])
    found = answer.json()["results"]
    assert [item["status"] for item in found] == ["accepted", "duplicate", "revised", "stale"]
    assert len({item["id"] for item in found}) == 1


def test_the_same_moment_in_another_spelling_is_a_repeat(service: Service) -> None:
    service.post("alerts/sensors", json=ALERT)
    respelled = {**ALERT, "started_at": "2026-07-04T06:00:00.000-05:00", "rounds": "3", "unknown": 1}
    assert service.post("alerts/sensors", json=respelled).json()["status"] == "duplicate"


def test_a_revision_replaces_and_an_older_one_is_stale(service: Service) -> None:
    service.post("alerts/sensors", json={**ALERT, "revision": 2})
    assert (
        service.post("alerts/sensors", json={**ALERT, "revision": 5, "rounds": 9}).json()["status"]
        == "revised"
    )
    assert (
        service.post("alerts/sensors", json={**ALERT, "revision": 3, "rounds": 1}).json()["status"] == "stale"
    )
    stored = service.one(Alert, "A-1")
    assert (stored.rounds, number_of(stored.revision)) == (9, 5)
    with service.database.read() as session:
        kept = session.execute(
            select(AlertRevision.revision, AlertRevision.outcome).order_by(AlertRevision.id)
        )
        assert [(number_of(row[0]), row[1]) for row in kept] == [
            (2, "accepted"),
            (5, "revised"),
            (3, "stale"),
        ]


def test_another_body_without_a_revision_is_kept_and_answered_conflict(service: Service) -> None:
    service.post("alerts/sensors", json=ALERT)
    for _ in range(2):
        answer = service.post("alerts/sensors", json={**ALERT, "rounds": 9})
        assert (answer.status_code, answer.json()["status"]) == (202, "conflict")
    assert service.one(Alert, "A-1").rounds == 3
    assert service.count(AlertRevision) == 2


def test_a_snapshot_source_believes_what_came_last(
    service: Service, feed: Callable[..., tuple[str, str]], clock: Clock
) -> None:
    mapping = 'updates = "snapshot"\n' + preset_text("generic-calls-json")
    service.keys["cad-poll"] = feed("cad-poll", SourceKind.CALLS, mapping)[0]
    service.post("calls/cad-poll", json=CALL)
    clock.advance(1)
    answer = service.post("calls/cad-poll", json={**CALL, "disposition": "ADV"})
    assert answer.json()["status"] == "revised"
    assert service.one(Call, "C-1").disposition == "ADV"
    clock.advance(1)
    assert service.post("calls/cad-poll", json={**CALL, "disposition": "ADV"}).json()["status"] == "duplicate"


def test_a_retraction_needs_only_the_id(service: Service) -> None:
    first = service.post("alerts/sensors", json=ALERT).json()
    answer = service.post("alerts/sensors", json={"external_id": "A-1", "status": "retracted"})
    assert answer.json() == {**first, "status": "revised"}
    stored = service.one(Alert, "A-1")
    assert (stored.status, stored.rounds) == ("retracted", 3)
    assert service.post("alerts/sensors", json=ALERT).json()["status"] == "stale"


def test_a_retraction_that_comes_first_waits_for_its_alert(service: Service) -> None:
    tombstone = service.post("alerts/sensors", json={"external_id": "A-1", "status": "retracted"})
    assert (tombstone.status_code, tombstone.json()["status"]) == (202, "accepted")
    answer = service.post("alerts/sensors", json=ALERT)
    assert answer.json() == {**tombstone.json(), "status": "accepted"}
    stored = service.one(Alert, "A-1")
    assert (stored.status, stored.rounds) == ("retracted", 3)


def test_a_mixed_array_is_207(service: Service) -> None:
    answer = service.post("alerts/sensors", json=[ALERT, {"external_id": "X"}, 7])
    assert answer.status_code == 207
    good, no_time, no_object = answer.json()["results"]
    assert (good["status"], no_time["status"], no_object["status"]) == ("accepted", "rejected", "rejected")
    assert (no_time["external_id"], no_time["id"]) == ("X", None)
    assert no_time["errors"] == [{"pointer": "/started_at", "reason": "is missing"}]
    assert service.counts == (1, 0, 2)


def test_one_unusable_record_is_422_with_its_reasons(service: Service) -> None:
    answer = service.post("alerts/sensors", json={"rounds": 3})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:earshot:problem:unusable-record"
    assert {error["pointer"] for error in problem["errors"]} == {"/external_id", "/started_at"}
    assert service.counts == (0, 0, 1)


def test_what_is_wrong_in_a_field_is_a_warning(service: Service) -> None:
    answer = service.post("alerts/sensors", json={**ALERT, "latitude": 91, "rounds": -1})
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert {item["pointer"] for item in answer.json()["warnings"]} == {"/latitude", "/longitude", "/rounds"}
    stored = service.one(Alert, "A-1")
    assert (stored.latitude, stored.longitude, stored.rounds) == (None, None, None)
    assert len(stored.warnings) == 3


def test_what_the_mapping_leaves_out_is_skipped(
    service: Service, feed: Callable[..., tuple[str, str]]
) -> None:
    mapping = "where = \"nature_code != 'TRAFFIC'\"\n" + preset_text("generic-calls-json")
    service.keys["cad-2"] = feed("cad-2", SourceKind.CALLS, mapping)[0]
    answer = service.post("calls/cad-2", json=[{**CALL, "nature_code": "TRAFFIC"}, CALL])
    assert answer.status_code == 202
    assert [item["status"] for item in answer.json()["results"]] == ["skipped", "accepted"]
    alone = service.post("calls/cad-2", json={**CALL, "nature_code": "TRAFFIC"})
    assert (alone.status_code, alone.json()["status"]) == (202, "skipped")
    assert service.counts == (0, 1, 0)


def test_a_change_is_left_for_the_worker_in_the_same_commit(service: Service) -> None:
    service.post("alerts/sensors", json=ALERT)
    assert service.count(Change) == 1
    service.post("alerts/sensors", json=ALERT)
    assert service.count(Change) == 1


def test_lines_are_taken_from_alert_feeds_too(service: Service) -> None:
    body = b"\n".join([orjson.dumps(ALERT), b"broken", orjson.dumps({**ALERT, "external_id": "A-2"})])
    answer = service.post("alerts/sensors", content=body, headers={"content-type": "application/x-ndjson"})
    assert [item["status"] for item in answer.json()["results"]] == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize("members", [1, 3])
def test_a_gzip_body(service: Service, members: int) -> None:
    body = orjson.dumps([{**ALERT, "external_id": f"A-{number}"} for number in range(9)])
    size = len(body) // members + 1
    packed = b"".join(gzip.compress(body[start : start + size]) for start in range(0, len(body), size))
    answer = service.post("alerts/sensors", content=packed, headers={"content-encoding": "gzip"})
    assert answer.status_code == 202
    assert service.counts == (9, 0, 0)


@pytest.mark.parametrize(
    ("preset", "content_type", "body"),
    [
        (
            "generic-calls-csv",
            "text/csv",
            b"external_id,received_at,longitude,latitude\nX,2026-07-04T11:00:00Z,-87.9,43.0\n",
        ),
        (
            "generic-calls-csv",
            None,
            b"external_id,received_at,longitude,latitude\r\nX,2026-07-04T11:00:00Z,-87.9,43.0",
        ),
        (
            "generic-calls-geojson",
            "application/geo+json",
            b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",'
            b'"coordinates":[-87.9,43.0]},"properties":{"external_id":"X","received_at":"2026-07-04T11:00:00Z"}}]}',
        ),
        (
            "xml",
            "application/xml",
            b'<?xml version="1.0"?><export><call id="X"><at>2026-07-04T11:00:00Z</at>'
            b'<pos lon="-87.9" lat="43.0"/></call></export>',
        ),
    ],
)
def test_other_formats_by_mapping(
    service: Service,
    feed: Callable[..., tuple[str, str]],
    preset: str,
    content_type: str | None,
    body: bytes,
) -> None:
    mapping = XML_MAPPING if preset == "xml" else preset_text(preset)
    service.keys["other"] = feed("other", SourceKind.CALLS, mapping)[0]
    headers = {"content-type": content_type} if content_type else {}
    answer = service.post("calls/other", content=body, headers=headers)
    assert [item["status"] for item in answer.json()["results"]] == ["accepted"], answer.text
    stored = service.one(Call, "X")
    assert (stored.longitude, stored.latitude) == (-87.9, 43.0)


XML_MAPPING = """
kind = "calls"
format = "xml"
records = "export.call"
[fields]
external_id = "id"
received_at = "at"
longitude = "pos.lon"
latitude = "pos.lat"
"""


def test_a_heartbeat_says_up_to_when_a_feed_is_complete(service: Service) -> None:
    answer = service.post("sources/cad/heartbeat", json={"through": "2026-07-04T06:30:00-05:00"})
    assert (answer.status_code, answer.json()) == (
        202,
        {"source": "cad", "through": "2026-07-04T11:30:00.000Z"},
    )
    for _ in range(2):
        service.post("sources/cad/heartbeat", json={"through": "2026-07-04T11:30:00Z"})
    with service.database.read() as session:
        source = session.scalars(select(Source).where(Source.name == "cad")).one()
        assert source.last_received_at is not None
        said = session.scalars(select(CoveredStretch)).one()
        assert said.from_at == said.through_at == datetime(2026, 7, 4, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'"2026-07-04T11:30:00Z"', 422),
        (b'{"through": 5}', 422),
        (b'{"through": null}', 422),
        (b'{"through": ["2026-07-04T11:30:00Z"]}', 422),
        (b'{"through": "2026-07-04T11:30:00"}', 422),
        (b'{"through": "1969-12-31T23:59:59Z"}', 422),
        (b'{"through": "0001-01-01T00:00:00Z"}', 422),
        (b'{"through": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b"\xff", 400),
        (b"x" * 10_000_001, 413),
    ],
)
def test_a_heartbeat_that_cannot_be_read(service: Service, body: bytes, status: int) -> None:
    answer = service.post("sources/cad/heartbeat", content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.count(Change) == 0
    assert service.count(CoveredStretch) == 0
