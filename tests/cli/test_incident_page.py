"""`earshot incidents show`: what analysts decided, what else would change the verdict, and busy nights."""

import math
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.db import Database
from app.db.models import Call
from app.domain.vocabulary import Decision
from app.incidents.reviews import decide_link


@pytest.fixture
def decide(settings):
    def decided(incident, external_id, decision):
        database = Database(settings)
        with database.write() as session:
            call_id = session.scalars(select(Call.id).where(Call.external_id == external_id)).one()
            now = datetime(2026, 7, 2, tzinfo=UTC)
            decide_link(session, incident, str(call_id), decision, "by radio", actor="test", now=now)
        database.dispose()
        return str(call_id)

    return decided


def number_of(earshot, verdict):
    return earshot.json("incidents", "list", "--verdict", verdict)["incidents"][0]["number"]


def page(earshot, number):
    """The document, and the paragraph of each call by its id."""
    document = earshot.json("incidents", "show", number)
    said = earshot("incidents", "show", number).stdout
    paragraphs = {
        text.split()[1].rstrip(","): " ".join(text.split())
        for text in said.split("\n\n")
        if text.startswith("Call ")
    }
    return document, said, paragraphs


def test_a_confirmed_call_that_lies_outside(judged, decide):
    number = number_of(judged, "unreported")
    call_id = decide(number, "O-5", Decision.CONFIRMED)
    assert judged.json("correlate")["changed"] == 1
    document, said, calls = page(judged, number)
    assert document["calls"][0]["evidence"] is None
    assert f"Incident {number}: REPORTED" in said
    assert "An analyst confirmed that a call reports it." in said
    assert "reports this incident with > 99.9 %, confirmed by an analyst" in calls[call_id]
    assert "there is no evidence to weigh" in calls[call_id]
    assert "without it" not in calls[call_id]


def test_a_rejected_call(judged, decide):
    number = number_of(judged, "reported")
    call_id = decide(number, "C-0", Decision.REJECTED)
    judged("correlate")
    document, said, calls = page(judged, number)
    assert f"Incident {number}: REPORTED" in said, "two others report it"
    assert len(calls) == len(document["calls"]) == 3
    assert "reports this incident with < 0.1 %, rejected by an analyst" in calls[call_id]
    assert "its nature, shots fired" in calls[call_id]
    assert "without it" not in calls[call_id], "it does not count already"
    others = [text for other, text in calls.items() if other != call_id]
    assert all("without it P would be" in text and "rejected" not in text for text in others)
    for name in ("C-1", "C-2"):
        decide(number, name, Decision.REJECTED)
    judged("correlate")
    assert f"Incident {number}: UNREPORTED" in judged("incidents", "show", number).stdout


def test_a_rejected_call_that_lies_outside_is_shown_without_evidence(judged, decide):
    number = number_of(judged, "unreported")
    call_id = decide(number, "O-5", Decision.REJECTED)
    judged("correlate")
    document, said, calls = page(judged, number)
    assert (document["verdict"], document["probability_reported"]) == ("unreported", 0.0)
    assert "rejected by an analyst" in calls[call_id]
    assert "there is no evidence to weigh" in calls[call_id]
    assert "explains it" in said


def test_the_call_on_which_the_verdict_hangs(judged, decide):
    number = number_of(judged, "reported")
    _, _, calls = page(judged, number)
    assert not any("it would not count as reported" in text for text in calls.values()), "there are three"
    for name in ("C-0", "C-1"):
        decide(number, name, Decision.REJECTED)
    judged("correlate")
    document, _, calls = page(judged, number)
    (decisive,) = (call for call in document["calls"] if call["decision"] == "automatic")
    assert decisive["without"] == {"probability_reported": 0.0, "decisive": True}
    assert "without it P would be < 0.1 %, and it would not count as reported" in calls[decisive["id"]]


def test_a_night_on_which_the_whole_city_calls(earshot_on_both, add_sources, lines):
    """Three quiet days to fit a background to; then thirty calls of shots fired all over the city at once."""
    add_sources(earshot_on_both)
    quiet = [
        {
            "external_id": f"C-{n}",
            "received_at": f"2026-07-0{1 + n // 100}T{n % 100 // 5:02d}:{n % 5 * 12:02d}:00Z",
            "longitude": -87.94 + n % 20 / 250,
            "latitude": 43.03 + n // 20 / 250,
            "nature": "shots_fired" if n % 10 == 0 else "other",
            "origin": "citizen",
        }
        for n in range(300)
    ]
    busy = [
        {
            "external_id": f"N-{n}",
            "received_at": f"2026-07-04T03:{55 + n // 6:02d}:{n % 6 * 10:02d}Z",
            "longitude": -87.94 + 0.03 + n % 6 / 125,
            "latitude": 43.03 + 0.03 + n // 6 / 250,
            "nature": "shots_fired",
            "origin": "citizen",
        }
        for n in range(30)
    ]
    near = {"longitude": -87.9401, "latitude": 43.0301, "origin": "citizen"}
    report = {
        **near,
        "external_id": "R",
        "received_at": "2026-07-04T04:01:00Z",
        "nature": "shots_fired",
    }
    last = {**near, "external_id": "Z", "received_at": "2026-07-04T09:00:00Z", "nature": "other"}
    alert = {"external_id": "A", "longitude": -87.94, "latitude": 43.03, "classification": "single_gunshot"}
    alerts = lines("alerts.ndjson", {**alert, "started_at": "2026-07-04T04:00:00Z"})
    earshot_on_both("import", "calls", str(lines("quiet.ndjson", *quiet, report, last)), "--source", "cad")
    earshot_on_both("import", "alerts", str(alerts), "--source", "sensors")
    earshot_on_both("correlate")
    number = number_of(earshot_on_both, "reported")
    document, _, told = page(earshot_on_both, number)
    (call,) = document["calls"]
    assert call["evidence"]["live_factor"] == 1.0
    assert "as often" not in told[call["id"]]
    usual = call["evidence"]["background"]

    earshot_on_both("import", "calls", str(lines("busy.ndjson", *busy)), "--source", "cad")
    earshot_on_both("correlate")
    document, _, told = page(earshot_on_both, number)
    (call,) = document["calls"]
    factor = call["evidence"]["live_factor"]
    assert factor > 2
    assert f"such calls are anyway, the city then calling {factor:.1f} times as often" in told[call["id"]]
    assert call["evidence"]["background"] == pytest.approx(usual - math.log(factor))
