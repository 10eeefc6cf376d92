import json
import stat

import pytest

COUNTS = {"new", "duplicate", "revised", "stale", "conflict", "rejected", "skipped", "not_located"}


def test_a_file_is_taken_in_once_however_often(earshot_on_both, add_sources, shooting):
    earshot = earshot_on_both
    add_sources(earshot)
    _, calls = shooting
    first = earshot.json("import", "calls", str(calls), "--source", "cad")
    assert set(first) == COUNTS
    assert (first["new"], first["duplicate"]) == (27, 0)
    again = earshot.json("import", "calls", str(calls), "--source", "cad")
    assert (again["new"], again["duplicate"]) == (0, 27)
    shown = earshot.json("source", "show", "cad")
    assert [item["file"] for item in shown["imports"]] == ["calls.ndjson", "calls.ndjson"]
    assert shown["watermark"] == "2026-07-01T23:40:00.000Z"


def test_the_summary_and_what_to_do_next(earshot, add_sources, shooting):
    add_sources(earshot)
    done = earshot("import", "alerts", str(shooting[0]), "--source", "sensors")
    assert done.stdout == "alerts.ndjson: 2 new (alerts).\n"
    assert "earshot correlate" in done.stderr


def test_rejects_are_named(earshot, add_sources, lines, tmp_path):
    add_sources(earshot)
    file = lines(
        "calls.ndjson", {"external_id": "1"}, {"external_id": "2", "received_at": "2026-07-01T00:00:00Z"}
    )
    done = earshot("import", "calls", str(file), "--source", "cad", "--json")
    assert (done.document["rejected"], done.document["not_located"]) == (1, 1)
    assert "earshot rejects list --source cad" in done.stderr
    beside = tmp_path / "calls.ndjson.rejects.ndjson"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert json.loads(beside.read_text())["external_id"] == "1"


def test_a_snapshot_is_dated(earshot, add_sources, lines):
    add_sources(earshot)
    call = {"external_id": "1", "received_at": "2026-07-01T00:00:00Z"}

    def take(disposition, as_of):
        file = lines("c.ndjson", {**call, "disposition": disposition})
        return earshot.json("import", "calls", str(file), "--source", "cad", "--as-of", as_of)

    assert take("new", "2026-07-03")["new"] == 1
    assert take("old", "2026-07-02T12:00:00-05:00")["stale"] == 1
    assert take("newest", "2026-07-04")["revised"] == 1


def test_a_file_that_breaks_off_says_what_was_stored(earshot, add_sources, tmp_path):
    add_sources(earshot)
    earshot("source", "add", "csv", "--mapping", "preset:generic-calls-csv")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    done = earshot("import", "calls", "c.csv", "--source", "csv", "--json", exit_code=1)
    assert done.stdout == ""
    assert "no column" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("calls", "x.ndjson", "--source", "sensors"), "carries alerts, not calls"),
        (("alerts", "missing.ndjson", "--source", "sensors"), "missing.ndjson: No such file"),
        (("alerts", ".", "--source", "sensors"), "Is a directory"),
    ],
)
def test_what_cannot_be_taken_in(arguments, says, earshot, add_sources):
    add_sources(earshot)
    assert says in earshot("import", *arguments, exit_code=1).stderr


def test_a_disabled_source_takes_nothing_in(earshot, add_sources, shooting):
    add_sources(earshot)
    earshot("source", "disable", "sensors")
    done = earshot("import", "alerts", str(shooting[0]), "--source", "sensors", exit_code=1)
    assert "was disabled" in done.stderr
