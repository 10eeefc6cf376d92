"""GET /v1/insight/response against plain statistics over what the read API tells, on both databases."""

import csv
import io
import statistics
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain.vocabulary import SourceKind
from app.insight.intervals import difference_of_medians, percentile_interval, wilson
from app.insight.responders import WORDS, ResponderKind, kind_of
from app.insight.schemas import ResponseTimes
from tests.feeds import add_feed
from tests.records.conftest import HOME, T0, Service, at

PATH = "/v1/insight/response"
MEASURES = ("publication", "first_call", "dispatch", "arrival", "alert_lead")
Spans = dict[str, list[float | None]]


def ask(service: Service, query: str = "") -> dict[str, Any]:
    answer = service.get(f"{PATH}?{query}", "analyst")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    ResponseTimes.model_validate(document)
    return document


@pytest.fixture(scope="module")
def told(city: Service) -> list[dict[str, Any]]:
    """Every incident that stands, with the whole of each of its records."""
    by_id = {call["id"]: call for call in city.all_pages("/v1/calls?limit=1000", "calls")}
    by_name = {call["external_id"]: call for call in by_id.values()}
    incidents = []
    for item in city.all_pages("/v1/incidents?limit=1000", "incidents"):
        if item["verdict"] == "withdrawn":
            continue
        whole = city.get(f"/v1/incidents/{item['id']}").json()
        reports = [by_id[call["id"]] for call in whole["calls"] if call["probability"] >= 0.5]
        made = [by_name[record["external_id"]] for record in whole["cad_records"]]
        incidents.append({**item, "reports": reports, "made": made})
    return incidents


def seconds(incident: dict[str, Any], moments: list[str | None]) -> float | None:
    known = [datetime.fromisoformat(moment) for moment in moments if moment is not None]
    if not known:
        return None
    return (min(known) - datetime.fromisoformat(incident["started_at"])).total_seconds()


def spans_of(incidents: list[dict[str, Any]]) -> Spans:
    spans: Spans = {name: [] for name in MEASURES}
    for item in incidents:
        records = [*item["reports"], *item["made"]]
        published = seconds(item, [item["published_at"]])
        called = seconds(item, [call["received_at"] for call in item["reports"]])
        spans["publication"].append(published)
        spans["first_call"].append(called)
        spans["dispatch"].append(seconds(item, [record["dispatched_at"] for record in records]))
        spans["arrival"].append(seconds(item, [record["arrived_at"] for record in records]))
        spans["alert_lead"].append(None if published is None or called is None else called - published)
    return spans


def compare(figures: dict[str, Any], incidents: list[dict[str, Any]]) -> None:
    """The figures of a group are those of these incidents."""
    assert figures["incidents"] == len(incidents)
    assert figures["with_call"] == sum(bool(item["reports"]) for item in incidents)
    assert figures["with_cad_record"] == sum(bool(item["made"]) for item in incidents)
    for name, spans in spans_of(incidents).items():
        known = sorted(span for span in spans if span is not None)
        found = figures[name]
        assert (found["count"], found["missing"]) == (len(known), len(spans) - len(known))
        assert found["negative"] == sum(span < 0 for span in known)
        if not known:
            assert (found["mean"], found["median"]) == (None, None)
            continue
        assert found["mean"] == pytest.approx(statistics.fmean(known), abs=2e-3)
        assert found["median"]["value"] == pytest.approx(statistics.median(known), abs=2e-3)
        if len(known) > 1:
            tenths = statistics.quantiles(known, n=10, method="inclusive")
            assert found["p10"]["value"] == pytest.approx(tenths[0], abs=2e-3)
            assert found["p90"]["value"] == pytest.approx(tenths[-1], abs=2e-3)
        bounds = percentile_interval(np.array(known), 0.5)
        for side in ("low", "high"):
            assert found["median"][side] == pytest.approx(getattr(bounds, side), abs=2e-3)
    lead = [span for span in spans_of(incidents)["alert_lead"] if span is not None]
    first = figures["alert_first"]
    assert (first["numerator"], first["denominator"]) == (sum(span > 0 for span in lead), len(lead))
    if lead:
        interval = wilson(first["numerator"], first["denominator"])
        assert (first["low"], first["high"]) == pytest.approx((interval.low, interval.high), abs=1e-6)


