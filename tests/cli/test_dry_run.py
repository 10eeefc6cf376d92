"""`earshot correlate --dry-run`: which verdicts other rules would change; nothing is written."""

import pytest

from app.adapters import preset_text
from tests.cli.test_rules import everything

IMPATIENT = "window_after_s = 10\n"
EVERYBODY_CALLS = "prior_reported = 0.9\n"
ALONE = "link_within_s = 0\nlink_within_m = 0\n"


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "other.toml"
        path.write_text(text)
        return str(path)

    return written


def dry(earshot, *arguments):
    return earshot.json("correlate", "--dry-run", *arguments)


def test_under_the_rules_in_force_nothing_would_change(judged, settings):
    before = everything(settings)
    done = dry(judged)
    assert done == {
        "rules_version": judged.json("rules", "show")["version"],
        "incidents": 2,
        "unchanged": 2,
        "regrouped": 0,
        "new": 0,
        "changes": [],
    }
    said = judged("correlate", "--dry-run").stdout
    assert "nothing was written" in said
    assert "Of 2 incidents 2 would keep their verdict" in said
    assert everything(settings) == before


def test_directions_and_examples(judged, settings, write):
    before = everything(settings)
    file = write(IMPATIENT)
    done = dry(judged, "--rules", file)
    assert (done["incidents"], done["unchanged"], done["regrouped"]) == (2, 1, 0)
    (change,) = done["changes"]
    assert (change["from"], change["to"], change["count"]) == ("reported", "unreported", 1)
    (example,) = change["examples"]
    (stored,) = judged.json("incidents", "list", "--verdict", "reported")["incidents"]
    assert (example["id"], example["number"]) == (stored["id"], stored["number"])
    assert example["started_at"] == stored["started_at"]
    assert example["probability_before"] == stored["probability_reported"] > 0.9
    assert example["probability_after"] < 0.5
    assert example["reason_after"].startswith("No citizen call")
    said = judged("correlate", "--dry-run", "--rules", file).stdout
    assert stored["number"] in said
    assert everything(settings) == before
    assert done["rules_version"] == judged.json("rules", "check", file)["version"]
    assert done["rules_version"] not in {row["version"] for row in judged.json("rules", "list")["rules"]}


def test_what_is_foretold_comes_true(judged, write):
    file = write(IMPATIENT)
    foretold = dry(judged, "--rules", file)["changes"]
    version = judged.json("rules", "use", file)["version"]
    assert dry(judged)["changes"] == foretold, "in force, and not judged yet"
    judged("correlate")
    assert dry(judged)["changes"] == []
    listed = judged.json("incidents", "list")["incidents"]
    assert {item["verdict"] for item in listed} == {"unreported"}
    old = next(row for row in judged.json("rules", "list")["rules"] if row["version"] != version)
    (back,) = dry(judged, "--rules", old["version"])["changes"]
    assert (back["from"], back["to"]) == ("unreported", "reported")


def test_incidents_that_would_be_made_of_other_alerts(judged, lines, write):
    alert = {"longitude": -87.94, "latitude": 43.03, "classification": "multiple_gunshots"}
    more = lines("more.ndjson", {**alert, "external_id": "A-3", "started_at": "2026-07-01T12:00:20Z"})
    judged("import", "alerts", str(more), "--source", "sensors")
    judged("correlate")
    assert dry(judged)["unchanged"] == 2
    done = dry(judged, "--rules", write(ALONE))
    assert (done["incidents"], done["unchanged"], done["regrouped"]) == (3, 1, 2)
    assert (
        "2 would be made of other alerts" in judged("correlate", "--dry-run", "--rules", write(ALONE)).stdout
    )


def test_a_period(judged, write):
    file = write(IMPATIENT)
    first, second = "2026-07-01T02:00:00Z", "2026-07-01T12:00:00Z"
    for arguments, incidents in (
        (("--from", first, "--to", second), 1),
        (("--from", second), 1),
        (("--to", first), 0),
        (("--from", first), 2),
        (("--from", "2027-01-01"), 0),
    ):
        done = dry(judged, "--rules", file, *arguments)
        assert done["incidents"] == incidents, arguments
        assert done["unchanged"] + sum(change["count"] for change in done["changes"]) == incidents


