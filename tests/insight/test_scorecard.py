"""GET /v1/insight/scorecard against plain counting over a week whose truth is known, on both databases."""

import csv
import io
import math
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from shapely.geometry import box, mapping
from sqlalchemy import insert

from app.db.models import Zone
from app.domain.geodesy import geodesic_m
from app.domain.vocabulary import SourceKind
from app.insight.intervals import difference_of_medians, newcombe, wilson
from app.insight.scorecard_schemas import Scorecard
from tests.conftest import Clock
from tests.feeds import add_feed
from tests.insight.conftest import ZONE, settings_of
from tests.records.conftest import HOME, T0, Service, serving

PATH = "/v1/insight/scorecard"
COUNT, APART_H = 60, 2
NOW = T0 + timedelta(days=20)
COVERED_UNTIL = T0 + timedelta(hours=80)
EAST = HOME[0] + 0.04
SIGMA_M = 25.0
NOISE = ("fireworks", "not_gunfire", "test")


def started(number: int) -> datetime:
    return T0 + timedelta(hours=APART_H * number)


def truly_at(number: int) -> tuple[float, float]:
    return HOME[0] + number / 1000, HOME[1] + (number % 7) / 1000


class Week:
    """What the vendor told, and what people found, by the alert's number."""

    def __init__(self, service: Service) -> None:
        self.service = service
        rng = np.random.default_rng(11)
        east, north = rng.normal(0, SIGMA_M, (2, COUNT)).tolist()
        self.place = {
            number: (
                truly_at(number)[0] + east[number] / (111_320 * math.cos(math.radians(HOME[1]))),
                truly_at(number)[1] + north[number] / 111_100,
            )
            for number in range(COUNT)
        }
        self.found: dict[int, str] = {}
        self.evident: set[int] = set()
        self.looked: set[int] = set()
        self.lay: dict[int, tuple[float, float]] = {}

    def first_word(self, number: int) -> str:
        return {8: "test", 6: "fireworks"}.get(number % 10, "multiple_gunshots")

    def last_word(self, number: int) -> str:
        return {9: "fireworks", 6: "single_gunshot"}.get(number % 10, self.first_word(number))

    def retracted(self, number: int) -> bool:
        return number % 10 == 7

    def stands(self, number: int) -> bool:
        return not self.retracted(number) and self.last_word(number) not in NOISE

    def published(self, number: int) -> int | None:
        return None if number % 5 == 0 else 30 + number

    def inside(self, number: int) -> bool:
        return self.place[number][0] < EAST and started(number) < COVERED_UNTIL

    def confirmed(self, number: int) -> bool:
        word = self.found.get(number)
        return self.stands(number) and (
            word == "confirmed" or (number in self.evident and word != "unfounded")
        )

    def tell(self) -> None:
        """Send every alert, its revision, and its retraction."""
        alerts = []
        for number in range(COUNT):
            told = self.published(number)
            alerts.append(
                {
                    "external_id": f"a-{number}",
                    "revision": 1,
                    "started_at": started(number).isoformat(),
                    "published_at": told and (started(number) + timedelta(seconds=told)).isoformat(),
                    "longitude": self.place[number][0],
                    "latitude": self.place[number][1],
                    "uncertainty_m": SIGMA_M,
                    "classification": self.first_word(number),
                }
            )
        self.service.post("/v1/alerts/sensors", "vendor", alerts)
        later = [
            {**alert, "revision": 2, "classification": self.last_word(number)}
            for number, alert in enumerate(alerts)
            if self.first_word(number) != self.last_word(number)
        ]
        gone = [
            {"external_id": f"a-{number}", "revision": 3, "status": "retracted"}
            for number in range(COUNT)
            if self.retracted(number)
        ]
        self.service.post("/v1/alerts/sensors", "vendor", later + gone)
        self.service.judge()

    def look(self) -> None:
        """Find evidence here and there, as analysts do."""
        incidents = {
            int(alert["external_id"][2:]): item["id"]
            for item in self.service.all_pages("/v1/incidents?limit=1000", "incidents")
            for alert in item["alerts"]
        }
        for number in filter(self.stands, range(COUNT)):
            word = {0: "confirmed", 1: "unconfirmed", 2: "unfounded"}.get(number % 4)
            if word is None:
                continue
            self.found[number] = word
            review: dict[str, Any] = {"disposition": word}
            if word == "confirmed":
                self.lay[number] = truly_at(number)
                place = dict(zip(("longitude", "latitude"), truly_at(number), strict=True))
                review |= {"evidence": {"casings": 2}, "evidence_position": place}
            if number % 8 == 1:
                self.evident.add(number)
                review["evidence"] = {"bullet_holes": 1, "arrests": 1}
            assert (
                self.service.send(
                    f"/v1/incidents/{incidents[number]}/disposition", "analyst", review
                ).status_code
                == 200
            )
        for number, kind, results in ((3, "evidence_search", {"casings": 3}), (11, "canvass", {"doors": 4})):
            self.looked.add(number)
            self.evident |= {number} if "casings" in results else set()
            made = {"kind": kind, "state": "done", "results": results}
            path = f"/v1/incidents/{incidents[number]}/follow-ups"
            assert self.service.send(path, "analyst", made).status_code == 201
        for number, kind in ((15, "outreach"), (2, "evidence_search")):
            made = {"kind": kind, "state": "done", "results": {"casings": 1} if number == 2 else {}}
            self.service.send(f"/v1/incidents/{incidents[number]}/follow-ups", "analyst", made)

    def miss(self) -> None:
        """File: two that were missed, one unproven, one outside, one near an incident, one taken back."""
        for hour, longitude, evidence in (
            *((1, HOME[0] - 0.01, {"casings": 1}), (49, HOME[0] - 0.01, {"victims": 1})),
            *((3, HOME[0] - 0.01, {"witnesses": 2}), (5, EAST + 0.01, {"casings": 1})),
            *((0, HOME[0], {"casings": 1}), (7, HOME[0] - 0.01, {"casings": 9})),
        ):
            filed = {
                "happened_at": (T0 + timedelta(hours=hour)).isoformat(),
                "longitude": longitude,
                "latitude": HOME[1],
                "evidence": evidence,
            }
            answer = self.service.send("/v1/missed-gunfire", "analyst", filed)
            assert answer.status_code == 201, answer.text
        self.service.ask("POST", f"/v1/missed-gunfire/{answer.json()['id']}/withdrawal", "analyst")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def week(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    with serving(settings_of(request, tmp_path_factory.mktemp("week")), Clock(NOW)) as running:
        with running.database.write() as session:
            area = box(HOME[0] - 0.02, HOME[1] - 0.05, EAST, HOME[1] + 0.05)
            west, south, east, north = area.bounds
            session.execute(
                insert(Zone).values(
                    kind="coverage",
                    name="all",
                    geometry=mapping(area),
                    **{"west": west, "south": south, "east": east, "north": north},
                    properties={},
                    valid_to=COVERED_UNTIL,
                    updated_at=NOW,
                )
            )
        told = Week(running)
        told.tell()
        told.look()
        told.miss()
        yield told


def ask(week: Week, query: str = "") -> dict[str, Any]:
    answer = week.service.get(f"{PATH}?{query}", "viewer")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    Scorecard.model_validate(document)
    return document


def check(week: Week, found: dict[str, Any], numbers: list[int]) -> None:
    """Everything but the missed, counted again by plain Python."""
    standing = list(filter(week.stands, numbers))
    told = [number for number in numbers if week.first_word(number) not in NOISE or week.stands(number)]
    noise = [n for n in numbers if not week.retracted(n) and week.last_word(n) in NOISE]
    assert found["alerts"] == len(numbers)
    assert found["standing"] == len(standing)
    assert found["retracted"] == sum(map(week.retracted, numbers))
    again = [number for number in noise if number in told]
    assert found["reclassified"]["count"] == found["reclassified"]["fireworks"] == len(again)
    assert found["never_gunfire"]["count"] == found["never_gunfire"]["test"] == len(noise) - len(again)
    assert found["became_gunfire"] == sum(week.first_word(n) in NOISE for n in standing)
    inside = sum(map(week.inside, numbers))
    assert found["coverage"] == {"inside": inside, "outside": len(numbers) - inside, "unlocated": 0}
    assert sum(found["verdicts"].values()) == len(standing)
    for word in ("confirmed", "unfounded", "unconfirmed"):
        assert found["dispositions"][word] == sum(week.found.get(n) == word for n in standing)
    confirmed = list(filter(week.confirmed, numbers))
    examined = [n for n in standing if n in week.found or n in week.looked or n in week.evident]
    for name, is_so, of in (
        ("retracted_share", sum(map(week.retracted, told)), len(told)),
        ("reclassified_share", len(again), len(told)),
        ("confirmed_by_evidence", len(confirmed), len(standing)),
        ("confirmed_of_examined", len(confirmed), len(examined)),
    ):
        assert (found[name]["numerator"], found[name]["denominator"]) == (is_so, of), name
        interval = wilson(is_so, of)
        expected = (None, None) if of < 5 else (interval.low, interval.high)
        assert (found[name]["low"], found[name]["high"]) == pytest.approx(expected, abs=1e-6)
    errors = [geodesic_m(*week.place[n], *week.lay[n]) for n in confirmed if n in week.lay]
    assert found["location_error_m"]["count"] == len(errors)
    assert found["location_error_m"]["missing"] == len(confirmed) - len(errors)
    if errors:
        median = found["location_error_m"]["median"]["value"]
        assert median == pytest.approx(statistics.median(errors), abs=2e-3)
        p90 = found["location_error_m"]["p90"]["value"]
        assert p90 == pytest.approx(float(np.quantile(errors, 0.9)), abs=2e-3)
    assert found["within_uncertainty"]["numerator"] == sum(error <= SIGMA_M for error in errors)
    assert found["within_95"]["numerator"] == sum(error <= 2.447747 * SIGMA_M for error in errors)
    delays = [week.published(n) for n in numbers]
    assert found["publication"]["missing"] == delays.count(None)
    known = [delay for delay in delays if delay is not None]
    median = (found["publication"]["median"] or {}).get("value")
    assert median == (pytest.approx(statistics.median(known)) if known else None)


def test_the_whole_is_what_counting_gives(week):
    found = ask(week)["totals"]
    check(week, found, list(range(COUNT)))
    assert (
        found["standing"]
        + found["retracted"]
        + found["reclassified"]["count"]
        + found["never_gunfire"]["count"]
        == COUNT
    )


def test_by_month_and_class_is_what_counting_gives(week):
    chicago = ZoneInfo(ZONE)
    months = {n: started(n).astimezone(chicago).strftime("%Y-%m") for n in range(COUNT)}
    for by, name_of in (("month", months.get), ("classification", week.last_word)):
        rows = ask(week, f"by={by}")["rows"]
        assert {row["group"] for row in rows} == {name_of(number) for number in range(COUNT)}
        for row in rows:
            check(week, row, [number for number in range(COUNT) if name_of(number) == row["group"]])
    assert [row["group"] for row in ask(week, "by=month")["rows"]] == ["2026-06", "2026-07"]


def test_missed_gunfire_inside_coverage_and_proven_counts(week):
    detected = sum(week.confirmed(n) and week.inside(n) for n in range(COUNT))
    found = ask(week)["totals"]["missed"]
    assert found["detected"]["numerator"] == detected > 5
    assert found["detected"]["denominator"] == detected + 2
    assert {name: found[name] for name in found if name != "detected"} == {
        **{"filed": 5, "outside": 1, "near_incident": 1, "without_evidence": 1, "missed": 2}
    }
    june, july = (row["missed"] for row in ask(week, "by=month")["rows"])
    assert (june["filed"], july["filed"]) == (2, 3)
    assert ask(week, "by=source")["rows"][0]["missed"] == found
    assert all(row["missed"] is None for row in ask(week, "by=classification")["rows"])


def test_every_answer_keeps_the_four_apart(week):
    """Every alert is an incident here, so what one answer counts as incidents the other does as alerts."""
    found = ask(week)["totals"]
    reporting = week.service.get("/v1/insight/reporting?min_count=1", "viewer").json()["totals"]
    noise = found["reclassified"]["count"] + found["never_gunfire"]["count"]
    assert (reporting["retracted"], reporting["reclassified"]) == (found["retracted"], noise)
    assert reporting["withdrawn"] == found["retracted"] + noise
    for word in ("reported", "unreported", "indeterminate", "pending"):
        assert reporting[word] == found["verdicts"][word]
    for word in ("confirmed", "unfounded", "unconfirmed"):
        assert reporting[word] == found["dispositions"][word] > 0
    assert reporting["withdrawn"] + sum(found["verdicts"].values()) == COUNT
    response = week.service.get("/v1/insight/response", "analyst").json()["totals"]
    sensitivity = week.service.get("/v1/insight/sensitivity", "analyst").json()
    assert response["incidents"] == sensitivity["denominator"] == found["standing"]


def test_against_an_earlier_period(week):
    period = "from=2026-07-03T03:00:00Z&compare_from=2026-07-01T03:00:00Z&compare_to=2026-07-03T03:00:00Z"
    found = ask(week, period)["totals"]
    check(week, found, [n for n in range(COUNT) if n >= 24])
    check(week, found["earlier"], list(range(24)))
    now, before = found["confirmed_by_evidence"], found["earlier"]["confirmed_by_evidence"]
    change = newcombe(now["numerator"], now["denominator"], before["numerator"], before["denominator"])
    assert found["difference"]["confirmed_by_evidence"] == pytest.approx(
        {"value": change.value, "low": change.low, "high": change.high}, abs=1e-6
    )
    medians = difference_of_medians(
        *(
            np.sort([float(week.published(n)) for n in numbers if week.published(n)])
            for numbers in (range(24, COUNT), range(24))
        )
    )
    assert found["difference"]["publication"]["value"] == pytest.approx(medians.value)
    assert found["difference"]["publication"]["low"] == pytest.approx(medians.low, abs=1e-3)


def test_the_stated_uncertainty_holds_what_it_says(week):
    """The errors were drawn with the stated sigma, so both shares cover what is to be expected."""
    found = ask(week)["totals"]
    for name in ("within_uncertainty", "within_95"):
        assert found[name]["low"] <= found[name]["expected"] <= found[name]["high"]
    assert found["within_uncertainty"]["expected"] == 0.393


def test_the_table_as_csv(week):
    rows = list(csv.DictReader(io.StringIO(week.service.get(f"{PATH}?by=month&f=csv", "viewer").text)))
    found = ask(week, "by=month")["rows"]
    assert [row["group"] for row in rows] == ["2026-06", "2026-07"]
    assert rows[1]["detected_numerator"] == str(found[1]["missed"]["detected"]["numerator"])
    assert float(rows[1]["location_error_m_median_value"]) == found[1]["location_error_m"]["median"]["value"]
    assert rows[0]["confirmed_by_evidence_share"] == ""


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("by=zone", "by"),
        ("source=nobody", "source"),
        ("min_count=0", "min_count"),
        ("from=2026-07-02T00:00:00Z&to=2026-07-01T00:00:00Z", "to"),
        ("compare_from=2026-07-02T00:00:00Z", "compare_to"),
        ("as_of=2030-01-01T00:00:00Z", "as_of"),
    ],
)
def test_what_is_wrong_is_pointed_at(week, query, pointer):
    answer = week.service.get(f"{PATH}?{query}", "viewer")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"/query/{pointer}"