def line_of(item: dict[str, Any]) -> list[Any]:
    listed = sorted(item["reports"], key=lambda call: call["received_at"]) or item["made"]
    return [listed[0]["line"]] if listed else [None]


def kinds_of(item: dict[str, Any]) -> list[Any]:
    words = [word for record in (*item["reports"], *item["made"]) for word in record["responders"] or ()]
    return sorted({kind_of(word).value for word in words}) or [None]


def priority_of(item: dict[str, Any]) -> list[Any]:
    records = [*item["reports"], *item["made"]]
    dispatched = sorted(
        (record for record in records if record["dispatched_at"]), key=lambda record: record["dispatched_at"]
    )
    listed = dispatched or sorted(records, key=lambda record: record["received_at"])
    return [listed[0]["priority"]] if listed else [None]


def test_everything_together_is_what_counting_gives(city, told):
    found = ask(city)
    assert found["rows"] == []
    compare(found["totals"], told)
    assert found["totals"]["dispatch"]["missing"] > 0
    assert found["counted"]["responders"]["police"] == ["patrol"]


@pytest.mark.parametrize(
    ("by", "names"), [("line", line_of), ("priority", priority_of), ("responder", kinds_of)]
)
def test_every_group_is_what_counting_gives(city, told, by, names):
    groups: dict[Any, list[dict[str, Any]]] = {}
    for item in told:
        for name in names(item):
            groups.setdefault(name, []).append(item)
    found = ask(city, f"by={by}")
    assert {row["group"] for row in found["rows"]} == set(groups)
    assert len(groups) > 1
    for row in found["rows"]:
        compare(row, groups[row["group"]])
    compare(found["totals"], told)


def test_against_an_earlier_period(city, told):
    begin, middle = "2026-02-20T06:00:00Z", "2026-03-04T06:00:00Z"
    found = ask(city, f"by=line&from={middle}&compare_from={begin}&compare_to={middle}")
    cut = datetime.fromisoformat(middle)
    now = [item for item in told if datetime.fromisoformat(item["started_at"]) >= cut]
    before = [item for item in told if datetime.fromisoformat(item["started_at"]) < cut]
    compare(found["totals"], now)
    compare(found["totals"]["earlier"], before)
    for name in MEASURES:
        one, other = (
            np.sort([span for span in spans_of(part)[name] if span is not None]) for part in (now, before)
        )
        expected = difference_of_medians(one, other)
        assert found["totals"]["difference"][name] == pytest.approx(
            {"value": expected.value, "low": expected.low, "high": expected.high}, abs=2e-3
        )
    assert found["totals"]["difference"]["backup"] is None
    assert found["counted"]["earlier"]["incidents"] == len(before)


def test_withdrawn_ones_only_when_asked_for(city, told):
    assert ask(city)["counted"]["incidents"] == len(told)
    assert ask(city, "verdict=withdrawn")["totals"]["incidents"] > 0
    assert ask(city, "verdict=reported")["totals"]["first_call"]["missing"] == 0


