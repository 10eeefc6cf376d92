from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters import Parsed, Refused
from app.adapters.results import Result
from app.domain.records import AlertRecord, Shot, as_document
from app.domain.vocabulary import AlertStatus, Classification, ShotsProvenance
from tests.adapters.conftest import reasons

Apply = Callable[..., Result]
MINIMAL = """
kind = "alerts"
format = "json"
[fields]
external_id = "external_id"
started_at = "started_at"
"""


def parsed(result: Result) -> AlertRecord:
    assert isinstance(result, Parsed), result
    assert isinstance(result.record, AlertRecord)
    return result.record


def test_every_field_comes_through(alert: Apply, alert_sample: dict[str, Any]) -> None:
    result = alert()
    record = parsed(result)
    assert reasons(result) == {}
    assert result.raw == alert_sample
    document = as_document(record)
    assert document.pop("vendor_classification") == "multiple_gunshots"
    times = {"started_at", "revised_at", "published_at"}
    shots = [
        {"offset_s": 0, "longitude": -87.94, "latitude": 43.01},
        {"offset_s": 0.4, "longitude": None, "latitude": None},
    ]
    assert document["shots"] == shots
    for name, value in alert_sample.items():
        if name not in times | {"shots"}:
            assert document[name] == value, name
    assert record.started_at == datetime(2026, 7, 4, 21, 4, 5, 250_000, tzinfo=UTC)
    assert record.shots_provenance is ShotsProvenance.ALERT


@pytest.mark.parametrize(
    ("changes", "pointer", "reason"),
    [
        ({"external_id": ...}, "/external_id", "missing"),
        ({"external_id": "  "}, "/external_id", "missing"),
        ({"external_id": "x" * 256}, "/external_id", "1 to 255"),
        ({"external_id": "a\x00"}, "/external_id", "control"),
        ({"external_id": 1.5}, "/external_id", "text or an integer"),
        ({"started_at": ...}, "/started_at", "missing"),
        ({"started_at": "yesterday"}, "/started_at", "date and time"),
        ({"started_at": 1_783_000_000}, "/started_at", "as text"),
        ({"started_at": "2026-07-04T21:04:05"}, "/started_at", "no offset"),
        ({"started_at": "2026-07-05T00:05:01Z"}, "/started_at", "future"),
        ({"started_at": "1969-12-31T23:59:59Z"}, "/started_at", "before 1970"),
        ({"started_at": "2026-02-30T00:00:00Z"}, "/started_at", "no possible time"),
    ],
)
def test_refused_without_identity_or_time(
    alert: Apply, changes: dict[str, Any], pointer: str, reason: str
) -> None:
    result = alert(**changes)
    assert isinstance(result, Refused)
    assert [problem.pointer for problem in result.errors] == [pointer]
    assert reason in result.errors[0].reason
    assert result.external_id == (None if pointer == "/external_id" else "A-1")
    assert b"Invented St" in result.raw


def test_both_reasons_are_told(alert: Apply) -> None:
    result = alert(external_id=..., started_at=...)
    assert isinstance(result, Refused)
    assert [problem.pointer for problem in result.errors] == ["/external_id", "/started_at"]


def test_the_tolerance_is_the_mapping_s(alert: Apply) -> None:
    assert parsed(alert(started_at="2026-07-05T00:05:00Z"))
    assert isinstance(alert("future_tolerance_s = 0\n", started_at="2026-07-05T00:00:01Z"), Refused)
    assert parsed(alert("future_tolerance_s = 3600\n", started_at="2026-07-05T00:59:00Z"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rounds", -1),
        ("rounds", 3.5),
        ("rounds", 10_001),
        ("rounds", "many"),
        ("rounds", True),
        ("uncertainty_m", -1),
        ("uncertainty_m", 100_001),
        ("confidence", 1.1),
        ("direction_deg", 361),
        ("speed_mps", -0.1),
        ("full_auto", "perhaps"),
        ("high_capacity", 2),
        ("multiple_shooters", []),
        ("audio_url", "javascript:alert(1)"),
        ("published_at", "2099-01-01T00:00:00Z"),
        ("revised_at", "2099-01-01T00:00:00Z"),
        ("revised_at", "1950-01-01T00:00:00Z"),
        ("revision", -1),
        ("revision", 2**63),
        ("address", {"street": "x"}),
        ("shots", "bang"),
        ("shots_provenance", "gossip"),
    ],
)
def test_a_bad_field_becomes_null_with_a_warning(alert: Apply, name: str, value: Any) -> None:
    result = alert(**{name: value})
    assert getattr(parsed(result), name) is None
    assert list(reasons(result)) == [f"/{name}"]


@pytest.mark.parametrize(("given", "kept"), [("3", 3), (3.0, 3), (0, 0)])
def test_rounds(alert: Apply, given: Any, kept: int) -> None:
    assert parsed(alert(rounds=given)).rounds == kept


