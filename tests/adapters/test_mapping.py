import pytest

from app.adapters import FeedMapping, MappingError
from app.domain.vocabulary import SourceKind, UpdateRule

GOOD = """
kind = "calls"
format = "csv"
title = "Invented"
time_zone = "America/Chicago"
ambiguous_time = "earlier"
updates = "snapshot"
clock_offset_s = -2.5
clock_error_s = 20
lateness_s = 0
where = "district != '99'"
provisional = ["address"]
[fields]
external_id = "id"
received_at = "time"
address = '"Street name"'
[defaults]
uncertainty_m = 100
line = "911"
[nature]
"SHOTS FIRED" = "shots_fired"
[origin]
sensor = ["nature == 'SHOTSPOTTER'"]
[bounds]
west = -88.15
south = 42.8
east = -87.8
north = 43.25
"""


def test_attributes() -> None:
    mapping = FeedMapping.from_toml(GOOD)
    assert mapping.kind is SourceKind.CALLS
    assert (mapping.format, mapping.title, mapping.ambiguous_time) == ("csv", "Invented", "earlier")
    assert mapping.time_zone is not None
    assert mapping.time_zone.key == "America/Chicago"
    assert mapping.updates is UpdateRule.SNAPSHOT
    assert (mapping.clock_offset_s, mapping.clock_error_s, mapping.lateness_s) == (-2.5, 20.0, 0.0)
    assert (mapping.keep_caller, mapping.future_tolerance_s) == (False, 300.0)
    assert mapping.bounds is not None
    assert mapping.bounds.west == -88.15
    assert mapping.provisional == ("address",)
    assert mapping.fields["received_at"] == "time"
    assert mapping.defaults == {"uncertainty_m": 100, "line": "911"}


def test_what_is_not_said() -> None:
    mapping = FeedMapping.from_toml(
        'kind = "alerts"\nformat = "json"\n[fields]\nexternal_id = "i"\nstarted_at = "t"\n'
    )
    assert mapping.updates is None
    assert mapping.clock_error_s is None
    assert (mapping.clock_offset_s, mapping.lateness_s, mapping.bounds) == (0.0, 120.0, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "calls"', 'kind = "call"', "kind: expected one of alerts, calls"),
        ('kind = "calls"', "", "kind: is missing"),
        ('format = "csv"', 'format = "xls"', "format: expected one of"),
        ("time_zone =", "timezone =", "timezone: unknown key, did you mean 'time_zone'?"),
        ('"America/Chicago"', '"America/Chikago"', "time_zone: 'America/Chikago'"),
        ('"America/Chicago"', '"../../etc/passwd"', "time_zone:"),
        ('"America/Chicago"', "5", "time_zone: expected a text"),
        ('"earlier"', '"sometimes"', "ambiguous_time: expected one of"),
        ('"snapshot"', '"whatever"', "updates: expected one of"),
        ("clock_error_s = 20", "clock_error_s = -1", "clock_error_s: expected a number"),
        ("clock_error_s = 20", "clock_error_s = nan", "clock_error_s: expected a number"),
        ("clock_error_s = 20", "clock_error_s = true", "clock_error_s: expected a number"),
        ("clock_error_s = 20", 'keep_caller = "yes"', "keep_caller: expected true or false"),
        ("district != '99'", "district !! 99", "where: .* is not a JMESPath expression"),
        ("district != '99'", "nosuch(district)", r"where: there is no function nosuch\(\)"),
        ("district != '99'", "matchs(district, 'x')", r"did you mean matches\(\)"),
        ("district != '99'", "matches(district, '(')", "where: .*not a regular expression"),
        ("district != '99'", "matches(district, '(a+)+')", "repeat"),
        ("district != '99'", "x" * 2001, "at most 2000"),
        ("district != '99'", "(" * 1500, "where"),
        ('["address"]', '["adress"]', "provisional: 'adress'"),
        ('["address"]', '"address"', "provisional: expected a list"),
        ('external_id = "id"', "", r"\[fields\] external_id: is missing"),
        ('received_at = "time"', "", r"\[fields\] received_at: is missing"),
        ('external_id = "id"', "external_id = 5", r"\[fields\] external_id: expected a text"),
        (
            'received_at = "time"',
            'recieved_at = "time"',
            r"\[fields\] recieved_at: unknown key, did you mean 'received_at'",
        ),
        ('received_at = "time"', 'received_at = "time"\nrounds = "r"', r"\[fields\] rounds: unknown key"),
        ("uncertainty_m = 100", "uncertainty_m = -5", r"\[defaults\] uncertainty_m"),
        ("uncertainty_m = 100", 'external_id = "1"', r"\[defaults\] external_id: .*invented"),
        ("uncertainty_m = 100", "longitude = 0.0", r"\[defaults\] longitude: .*invented"),
        ("uncertainty_m = 100", 'nature = "mayhem"', r"\[defaults\] nature: expected one of"),
        ("uncertainty_m = 100", 'origin = "alien"', r"\[defaults\] origin: expected one of"),
        ('line = "911"', 'line = "112"', r"\[defaults\] line: expected one of"),
        ('"shots_fired"', '"shots"', r"\[nature\] 'SHOTS FIRED': expected one of"),
        ("sensor =", "sensors =", r"\[origin\] sensors: unknown key, did you mean 'sensor'"),
        ("[\"nature == 'SHOTSPOTTER'\"]", "[5]", r"\[origin\] sensor: expected a list of texts"),
        ("[\"nature == 'SHOTSPOTTER'\"]", '["=="]', r"\[origin\] sensor: .*JMESPath"),
        ("west = -88.15", "west = -87.0", r"\[bounds\] west: must be less than east"),
        ("north = 43.25", "north = 42.8", r"\[bounds\] south: must be less than north"),
        ("north = 43.25", "north = 91", r"\[bounds\] north: expected a number"),
        ("north = 43.25", "", r"\[bounds\] north: is missing"),
        ("north = 43.25", "top = 1", r"\[bounds\] top: unknown key"),
        ("[bounds]", "[classification]\nMG = 'test'\n[bounds]", "classification: unknown key"),
        ("where =", "records = 'x'\nwhere =", "records: a csv feed"),
        ("where =", "delimiter = 'ab'\nwhere =", "delimiter"),
        ("kind", "kind = = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(MappingError, match=message):
        FeedMapping.from_toml(GOOD.replace(old, new, 1))


def test_xml_records_must_be_a_plain_path() -> None:
    text = (
        'kind = "alerts"\nformat = "xml"\nrecords = "a[0]"\n[fields]\nexternal_id = "i"\nstarted_at = "t"\n'
    )
    with pytest.raises(MappingError, match="records: for xml"):
        FeedMapping.from_toml(text)
