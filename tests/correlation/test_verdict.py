"""The order of precedence, and the sentence that gives the reason."""

import itertools
from typing import Any

import numpy as np
import pytest

from app.correlation.background import unknown_background
from app.correlation.completeness import FeedCompleteness, coverage_of
from app.correlation.judge import JudgedIncident, judge
from app.correlation.parameters import Parameters
from app.correlation.verdict import Situation, decide, revisit_micros
from app.domain.vocabulary import Verdict
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place

PARAMETERS = Parameters()
WINDOW = (at(-120), at(900))
WHOLE = [FeedCompleteness(source="cad", covered=((at(-9000), at(9000)),))]
HALF = [FeedCompleteness(source="cad", covered=((at(-9000), at(300)),))]
DUE = 900 + 1800
CALL = (60.0, 70.0, "shots_fired")


def decided(feeds: list[FeedCompleteness], now_s: float, **changes: Any) -> tuple[Verdict, str]:
    values = {"is_active": True, "is_located": True, "is_confirmed": False, "probability_final": 0.1,
              "best_call": None, "strong_calls": 0, **changes}  # fmt: skip
    coverage = coverage_of(feeds, WINDOW, *place())
    return decide(Situation(window=WINDOW, coverage=coverage, now_micros=at(now_s), **values), PARAMETERS)


@pytest.mark.parametrize(
    ("changes", "feeds", "now_s", "expected"),
    [
        ({"is_active": False, "probability_final": 0.9}, WHOLE, 5000, Verdict.WITHDRAWN),
        ({"is_active": False, "is_located": False}, [], 5000, Verdict.WITHDRAWN),
        ({"is_active": False, "is_confirmed": True}, WHOLE, 5000, Verdict.WITHDRAWN),
        ({"is_confirmed": True, "probability_final": None, "is_located": False}, [], 0, Verdict.REPORTED),
        ({"is_confirmed": True, "probability_final": 1.0}, HALF, 9000, Verdict.REPORTED),
        ({"probability_final": 0.5}, [], 0, Verdict.REPORTED),
        ({"probability_final": 0.5}, HALF, 9000, Verdict.REPORTED),
        ({"probability_final": 0.4999}, WHOLE, 9000, Verdict.UNREPORTED),
        ({"is_located": False, "probability_final": None}, WHOLE, 0, Verdict.INDETERMINATE),
        ({}, [], 0, Verdict.INDETERMINATE),
        ({}, HALF, 0, Verdict.PENDING),
        ({}, HALF, DUE - 0.000001, Verdict.PENDING),
        ({}, HALF, DUE, Verdict.INDETERMINATE),
        ({}, WHOLE, 0, Verdict.UNREPORTED),
    ],
)
def test_the_first_rule_that_applies(
    changes: dict[str, Any], feeds: list[FeedCompleteness], now_s: float, expected: Verdict
) -> None:
    assert decided(feeds, now_s, **changes)[0] is expected


def test_the_reason_names_source_and_gap() -> None:
    for now_s, begin in ((0, "Waiting for calls: the call feed cad"), (DUE, "The call feed cad")):
        reason = decided(HALF, now_s)[1]
        assert reason.startswith(begin)
        assert "from 2026-07-04 02:05:00Z to 2026-07-04 02:15:00Z" in reason


def test_the_reason_names_the_call() -> None:
    reported = decided(WHOLE, 0, probability_final=0.9, best_call=CALL, strong_calls=3)[1]
    assert reported == "A shots fired call 60 s after and 70 m away reports it, with 2 more."
    assert "15 min and 2,000 m" in decided(WHOLE, 0)[1]
    assert "is a shots fired call 60 s after and 70 m away" in decided(WHOLE, 0, best_call=CALL)[1]
    other = (*CALL[:2], "other")
    assert "is a call of another nature 60 s after" in decided(WHOLE, 0, best_call=other)[1]
    begin = "A call of another nature 60 s after and 70 m away reports it"
    assert decided(WHOLE, 0, probability_final=0.9, best_call=other)[1].startswith(begin)


def test_the_reason_says_that_an_analyst_confirmed_it() -> None:
    assert "analyst" in decided(HALF, 9000, is_confirmed=True, best_call=CALL)[1]


def test_only_what_waits_is_looked_at_again() -> None:
    for verdict in Verdict:
        due = revisit_micros(verdict, WINDOW, PARAMETERS)
        assert due == (at(DUE) if verdict is Verdict.PENDING else None)


def judged(feeds: list[FeedCompleteness], *calls: Any, now_s: float = 0, **changes: Any) -> JudgedIncident:
    where = changes.pop("where", place())
    alerts = alert_columns((0, where), **changes)
    (found,) = judge(alerts, call_columns(*calls), feeds, unknown_background(), PARAMETERS, at(now_s))
    return found


def probability(found: JudgedIncident) -> float:
    assert found.probability_reported is not None
    return found.probability_reported


def test_an_early_report_cannot_flip_back_by_waiting() -> None:
    """At F = 1 already reported: whatever is heard later without another call leaves it so."""
    probabilities = []
    for covered_s in (-60, 60, 120, 600, 900):
        feeds = [FeedCompleteness(source="cad", covered=((at(-9000), at(covered_s)),))]
        found = judged(feeds, (60, place(50)))
        assert found.verdict is Verdict.REPORTED
        probabilities.append(probability(found))
    assert probabilities == sorted(probabilities, reverse=True)
    assert probabilities[-1] >= 0.5


def test_silence_grows_into_evidence() -> None:
    probabilities = []
    for covered_s in (-130, 0, 60, 120, 300, 600, 900):
        feeds = [FeedCompleteness(source="cad", covered=((at(-9000), at(covered_s)),))]
        probabilities.append(probability(judged(feeds)))
    assert probabilities[0] == pytest.approx(0.2)
    assert probabilities[-1] == 0.0
    assert all(later < earlier for earlier, later in itertools.pairwise(probabilities))


def test_what_lies_between_is_for_review() -> None:
    assert judged(HALF).probability_reported == pytest.approx(0.02, abs=0.02)
    assert not judged(HALF).needs_review
    assert judged([]).needs_review
    assert not judged(WHOLE).needs_review
    assert not judged(WHOLE, (60, place())).needs_review
    assert not judged(WHOLE, where=NOWHERE).needs_review


def test_no_probability_without_a_place_or_when_withdrawn() -> None:
    for found in (judged(WHOLE, where=NOWHERE), judged(WHOLE, (60, place()), active=[False])):
        assert found.probability_reported is None
        assert found.links == ()
        assert found.window_covered


def test_a_sensors_record_is_the_incidents_own_and_no_report() -> None:
    alerts = alert_columns((0, place()))
    calls = call_columns(
        (-120, place(299)), (5, place(301)), (900, place()), (900.000001, place()), (901, NOWHERE),
        counts_as_report=np.zeros(5, dtype=bool), is_sensor=np.ones(5, dtype=bool),
    )  # fmt: skip
    (found,) = judge(alerts, calls, WHOLE, unknown_background(), PARAMETERS, at(0))
    assert found.cad_record_ids == (101, 103)
    assert found.verdict is Verdict.UNREPORTED
