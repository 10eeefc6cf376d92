from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.adapters import FeedMapping, MappingError, Parsed, Refused, Skipped, preset_text
from app.adapters.results import Result
from app.domain.records import CallRecord
from app.domain.vocabulary import Line, Nature, Origin
from tests.adapters.conftest import NOW, reasons

Apply = Callable[..., Result]


def parsed(result: Result) -> CallRecord:
    assert isinstance(result, Parsed), result
    assert isinstance(result.record, CallRecord)
    return result.record


def test_every_field_comes_through(call: Apply) -> None:
    result = call()
    record = parsed(result)
    assert reasons(result) == {}
    assert record.received_at == datetime(2026, 7, 4, 21, 5, 30, tzinfo=UTC)
    assert record.revision == 1
    assert (record.line, record.nature, record.origin) == (Line.EMERGENCY, Nature.SHOTS_FIRED, Origin.CITIZEN)
    assert (record.nature_code, record.priority, record.disposition) == ("10-71", "1", "Report taken")
    assert record.responders == ("police", "ems")
    assert record.backup_requested is True
    assert None not in (record.dispatched_at, record.arrived_at, record.cleared_at)
    assert record.narrative == "heard shots\nbehind the house"
    assert record.alert_external_id == "A-1"
    assert (record.longitude, record.latitude, record.uncertainty_m) == (-87.941, 43.011, 100.0)


def test_the_caller_is_dropped_unless_kept(call: Apply) -> None:
    dropped = call()
    assert parsed(dropped).caller is None
    assert isinstance(dropped, Parsed)
    assert "Jo Invented" not in orjson.dumps(dropped.raw).decode()
    kept = call("keep_caller = true\n")
    assert parsed(kept).caller == {"name": "Jo Invented", "phone": "+1 555 0100"}
    assert isinstance(kept, Parsed)
    assert kept.raw["caller"]["name"] == "Jo Invented"
    assert parsed(call("keep_caller = true\n", caller={"name": "", "phone": None})).caller is None
    assert list(reasons(call("keep_caller = true\n", caller="Jo"))) == ["/caller"]
    assert list(reasons(call("keep_caller = true\n", caller={"name": []}))) == ["/caller/name"]


def test_only_mapped_columns_are_kept(call: Apply, call_sample: dict[str, Any]) -> None:
    result = call()
    assert isinstance(result, Parsed)
    assert set(result.raw) == set(call_sample) - {"internal_notes", "caller"}


def test_nested_and_computed_columns() -> None:
    mapping = FeedMapping.from_toml(
        """
        kind = "calls"
        format = "json"
        [fields]
        external_id = "call.id"
        received_at = "call.time"
        address = "join(' ', [place.street, place.town])"
        """
    )
    element = {
        "call": {"id": 5, "time": "2026-07-04T21:05:30Z", "secret": "x"},
        "place": {"street": "Invented St", "town": "Anytown", "owner": "Jo"},
    }
    result = mapping.apply(element, ordinal=0, line=None, now=NOW)
    assert isinstance(result, Parsed)
    assert result.record.address == "Invented St Anytown"
    assert result.raw == {
        "call": {"id": 5, "time": "2026-07-04T21:05:30Z"},
        "join(' ', [place.street, place.town])": "Invented St Anytown",
    }
    assert element["call"]["secret"] == "x"


@pytest.mark.parametrize(
    ("nature", "code", "kept"),
    [
        ("shooting", "10-71", Nature.SHOOTING),
        (..., "10-71", Nature.SHOTS_FIRED),
        (..., " SF ", Nature.SHOTS_FIRED),
        (..., "sf", Nature.SHOTS_FIRED),
        (..., "unheard of", Nature.OTHER),
        (..., "shooting", Nature.OTHER),
        (..., ..., Nature.OTHER),
        ("10-71", ..., Nature.SHOTS_FIRED),
    ],
)
def test_nature(call: Apply, nature: Any, code: Any, kept: Nature) -> None:
    tables = '\n[nature]\n"10-71" = "shots_fired"\n"SF" = "shots_fired"\n'
    result = call(tables=tables, nature=nature, nature_code=code)
    assert parsed(result).nature is kept
    assert reasons(result) == {}


def test_an_unknown_nature_falls_back_to_the_code_with_a_warning(call: Apply) -> None:
    result = call(tables='\n[nature]\n"10-71" = "weapon"\n', nature="mayhem")
    assert parsed(result).nature is Nature.WEAPON
    assert list(reasons(result)) == ["/nature"]


def test_defaults_stand_in_for_nothing_only(call: Apply) -> None:
    tables = """
[defaults]
nature = "disturbance"
line = 911
uncertainty_m = 100
origin = "officer"
[nature]
"X" = "weapon"
"""
    record = parsed(call(tables=tables, nature=..., nature_code="Y", line="", uncertainty_m=None, origin=...))
    assert (record.nature, record.line, record.uncertainty_m) == (Nature.DISTURBANCE, Line.EMERGENCY, 100.0)
    assert record.origin is Origin.OFFICER
    record = parsed(
        call(tables=tables, nature=..., nature_code="X", line="other", uncertainty_m=0, origin="citizen")
    )
    assert (record.nature, record.line, record.uncertainty_m) == (Nature.WEAPON, Line.OTHER, 0.0)
    assert record.origin is Origin.CITIZEN


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (911, Line.EMERGENCY),
        ("Non-Emergency", Line.NON_EMERGENCY),
        ("A", Line.NON_EMERGENCY),
        (..., Line.OTHER),
    ],
)
def test_line(call: Apply, given: Any, kept: Line) -> None:
    assert parsed(call(tables='\n[line]\n"A" = "non_emergency"\n', line=given)).line is kept


