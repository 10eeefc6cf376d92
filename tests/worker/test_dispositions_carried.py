"""What an analyst found stays with the alerts that it was about, however they are regrouped."""

import pytest

from app.domain.vocabulary import Disposition
from app.incidents.dispositions import decide_disposition
from app.incidents.queries import find_incident
from tests.correlation.conftest import place
from tests.worker.conftest import Town


@pytest.fixture
def quiet(town: Town) -> Town:
    town.heartbeat(120)
    return town


def say(town: Town, key: str, word: Disposition | None) -> None:
    with town.database.write() as session:
        named = str(town.incident(key).id)
        decide_disposition(session, named, word, key, {}, actor="test", now=town.clock())


def said(town: Town, key: str) -> tuple[str | None, list[str | None]]:
    """The current word of an alert's incident, and the notes (the keys spoken of) of its history."""
    with town.database.read() as session:
        found = find_incident(session, str(town.incident(key).id), with_dispositions=True)
    assert isinstance(found, dict)
    return found["disposition"], [each["note"] for each in found["disposition_history"]]


def put(town: Town, **metres: float) -> None:
    for key, east in metres.items():
        town.alert(key, 10 if key == "bridge" else 0, place(east))
        town.work_off()


def test_a_merge_brings_both_together_and_the_later_word_holds(quiet: Town) -> None:
    put(quiet, west=0, east=500)
    say(quiet, "east", Disposition.CONFIRMED)
    say(quiet, "west", Disposition.UNFOUNDED)
    put(quiet, bridge=250)
    assert quiet.incident("east").id == quiet.incident("west").id
    assert said(quiet, "west") == ("unfounded", ["east", "west"])
    assert quiet.events()[-1].document["disposition"] == "unfounded"


def test_a_word_comes_with_the_incident_that_is_absorbed(quiet: Town) -> None:
    put(quiet, west=0, east=500)
    say(quiet, "east", Disposition.CONFIRMED)
    absorbed = quiet.incident("east").id
    put(quiet, bridge=250)
    assert said(quiet, "west") == ("confirmed", ["east"])
    assert quiet.incident_by_id(absorbed).disposition is None


def test_after_a_split_each_has_what_was_said_of_it(quiet: Town) -> None:
    put(quiet, west=0, east=500)
    say(quiet, "east", Disposition.CONFIRMED)
    put(quiet, bridge=250)
    quiet.retract("bridge")
    quiet.work_off()
    assert said(quiet, "east") == ("confirmed", ["east"])
    assert said(quiet, "west") == (None, [])


def test_what_was_said_of_the_whole_goes_with_its_founder(quiet: Town) -> None:
    put(quiet, west=0, east=500, bridge=250)
    say(quiet, "west", Disposition.CONFIRMED)
    quiet.retract("bridge")
    quiet.work_off()
    assert said(quiet, "west") == ("confirmed", ["west"])
    assert said(quiet, "east") == (None, [])


def test_a_withdrawn_founder_does_not_take_it_along(quiet: Town) -> None:
    put(quiet, first=0, second=10)
    say(quiet, "first", Disposition.CONFIRMED)
    quiet.retract("first")
    quiet.work_off()
    assert quiet.verdict("first") == "withdrawn"
    assert said(quiet, "second") == ("confirmed", ["first"])
    assert said(quiet, "first") == (None, [])


def test_it_stays_when_all_is_withdrawn_and_comes_back(quiet: Town) -> None:
    put(quiet, first=0)
    say(quiet, "first", Disposition.UNFOUNDED)
    quiet.alert("first", classification="fireworks", revision=2)
    quiet.work_off()
    assert quiet.verdict("first") == "withdrawn"
    assert said(quiet, "first") == ("unfounded", ["first"])
    quiet.alert("first", revision=3)
    quiet.work_off()
    assert said(quiet, "first") == ("unfounded", ["first"])


def test_it_leaves_a_part_that_is_withdrawn_after_a_split(quiet: Town) -> None:
    """Nothing is regrouped then: only what the founder's own incident is worth has changed."""
    put(quiet, west=0, east=500, bridge=250)
    say(quiet, "west", Disposition.CONFIRMED)
    quiet.retract("bridge")
    quiet.work_off()
    quiet.retract("west")
    quiet.work_off()
    assert said(quiet, "west") == (None, [])
    assert said(quiet, "east") == ("confirmed", ["west"])