def test_a_feed_whose_clock_is_off_is_seen_too(earshot_on_both, lines, write):
    """The sensors' clock is three hours ahead: what they tell lies elsewhere than what happened."""
    mapping = write("clock_offset_s = 10800\n" + preset_text("generic-alerts-ndjson"))
    earshot_on_both("source", "add", "sensors", "--kind", "alerts", "--mapping", mapping)
    earshot_on_both("source", "add", "cad", "--kind", "calls", "--mapping", "preset:generic-calls-ndjson")
    place = {"longitude": -87.94, "latitude": 43.03}
    alert = {**place, "external_id": "A", "classification": "multiple_gunshots"}
    alerts = lines("alerts.ndjson", {**alert, "started_at": "2026-07-01T05:00:00Z"})
    calls = [
        {**place, "external_id": f"C-{n}", "received_at": f"2026-07-01T0{n}:01:00Z", "origin": "citizen"}
        for n in range(5)
    ]
    calls[2]["nature"] = "shots_fired"
    earshot_on_both("import", "alerts", str(alerts), "--source", "sensors")
    earshot_on_both("import", "calls", str(lines("calls.ndjson", *calls)), "--source", "cad")
    earshot_on_both("correlate")
    (incident,) = earshot_on_both.json("incidents", "list")["incidents"]
    assert incident["verdict"] == "reported"
    done = dry(earshot_on_both, "--rules", write(IMPATIENT))
    assert (done["incidents"], [change["to"] for change in done["changes"]]) == (1, ["unreported"])


def test_alerts_that_were_never_judged_are_told_apart(earshot_on_both, add_sources, shooting, settings):
    add_sources(earshot_on_both)
    alerts, calls = shooting
    assert dry(earshot_on_both)["incidents"] == 0
    earshot_on_both("import", "alerts", str(alerts), "--source", "sensors")
    earshot_on_both("import", "calls", str(calls), "--source", "cad")
    before = everything(settings)
    done = dry(earshot_on_both)
    assert (done["incidents"], done["new"], done["regrouped"]) == (2, 2, 0)
    assert "2 have not been judged yet" in earshot_on_both("correlate", "--dry-run").stdout
    assert everything(settings) == before


def test_many_alerts_are_compared_in_parts(judged_here, lines, monkeypatch, write):
    """Each incident once, wherever the parts end; chains of incidents too."""
    alert = {"classification": "single_gunshot", "latitude": 43.03}
    more = [
        {
            **alert,
            "external_id": f"B-{n}",
            "longitude": -87.94 + n % 3 / 10,
            "started_at": f"2026-07-01T{13 + n // 12}:{n % 12 * 5:02d}:00Z",
        }
        for n in range(40)
    ]
    judged_here("import", "alerts", str(lines("more.ndjson", *more)), "--source", "sensors")
    judged_here("correlate")
    count = len(judged_here.json("incidents", "list")["incidents"])
    assert count == 42
    whole = dry(judged_here, "--rules", write(EVERYBODY_CALLS))
    for size in (1, 2, 7):
        monkeypatch.setattr("app.worker.dry_run.ALERTS_AT_ONCE", size)
        parts = dry(judged_here, "--rules", write(EVERYBODY_CALLS))
        assert parts == whole, size
    assert whole["incidents"] == count


def test_rules_go_only_with_a_dry_run(judged, settings, write):
    before = everything(settings)
    file = write(IMPATIENT)
    done = judged("correlate", "--rules", file, exit_code=1)
    assert "--rules only goes with --dry-run" in done.stderr
    assert f"earshot rules use {file}" in done.stderr
    assert everything(settings) == before


def test_the_period_must_not_end_before_it_begins(judged_here):
    done = judged_here("correlate", "--dry-run", "--from", "2026-07-02", "--to", "2026-07-01", exit_code=1)
    assert "--from lies after --to" in done.stderr
