"""The records that alerts themselves create in a call feed: from the mapping to the incident's page."""

from collections.abc import Callable
from typing import Any

import pytest

from app.adapters import preset_text
from app.correlation.parameters import Parameters
from app.domain.vocabulary import SourceKind
from app.incidents.queries import find_incident
from app.rules.store import put_in_force
from app.worker.everything import correlate
from tests.correlation.conftest import place
from tests.worker.conftest import Town, instant

BY_NARRATIVE = preset_text("generic-calls-json").replace(
    'alert_external_id = "alert_external_id"',
    r"""alert_external_id = "extract(narrative, 'Alert ID ([A-Z0-9-]+)')" """,
)


@pytest.fixture
def town(town: Town) -> Town:
    """Long after the shots, when all is heard."""
    town.clock.now = instant(20_000)
    town.heartbeat(19_000)
    return town


def records(town: Town, key: str) -> list[str]:
    """The CAD records of an alert's incident, by their ids, as the API shows them."""
    with town.database.read() as session:
        shown = find_incident(session, str(town.incident(key).id))
    assert isinstance(shown, dict)
    assert shown["cad_record_count"] == len(shown["cad_records"])
    return [record["external_id"] for record in shown["cad_records"]]


def sensor(town: Town, key: str, at: float = 60, **fields: Any) -> None:
    town.call(key, at, **{"origin": "sensor", **fields})


def test_by_name_wherever_it_is(town: Town) -> None:
    """Without a position, and 20 km away, where another alert is nearer in time and place."""
    town.alert("SST-1")
    town.alert("SST-2", 30, place(20_000))
    sensor(town, "R1", alert_external_id="SST-1", where=())
    sensor(town, "R2", 35, alert_external_id="SST-1", where=place(20_000))
    sensor(town, "R3", alert_external_id="SST-2", where=place(0))
    town.work_off()
    assert records(town, "SST-1") == ["R2", "R1"]
    assert records(town, "SST-2") == ["R3"]
    for key in ("SST-1", "SST-2"):
        assert (town.verdict(key), town.links(key)) == ("unreported", {})


def test_its_times_of_service_are_shown(town: Town) -> None:
    town.alert("SST-1")
    sensor(
        town,
        "R1",
        alert_external_id="SST-1",
        dispatched_at=instant(100).isoformat(),
        arrived_at=instant(400).isoformat(),
    )
    town.work_off()
    with town.database.read() as session:
        shown = find_incident(session, str(town.incident("SST-1").id))
    assert isinstance(shown, dict)
    assert shown["cad_records"] == [
        {
            "external_id": "R1",
            "dispatched_at": "2026-07-04T11:56:40.000Z",
            "arrived_at": "2026-07-04T12:01:40.000Z",
        }
    ]


@pytest.mark.parametrize(
    ("at", "where", "belongs"),
    [
        (60, place(100), True),
        (-119, place(0, 290), True),
        (899, place(0), True),
        (60, place(310), False),
        (-121, place(0), False),
        (901, place(0), False),
        (60, (), False),
    ],
)
def test_without_a_name_by_time_and_place(
    town: Town, at: float, where: tuple[float, float], belongs: bool
) -> None:
    town.alert("A")
    sensor(town, "R", at, where=where)
    town.work_off()
    assert records(town, "A") == (["R"] if belongs else [])


@pytest.mark.parametrize(("at", "belongs"), [(-900, True), (900, True), (-901, False), (901, False)])
def test_a_name_counts_within_a_quarter_of_an_hour(town: Town, at: float, belongs: bool) -> None:
    """Vendors' ids come around again; those of other nights are of other nights."""
    town.alert("A")
    sensor(town, "R", at, alert_external_id="A")
    town.work_off()
    assert records(town, "A") == (["R"] if belongs else [])


def test_how_far_a_name_reaches_is_a_rule(town: Town) -> None:
    town.alert("A")
    sensor(town, "R", 5000, alert_external_id="A")
    town.work_off()
    assert records(town, "A") == []
    with town.database.write() as session:
        put_in_force(session, Parameters(cad_within_s=6000), None, actor="test", now=town.clock())
    correlate(
        town.database,
        town.clock,
        town.zone_name,
        from_at=None,
        through_at=None,
        actor="test",
        progress=lambda *_: None,
    )
    assert records(town, "A") == ["R"]


def test_who_names_another_alert_does_not_belong_to_the_nearest(town: Town) -> None:
    town.alert("A")
    sensor(town, "R", alert_external_id="unheard-of")
    town.work_off()
    assert records(town, "A") == []
    town.alert("unheard-of", 50, place(9000))
    town.work_off()
    assert (records(town, "A"), records(town, "unheard-of")) == ([], ["R"])


