from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters import (
    FeedMapping,
    MappingError,
    Parsed,
    Refused,
    Skipped,
    parse_body,
    preset_names,
    preset_text,
    read_records,
)
from app.adapters.errors import BodyError
from app.domain.records import AlertRecord, CallRecord, as_document, encode
from app.domain.vocabulary import Classification, Line, Nature
from tests.adapters.conftest import DATA, NOW

MAPPINGS = {name: FeedMapping.from_toml(preset_text(name)) for name in preset_names()}


def test_the_presets() -> None:
    generic = {
        f"generic-{kind}-{name}"
        for kind in ("alerts", "calls")
        for name in ("json", "ndjson", "geojson", "csv")
    }
    assert set(preset_names()) == generic | {
        "shotspotter-json",
        "shotspotter-xml",
        "cap-1.2-alerts",
        "cap-1.2-calls",
        "eido",
    }


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_says_what_it_is(name: str) -> None:
    mapping = MAPPINGS[name]
    assert mapping.title
    assert preset_text(name).startswith("#")
    if "shotspotter" in name:
        assert "under contract" in preset_text(name)
        assert mapping.provisional


def test_an_unknown_preset() -> None:
    with pytest.raises(MappingError, match=r"did you mean 'cap-1.2-calls'"):
        preset_text("cap-1.2-call")
    with pytest.raises(MappingError, match="no preset"):
        preset_text("../preset_files")


def sample(name: str) -> Path:
    found = [path for path in DATA.iterdir() if path.name.rpartition(".")[0] == name]
    assert len(found) == 1, name
    return found[0]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_reads_its_sample_as_a_body_and_as_a_file(name: str) -> None:
    mapping = MAPPINGS[name]
    path = sample(name)
    elements, _ = parse_body(path.read_bytes(), mapping, None)
    by_body = mapping.apply(elements[0], ordinal=0, line=None, now=NOW)
    with path.open("rb") as stream:
        by_file = mapping.apply_element(next(iter(read_records(stream, mapping))), now=NOW)
    assert isinstance(by_body, Parsed)
    assert isinstance(by_file, Parsed)
    assert encode(by_body.record) == encode(by_file.record)
    assert by_body.warnings == ()
    assert by_body.record.longitude == pytest.approx(-87.94, abs=0.002)
    assert by_body.record.latitude == pytest.approx(43.01, abs=0.002)


@pytest.mark.parametrize("kind", ["alerts", "calls"])
def test_the_generic_formats_agree(kind: str) -> None:
    documents = {}
    for name in ("json", "ndjson", "geojson", "csv"):
        mapping = MAPPINGS[f"generic-{kind}-{name}"]
        element = parse_body(sample(f"generic-{kind}-{name}").read_bytes(), mapping, None)[0][0]
        result = mapping.apply(element, ordinal=0, line=None, now=NOW)
        assert isinstance(result, Parsed)
        documents[name] = as_document(result.record)
    documents["csv"].update(
        {name: documents["json"][name] for name in ("shots",) if name in documents["json"]}
    )
    assert documents["json"] == documents["ndjson"] == documents["geojson"] == documents["csv"]


def apply(name: str, path: str) -> Any:
    mapping = MAPPINGS[name]
    elements, _ = parse_body((DATA / path).read_bytes(), mapping, None)
    return mapping.apply(elements[0], ordinal=0, line=None, now=NOW)


def test_cap_updates_and_cancellations_carry_the_first_message_s_identity() -> None:
    first, update, cancel = (
        apply("cap-1.2-alerts", name) for name in ("cap-1.2-alerts.xml", "cap-update.xml", "cap-cancel.xml")
    )
    assert [result.record.external_id for result in (first, update, cancel)] == ["KAR-1"] * 3
    assert [result.record.status.value for result in (first, update, cancel)] == [
        "active",
        "active",
        "retracted",
    ]
    assert first.record.started_at == update.record.started_at == datetime(2026, 7, 4, 21, 4, 40, tzinfo=UTC)
    assert first.record.revised_at < update.record.revised_at < cancel.record.revised_at
    assert first.record.rounds == 5
    assert first.record.uncertainty_m == 25.0
    assert first.record.classification is Classification.MULTIPLE_GUNSHOTS
    assert first.record.address == "100 block of Invented St"


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("<status>Actual", "<status>Exercise", lambda record: record.classification is Classification.TEST),
        (" 0.025", " 0", lambda record: record.uncertainty_m is None and record.longitude == -87.94),
        ("<circle>43.01,-87.94 0.025</circle>", "", lambda record: record.longitude is None),
        (
            "</info>",
            "</info><info><event>other</event></info>",
            lambda record: record.vendor_classification == "Gunshots",
        ),
        (
            "<info>",
            "<info><onset>2026-07-04T21:04:05-00:00</onset>",
            lambda record: record.started_at.second == 5,
        ),
    ],
)
def test_cap_variants(old: str, new: str, check: Any) -> None:
    text = (DATA / "cap-1.2-alerts.xml").read_text()
    assert old in text
    mapping = MAPPINGS["cap-1.2-alerts"]
    elements, _ = parse_body(text.replace(old, new).encode(), mapping, None)
    result = mapping.apply(elements[0], ordinal=0, line=None, now=NOW)
    assert isinstance(result, Parsed)
    assert result.warnings == ()
    assert check(result.record)


