"""What analysts decide, through HTTP and the worker: it holds, whatever comes, until it is taken back."""

import pytest

from app.correlation.parameters import Parameters
from app.rules.store import store_rules, use_rules
from tests.records.conftest import HOME, alert, at, call
from tests.records.test_link_reviews import id_of_call, link

OFF_DEG = 0.003
"""Some 240 m to the east: within reach of linking, too far for one place."""


def decide(service, incident, external_id, word):
    answer = service.send(link(incident, id_of_call(service, external_id)), "analyst", {"decision": word})
    assert answer.status_code == 200, answer.text
    service.judge()


def shown(service, incident):
    answer = service.get(f"/v1/incidents/{incident}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def links(service, incident):
    """Calls by their ids at the source: what was decided and how probable they are."""
    by_id = {item["id"]: item["external_id"] for item in service.get("/v1/calls").json()["calls"]}
    return {by_id[item["id"]]: item for item in shown(service, incident)["calls"]}


def send_call(service, number, alert_number, **fields):
    service.post("/v1/calls/dispatch", "cad", call(number, alert_number, **fields))


def far(number, **fields):
    """A call an hour after alert 3 and 20 km away, which nothing but a person can connect with it."""
    place = {"longitude": -87.8, "latitude": 43.2, "received_at": at(3 * 7200 + 3600)}
    return {**call(number, 3), **place, **fields}


def event_types(service, incident):
    from sqlalchemy import select

    from app.db.models import Event

    with service.database.read() as session:
        found = session.scalars(
            select(Event.type).where(Event.incident_id == incident).order_by(Event.id)
        ).all()
    return [kind.removeprefix("incident.") for kind in found]


@pytest.mark.parametrize("place", [{}, {"longitude": None, "latitude": None}], ids=["far", "nowhere"])
def test_a_call_outside_the_gate_can_be_confirmed(night, place):
    night.post("/v1/calls/dispatch", "cad", far(20, **place))
    night.judge()
    before = shown(night, 4)
    assert (before["verdict"], before["calls"]) == ("unreported", [])
    decide(night, 4, "c-20", "confirmed")
    after = shown(night, 4)
    assert (after["verdict"], after["probability_reported"]) == ("reported", 1.0)
    assert after["needs_review"] is False
    assert after["reason"] == "An analyst confirmed that a call reports it."
    (found,) = after["calls"]
    assert (found["decision"], found["probability"]) == ("confirmed", 1.0)
    assert (found["evidence"], found["without"], found["lag_s"], found["distance_m"]) == (None,) * 4
    assert [change["verdict"] for change in after["history"]] == ["unreported", "reported"]
    assert event_types(night, 4)[-2:] == ["reviewed", "reported"]
    decide(night, 4, "c-20", "automatic")
    again = shown(night, 4)
    for changing in ("history", "decided_at", "updated_at"):
        before.pop(changing), again.pop(changing)
    assert again == before


def test_rejecting_the_call_that_decides_changes_the_verdict(night):
    assert links(night, 1)["c-1"]["without"]["decisive"] is True
    decide(night, 1, "c-1", "rejected")
    found = shown(night, 1)
    assert found["verdict"] == "unreported"
    assert found["first_call_lag_s"] is None
    (rejected,) = found["calls"]
    assert (rejected["decision"], rejected["probability"], rejected["without"]) == ("rejected", 0.0, None)
    assert rejected["evidence"]["total"] > 5, "what spoke for it can still be read"
    decide(night, 1, "c-1", "automatic")
    assert shown(night, 1)["verdict"] == "reported"
    assert links(night, 1)["c-1"]["decision"] == "automatic"


def test_rejecting_one_of_two_leaves_the_other_to_decide(night):
    send_call(night, 21, 0, received_at=at(60))
    night.judge()
    assert not any(item["without"]["decisive"] for item in links(night, 1).values())
    decide(night, 1, "c-1", "rejected")
    found = links(night, 1)
    assert shown(night, 1)["verdict"] == "reported"
    assert found["c-21"]["without"]["decisive"] is True
    assert shown(night, 1)["first_call_lag_s"] == 60.0


def test_a_confirmed_call_speaks_for_no_other_incident(night):
    """Two shootings 100 s apart and one call after both: confirmed for the one, it is none of the other."""
    night.post("/v1/alerts/sensors", "vendor", alert(3, external_id="late", started_at=at(3 * 7200 + 100)))
    send_call(night, 22, 3, received_at=at(3 * 7200 + 150))
    night.judge()
    early = shown(night, 4)["id"]
    late = next(
        item["id"]
        for item in night.get("/v1/incidents").json()["incidents"]
        if item["alerts"][0]["external_id"] == "late"
    )
    assert "c-22" in links(night, early)
    assert "c-22" in links(night, late)
    decide(night, early, "c-22", "confirmed")
    assert shown(night, early)["verdict"] == "reported"
    assert links(night, early)["c-22"]["evidence"]["total"] > 0, "it lies inside, so the evidence stays"
    assert (shown(night, late)["verdict"], shown(night, late)["calls"]) == ("unreported", [])
    decide(night, early, "c-22", "automatic")
    assert "c-22" in links(night, late)


def test_a_late_call_of_an_incident_is_decided_by_hand_though_its_window_was_dead(night):
    """Without a covered window the verdict is indeterminate; a person's word does not need the feed."""
    night.post("/v1/alerts/sensors", "vendor", alert(30, started_at=at(230_000)))
    night.judge()
    incident = night.get("/v1/incidents").json()["incidents"][0]["id"]
    assert shown(night, incident)["verdict"] == "indeterminate"
    decide(night, incident, "c-1", "confirmed")
    assert shown(night, incident)["verdict"] == "reported"
    decide(night, incident, "c-1", "automatic")
    assert shown(night, incident)["verdict"] == "indeterminate"


def test_an_incident_without_a_position_can_be_reported_by_hand(night):
    assert shown(night, 6)["verdict"] == "indeterminate"
    decide(night, 6, "c-1", "confirmed")
    found = shown(night, 6)
    assert (found["verdict"], found["probability_reported"]) == ("reported", 1.0)
    assert shown(night, 1)["verdict"] == "unreported", "the call has been given away"


def test_a_withdrawn_incident_stays_withdrawn(night):
    withdrawn = next(item["id"] for item in night.get("/v1/incidents?verdict=withdrawn").json()["incidents"])
    decide(night, withdrawn, "c-1", "confirmed")
    found = shown(night, withdrawn)
    assert (found["verdict"], found["probability_reported"], found["calls"]) == ("withdrawn", None, [])


def test_decisions_survive_growing_merging_and_splitting(night):
    """`west` and `east` are 460 m apart; `bridge` joins them, and its retraction parts them again."""
    for name, east in (("west", 0.0), ("east", 2 * OFF_DEG)):
        night.post(
            "/v1/alerts/sensors",
            "vendor",
            alert(3, external_id=name, started_at=at(70_000), longitude=HOME[0] + 0.1 + east),
        )
    beside_east = {"received_at": at(70_090), "longitude": HOME[0] + 0.1 + 2 * OFF_DEG}
    night.post("/v1/calls/dispatch", "cad", [far(23), call(25, 3, **beside_east)])
    night.judge()

    def incident_of(name):
        alerts = night.get(f"/v1/alerts?q={name}").json()["alerts"]
        return next(item["incident_id"] for item in alerts if item["external_id"] == name)

    west, east = incident_of("west"), incident_of("east")
    assert west != east
    decide(night, west, "c-23", "confirmed")
    decide(night, east, "c-25", "rejected")
    bridge = alert(3, external_id="bridge", started_at=at(70_000), longitude=HOME[0] + 0.1 + OFF_DEG)
    night.post("/v1/alerts/sensors", "vendor", bridge)
    night.judge()
    merged = incident_of("bridge")
    assert incident_of("west") == incident_of("east") == merged
    found = links(night, merged)
    assert {name: found[name]["decision"] for name in ("c-23", "c-25")} == {
        "c-23": "confirmed",
        "c-25": "rejected",
    }
    assert shown(night, merged)["verdict"] == "reported"
    night.post("/v1/alerts/sensors", "vendor", {"external_id": "bridge", "status": "retracted"})
    night.judge()
    assert incident_of("west") != incident_of("east")
    assert links(night, incident_of("west"))["c-23"]["decision"] == "confirmed"
    assert shown(night, incident_of("west"))["verdict"] == "reported"
    assert "c-23" not in links(night, incident_of("east"))
    assert links(night, incident_of("east"))["c-25"]["decision"] == "rejected"
    assert "c-25" not in {
        name for name, item in links(night, incident_of("west")).items() if item["decision"] == "rejected"
    }


def test_a_decision_about_an_incident_of_several_alerts_is_about_the_whole(night):
    """However many alerts it has, and whichever come later."""
    for number in range(3):
        more = alert(3, external_id=f"more-{number}", started_at=at(21_601 + number))
        night.post("/v1/alerts/sensors", "vendor", more)
    night.post("/v1/calls/dispatch", "cad", [far(26), call(27, 3)])
    night.judge()
    assert len(shown(night, 4)["alerts"]) == 4
    decide(night, 4, "c-26", "confirmed")
    decide(night, 4, "c-27", "rejected")
    night.post("/v1/alerts/sensors", "vendor", alert(3, external_id="first", started_at=at(21_590)))
    night.judge()
    found = links(night, 4)
    assert len(shown(night, 4)["alerts"]) == 5
    assert (found["c-26"]["decision"], found["c-27"]["decision"]) == ("confirmed", "rejected")
    for name in ("c-26", "c-27"):
        decide(night, 4, name, "automatic")
    found = links(night, 4)
    assert {name: item["decision"] for name, item in found.items()} == {"c-27": "automatic"}
    decide(night, 4, "c-27", "rejected")
    decide(night, 4, "c-27", "confirmed")
    assert links(night, 4)["c-27"]["decision"] == "confirmed"


def test_decisions_survive_new_rules(night):
    night.post("/v1/calls/dispatch", "cad", far(28))
    night.judge()
    decide(night, 4, "c-28", "confirmed")
    decide(night, 1, "c-1", "rejected")
    with night.database.write() as session:
        stored = store_rules(session, Parameters(prior_reported=0.5), None, now=night.clock())
        use_rules(session, stored.version, actor="test", now=night.clock())
    night.judge()
    for incident, external_id, verdict, word in (
        (4, "c-28", "reported", "confirmed"),
        (1, "c-1", "unreported", "rejected"),
    ):
        found = shown(night, incident)
        assert (found["verdict"], found["rules_version"]) == (verdict, stored.version)
        assert links(night, incident)[external_id]["decision"] == word


def test_a_decision_survives_a_revision_of_the_call(night):
    night.post("/v1/calls/dispatch", "cad", far(29))
    night.judge()
    decide(night, 4, "c-29", "confirmed")
    moved = far(29, received_at=at(3 * 7200 + 70_000), revised_at="2026-07-02T00:00:00Z")
    night.post("/v1/calls/dispatch", "cad", moved)
    night.judge()
    assert shown(night, 4)["verdict"] == "reported"
    near = call(29, 3, revised_at="2026-07-02T01:00:00Z")
    night.post("/v1/calls/dispatch", "cad", near)
    night.judge()
    (found,) = shown(night, 4)["calls"]
    assert (found["decision"], found["lag_s"]) == ("confirmed", 90.0)
    assert shown(night, 4)["first_call_lag_s"] == 90.0


def test_a_viewer_sees_the_verdict_and_no_calls(night):
    night.post("/v1/calls/dispatch", "cad", far(31))
    night.judge()
    decide(night, 4, "c-31", "confirmed")
    seen = night.get("/v1/incidents/4", "viewer").json()
    assert (seen["verdict"], seen["call_count"], "calls" in seen) == ("reported", 1, False)


def test_a_confirmation_outlives_the_retraction_of_the_first_alert(night):
    """The vendor takes one of two alerts back: what the caller told of is still there."""
    night.post("/v1/alerts/sensors", "vendor", alert(3, external_id="second", started_at=at(21_605)))
    night.post("/v1/calls/dispatch", "cad", far(32))
    night.judge()
    decide(night, 4, "c-32", "confirmed")
    night.post("/v1/alerts/sensors", "vendor", {"external_id": "a-3", "status": "retracted"})
    night.judge()
    assert [alert["external_id"] for alert in shown(night, 4)["alerts"]] == ["second"]
    assert shown(night, 4)["verdict"] == "reported"
    assert links(night, 4)["c-32"]["decision"] == "confirmed"
    decide(night, 4, "c-32", "automatic")
    assert "c-32" not in links(night, 4)
    assert shown(night, 4)["verdict"] == "unreported"


def test_a_confirmation_goes_with_the_first_alert_when_they_part_and_can_be_moved(night):
    night.post("/v1/alerts/sensors", "vendor", alert(3, external_id="second", started_at=at(21_605)))
    night.post("/v1/calls/dispatch", "cad", far(32))
    night.judge()
    decide(night, 4, "c-32", "confirmed")
    moved = alert(3, external_id="second", started_at=at(27_000), revision=2)
    night.post("/v1/alerts/sensors", "vendor", moved)
    night.judge()
    (other,) = [
        each["id"]
        for each in night.get("/v1/incidents", "analyst").json()["incidents"]
        if [one["external_id"] for one in each["alerts"]] == ["second"]
    ]
    assert shown(night, 4)["verdict"] == "reported"
    assert shown(night, other)["verdict"] == "unreported"
    refused = night.send(link(other, id_of_call(night, "c-32")), "analyst", {"decision": "confirmed"})
    assert refused.status_code == 409
    night.post("/v1/alerts/sensors", "vendor", {"external_id": "a-3", "status": "retracted"})
    night.judge()
    assert (shown(night, 4)["verdict"], shown(night, other)["verdict"]) == ("withdrawn", "reported")
    decide(night, other, "c-32", "automatic")
    assert shown(night, other)["verdict"] == "unreported"
