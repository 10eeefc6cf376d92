"""`earshot incidents disposition` and the rest of what people do with an incident."""

import pytest

from tests.cli.test_incidents import judge


@pytest.fixture
def judged(earshot_on_both, add_sources, shooting):
    return judge(earshot_on_both, add_sources, shooting)


def number_of(earshot, verdict):
    return earshot.json("incidents", "list", "--verdict", verdict)["incidents"][0]["number"]


def test_a_disposition(judged):
    number = number_of(judged, "unreported")
    told = judged.json("incidents", "disposition", number, "confirmed", "--casings", "2", "--note", "porch")
    assert told["evidence"] == {"casings": 2}
    assert told["actor"].startswith("cli:")
    assert "no disposition" in judged("incidents", "disposition", number, "none").stdout
    document = judged.json("incidents", "show", number)
    assert document["disposition"] is None
    assert [each["disposition"] for each in document["disposition_history"]] == ["confirmed", None]
    said = judged("incidents", "show", number).stdout
    assert "2 casings" in said
    assert "taken back" in said


@pytest.mark.parametrize(
    "wrong", [("maybe",), ("confirmed", "--casings", "-1"), ("confirmed", "--note", "x" * 2001)]
)
def test_a_wrong_disposition(judged, wrong):
    judged("incidents", "disposition", number_of(judged, "unreported"), *wrong, exit_code=2)


def test_a_disposition_of_no_incident(earshot):
    assert "no incident" in earshot("incidents", "disposition", "99", "confirmed", exit_code=1).stderr


def test_a_timeline(judged):
    number = number_of(judged, "reported")
    judged("incidents", "disposition", number, "unfounded")
    document = judged.json("incidents", "timeline", number)
    kinds = [entry["kind"] for entry in document["timeline"]]
    assert kinds[0] == "shot"
    assert kinds[-1] == "disposition"
    assert kinds.count("call") == 3
    said = judged("incidents", "timeline", number).stdout
    assert "shots_fired" in said
    assert "alert stored" in said
    assert judged.json("incidents", "timeline", document["incident_id"]) == document


def test_a_timeline_of_no_incident(earshot):
    assert "no incident" in earshot("incidents", "timeline", "99", exit_code=1).stderr
