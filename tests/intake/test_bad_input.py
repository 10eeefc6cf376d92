"""Whatever is sent, it is answered in order: no 500, nothing invented, nothing lost, nothing kept twice."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from app.adapters import preset_text
from app.db.models import Alert, Call
from app.domain.vocabulary import SourceKind
from tests.intake.conftest import ALERT, CALL, Service

FORMATS = ("json", "ndjson", "csv", "geojson")
MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "xml": "application/xml",
}
XML = """
kind = "{kind}"
format = "xml"
records = "export.record"
[fields]
external_id = "external_id"
{time} = "{time}"
longitude = "longitude"
latitude = "latitude"
"""
KINDS = {SourceKind.ALERTS: ("started_at", ALERT), SourceKind.CALLS: ("received_at", CALL)}
PROBLEM = "application/problem+json"
ENDED = {200, 202, 207, 400, 413, 415, 422}


@pytest.fixture
def every_route(service: Service, feed: Callable[..., tuple[str, str]]) -> list[tuple[str, str, SourceKind]]:
    """(path, format, kind) for a feed of each kind in each format."""
    routes = []
    for kind, (time, _) in KINDS.items():
        for name in (*FORMATS, "xml"):
            mapping = (
                XML.format(kind=kind.value, time=time)
                if name == "xml"
                else preset_text(f"generic-{kind.value}-{name}")
            )
            source = f"{kind.value}-{name}"
            service.keys[source] = feed(source, kind, mapping)[0]
            routes.append((f"{kind.value}/{source}", name, kind))
    return routes


def is_answered(service: Service, answer: Any, what: object) -> None:
    """In one of the ways that the API names; a problem as a problem."""
    assert answer.status_code in ENDED, (what, answer.status_code, answer.text[:300])
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["status"] == answer.status_code


def bodies_of_rubbish() -> dict[str, bytes]:
    return {
        "nothing": b"",
        "blanks": b" \r\n\t ",
        "zeros": b"\0" * 100,
        "not UTF-8": b'{"external_id": "\xff\xfe", "started_at": "2026-07-04T11:00:00Z"}',
        "half a character": b'{"external_id": "\xc3',
        "UTF-16": '{"external_id": "A"}'.encode("utf-16"),
        "a mark alone": b"\xef\xbb\xbf",
        "open": b'{"external_id": "A"',
        "two documents": b'{"external_id": "A"} {"external_id": "B"}',
        "a comma too many": b'[{"external_id": "A"},]',
        "NaN": b'{"external_id": "A", "started_at": "2026-07-04T11:00:00Z", "rounds": NaN}',
        "Infinity": b'[{"external_id": "A", "latitude": -Infinity}]',
        "deep lists": b"[" * 100_000,
        "deep lists that close": b"[" * 5_000 + b"]" * 5_000,
        "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "a word": b"true",
        "a number": b"5",
        "a huge number": b"1" * 10_000,
        "a text": b'"A"',
        "null": b"null",
        "lists in lists": b'[[[]], [[1]], [null, true, 5, 1e400, -0.0, "x"]]',
        "bombs": b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><export>&b;</export>',
        "an outside entity": b'<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><export>&a;</export>',
        "another root": b"<other><record/></other>",
        "an empty export": b"<export/>",
        "deep elements": b"<export>" + b"<a>" * 50_000,
        "broken XML": b"<export><record></export>",
        "one column": b"external_id\nA\n",
        "quotes": b'external_id,started_at,received_at\n"A,2026',
        "columns twice": b"external_id,external_id,started_at,received_at\nA,B,C,D\n",
        "a long line": b"external_id,started_at,received_at\n" + b"x" * 200_000,
        "features missing": b'{"type": "FeatureCollection", "features": 5}',
        "a wrong geometry": b'{"type": "FeatureCollection", "features": [{"geometry": {"type": 1}}, 5]}',
    }


def test_rubbish_over_every_route_and_format(
    service: Service, every_route: list[tuple[str, str, SourceKind]]
) -> None:
    rubbish = bodies_of_rubbish()
    kept = (0, 0, 0)
    for _ in range(2):
        kept = service.counts
        for path, name, _kind in every_route:
            for place, (what, body) in enumerate(rubbish.items()):
                headers = {"content-type": MEDIA[name]} if place % 2 else {}
                is_answered(service, service.post(path, content=body, headers=headers), (path, what))
    assert service.counts == kept, "what is repeated is kept once"
    # Only the valid UTF-16 and the like could be records, and none of these has a time.
    assert kept[:2] == (0, 0)
    assert kept[2] > len(rubbish)


def as_body(name: str, records: list[dict[str, Any]]) -> bytes:
    """Records in a format; values that a table cannot hold in their JSON spelling."""
    if name == "json":
        return orjson.dumps(records)
    if name == "ndjson":
        return b"\n".join(orjson.dumps(record) for record in records)
    if name == "geojson":
        return orjson.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "geometry": {
                            "type": "Point",
                            "coordinates": [record.get("longitude"), record.get("latitude")],
                        },
                        "properties": record,
                    }
                    for record in records
                ],
            }
        )
    columns = sorted({column for record in records for column in record})
    if name == "csv":
        rows = [columns, *([_cell(record.get(column)) for column in columns] for record in records)]
        return "\r\n".join(
            ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
        ).encode()
    elements = "".join(
        "<record>" + "".join(f"<{n}>{_escaped(_cell(v))}</{n}>" for n, v in record.items()) + "</record>"
        for record in records
    )
    return f"<export>{elements}</export>".encode()


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# What is wrong with a field, whether the record is still taken, and whether its position survives.
FIELDS: list[tuple[dict[str, Any], bool, bool]] = [
    ({"external_id": None}, False, False),
    ({"external_id": ""}, False, False),
    ({"external_id": " "}, False, False),
    ({"external_id": "x" * 256}, False, False),
    ({"external_id": "x\ty"}, False, False),
    ({"external_id": {"a": 1}}, False, False),
    ({"external_id": [1]}, False, False),
    ({"external_id": True}, False, False),
    ({"external_id": 1.5}, False, False),
    ({"time": None}, False, False),
    ({"time": ""}, False, False),
    ({"time": "yesterday"}, False, False),
    ({"time": "2026-07-04T11:00:00"}, False, False),
    ({"time": "2026-07-04T12:05:01Z"}, False, False),
    ({"time": "2026-02-30T11:00:00Z"}, False, False),
    ({"time": "9999-12-31T23:59:60Z"}, False, False),
    ({"time": "1969-12-31T23:59:59Z"}, False, False),
    ({"time": 1_783_166_400}, False, False),
    ({"time": {"at": "2026-07-04T11:00:00Z"}}, False, False),
    ({"time": ["2026-07-04T11:00:00Z"]}, False, False),
    ({"time": "2026-07-04T12:05:00Z"}, True, True),
    ({"longitude": None, "latitude": None}, True, False),
    ({"longitude": None}, True, False),
    ({"latitude": 91}, True, False),
    ({"longitude": -181}, True, False),
    ({"longitude": 0, "latitude": 0}, True, False),
    ({"longitude": 43.03, "latitude": -97.94}, True, False),
    ({"latitude": "1e400"}, True, False),
    ({"latitude": "NaN"}, True, False),
    ({"longitude": "west"}, True, False),
    ({"longitude": True}, True, False),
    ({"longitude": [1]}, True, False),
    ({"longitude": "-87.94"}, True, True),
    ({"rounds": -1}, True, True),
    ({"rounds": 2**64 - 1}, True, True),
    ({"rounds": 1.5}, True, True),
    ({"rounds": "many"}, True, True),
    ({"revision": -1}, True, True),
    ({"revision": 2**63}, True, True),
    ({"classification": 5}, True, True),
    ({"shots": 5}, True, True),
    ({"shots": [{"offset_s": "x"}, 7, None]}, True, True),
    ({"status": "perhaps"}, True, True),
    ({"origin": [1]}, True, True),
    ({"line": {}}, True, True),
    ({"uncertainty_m": -5}, True, True),
    ({"address": "x" * 100_000}, True, True),
    ({"responders": {"a": 1}}, True, True),
    ({"narrative": "\n" * 30_000}, True, True),
    ({"caller": "Jane"}, True, True),
    ({"audio_url": "javascript:alert(1)"}, True, True),
]  # fmt: skip


def test_every_wrong_field_over_every_route_and_format(
    service: Service, every_route: list[tuple[str, str, SourceKind]]
) -> None:
    for path, name, kind in every_route:
        time, good = KINDS[kind]
        sent = []
        for number, (changes, taken, located) in enumerate(FIELDS):
            record = {**good, "external_id": f"{name}-{number}", **changes}
            if "time" in record:
                record[time] = record.pop("time")
            if name in ("csv", "xml") and any(
                isinstance(v, bool | float | list | dict) for v in changes.values()
            ):
                continue
            if name in ("csv", "xml") and changes.get("external_id") in ("", " "):
                continue  # there it is the same as null
            if name == "xml" and changes.get("external_id") == "x\ty":
                continue
            sent.append((record, taken, located))
        before = service.counts
        answer = service.post(
            path,
            content=as_body(name, [record for record, _, _ in sent]),
            headers={"content-type": MEDIA[name]},
        )
        found = (
            [orjson.loads(line) for line in answer.content.splitlines()]
            if answer.headers["content-type"] == MEDIA["ndjson"]
            else answer.json()["results"]
        )
        for (record, taken, located), told in zip(sent, found, strict=True):
            assert (told["status"] == "accepted") is taken, (path, record, told)
            assert bool(told["errors"]) is not taken
            if taken:
                stored = service.one(Alert if kind is SourceKind.ALERTS else Call, record["external_id"])
                assert (stored.longitude is not None) is (stored.latitude is not None) is located, (
                    path,
                    record,
                )
        after = service.counts
        assert after[2] - before[2] == sum(not taken for _, taken, _ in sent)
        assert sum(after[:2]) - sum(before[:2]) == sum(taken for _, taken, _ in sent)


ZONED = """
kind = "calls"
format = "json"
time_zone = "America/Chicago"
{more}
[fields]
external_id = "id"
received_at = "at"
"""


@pytest.mark.parametrize(("more", "twice"), [("", 422), ('ambiguous_time = "later"', 202)])
def test_hours_that_the_clock_change_skips_and_repeats(
    service: Service, feed: Callable[..., tuple[str, str]], more: str, twice: int
) -> None:
    service.keys["zoned"] = feed("zoned", SourceKind.CALLS, ZONED.format(more=more))[0]
    for name, at, status in (
        ("plain", "2026-03-08T01:30:00", 202),
        ("skipped", "2026-03-08T02:30:00", 422),
        ("repeated", "2025-11-02T01:30:00", twice),
        ("offset", "2026-03-08T02:30:00Z", 202),
    ):
        assert service.post("calls/zoned", json={"id": name, "at": at}).status_code == status, name


def test_other_methods_are_refused_as_problems(service: Service) -> None:
    for route in ("alerts/sensors", "calls/cad", "sources/cad/heartbeat"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            answer = service.client.request(method, f"/v1/{route}", headers=service.bearer("cad"))
            assert answer.status_code in ((403, 404, 405) if method == "GET" else (404, 405)), (method, route)
            assert answer.headers["content-type"] == PROBLEM


def test_one_bad_record_in_many_is_the_only_one_kept_back(service: Service) -> None:
    records: list[Any] = [{**ALERT, "external_id": f"A-{number}"} for number in range(300)]
    records[150] = {"external_id": "lost"}
    for _ in range(2):
        answer = service.post("alerts/sensors", json=records)
        assert answer.status_code == 207
        assert [place for place, item in enumerate(answer.json()["results"]) if item["errors"]] == [150]
    assert service.counts == (299, 0, 1)
    kept = service.rejects()[0]
    assert (kept.external_id, orjson.loads(kept.raw)) == ("lost", {"external_id": "lost"})
