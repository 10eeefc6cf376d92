import pytest

MAPPING = """
kind = "calls"
format = "csv"
where = "kind != 'test'"
[fields]
external_id = "id"
received_at = "time"
longitude = "lon"
latitude = "lat"
nature_code = "code"
[nature]
"SHOTS" = "shots_fired"
[origin]
sensor = ["code == 'ACOUSTIC'"]
"""
ROWS = """id,time,lon,lat,code,kind
1,2026-07-01T02:00:00Z,-87.9,43.0,SHOTS,real
2,2026-07-01T02:01:00Z,-87.9,43.0,SHOTS,test
3,2026-07-01T02:02:00,-87.9,43.0,SHOTS,real
4,2026-07-01T02:03:00Z,-87.9,91,LOUD MUSIC,real
5,,-87.9,43.0,SHOTS,real
6,2026-07-01T02:05:00Z,,,ACOUSTIC,real
7,2026-07-01T02:06:00,-87.9,43.0,SHOTS,real
8,too,few
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "calls.csv").write_text(ROWS)
    return "m.toml", "calls.csv"


def test_a_mapping_is_tried_without_a_source(earshot, files, tmp_path):
    mapping, file = files
    found = earshot.json("source", "check", "--mapping", mapping, file, "--first", "2")
    assert found["counts"] == {"usable": 3, "rejected": 4, "skipped": 1, "not_located": 2}
    assert [record["external_id"] for record in found["first"]] == ["1", "4"]
    no_offset = found["refusals"][0]
    assert (no_offset["count"], no_offset["line"], no_offset["external_id"]) == (2, 4, "3")
    assert "no offset" in no_offset["reason"]
    assert {item["line"] for item in found["refusals"]} == {4, 6, 9}
    assert found["warnings"][0]["line"] == 5
    assert found["origin"] == {"unknown": 2, "sensor": 1}
    assert found["nature"] == {"shots_fired": 1, "other": 2}
    codes = {item["code"]: (item["class"], item["mapped"]) for item in found["codes"]}
    assert codes == {
        "SHOTS": ("shots_fired", True),
        "LOUD MUSIC": ("other", False),
        "ACOUSTIC": ("other", False),
    }
    assert (found["from"], found["to"]) == ("2026-07-01T02:00:00.000Z", "2026-07-01T02:05:00.000Z")
    assert not (tmp_path / "var").exists(), "no database is needed, so none is made"


def test_the_source_s_own_mapping_and_words_for_people(earshot, files):
    mapping, file = files
    earshot("source", "add", "cad", "--mapping", mapping)
    said = earshot("source", "check", "cad", file).stdout
    assert "3 usable (2 of them not located), 4 refused, 1 skipped" in said
    assert "2 codes are not named in the mapping; they become other." in said
    assert earshot.json("source", "list")["sources"][0]["records"] == 0


def test_another_mapping_for_a_source(earshot, files):
    mapping, file = files
    earshot("source", "add", "cad", "--mapping", "preset:generic-calls-csv")
    assert earshot.json("source", "check", "cad", "--mapping", mapping, file)["counts"]["usable"] == 3


def test_times_are_shown_in_the_agency_s_zone(earshot, files):
    mapping, file = files
    said = earshot("source", "check", "--mapping", mapping, file, EARSHOT_TIME_ZONE="America/Chicago").stdout
    assert "2026-06-30 21:00:00" in said
    assert "(America/Chicago)" in said


def test_nothing_usable_is_exit_code_1(earshot, files, tmp_path):
    mapping, file = files
    header, *rows = ROWS.splitlines()
    (tmp_path / file).write_text("\n".join([header, *(row for row in rows if row[0] in "357")]))
    said = earshot("source", "check", "--mapping", mapping, file, exit_code=1).stdout
    assert "No record can be used" in said


def test_a_file_that_breaks_off_is_exit_code_1(earshot, tmp_path):
    (tmp_path / "calls.csv").write_text("a,b\n1,2\n")
    found = earshot.json("source", "check", "--mapping", "preset:generic-calls-csv", "calls.csv", exit_code=1)
    assert "no column" in found["fault"]
    said = earshot(
        "source", "check", "--mapping", "preset:generic-calls-csv", "calls.csv", exit_code=1
    ).stdout
    assert "cannot be read to its end" in said


def test_alerts_have_classifications(earshot, tmp_path):
    (tmp_path / "a.ndjson").write_text(
        '{"external_id":"1","started_at":"2026-07-01T02:00:00Z","classification":"MG"}\n'
        '{"external_id":"2","started_at":"2026-07-01T02:00:00Z","classification":"single_gunshot"}\n'
    )
    found = earshot.json("source", "check", "--mapping", "preset:generic-alerts-ndjson", "a.ndjson")
    assert [(item["code"], item["mapped"]) for item in found["codes"]] == [
        ("MG", False),
        ("single_gunshot", True),
    ]
    assert "MG" in earshot("source", "check", "--mapping", "preset:generic-alerts-ndjson", "a.ndjson").stdout
