"""GET /v1/insight/reporting against plain counting over what the read API tells, on both databases."""

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shapely import Point
from shapely.geometry import shape

from app.insight.intervals import newcombe, wilson
from app.insight.schemas import Reporting
from tests.insight.conftest import ZONE
from tests.records.conftest import Service

CHICAGO = ZoneInfo(ZONE)
PATH = "/v1/insight/reporting"
VERDICTS = ("reported", "unreported", "indeterminate", "pending", "withdrawn")
HOLIDAYS = {date(2026, 3, 2): "Casimir Pulaski Day"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture(scope="module")
def incidents(city: Service) -> list[dict[str, Any]]:
    return city.all_pages("/v1/incidents?limit=1000", "incidents")


def ask(service: Service, query: str = "", who: str = "viewer") -> dict[str, Any]:
    answer = service.get(f"{PATH}?{query}", who)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    Reporting.model_validate(document)
    return document


def local(incident: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(incident["started_at"]).astimezone(CHICAGO)


def band(rounds: int | None) -> str | None:
    if not rounds:
        return None
    for least, name in ((20, "20 and more"), (10, "10 to 19"), (5, "5 to 9"), (2, "2 to 4"), (1, "1")):
        if rounds >= least:
            return name
    raise AssertionError


NAMES = {
    "zone": lambda item: item["zones"] or [None],
    "hour": lambda item: [f"{local(item).hour:02}:00"],
    "weekday": lambda item: [WEEKDAYS[local(item).weekday()]],
    "hour_weekday": lambda item: [f"{WEEKDAYS[local(item).weekday()]} {local(item).hour:02}:00"],
    "month": lambda item: [local(item).strftime("%Y-%m")],
    "rounds": lambda item: [band(item["rounds"])],
    "classification": lambda item: [item["classification"]],
    "holiday": lambda item: [HOLIDAYS.get(local(item).date(), "ordinary day")],
}


@pytest.mark.parametrize("by", NAMES)
def test_every_grouping_is_what_counting_gives(city, incidents, by):
    found = ask(city, f"by={by}&min_count=1")
    counted: dict[Any, Counter[str]] = {}
    expected: Counter[Any] = Counter()
    for item in incidents:
        for name in NAMES[by](item):
            counted.setdefault(name, Counter())[item["verdict"]] += 1
            if item["verdict"] in ("reported", "unreported"):
                expected[name] += item["probability_reported"]
    rows = {row["group"]: row for row in found["rows"]}
    assert len(rows) == len(found["rows"])
    assert set(counted) <= set(rows)
    for name, row in rows.items():
        verdicts = counted.get(name, Counter())
        assert [row[verdict] for verdict in VERDICTS] == [verdicts[verdict] for verdict in VERDICTS], name
        assert row["numerator"] == verdicts["reported"]
        assert row["denominator"] == verdicts["reported"] + verdicts["unreported"]
        assert row["withdrawn"] == row["retracted"] + row["reclassified"]
        if row["denominator"] == 0:
            assert (row["share"], row["low"], row["high"], row["expected"]) == (None,) * 4
            continue
        interval = wilson(row["numerator"], row["denominator"])
        assert row["share"] == pytest.approx(row["numerator"] / row["denominator"], abs=1e-6)
        assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), abs=1e-6)
        assert row["expected"] == pytest.approx(expected[name], abs=1e-3)
        assert row["expected_share"] == pytest.approx(expected[name] / row["denominator"], abs=1e-6)
    everything = Counter(item["verdict"] for item in incidents)
    assert [found["totals"][verdict] for verdict in VERDICTS] == [everything[verdict] for verdict in VERDICTS]


def test_the_calendar_is_whole_and_in_order(city):
    hours = [row["hour"] for row in ask(city, "by=hour")["rows"]]
    assert hours == list(range(24))
    assert [row["group"] for row in ask(city, "by=weekday")["rows"]] == list(WEEKDAYS)
    week = ask(city, "by=hour_weekday")["rows"]
    assert [(row["weekday"], row["hour"]) for row in week] == [
        (day, hour) for day in WEEKDAYS for hour in range(24)
    ]
    assert [row["group"] for row in ask(city, "by=month")["rows"]] == ["2026-02", "2026-03"]