def test_texts_are_cut_and_cleaned(alert: Apply) -> None:
    result = alert(address="x" * 501)
    assert parsed(result).address == "x" * 500
    assert "500" in reasons(result)["/address"]
    result = alert(address="a\x00b\ud800")
    assert parsed(result).address == "a\ufffdb\ufffd"
    assert result.raw["address"] == "a\ufffdb?"


def test_classifications(alert: Apply) -> None:
    table = '[classification]\n"MG" = "multiple_gunshots"\n"fireworks" = "not_gunfire"\n'
    for given, kept in [
        ("test", Classification.TEST),
        ("Single Gunshot", Classification.SINGLE_GUNSHOT),
        ("Backfire", Classification.UNCLASSIFIED),
    ]:
        record = parsed(alert(classification=given))
        assert (record.classification, record.vendor_classification) == (kept, given)
    toml = MINIMAL + 'classification = "classification"\n'
    for given, kept in [
        ("MG", Classification.MULTIPLE_GUNSHOTS),
        (" mg ", Classification.MULTIPLE_GUNSHOTS),
        ("fireworks", Classification.NOT_GUNFIRE),
        (17, Classification.UNCLASSIFIED),
    ]:
        record = parsed(apply_toml(toml + table, {"classification": given}))
        assert (record.classification, record.vendor_classification) == (kept, str(given))
    default = parsed(apply_toml(toml + '[defaults]\nclassification = "probable_gunfire"\n', {}))
    assert (default.classification, default.vendor_classification) == (Classification.PROBABLE_GUNFIRE, None)
    assert parsed(alert(classification=...)).classification is Classification.UNCLASSIFIED
    assert reasons(alert(classification=["MG"])) == {"/classification": "is not a text"}


def apply_toml(toml: str, changes: dict[str, Any]) -> Result:
    from app.adapters import FeedMapping

    element = {"external_id": "A-1", "started_at": "2026-07-04T21:04:05Z", **changes}
    return FeedMapping.from_toml(toml).apply(
        element, ordinal=0, line=None, now=datetime(2026, 7, 5, tzinfo=UTC)
    )


def test_a_bare_retraction_needs_only_the_id(alert: Apply) -> None:
    drop = dict.fromkeys(("started_at", "longitude", "latitude", "rounds", "shots", "classification"), ...)
    record = parsed(alert(status="retracted", **drop))
    assert record.is_bare_retraction
    assert isinstance(alert(status="retracted", external_id=...), Refused)


def test_a_retraction_keeps_what_is_valid(alert: Apply) -> None:
    result = alert(status="Retracted", started_at="never")
    assert parsed(result).is_bare_retraction
    assert list(reasons(result)) == ["/started_at"]
    assert parsed(alert(status="retracted")).started_at is not None


def test_an_unknown_status_stays_active(alert: Apply) -> None:
    result = alert(status="dismissed")
    assert parsed(result).status is AlertStatus.ACTIVE
    assert list(reasons(result)) == ["/status"]
    toml = MINIMAL + 'status = "s"\n[status]\ndismissed = "retracted"\n'
    assert parsed(apply_toml(toml, {"s": "Dismissed"})).status is AlertStatus.RETRACTED


def test_shots(alert: Apply) -> None:
    shots = [
        {"offset_s": "0.5", "longitude": "-87.9", "latitude": "43"},
        {"offset_s": -1},
        {"offset_s": None},
        {},
        "bang",
        {"offset_s": 1, "longitude": 5},
        {"offset_s": 2, "longitude": "x", "latitude": 43},
        {"offset_s": 3, "longitude": 0, "latitude": 0},
    ]
    result = alert(shots=shots)
    assert parsed(result).shots == (
        Shot(offset_s=0.5, longitude=-87.9, latitude=43.0),
        Shot(offset_s=1.0),
        Shot(offset_s=2.0),
        Shot(offset_s=3.0),
    )
    assert {
        "/shots/1",
        "/shots/2",
        "/shots/3",
        "/shots/4",
        "/shots/5/longitude",
        "/shots/7/longitude",
    } <= set(reasons(result))
    many = alert(shots=[{"offset_s": 0}] * 1001)
    assert len(parsed(many).shots or ()) == 1000
    assert "/shots" in reasons(many)


def test_no_object_is_refused(alert: Apply) -> None:
    from app.adapters import FeedMapping, preset_text

    mapping = FeedMapping.from_toml(preset_text("generic-alerts-json"))
    for element in (None, 1, "x", [], [{}], 2**70, "\ud800"):
        result = mapping.apply(element, ordinal=4, line=9, now=datetime(2026, 7, 5, tzinfo=UTC))
        assert isinstance(result, Refused)
        assert (result.ordinal, result.line, result.errors[0].reason) == (4, 9, "the record is not an object")
