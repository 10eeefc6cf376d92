from pathlib import Path
from typing import Any

import orjson
import pytest

from app.adapters import BodyError, FeedMapping, Parsed, Refused, Unreadable, parse_body, preset_text
from tests.adapters.conftest import NOW

JSON = FeedMapping.from_toml(preset_text("generic-alerts-json"))
GEOJSON = FeedMapping.from_toml(preset_text("generic-alerts-geojson"))
XML = FeedMapping.from_toml(preset_text("shotspotter-xml"))
CSV = FeedMapping.from_toml(preset_text("generic-alerts-csv"))
WRAPPED = FeedMapping.from_toml(
    """
kind = "alerts"
format = "json"
records = "data.alerts"
[fields]
external_id = "id"
started_at = "t"
"""
)


@pytest.mark.parametrize(
    ("body", "elements", "single"),
    [
        (b'{"a": 1}', [{"a": 1}], True),
        (b' \n{"a": 1}\n', [{"a": 1}], True),
        (b'\xef\xbb\xbf{"a": 1}', [{"a": 1}], True),
        (b'[{"a": 1}, 2]', [{"a": 1}, 2], False),
        (b"[]", [], False),
        (b"5", [5], True),
        (b'{"a": 123456789012345678901234567890}', [{"a": 123456789012345678901234567890.0}], True),
        (b'{"a": "\\ud800"}', [{"a": "\ud800"}], True),
        (b'{"a": 1e999}', [{"a": "1e999"}], True),
    ],
)
def test_json(body: bytes, elements: list[Any], single: bool) -> None:
    assert parse_body(body, JSON, "application/json; charset=utf-8") == (elements, single)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too deeply"),
        (b"\x1f\x8b\x08", "not UTF-8"),
    ],
)
def test_malformed_json(body: bytes, reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        parse_body(body, JSON, "application/json")


def test_deep_but_finite_nesting_is_kept_shallow() -> None:
    deep = orjson.loads(b"[" * 900 + b"]" * 900)
    element = {"external_id": "A", "started_at": "2026-07-04T21:04:05Z", "extra": deep}
    result = JSON.apply(element, ordinal=0, line=None, now=NOW)
    assert isinstance(result, Parsed)
    assert b"nested too deeply" in orjson.dumps(result.raw)
    refused = JSON.apply({"extra": deep}, ordinal=0, line=None, now=NOW)
    assert isinstance(refused, Refused)
    assert b"nested too deeply" in refused.raw


def test_records_inside_an_envelope() -> None:
    assert parse_body(b'{"data": {"alerts": [{"id": 1}]}}', WRAPPED, None) == ([{"id": 1}], False)
    assert parse_body(b'{"data": {"alerts": {"id": 1}}}', WRAPPED, None) == ([{"id": 1}], False)
    assert parse_body(b'{"data": {"alerts": []}}', WRAPPED, None) == ([], False)
    two = b'[{"data": {"alerts": [1]}}, {"data": {"alerts": [2]}}, [[3]]]'
    assert parse_body(two, WRAPPED, None) == ([1, 2, [[3]]], False)
    with pytest.raises(BodyError, match=r"nothing at records = 'data\.alerts'"):
        parse_body(b'{"id": 1}', WRAPPED, None)


def test_geojson() -> None:
    feature = {"type": "Feature", "geometry": None, "properties": {}}
    one = orjson.dumps(feature)
    many = orjson.dumps({"type": "FeatureCollection", "features": [feature, feature]})
    assert parse_body(one, GEOJSON, "application/geo+json") == ([feature], True)
    assert parse_body(many, GEOJSON, "application/json") == ([feature, feature], False)
    with pytest.raises(BodyError, match="features"):
        parse_body(b'{"type": "FeatureCollection"}', GEOJSON, None)


def test_ndjson_by_content_type_keeps_going() -> None:
    body = b'\xef\xbb\xbf{"a": 1}\r\n\nnot json\n{"a": NaN}\n{"a": 2}'
    elements, single = parse_body(body, JSON, "application/x-ndjson")
    assert not single
    assert elements[0] == {"a": 1}
    assert elements[3] == {"a": 2}
    broken = elements[1]
    assert isinstance(broken, Unreadable)
    assert (broken.line, broken.raw) == (3, b"not json")
    refused = JSON.apply(broken, ordinal=1, line=3, now=NOW)
    assert isinstance(refused, Refused)
    assert "not JSON" in refused.errors[0].reason
    assert refused.raw == b"not json"
    assert "NaN" in elements[2].reason


def test_csv(data: Path) -> None:
    elements, single = parse_body((data / "generic-alerts-csv.csv").read_bytes(), CSV, None)
    assert not single
    assert elements[0]["external_id"] == "A-1"
    broken, _ = parse_body(b"external_id,started_at\n1\n", JSON, "text/csv")
    assert isinstance(broken[0], Unreadable)
    with pytest.raises(BodyError, match="external_id"):
        parse_body(b"a,b\n1,2\n", CSV, None)


@pytest.mark.parametrize("name", ["entity-bomb.xml", "external-entity.xml"])
def test_entities_are_refused(data: Path, name: str) -> None:
    with pytest.raises(BodyError, match="document type or an entity"):
        parse_body((data / name).read_bytes(), XML, "text/xml")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<a>", "not XML"),
        (b"<a/><b/>", "not XML"),
        (b"no xml", "not XML"),
        (b"<a>" * 65 + b"</a>" * 65, "deeper than 64"),
        (b"<a>" * 200_000, "deeper than 64"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "not XML|encoding"),
        (b"<a>\xff</a>", "not XML"),
        (b"<a>" + b"<b/>" * 100_001 + b"</a>", "more than 100000"),
        (b"<a>" + b"x" * (17 << 20), "more than 16 MB|not XML"),
    ],
)
def test_malformed_xml(body: bytes, reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        parse_body(body, XML, "application/xml")


def test_one_xml_document_is_one_record(data: Path) -> None:
    elements, single = parse_body((data / "shotspotter-xml.xml").read_bytes(), XML, None)
    assert single
    assert elements[0] == {
        "@name": "IALRT05",
        "id": "4711",
        "time": "2026-07-04T21:04:05Z",
        "lat": "43.01",
        "lon": "-87.94",
        "rounds": "4",
        "type": "Multiple Gunshots",
    }
