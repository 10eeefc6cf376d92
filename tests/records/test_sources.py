"""GET /v1/sources: how the feeds are doing."""

from dataclasses import replace

import orjson
from sqlalchemy import func, select

from app.db.models import Rules
from app.records import schemas
from app.records.sources import status_of
from app.rules.store import assemble, rules_now
from app.sources.health import source_health
from app.sources.store import set_disabled
from tests.records.conftest import alert, at


def sources(service):
    answer = service.get("/v1/sources")
    assert answer.status_code == 200, answer.text
    schemas.SourceList.model_validate_json(answer.content, strict=True)
    return {source["name"]: source for source in answer.json()["sources"]}


def test_a_feed_that_was_never_heard_of(service):
    found = sources(service)
    assert [source["status"] for source in found.values()] == ["never", "never"]
    assert found["dispatch"]["watermark"] is None
    with service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Rules)) == 0, "reading writes nothing"


def test_counts_and_watermark(night):
    night.client.post(
        "/v1/alerts/sensors",
        content=orjson.dumps([alert(30, rounds=-1), {"external_id": "x"}]),
        headers={"authorization": f"Bearer {night.key_of('vendor')}", "content-type": "application/json"},
    )
    found = sources(night)
    sensors, dispatch = found["sensors"], found["dispatch"]
    assert (sensors["records"], sensors["records_with_warnings"], sensors["rejects"]) == (9, 1, 1)
    assert (sensors["watermark"], sensors["lag_s"], sensors["gaps"]) == (None, None, [])
    assert dispatch["watermark"] == "2026-07-03T10:33:20.000Z"
    assert dispatch["lag_s"] == 91_600.0
    assert dispatch["status"] == "ok"


def test_records_are_those_of_the_last_30_days_of_a_feed_s_data(night):
    before = sources(night)["sensors"]["records"]
    day_s = 86_400
    alerts = [
        alert(40, started_at=at(-20 * day_s), rounds=-1),
        alert(41, started_at=at(-40 * day_s), rounds=-1),
        {"external_id": "tombstone", "status": "retracted"},
    ]
    night.post("/v1/alerts/sensors", "vendor", alerts)
    for _ in range(2):
        found = sources(night)["sensors"]
        assert (found["records"], found["records_with_warnings"]) == (before + 1, 1)
        night.clock.advance(400 * day_s)


def test_a_silent_and_a_disabled_feed(night):
    night.clock.advance(24 * 3600 + 1)
    assert sources(night)["sensors"]["status"] == "silent"
    with night.database.write() as session:
        set_disabled(session, "sensors", disabled=True, actor="test", now=night.clock())
    assert sources(night)["sensors"]["status"] == "disabled"


def test_a_feed_with_a_rhythm_is_silent_when_too_many_calls_are_missing(night):
    with night.database.read() as session:
        now = rules_now(session)
        rules = assemble(
            now.parameters, replace(now.background, source_rhythm_s={"dispatch": [1 / 60] * 168})
        )
        (dispatch,) = (
            health
            for health in source_health(session, rules.background, rules.parameters, night.clock())
            if health.name == "dispatch"
        )
    assert status_of(dispatch, rules, night.clock()) == "ok"
    night.clock.advance(60 * rules.parameters.gap_expected_calls + 1)
    assert status_of(dispatch, rules, night.clock()) == "silent"
