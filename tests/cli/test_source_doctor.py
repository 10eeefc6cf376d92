from datetime import UTC, datetime, timedelta

from app.domain.time import format_millis

START = datetime(2026, 7, 1, 2, tzinfo=UTC)


def alert(n, at):
    return {
        "external_id": f"A-{n}",
        "started_at": format_millis(at),
        "longitude": -87.9 + n * 0.002,
        "latitude": 43.0,
    }


def call(n, at, origin, **fields):
    position = {"longitude": -87.9 + n * 0.002, "latitude": 43.0}
    return {
        "external_id": f"{origin}-{n}-{at:%d%H%M%S}",
        "received_at": format_millis(at),
        "nature_code": "ACOUSTIC",
        "origin": origin,
        **position,
        **fields,
    }


def fill(earshot, add_sources, lines, calls, alerts=40):
    add_sources(earshot)
    times = [START + timedelta(hours=n) for n in range(alerts)]
    earshot("import", "alerts", str(lines("a", *map(alert, range(alerts), times))), "--source", "sensors")
    records = [record for n, at in enumerate(times) for record in calls(n, at)]
    earshot("import", "calls", str(lines("c", *records)), "--source", "cad")


def test_records_of_the_alerts_that_pass_for_calls_are_found(earshot_on_both, add_sources, lines):
    fill(earshot_on_both, add_sources, lines, lambda n, at: [call(n, at + timedelta(seconds=9), "unknown")])
    found = earshot_on_both.json("source", "doctor", exit_code=1)["sources"][0]
    assert found["suspicious"] is True
    assert (found["alerts"], found["matched_alerts"], found["matched_calls"]) == (40, 40, 40)
    assert found["matched_alerts_by_chance"] == 0
    assert found["codes"] == [{"code": "ACOUSTIC", "count": 40}]
    said = earshot_on_both("source", "doctor", exit_code=1).stdout
    assert "WARNING: cad: 40 of 40 alerts" in said
    assert "[origin] sensor = [\"nature_code == 'ACOUSTIC'\"]" in said


def test_records_said_to_be_of_sensors_are_none(earshot, add_sources, lines):
    fill(earshot, add_sources, lines, lambda n, at: [call(n, at + timedelta(seconds=9), "sensor")])
    found = earshot.json("source", "doctor")["sources"][0]
    assert (found["suspicious"], found["calls"]) == (False, 0)
    assert "Nothing suspicious" in earshot("source", "doctor").stdout


def test_real_callers_and_chance_are_none(earshot, add_sources, lines):
    def calls(n, at):
        # A caller after 90 s, and somebody who calls at this very second of every day.
        daily = [call(n, at + timedelta(days=day, seconds=9), "citizen") for day in range(-3, 4)]
        return [call(n, at + timedelta(seconds=90), "citizen"), *daily]

    fill(earshot, add_sources, lines, calls)
    found = earshot.json("source", "doctor")["sources"][0]
    assert found["matched_alerts"] == 40
    assert found["matched_alerts_by_chance"] == 40
    assert found["suspicious"] is False


def test_far_away_is_not_near(earshot, add_sources, lines):
    def calls(n, at):
        return [call(n, at, "citizen", latitude=43.003)]

    fill(earshot, add_sources, lines, calls)
    assert earshot.json("source", "doctor")["sources"][0]["matched_alerts"] == 0


def test_without_feeds_it_says_what_to_do(earshot, add_sources):
    assert "earshot source add" in earshot("source", "doctor").stdout
    add_sources(earshot)
    assert earshot.json("source", "doctor")["sources"][0]["alerts"] == 0