@pytest.mark.parametrize(
    ("old", "new"), [("<msgType>Alert", "<msgType>Ack"), ("<status>Actual", "<status>Draft")]
)
def test_cap_messages_that_are_no_alerts_are_skipped(old: str, new: str) -> None:
    mapping = MAPPINGS["cap-1.2-alerts"]
    text = (DATA / "cap-1.2-alerts.xml").read_text()
    assert old in text
    elements, _ = parse_body(text.replace(old, new).encode(), mapping, None)
    assert isinstance(mapping.apply(elements[0], ordinal=0, line=None, now=NOW), Skipped)


def test_eido_gives_one_record_for_each_incoming_call() -> None:
    mapping = MAPPINGS["eido"]
    elements, single = parse_body((DATA / "eido.json").read_bytes(), mapping, None)
    assert not single
    result, outgoing = (mapping.apply(element, ordinal=0, line=None, now=NOW) for element in elements)
    assert isinstance(outgoing, Skipped)
    assert isinstance(result, Parsed)
    record = result.record
    assert isinstance(record, CallRecord)
    assert record.external_id == "urn:emergency:uid:callid:1:invented"
    assert record.received_at == datetime(2026, 7, 4, 21, 5, 30, tzinfo=UTC)
    assert (record.longitude, record.latitude) == (-87.94, 43.01)
    assert record.uncertainty_m == pytest.approx(40.85)
    assert record.address == "100 W Invented St"
    assert (record.line, record.nature_code, record.nature) == (Line.EMERGENCY, "SHOTS", Nature.OTHER)
    assert (record.priority, record.disposition, record.narrative) == (
        "1",
        "Unfounded",
        "heard shots | two cars",
    )
    assert record.caller is None
    assert b"5550100" not in orjson.dumps(result.raw)
    assert parse_body(b'{"$id": "x"}', mapping, None) == ([], False)


def test_other_shotspotter_documents_are_skipped() -> None:
    mapping = MAPPINGS["shotspotter-xml"]
    elements, _ = parse_body(b"<HEARTBEAT><id>1</id></HEARTBEAT>", mapping, None)
    assert isinstance(mapping.apply(elements[0], ordinal=0, line=None, now=NOW), Skipped)


def test_a_call_s_csv_keeps_no_caller() -> None:
    result = apply("generic-calls-csv", "generic-calls-csv.csv")
    assert b"Jo Invented" not in orjson.dumps(result.raw)


# Whatever comes, a result comes out, and everything in it can be stored.

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**80), max_value=2**80)
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        [
            "2026-07-04T21:04:05Z",
            "43.01,-87.94 0.1",
            "a,b,2026-07-04T21:04:05Z",
            "active",
            "retracted",
            "911",
            "\x00",
            "\ud800",
        ]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def root_names(mapping: FeedMapping) -> list[str]:
    names = {plan.expression.path[0] for plan in mapping.plans if plan.expression.path}
    return sorted(
        names
        | {"info", "references", "msgType", "status", "properties", "geometry", "eido", "@name", "identifier"}
    )


@pytest.mark.parametrize("name", preset_names())
@settings(max_examples=60, deadline=None)
@given(draw=st.data())
def test_no_input_raises_and_everything_can_be_stored(name: str, draw: st.DataObject) -> None:
    mapping = MAPPINGS[name]
    named = st.dictionaries(st.sampled_from(root_names(mapping)), JSON, max_size=20)
    element = draw.draw(JSON | named | named.map(lambda inner: {"properties": inner}))
    if isinstance(element, dict) and draw.draw(st.booleans()):
        element |= {
            "external_id": "A",
            "id": "A",
            "$id": "A",
            "started_at": "2026-07-04T21:04:05Z",
            "time": "2026-07-04T21:04:05Z",
        }
        element |= {"received_at": "2026-07-04T21:04:05Z", "callStartTimestamp": "2026-07-04T21:04:05Z"}
    result = mapping.apply(element, ordinal=3, line=7, now=NOW)
    assert (result.ordinal, result.line) == (3, 7)
    if isinstance(result, Parsed):
        assert isinstance(result.record, AlertRecord if mapping.kind == "alerts" else CallRecord)
        stored = orjson.dumps(
            [as_document(result.record), result.raw, [[w.pointer, w.reason] for w in result.warnings]]
        )
        assert b"\\u0000" not in stored
        assert result.record.longitude is None or abs(result.record.longitude) <= 180
        assert (result.record.longitude is None) == (result.record.latitude is None)
    elif isinstance(result, Refused):
        assert result.errors
        orjson.dumps([[problem.pointer, problem.reason, result.external_id] for problem in result.errors])
        orjson.loads(result.raw)
    else:
        assert isinstance(result, Skipped)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-ndjson", "text/csv", "application/xml", None]
)
@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=60) | JSON.map(repr).map(lambda text: text.encode("utf-8", "replace")))
def test_no_body_raises_anything_else(content_type: str | None, body: bytes) -> None:
    for mapping in (MAPPINGS["generic-alerts-geojson"], MAPPINGS["eido"], MAPPINGS["cap-1.2-calls"]):
        try:
            elements, _ = parse_body(body, mapping, content_type)
        except BodyError:
            continue
        for element in elements:
            mapping.apply(element, ordinal=0, line=None, now=NOW)