def test_months_and_holidays_name_the_days(city):
    pulaski = {"date": "2026-03-02", "name": "Casimir Pulaski Day"}
    february, march = ask(city, "by=month")["rows"]
    assert (february["holidays"], march["holidays"]) == ([], [pulaski])
    whole = ask(city, "by=month&from=2026-02-14T06:00:00Z&to=2026-03-18T05:00:00Z")["rows"]
    assert [each["name"] for row in whole for each in row["holidays"]] == [
        *("Valentine's Day", "Washington's Birthday", "Casimir Pulaski Day", "Saint Patrick's Day")
    ]
    before = ask(city, "by=month&from=2026-02-14T06:00:00Z&to=2026-03-17T05:00:00Z")["rows"]
    assert [each["name"] for each in before[-1]["holidays"]] == ["Casimir Pulaski Day"], "to is no part"
    holiday, ordinary = ask(city, "by=holiday")["rows"]
    assert (holiday["holidays"], ordinary["holidays"], ordinary["group"]) == ([pulaski], [], "ordinary day")
    assert holiday["denominator"] > 0
    table = city.get(f"{PATH}?by=month&f=csv", "viewer").text
    assert "2026-03-02 Casimir Pulaski Day" in table


def test_without_a_region_there_are_no_holidays(service):
    answer = service.get(f"{PATH}?by=holiday", "viewer")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/query/by"
    assert ask(service, "by=month")["holidays_of"] is None


def test_zones_rank_by_what_went_unreported(city):
    rows = ask(city, "by=zone")["rows"]
    counts = [row["unreported"] for row in rows if row["group"] is not None]
    assert counts == sorted(counts, reverse=True)
    assert all(row["zone_kind"] == "district" and row["zone_id"] for row in rows if row["group"] is not None)
    assert ask(city, "by=zone&zone_kind=beat")["rows"] == [
        {**ask(city, "by=zone&zone_kind=beat")["totals"], **dict.fromkeys(("group", "zone_id", "zone_kind"))}
        | {"weekday": None, "hour": None, "holidays": []}
    ]


def test_withdrawn_ones_say_why(city, incidents):
    alerts = city.all_pages("/v1/alerts?limit=1000", "alerts")
    stands: dict[str, bool] = {}
    for alert in alerts:
        stands[alert["incident_id"]] = stands.get(alert["incident_id"], False) or alert["status"] == "active"
    withdrawn = [item["id"] for item in incidents if item["verdict"] == "withdrawn"]
    found = ask(city)["totals"]
    assert found["reclassified"] == sum(stands[identity] for identity in withdrawn) > 0
    assert found["retracted"] == sum(not stands[identity] for identity in withdrawn) > 0


def test_the_filters_are_those_of_the_list(city, incidents):
    zone = next(item["zones"][0] for item in incidents if item["zones"])
    for query in (
        "min_rounds=3",
        "max_rounds=4",
        "classification=single_gunshot",
        f"zone={zone}",
        "from=2026-02-25T06:00:00Z&to=2026-03-05T06:00:00Z",
        "bbox=-87.12,43.0,-87.05,43.2",
        "near=-87.1,43.1,3000",
        "disposition=none",
        "q=2026-0000",
    ):
        listed = city.all_pages(f"/v1/incidents?limit=1000&{query}", "incidents")
        assert 0 < len(listed) <= len(incidents)
        found = ask(city, query)
        assert found["totals"]["denominator"] == sum(
            item["verdict"] in ("reported", "unreported") for item in listed
        )
        assert found["counted"]["incidents"] == len(listed)


def test_a_share_of_one_verdict_is_none(city):
    found = ask(city, "verdict=unreported")
    assert found["totals"]["unreported"] > 0
    assert found["totals"]["share"] is None
    assert any("left out by the filter" in limit for limit in found["counted"]["limits"])
    assert ask(city, "verdict=unreported,reported")["totals"]["share"] is not None


def test_small_counts_have_no_share(city):
    found = ask(city, "by=hour_weekday&min_count=6")
    small = [row for row in found["rows"] if row["small"]]
    assert small
    for row in found["rows"]:
        assert row["small"] == (row["denominator"] < 6)
        assert (row["share"] is None) == row["small"]
        assert not row["small"] or (row["low"], row["high"], row["expected_share"]) == (None, None, None)


