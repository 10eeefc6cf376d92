import pytest

from app.insight.follow_up_schemas import FollowUpEffect
from app.insight.schemas import Reporting, ResponseTimes, SensitivityTable
from app.insight.scorecard_schemas import Scorecard


def test_reporting(judged):
    found = judged.json("insight", "reporting", "--by", "rounds", "--min-count", "1")
    Reporting.model_validate(found)
    assert {row["group"]: row["reported"] for row in found["rows"] if row["denominator"]} == {
        "2 to 4": 0,
        "5 to 9": 1,
    }
    said = judged("insight", "reporting", "--by", "rounds", "--min-count", "1").stdout
    assert "2 incidents" in said
    assert "citizen and unknown" in said
    assert "50.0%" in said
    assert "no coverage zone" in said


def test_reporting_against_an_earlier_period(judged):
    period = ("--from", "2026-07-01T06:00:00Z", "--compare-from", "2026-07-01", "--compare-to")
    found = judged.json("insight", "reporting", *period, "2026-07-01T06:00:00Z", "--min-count", "1")
    assert found["totals"]["difference"]["value"] == -1
    said = judged("insight", "reporting", *period, "2026-07-01T06:00:00Z", "--min-count", "1").stdout
    assert "Compared with: 1 incidents" in said
    assert "-100.0" in said
    refused = judged("insight", "reporting", *period, "2026-07-01T08:00:00Z", exit_code=1)
    assert "compare_to" in refused.stderr


def test_words_that_are_none(judged):
    assert "street" in judged("insight", "reporting", "--by", "street", exit_code=2).stderr


def test_nothing_yet(earshot):
    assert earshot.json("insight", "reporting")["totals"]["denominator"] == 0
    assert "0 incidents" in earshot("insight", "reporting").stdout


def test_response(judged):
    found = judged.json("insight", "response", "--by", "line")
    ResponseTimes.model_validate(found)
    assert {row["group"]: row["incidents"] for row in found["rows"]} == {"911": 1, None: 1}
    assert found["totals"]["first_call"]["median"]["value"] == 60
    said = judged("insight", "response", "--by", "line").stdout
    assert "1:00" in said
    assert "911: the alert came first in 0 of 0 (no share)" in said
    assert "line" in judged("insight", "response", "--by", "street", exit_code=2).stderr


def test_response_against_an_earlier_period(judged):
    period = ("--from", "2026-07-01T01:00:00Z", "--compare-from", "2026-07-01", "--compare-to")
    found = judged.json("insight", "response", *period, "2026-07-01T01:00:00Z")
    assert found["totals"]["earlier"]["incidents"] == 0
    assert (
        "Compared with: 0 incidents" in judged("insight", "response", *period, "2026-07-01T01:00:00Z").stdout
    )


def test_scorecard(judged):
    number = judged.json("incidents", "list", "--verdict", "reported")["incidents"][0]["number"]
    where = ("--casings", "2", "--evidence-at", "-87.9401,43.0301")
    judged("incidents", "disposition", number, "confirmed", *where)
    found = judged.json("insight", "scorecard", "--min-count", "1")
    Scorecard.model_validate(found)
    (row,) = found["rows"]
    assert (row["group"], row["alerts"], row["confirmed_by_evidence"]["numerator"]) == ("sensors", 2, 1)
    assert row["location_error_m"]["median"]["value"] == pytest.approx(13.8, abs=0.1)
    said = judged("insight", "scorecard", "--min-count", "1").stdout
    assert "2 alerts" in said
    assert "50.0%" in said
    assert "14 m" in said
    assert "no coverage zone" in said
    period = ("--from", "2026-07-01T06:00:00Z", "--compare-from", "2026-07-01", "--compare-to")
    compared = judged("insight", "scorecard", *period, "2026-07-01T06:00:00Z", "--min-count", "1").stdout
    assert "Compared with: 1 alerts" in compared
    assert "-100.0" in compared
    assert "zone" in judged("insight", "scorecard", "--by", "zone", exit_code=2).stderr


def test_follow_ups(judged):
    assert "No follow-up is done" in judged("insight", "follow-ups").stdout
    number = judged.json("incidents", "list", "--verdict", "unreported")["incidents"][0]["number"]
    for kind, results in (("evidence_search", "casings=3"), ("outreach", "doors=20")):
        made = judged.json("incidents", "follow-ups", "add", number, kind)
        change = ("incidents", "follow-ups", "change", made["id"], "--state", "done", "--result", results)
        judged(*change)
    found = judged.json("insight", "follow-ups")
    FollowUpEffect.model_validate(found)
    assert found["totals"]["kinds"]["outreach"] | {"outcomes": None} == {
        "done": 1,
        "results": {**dict.fromkeys(found["totals"]["kinds"]["outreach"]["results"]), "doors": 20},
        "outcomes": None,
    }
    assert found["totals"]["found"]["casings"] == 3
    assert found["rows"][0]["zone"] is None
    said = judged("insight", "follow-ups").stdout
    assert "3 casings" in said
    assert "no before and after" in said
    assert "zone" in judged("insight", "follow-ups", "--zone-kind", "street", exit_code=2).stderr


def test_sensitivity(judged):
    found = judged.json("sensitivity", "--unit", "alerts")
    SensitivityTable.model_validate(found)
    assert (found["denominator"], found["calls"], found["as_of"]) == (2, 3, None)
    assert "50.0%" in judged("sensitivity").stdout
    assert judged.json("sensitivity", "--as-of", "2026-07-01")["denominator"] == 0
    assert "future" in judged("sensitivity", "--as-of", "2199-01-01", exit_code=1).stderr