def test_before_anything_came(service):
    document = service.get(PATH, "viewer").json()
    Scorecard.model_validate(document)
    assert (document["rows"], document["totals"]["alerts"]) == ([], 0)
    assert (document["totals"]["coverage"], document["totals"]["missed"]) == (None, None)


def test_two_sources_and_what_was_known_before(week):
    """Last: it adds a source. Missed gunfire is none of two vendors' in particular."""
    service = week.service
    service.clock.advance(60)
    then = service.clock().astimezone(UTC).isoformat().replace("+00:00", "Z")
    before = ask(week)
    service.clock.advance(60)
    with service.database.write() as session:
        add_feed(
            session,
            "others",
            SourceKind.ALERTS,
            'kind = "alerts"\nformat = "json"\n[fields]\nexternal_id = "id"\nstarted_at = "at"',
            now=service.clock(),
        )
    service.send("/v1/incidents/1/disposition", "analyst", {"disposition": None})
    now = ask(week)
    assert now["totals"]["dispositions"]["none"] == before["totals"]["dispositions"]["none"] + 1
    assert now["rows"][0]["missed"] is None
    assert now["totals"]["missed"] is not None
    known = ask(week, f"as_of={then}")
    assert known["totals"] == before["totals"]
    assert known["as_of"] == f"{then[:19]}.000Z"
    assert ask(week, "source=others")["totals"]["alerts"] == 0
    assert ask(week, "source=sensors")["totals"]["missed"] is None
