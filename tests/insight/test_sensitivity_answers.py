"""GET /v1/insight/sensitivity: the table as the command prints it, and what viewers are not told of it."""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.time import parse_instant
from app.insight.schemas import SensitivityTable
from app.insight.sensitivity import Question, measure_sensitivity
from app.insight.sensitivity_answers import widened
from app.rules.store import rules_now
from tests.records.conftest import T0, Service, alert, at, call, still

__all__ = ["still"]
PATH = "/v1/insight/sensitivity"


@pytest.fixture(scope="module")
def busy(still: Service) -> Service:
    """The night, and six more shootings an hour after its own, each with a call beside it."""
    alerts = [alert(20 + number) for number in range(6)]
    still.post("/v1/alerts/sensors", "vendor", alerts)
    calls = [call(20 + number, 20 + number) for number in range(6)]
    for number in (0, 1):
        calls[number]["received_at"] = at((20 + number) * 7200 + 30)
    still.post("/v1/calls/dispatch", "cad", calls)
    still.judge()
    return still


def ask(service, query="", who="viewer"):
    answer = service.get(f"{PATH}?{query}", who)
    assert answer.status_code == 200, answer.text
    SensitivityTable.model_validate(answer.json())
    return answer.json()


def window(document, minutes, radius_m):
    return next(row for row in document["rows"] if (row["minutes"], row["radius_m"]) == (minutes, radius_m))


def test_analysts_get_what_the_command_prints(busy):
    with busy.database.read() as session:
        measured = measure_sensitivity(session, Question(unit="alerts"), rules_now(session)).document()
    assert ask(busy, "unit=alerts", "analyst") == measured
    found = ask(busy, f"from={at(7200 * 22)[:19]}Z&to={at(7200 * 23)[:19]}Z&nature=shots_fired", "analyst")
    assert (found["denominator"], found["calls"], found["small"]) == (1, 1, False)
    assert [window(found, *size)["reported"] for size in ((1, 1000), (5, 100))] == [0, 1]


def test_viewers_are_not_told_of_few(busy):
    whole = ask(busy, who="analyst")
    found = ask(busy)
    assert (found["denominator"], found["calls"], found["small"]) == (whole["denominator"], 8, False)
    for shown, row in zip(found["rows"], whole["rows"], strict=True):
        for name in ("reported", "calls_with_alert"):
            assert shown[name] == (row[name] if row[name] >= 5 else None)
        assert shown["chance"] is None
    assert window(found, 5, 100)["reported"] == 8
    assert window(whole, 1, 1000)["reported"] == 2
    assert window(found, 1, 1000)["reported"] is None
    hidden = ask(busy, "nature=fireworks")
    assert (hidden["small"], hidden["calls"], hidden["rows"][-1]["chance_mean"]) == (True, None, None)


def test_viewers_get_whole_months(busy):
    one = f"from={at(7200 * 20)[:19]}Z&to={at(7200 * 21)[:19]}Z"
    assert ask(busy, one) == ask(busy, "from=2026-07-01T00:00:00Z&to=2026-08-01T00:00:00Z")
    assert ask(busy, one)["denominator"] > ask(busy, one, "analyst")["denominator"] == 1


def test_months_are_the_agencys():
    chicago = ZoneInfo("America/Chicago")
    asked = Question(from_at=T0, to_at=parse_instant("2026-11-01T05:00:00Z"))
    found = widened(asked, chicago)
    assert found.from_at == datetime(2026, 6, 1, tzinfo=chicago)
    assert found.to_at == asked.to_at == datetime(2026, 11, 1, tzinfo=chicago)
    later = widened(Question(to_at=parse_instant("2026-11-01T05:00:01Z")), chicago)
    assert (later.from_at, later.to_at) == (None, datetime(2026, 12, 1, tzinfo=chicago))


def test_the_table_as_csv(busy):
    rows = list(csv.DictReader(io.StringIO(busy.get(f"{PATH}?f=csv", "viewer").text)))
    found = ask(busy)
    assert [row["calls_with_alert"] for row in rows] == [
        "" if row["calls_with_alert"] is None else str(row["calls_with_alert"]) for row in found["rows"]
    ]
    assert float(rows[-1]["share"]) == pytest.approx(
        found["rows"][-1]["reported"] / found["denominator"], abs=1e-6
    )


def test_as_it_was_known(busy):
    then = busy.clock().isoformat().replace("+00:00", "Z")
    before = ask(busy, f"as_of={then}", "analyst")
    busy.clock.advance(60)
    busy.post("/v1/calls/dispatch", "cad", [call(99, 25)])
    assert ask(busy, "", "analyst")["calls"] == before["calls"] + 1
    assert ask(busy, f"as_of={then}", "analyst") == before
    assert before["as_of"] == f"{then[:19]}.000Z"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("unit=shots", "unit"), ("nature=gun", "nature"), ("zone=Nowhere", "zone"), ("from=x", "from")],
)
def test_what_is_wrong_is_pointed_at(busy, query, pointer):
    answer = busy.get(f"{PATH}?{query}", "viewer")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"/query/{pointer}"