def test_the_table_as_csv(city):
    answer = city.get(f"{PATH}?by=line&f=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    found = ask(city, "by=line")["rows"]
    assert [row["group"] for row in rows[::6]] == [row["group"] or "" for row in found]
    assert [row["measure"] for row in rows[:6]] == [*MEASURES, "backup"]
    assert float(rows[0]["median"]) == found[0]["publication"]["median"]["value"]
    assert rows[4]["share"] == str(found[0]["alert_first"]["share"] or "")
    assert len(list(csv.DictReader(io.StringIO(city.get(f"{PATH}?f=csv").text)))) == 6


def test_unchanged_answers_are_not_sent_again(city):
    first = city.get(PATH)
    assert city.get(PATH, headers={"if-none-match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("by=zone", "by"),
        ("min_count=5", "min_count"),
        ("compare_from=2026-01-01T00:00:00Z", "compare_to"),
        ("from=2026-01-15T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
    ],
)
def test_what_is_wrong_is_pointed_at(city, query, pointer):
    answer = city.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/query/{pointer}"


def test_before_anything_came(service):
    for by in ("none", "line", "priority", "responder"):
        found = ask(service, f"by={by}")
        assert found["rows"] == []
        compare(found["totals"], [])
    query = f"from={at(0)}&compare_from={at(-9)}&compare_to={at(0)}".replace("+00:00", "Z")
    assert set(ask(service, query)["totals"]["difference"].values()) == {None}


@pytest.fixture
def slow_clocks(service: Service) -> Service:
    """Sensors 10 s ahead and a centre 20 s behind of the true time, and two shootings."""
    for name, kind, offset in (("fast", SourceKind.ALERTS, 10), ("slow", SourceKind.CALLS, -20)):
        fields = {
            SourceKind.ALERTS: "external_id started_at published_at longitude latitude classification",
            SourceKind.CALLS: "external_id received_at longitude latitude line nature origin priority"
            " responders backup_requested dispatched_at arrived_at",
        }[kind]
        mapping = [f'kind = "{kind.value}"', 'format = "json"', f"clock_offset_s = {offset}", "[fields]"]
        with service.database.write() as session:
            text = "\n".join([*mapping, *(f'{word} = "{word}"' for word in fields.split())])
            add_feed(session, name, kind, text, now=service.clock())
    return service


def put(service: Service, source: str, kind: str, documents: list[dict[str, Any]]) -> None:
    """As a source of that name sends it."""
    from app.access.keys import create_key
    from app.domain.vocabulary import Role

    with service.database.write() as session:
        key = create_key(
            session,
            role=Role.VENDOR if kind == "alerts" else Role.CAD,
            source_name=source,
            name=None,
            scopes=None,
            expires_at=None,
            actor="test",
            now=service.clock(),
        )
    answer = service.client.post(
        f"/v1/{kind}/{source}", json=documents, headers={"authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 202, answer.text


def test_clocks_gaps_negative_spans_and_backup(slow_clocks):
    """True times: shots at 0, published at 30, called at 25, dispatched at -5, never arrived."""
    service = slow_clocks
    where = {"longitude": HOME[0], "latitude": HOME[1]}
    alert = {**where, "classification": "multiple_gunshots"}
    put(
        service,
        "fast",
        "alerts",
        [
            {**alert, "external_id": "a", "started_at": at(10), "published_at": at(40)},
            {**alert, "external_id": "b", "started_at": at(7210)},
        ],
    )
    call = {**where, "line": "non_emergency", "nature": "shots_fired", "origin": "citizen"}
    put(
        service,
        "slow",
        "calls",
        [
            {
                **call,
                "external_id": "1",
                "received_at": at(5),
                "dispatched_at": at(-25),
                "responders": ["Crisis-Team"],
                "backup_requested": True,
                "priority": "2",
            },
            {**call, "external_id": "2", "received_at": at(20), "responders": ["EMS", "patrol"]},
            {
                **call,
                "external_id": "3",
                "received_at": at(30),
                "responders": ["patrol"],
                "backup_requested": True,
            },
        ],
    )
    service.clock.now = T0 + timedelta(days=1)
    service.judge()
    found = ask(service, "by=responder")
    totals = found["totals"]
    assert (totals["incidents"], totals["with_call"]) == (2, 1)
    one = {"count": 1, "missing": 1}
    for name, value in (("publication", 30), ("first_call", 25), ("dispatch", -5), ("alert_lead", -5)):
        assert {**totals[name], **one} == totals[name], name
        assert totals[name]["median"] == {"value": value, "low": None, "high": None}
        assert totals[name]["negative"] == (value < 0)
    assert (totals["arrival"]["count"], totals["arrival"]["missing"]) == (0, 2)
    assert (totals["alert_first"]["numerator"], totals["alert_first"]["denominator"]) == (0, 1)
    assert (totals["backup"]["numerator"], totals["backup"]["denominator"], totals["backup"]["unknown"]) == (
        1,
        1,
        1,
    )
    assert [row["group"] for row in found["rows"]] == ["police", "crisis", "fire_ems", None]
    assert found["counted"]["responders"] == {
        "police": ["patrol"],
        "crisis": ["Crisis-Team"],
        "fire_ems": ["EMS"],
    }
    assert [row["group"] for row in ask(service, "by=line")["rows"]] == ["non_emergency", None]
    assert [row["group"] for row in ask(service, "by=priority")["rows"]] == ["2", None]


def test_words_for_responders():
    assert kind_of("Community-Service  OFFICER") is ResponderKind.CIVILIAN
    assert kind_of("MP2") is ResponderKind.OTHER
    assert not ResponderKind.OTHER.can_ask_for_police


def test_the_page_of_methods_has_every_word():
    page = (Path(__file__).parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    for kind, words in WORDS.items():
        assert f"| `{kind.value}` | {', '.join(words)} |" in page