def test_an_unknown_line_is_other_with_a_warning(call: Apply) -> None:
    result = call(line="carrier pigeon")
    assert parsed(result).line is Line.OTHER
    assert list(reasons(result)) == ["/line"]


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"nature_code": "SPOT"}, Origin.SENSOR),
        ({"narrative": "ALERT ID 4711"}, Origin.SENSOR),
        ({"priority": "T"}, Origin.OFFICER),
        ({"nature_code": "SPOT", "priority": "T"}, Origin.SENSOR),
        ({}, Origin.CITIZEN),
        ({"origin": ...}, Origin.UNKNOWN),
    ],
)
def test_origin_first_rule_decides(call: Apply, changes: dict[str, Any], kept: Origin) -> None:
    tables = """
[origin]
sensor = ["nature_code == 'SPOT'", "matches(narrative, 'ALERT ID [0-9]+')"]
officer = "priority == 'T'"
"""
    assert parsed(call(tables=tables, **changes)).origin is kept


def test_a_rule_that_does_not_fit_does_not_match(call: Apply) -> None:
    result = call(tables="\n[origin]\nsensor = \"contains(narrative, 'x')\"\n", narrative=...)
    assert parsed(result).origin is Origin.CITIZEN
    assert list(reasons(result)) == ["/origin"]


def test_an_unknown_origin(call: Apply) -> None:
    result = call(origin="alien")
    assert parsed(result).origin is Origin.UNKNOWN
    assert list(reasons(result)) == ["/origin"]


def test_where(call: Apply) -> None:
    assert isinstance(call("where = \"line == '911'\"\n"), Parsed)
    assert call("where = \"line == '911'\"\n", line="x") == Skipped(ordinal=0, line=None)
    refused = call("where = \"starts_with(priority, '1')\"\n", priority=1)
    assert isinstance(refused, Refused)
    assert "where" in refused.errors[0].reason


def test_a_call_needs_its_time(call: Apply) -> None:
    refused = call(received_at="2026-07-05T01:00:00Z")
    assert isinstance(refused, Refused)
    assert refused.external_id == "C-1"


def test_responders(call: Apply) -> None:
    assert parsed(call(responders="police/ems; fire")).responders == ("police/ems", "fire")
    result = call(responders=5)
    assert parsed(result).responders is None
    assert list(reasons(result)) == ["/responders"]


def test_narrative_is_cut(call: Apply) -> None:
    result = call(narrative="x" * 20_001)
    assert len(parsed(result).narrative or "") == 20_000
    assert list(reasons(result)) == ["/narrative"]


@pytest.mark.parametrize(
    ("given", "kept", "warned"),
    [
        ("Flex-4711/a", "Flex-4711/a", False),
        (4711, "4711", False),
        ("x" * 255, "x" * 255, False),
        ("", None, False),
        (None, None, False),
        ("x" * 256, None, True),
        ("a\x00b", None, True),
        (["a"], None, True),
        (True, None, True),
    ],
)
def test_the_alert_that_a_record_is_of_is_named_to_the_letter(
    call: Apply, given: Any, kept: str | None, warned: bool
) -> None:
    result = call(alert_external_id=given)
    assert parsed(result).alert_external_id == kept
    assert list(reasons(result)) == (["/alert_external_id"] if warned else [])


BY_NARRATIVE = preset_text("generic-calls-json").replace(
    'alert_external_id = "alert_external_id"',
    r"""alert_external_id = "extract(narrative, 'Alert (?:ID|no\\.) *([A-Z0-9-]+)')" """,
)


@pytest.mark.parametrize(
    ("narrative", "named"),
    [
        ("ACOUSTIC ACTIVATION, Alert ID SST-0815, 3 rounds", "SST-0815"),
        ("Alert no. 7", "7"),
        ("loud noise, no alert", None),
        (None, None),
    ],
)
def test_the_alert_can_be_named_in_the_narrative(
    call_sample: dict[str, Any], narrative: str | None, named: str | None
) -> None:
    result = FeedMapping.from_toml(BY_NARRATIVE).apply(
        {**call_sample, "narrative": narrative}, ordinal=0, line=None, now=NOW
    )
    assert parsed(result).alert_external_id == named
    assert reasons(result) == {}


def test_naming_the_alert_by_the_narrative_keeps_no_narrative(call_sample: dict[str, Any]) -> None:
    text = BY_NARRATIVE.replace('narrative = "narrative"\n', "")
    record = {**call_sample, "narrative": "Alert ID SST-0815, seen by my neighbour Jo"}
    result = FeedMapping.from_toml(text).apply(record, ordinal=0, line=None, now=NOW)
    assert (parsed(result).alert_external_id, parsed(result).narrative) == ("SST-0815", None)
    assert isinstance(result, Parsed)
    assert b"neighbour" not in orjson.dumps(result.raw)


def test_a_constant_names_no_alert() -> None:
    with pytest.raises(MappingError, match="alert_external_id"):
        FeedMapping.from_toml(preset_text("generic-calls-json") + '[defaults]\nalert_external_id = "A-1"\n')


def test_the_reason_of_an_expression_does_not_quote_the_record(call_sample: dict[str, Any]) -> None:
    text = preset_text("generic-calls-json").replace(
        'disposition = "disposition"', 'disposition = "sum(narrative)"'
    )
    result = FeedMapping.from_toml(text).apply(call_sample, ordinal=0, line=None, now=NOW)
    assert "heard shots" not in reasons(result)["/disposition"]