def test_it_may_come_before_its_alert(town: Town) -> None:
    sensor(town, "R", alert_external_id="A", where=place(5000))
    town.work_off()
    town.alert("A")
    town.work_off()
    assert records(town, "A") == ["R"]


def test_a_correction_of_the_name_moves_it(town: Town) -> None:
    town.alert("A")
    town.alert("B", 10, place(8000))
    sensor(town, "R", alert_external_id="A")
    town.work_off()
    assert (records(town, "A"), records(town, "B")) == (["R"], [])
    sensor(town, "R", alert_external_id="B", revision=2)
    town.work_off()
    assert (records(town, "A"), records(town, "B")) == ([], ["R"])
    sensor(town, "R", alert_external_id=None, revision=3)
    town.work_off()
    assert (records(town, "A"), records(town, "B")) == (["R"], [])


def test_a_retracted_alert_keeps_its_record(town: Town) -> None:
    town.alert("A")
    sensor(town, "R", alert_external_id="A")
    town.work_off()
    town.retract("A")
    town.work_off()
    assert (town.verdict("A"), records(town, "A")) == ("withdrawn", ["R"])


def test_without_a_name_an_incident_that_stands_comes_first(town: Town) -> None:
    town.alert("gone", 50)
    town.alert("stands", 0, place(250))
    town.retract("gone")
    sensor(town, "R", 55, where=place(0))
    town.work_off()
    assert (records(town, "gone"), records(town, "stands")) == ([], ["R"])


def test_each_record_is_shown_once(town: Town) -> None:
    """Two incidents in reach: the nearest takes it; and of an incident's alerts it matters not which."""
    town.alert("A1")
    town.alert("A2", 20, place(100))
    town.alert("B", 400, place(200))
    sensor(town, "R1", 30)
    sensor(town, "R2", 420, where=place(190))
    town.work_off()
    assert town.members() == {frozenset({"A1", "A2"}), frozenset({"B"})}
    assert (records(town, "A1"), records(town, "B")) == (["R1"], ["R2"])


def test_only_a_sensor_s_record_is_one(town: Town) -> None:
    """A citizen's call that quotes an alert's number is still a citizen's call."""
    town.alert("A")
    town.call("C", alert_external_id="A")
    town.work_off()
    assert (town.verdict("A"), records(town, "A")) == ("reported", [])


def test_of_alerts_of_one_name_the_nearest_in_time(town: Town, add_feed: Callable[..., str]) -> None:
    add_feed("other-sensors", SourceKind.ALERTS)
    town.alert("7", 0)
    town.alert("7", 300, place(5000), source="other-sensors")
    sensor(town, "early", 20, alert_external_id="7", where=())
    sensor(town, "late", 290, alert_external_id="7", where=())
    town.work_off()
    shown = {}
    with town.database.read() as session:
        for incident in town.incidents():
            document = find_incident(session, str(incident.id))
            assert isinstance(document, dict)
            shown[document["alerts"][0]["source"]] = [
                record["external_id"] for record in document["cad_records"]
            ]
    assert shown == {"sensors": ["early"], "other-sensors": ["late"]}


def test_the_name_can_stand_in_the_narrative(town: Town, add_feed: Callable[..., str]) -> None:
    mapping = BY_NARRATIVE + "\n[origin]\nsensor = [\"nature_code == 'SST'\"]\n"
    add_feed("narrating", SourceKind.CALLS, mapping)
    town.heartbeat(19_000, "narrating")
    town.alert("SST-815")
    words: dict[str, Any] = {
        "source": "narrating",
        "origin": None,
        "nature_code": "SST",
        "where": place(12_000),
    }
    town.call("R1", narrative="ACOUSTIC ALERT, Alert ID SST-815, 3 RDS", **words)
    town.call("R2", narrative="ACOUSTIC ALERT, NO ID GIVEN", **words)
    town.work_off()
    assert (records(town, "SST-815"), town.verdict("SST-815")) == (["R1"], "unreported")


def test_the_same_on_a_clock_that_is_off(town: Town, add_feed: Callable[..., str]) -> None:
    add_feed("ahead", SourceKind.CALLS, "clock_offset_s = 3600\n" + preset_text("generic-calls-json"))
    town.heartbeat(19_000, "ahead")
    town.alert("A")
    sensor(town, "R", 3660, alert_external_id="A", source="ahead", where=())
    sensor(town, "S", 3660, source="ahead")
    sensor(town, "T", 60, alert_external_id="A", source="ahead")
    town.work_off()
    assert records(town, "A") == ["R", "S"]