def test_against_an_earlier_period(city):
    query = "from=2026-03-04T06:00:00Z&to=2026-03-16T06:00:00Z"
    earlier = "from=2026-02-20T06:00:00Z&to=2026-03-04T06:00:00Z"
    for by in ("zone", "hour", "classification"):
        now = {row["group"]: row for row in ask(city, f"by={by}&{query}")["rows"]}
        before = {row["group"]: row for row in ask(city, f"by={by}&{earlier}")["rows"]}
        compared = ask(city, f"by={by}&{query}&compare_{earlier.replace('&to', '&compare_to')}")
        assert {row["group"] for row in compared["rows"]} == set(now) | set(before)
        for row in compared["rows"]:
            if row["group"] in before:
                shown = before[row["group"]]
                assert row["earlier"] == {name: shown[name] for name in row["earlier"]}
                assert len(row["earlier"]) == 18
            if row["share"] is None or row["earlier"]["share"] is None:
                assert row["difference"] is None
                continue
            expected = newcombe(
                row["numerator"],
                row["denominator"],
                row["earlier"]["numerator"],
                row["earlier"]["denominator"],
            )
            assert row["difference"] == pytest.approx(
                {"value": expected.value, "low": expected.low, "high": expected.high}, abs=1e-6
            )
        assert compared["totals"]["difference"] is not None
        assert compared["counted"]["earlier"]["from"] == "2026-02-20T06:00:00.000Z"


def test_months_of_two_years_meet(city):
    query = (
        "by=month&from=2026-03-01T06:00:00Z&compare_from=2026-02-01T06:00:00Z&compare_to=2026-03-01T06:00:00Z"
    )
    assert [row["group"] for row in ask(city, query)["rows"]] == ["february", "march"]


def test_calls_without_an_alert(city):
    """Counted again from what an analyst can read: calls, incidents with their links, coverage."""
    coverage = [shape(zone["geometry"]) for zone in city.all_pages("/v1/zones?kind=coverage", "zones")]
    linked = set()
    for item in city.all_pages(
        "/v1/incidents?limit=1000&verdict=reported,unreported,indeterminate", "incidents"
    ):
        if item["call_count"]:
            whole = city.get(f"/v1/incidents/{item['id']}").json()
            linked |= {call["id"] for call in whole["calls"] if call["probability"] >= 0.5}
    calls = city.all_pages("/v1/calls?limit=1000&nature=shots_fired,shooting&origin=citizen,unknown", "calls")
    begin, end = datetime.fromisoformat("2026-02-25T06:00Z"), datetime.fromisoformat("2026-03-10T05:00Z")
    inside = [
        call
        for call in calls
        if call["longitude"] is not None
        and begin <= datetime.fromisoformat(call["received_at"]) < end
        and any(area.contains(Point(call["longitude"], call["latitude"])) for area in coverage)
    ]
    without = [call for call in inside if call["id"] not in linked]
    found = ask(city, "from=2026-02-25T15:00:00Z&to=2026-03-09T15:00:00Z")["calls_without_alert"]
    assert (found["from"], found["to"]) == ("2026-02-25T06:00:00.000Z", "2026-03-10T05:00:00.000Z")
    assert (found["numerator"], found["denominator"]) == (len(without), len(inside))
    assert 0 < len(without) < len(inside)
    interval = wilson(len(without), len(inside))
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high), abs=1e-6)
    nothing = ask(city, "from=2027-01-01T06:00:00Z&to=2027-01-02T06:00:00Z")["calls_without_alert"]
    assert (nothing["small"], nothing["numerator"], nothing["denominator"]) == (True, None, None)


