import pytest


@pytest.fixture
def judged(earshot, add_sources, shooting):
    return judge(earshot, add_sources, shooting)


@pytest.fixture
def judged_on_both(earshot_on_both, add_sources, shooting):
    return judge(earshot_on_both, add_sources, shooting)


def judge(earshot, add_sources, shooting):
    add_sources(earshot)
    alerts, calls = shooting
    earshot("import", "alerts", str(alerts), "--source", "sensors")
    earshot("import", "calls", str(calls), "--source", "cad")
    done = earshot.json("correlate")
    assert done["changed"] == 2
    assert done["rules_version"].startswith("r-")
    assert (done["from"], done["to"]) == ("2026-07-01T02:00:00.000Z", "2026-07-01T12:00:00.000Z")
    return earshot


def test_the_list(judged_on_both):
    incidents = judged_on_both.json("incidents", "list")
    assert [item["verdict"] for item in incidents["incidents"]] == ["unreported", "reported"]
    assert incidents["more"] is False
    assert judged_on_both.json("correlate")["changed"] == 0


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
def test_the_conditions(judged, conditions, rounds):
    found = judged.json("incidents", "list", *conditions)["incidents"]
    assert [item["rounds"] for item in found] == rounds


def test_nothing_is_cut_silently(judged):
    done = judged("incidents", "list", "--limit", "1")
    assert "--limit" in done.stderr
    assert judged.json("incidents", "list", "--limit", "1")["more"] is True


def test_nothing_found_is_said(judged):
    assert "leave out some" in judged("incidents", "list", "--from", "2030-01-01").stdout


def test_one_incident_with_its_evidence(judged_on_both):
    number = judged_on_both.json("incidents", "list", "--verdict", "reported")["incidents"][0]["number"]
    document = judged_on_both.json("incidents", "show", number)
    assert document["calls"][0]["evidence"]["total"] > 0
    assert document["history"][-1]["verdict"] == "reported"
    said = judged_on_both("incidents", "show", number).stdout
    assert f"Incident {number}: REPORTED" in said
    assert document["reason"] in said
    assert "its nature, shots fired" in said
    assert "times as likely a report of this shooting" in said
    assert "History" in said
    assert judged_on_both.json("incidents", "show", document["id"]) == document


def test_one_that_nobody_reported(judged):
    number = judged.json("incidents", "list", "--verdict", "unreported")["incidents"][0]["number"]
    assert "No call in the time and place" in judged("incidents", "show", number).stdout


def test_a_period(judged):
    done = judged.json("correlate", "--from", "2026-07-01T10:00:00Z", "--to", "2026-07-01T13:00:00Z")
    assert done["from"] == "2026-07-01T10:00:00.000Z"
    assert "0 incidents changed" in judged("correlate", "--from", "2026-07-01").stdout


def test_without_alerts(earshot):
    assert "no alerts" in earshot("correlate").stdout
    assert "earshot import alerts" in earshot("incidents", "list").stdout


def test_the_rules_in_force(judged):
    shown = judged.json("rules", "show")
    assert shown["parameters"]["window_after_s"] == 900
    assert shown["version"] == judged.json("correlate")["rules_version"]
    said = judged("rules", "show").stdout
    assert "shots_fired" in said
    assert shown["version"] in said
