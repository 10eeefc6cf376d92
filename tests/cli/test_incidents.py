import pytest


def test_the_list(judged):
    incidents = judged.json("incidents", "list")
    assert [item["verdict"] for item in incidents["incidents"]] == ["unreported", "reported"]
    assert incidents["more"] is False
    assert judged.json("correlate")["changed"] == 0


@pytest.mark.parametrize(
    ("conditions", "rounds"),
    [
        (("--verdict", "unreported"), [2]),
        (("--verdict", "unreported", "--verdict", "reported"), [2, 6]),
        (("--min-rounds", "3"), [6]),
        (("--from", "2026-07-01T03:00:00Z"), [2]),
        (("--to", "2026-07-01T03:00:00Z"), [6]),
        (("--from", "2026-07-02"), []),
        (("--needs-review",), []),
        (("--sort", "started_at"), [6, 2]),
    ],
)
def test_the_conditions(judged_here, conditions, rounds):
    found = judged_here.json("incidents", "list", *conditions)["incidents"]
    assert [item["rounds"] for item in found] == rounds


def test_nothing_is_cut_silently(judged_here):
    done = judged_here("incidents", "list", "--limit", "1")
    assert "--limit" in done.stderr
    assert judged_here.json("incidents", "list", "--limit", "1")["more"] is True


def test_nothing_found_is_said(judged_here):
    assert "leave out some" in judged_here("incidents", "list", "--from", "2030-01-01").stdout


def test_one_incident_with_its_evidence(judged):
    number = judged.json("incidents", "list", "--verdict", "reported")["incidents"][0]["number"]
    document = judged.json("incidents", "show", number)
    assert document["calls"][0]["evidence"]["total"] > 0
    assert document["history"][-1]["verdict"] == "reported"
    said = judged("incidents", "show", number).stdout
    assert f"Incident {number}: REPORTED" in said
    assert document["reason"] in said
    assert "its nature, shots fired" in said
    assert "times as likely a report of this shooting" in said
    assert "History" in said
    assert judged.json("incidents", "show", document["id"]) == document


def test_one_that_nobody_reported(judged_here):
    number = judged_here.json("incidents", "list", "--verdict", "unreported")["incidents"][0]["number"]
    assert "No call in the time and place" in judged_here("incidents", "show", number).stdout


def test_a_period(judged_here):
    done = judged_here.json("correlate", "--from", "2026-07-01T10:00:00Z", "--to", "2026-07-01T13:00:00Z")
    assert done["from"] == "2026-07-01T10:00:00.000Z"
    assert "0 incidents changed" in judged_here("correlate", "--from", "2026-07-01").stdout


def test_without_alerts(earshot):
    assert "no alerts" in earshot("correlate").stdout
    assert "earshot import alerts" in earshot("incidents", "list").stdout


def test_the_rules_in_force(judged_here):
    shown = judged_here.json("rules", "show")
    assert shown["parameters"]["window_after_s"] == 900
    assert shown["version"] == judged_here.json("correlate")["rules_version"]
    said = judged_here("rules", "show").stdout
    assert "shots_fired" in said
    assert shown["version"] in said