def test_the_interval_holds_the_simulated_truth(city, simulation):
    """Of the incidents judged, how many were truly reported, by district."""
    truth = dict(zip(range(simulation.alerts.count), simulation.truth.alert_reported.tolist(), strict=True))
    rows = city.all_pages("/v1/incidents?limit=1000&verdict=reported,unreported", "incidents")
    true_share: dict[str, list[bool]] = {}
    for item in rows:
        reported = any(truth[int(alert["external_id"][1:]) - 1] for alert in item["alerts"])
        for zone in item["zones"]:
            true_share.setdefault(zone, []).append(reported)
    shown = [row for row in ask(city, "by=zone")["rows"] if row["share"] is not None and row["group"]]
    assert len(shown) >= 5
    held = [
        row["low"] <= sum(true_share[row["group"]]) / len(true_share[row["group"]]) <= row["high"]
        for row in shown
    ]
    assert sum(held) >= 0.8 * len(held)
    totals = ask(city)["totals"]
    everything = [any(truth[int(a["external_id"][1:]) - 1] for a in item["alerts"]) for item in rows]
    assert totals["low"] <= sum(everything) / len(everything) <= totals["high"]
    assert totals["expected_share"] == pytest.approx(sum(everything) / len(everything), abs=0.05)


def test_what_counts_is_said(city):
    found = ask(city, "min_rounds=2&from=2026-02-20T06:00:00Z")["counted"]
    assert found["origins"] == ["citizen", "unknown"]
    assert found["filters"] == {"min_rounds": 2}
    assert found["from"] == "2026-02-20T06:00:00.000Z"
    assert found["to"] is None
    assert sum(item["incidents"] for item in found["rules_versions"]) == found["incidents"]
    assert all(item["version"].startswith("r-") for item in found["rules_versions"])
    assert found["first_started_at"] < found["last_started_at"]


def test_the_table_as_csv(city):
    answer = city.get(f"{PATH}?by=weekday&f=csv", "viewer")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    found = ask(city, "by=weekday")["rows"]
    assert [(row["group"], row["unreported"]) for row in rows] == [
        (row["group"], str(row["unreported"])) for row in found
    ]
    assert rows[0]["origins"] == "citizen; unknown"
    accepted = city.get(f"{PATH}?by=weekday", "viewer", headers={"accept": "text/csv"})
    assert accepted.text == answer.text


def test_unchanged_answers_are_not_sent_again(city):
    first = city.get(f"{PATH}?by=hour", "viewer")
    again = city.get(f"{PATH}?by=hour", "viewer", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("by=street", "by"),
        ("bye=zone", "bye"),
        ("min_count=0", "min_count"),
        ("min_count=x", "min_count"),
        ("zone_kind=coverage", "zone_kind"),
        ("by=hour&zone_kind=beat", "zone_kind"),
        ("compare_from=2026-01-01T00:00:00Z", "compare_to"),
        ("compare_to=2026-01-01T00:00:00Z", "compare_from"),
        ("compare_from=2026-01-01T00:00:00Z&compare_to=2026-02-01T00:00:00Z", "from"),
        (
            "from=2026-01-15T00:00:00Z&compare_from=2026-01-01T00:00:00Z&compare_to=2026-02-01T00:00:00Z",
            "compare_to",
        ),
        (
            "from=2026-01-15T00:00:00Z&compare_from=2026-01-01T00:00:00Z&compare_to=2025-02-01T00:00:00Z",
            "compare_to",
        ),
        ("from=2026-01-15T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
        ("from=yesterday", "from"),
        ("min_rounds=5&max_rounds=2", "min_rounds"),
        ("zone=Nowhere", "zone"),
        ("f=geojson", "f"),
        ("by=zone&by=hour", "by"),
    ],
)
def test_what_is_wrong_is_pointed_at(city, query, pointer):
    answer = city.get(f"{PATH}?{query}", "viewer")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"/query/{pointer}"


def test_before_anything_came(service):
    for by in NAMES.keys() - {"holiday"}:
        found = ask(service, f"by={by}")
        assert all(row["denominator"] == 0 and row["share"] is None for row in found["rows"])
        assert found["totals"]["denominator"] == 0
        assert found["calls_without_alert"] is None
        assert found["counted"]["rules_versions"] == []


def test_one_incident(service):
    from tests.records.conftest import HOME, T0

    alert = {"external_id": "a", "started_at": T0.isoformat(), "longitude": HOME[0], "latitude": HOME[1]}
    service.post("/v1/alerts/sensors", "vendor", {**alert, "classification": "single_gunshot", "rounds": 1})
    service.clock.advance(timedelta(days=1).total_seconds())
    service.judge()
    found = ask(service, "by=rounds")
    assert found["totals"]["indeterminate"] == 1
    assert [row["group"] for row in found["rows"] if row["indeterminate"]] == ["1"]
    assert found["totals"]["small"] is True
