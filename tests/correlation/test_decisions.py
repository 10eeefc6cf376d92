"""What analysts decided about calls, as constraints: confirmed, rejected, and taken by somebody else."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.background import unknown_background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.completeness import FeedCompleteness
from app.correlation.decisions import CallDecision, constraints_of
from app.correlation.grouping import group
from app.correlation.judge import JudgedIncident, JudgedLink, judge
from app.correlation.parameters import Parameters
from app.domain.vocabulary import Decision, Verdict
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place

PARAMETERS = Parameters()
WHOLE = [FeedCompleteness(source="cad", covered=((at(-90_000), at(90_000)),))]
# Two incidents, of the alerts 1 and 2 and of the alert 3; the calls 101 and 102 may report either.
ALERTS = alert_columns((0, place()), (20, place(50)), (90, place(200)))
CALLS = call_columns((120, place(80)), (150, place(120)), (4000, place()))
FAR = 103


def confirmed(alert: int, call: int) -> CallDecision:
    return CallDecision(alert, call, True)


def rejected(alert: int, call: int) -> CallDecision:
    return CallDecision(alert, call, False)


def judged(
    *decisions: CallDecision, alerts: AlertColumns = ALERTS, calls: CallColumns = CALLS, **changes: Any
) -> list[JudgedIncident]:
    feeds = changes.pop("feeds", WHOLE)
    return judge(alerts, calls, feeds, unknown_background(), Parameters(**changes), at(90_000), decisions)


def link_of(incident: JudgedIncident, call: int) -> JudgedLink:
    (link,) = [link for link in incident.links if link.call_id == call]
    return link


def outcome(incident: JudgedIncident) -> JudgedIncident:
    """The incident, so that two are equal when every field is, bit for bit."""
    return replace(incident, alerts=tuple(incident.alerts.tolist()))  # type: ignore[arg-type]


def test_a_confirmed_call_makes_it_certain() -> None:
    first, second = judged(confirmed(2, 101))
    assert first.verdict is Verdict.REPORTED
    assert first.probability_reported == 1.0
    assert "analyst" in first.reason
    assert not first.needs_review
    link = link_of(first, 101)
    assert (link.probability, link.decision) == (1.0, Decision.CONFIRMED)
    assert link.terms is not None
    assert link.probability_without is None
    assert not link.is_decisive
    assert link_of(first, 102).decision is Decision.AUTOMATIC
    assert [link.call_id for link in second.links] == [102]


def test_the_confirmed_call_is_lost_to_others() -> None:
    """Whoever else had it is judged as if it did not exist, wherever the confirming alert is."""
    plain = judged()
    for decisions in ([confirmed(1, 101)], [confirmed(77, 101)]):
        second = judged(*decisions)[1]
        assert [link.call_id for link in second.links] == [102]
    (_, alone) = judged(confirmed(1, 101), rejected(1, 102))
    (without,) = judged(alerts=ALERTS.take(np.array([2])), calls=CALLS.take(np.array([1, 2])))
    assert alone.probability_reported == without.probability_reported
    assert alone.links == without.links
    assert alone.probability_reported != plain[1].probability_reported


def test_with_both_calls_taken_the_other_was_not_reported() -> None:
    _, second = judged(confirmed(1, 101), confirmed(1, 102))
    assert second.verdict is Verdict.UNREPORTED
    assert second.probability_reported == 0.0
    assert second.links == ()


def test_a_call_confirmed_for_both_is_of_both() -> None:
    for found in judged(confirmed(1, 101), confirmed(3, 101)):
        assert found.probability_reported == 1.0
        assert link_of(found, 101).decision is Decision.CONFIRMED


def test_a_rejected_call_is_as_if_it_had_not_been_made_and_is_shown() -> None:
    for alert in (1, 2):
        first, second = judged(rejected(alert, 101))
        link = link_of(first, 101)
        assert (link.probability, link.decision) == (0.0, Decision.REJECTED)
        assert link.terms is not None
        assert link.probability_without is None
        assert not link.is_decisive
        assert link_of(second, 101).decision is Decision.AUTOMATIC
        assert link_of(second, 101).probability > link_of(judged()[1], 101).probability
    everything = judged(*[rejected(alert, call) for alert in (1, 3) for call in (101, 102)])
    for found in everything:
        assert found.verdict is Verdict.UNREPORTED
        assert found.probability_reported == 0.0
        assert [link.decision for link in found.links] == [Decision.REJECTED] * 2
    assert [found.first_call_lag_s for found in everything] == [None, None]


def test_a_call_rejected_by_all_leaves_the_rest_as_without_it() -> None:
    found = judged(rejected(1, 101), rejected(3, 101))
    without = judged(calls=CALLS.take(np.array([1, 2])))
    for one, other in zip(found, without, strict=True):
        assert one.probability_reported == pytest.approx(other.probability_reported, abs=1e-12)
        assert link_of(one, 102).probability == pytest.approx(link_of(other, 102).probability, abs=1e-12)
        assert link_of(one, 101).probability == 0.0


def test_among_an_incidents_alerts_a_confirmation_outweighs_a_rejection() -> None:
    plain = [outcome(each) for each in judged(confirmed(1, 101))]
    for decisions in itertools.permutations([confirmed(1, 101), rejected(2, 101)]):
        assert [outcome(each) for each in judged(*decisions)] == plain
    apart = judged(confirmed(1, 101), rejected(3, 101))
    assert link_of(apart[0], 101).decision is Decision.CONFIRMED
    assert link_of(apart[1], 101).decision is Decision.REJECTED


@pytest.mark.parametrize("alert", [1, 2])
def test_a_confirmed_call_outside_window_and_gate_is_shown_without_terms(alert: int) -> None:
    first, second = judged(confirmed(alert, FAR), rejected(alert, 101), rejected(alert, 102))
    link = link_of(first, FAR)
    assert (link.probability, link.decision, link.terms) == (1.0, Decision.CONFIRMED, None)
    assert link.probability_without is None
    assert first.verdict is Verdict.REPORTED
    assert first.probability_reported == 1.0
    assert "analyst" in first.reason
    assert first.first_call_lag_s is None
    assert FAR not in [link.call_id for link in second.links]


def test_a_call_that_is_not_loaded_may_be_decided_about() -> None:
    first, second = judged(confirmed(1, 999), rejected(3, 998))
    assert link_of(first, 999).terms is None
    assert first.probability_reported == 1.0
    assert link_of(second, 998).decision is Decision.REJECTED
    assert link_of(second, 998).probability == 0.0
    assert second.probability_reported == judged(confirmed(1, 999))[1].probability_reported


def test_a_confirmed_call_reports_an_incident_without_a_place_and_without_a_feed() -> None:
    (found,) = judged(confirmed(1, 101), alerts=alert_columns((0, NOWHERE)), feeds=[])
    assert found.verdict is Verdict.REPORTED
    assert found.probability_reported == 1.0
    assert [link.call_id for link in found.links] == [101]
    (plain,) = judged(alerts=alert_columns((0, NOWHERE)), feeds=[])
    assert plain.verdict is Verdict.INDETERMINATE
    assert plain.probability_reported is None


def test_a_withdrawn_incident_stays_withdrawn_but_keeps_its_call() -> None:
    """What an analyst confirmed for it is no report of its neighbour."""
    alerts = alert_columns((0, place()), (20, place(50)), (90, place(200)), active=[False, False, True])
    withdrawn, other = judged(confirmed(1, 101), alerts=alerts)
    assert withdrawn.verdict is Verdict.WITHDRAWN
    assert withdrawn.probability_reported is None
    assert withdrawn.links == ()
    assert [link.call_id for link in other.links] == [102]


def test_a_decision_about_an_alert_of_elsewhere_only_takes_its_call() -> None:
    plain = [outcome(each) for each in judged()]
    assert [outcome(each) for each in judged(rejected(77, 101))] == plain
    taken = judged(confirmed(77, 101))
    for found in taken:
        assert [link.call_id for link in found.links] == [102]
        assert found.probability_reported is not None
        assert found.probability_reported < 1


def test_an_incident_with_a_confirmed_call_draws_the_others_to_it() -> None:
    """It was reported, so a second call near it is the likelier to be its own."""
    plain, decided = judged(), judged(confirmed(1, 101))
    assert link_of(decided[0], 102).probability > link_of(plain[0], 102).probability
    assert link_of(decided[1], 102).probability < link_of(plain[1], 102).probability
    assert link_of(decided[0], 102).probability_without == 1.0
    assert not link_of(decided[0], 102).is_decisive


def test_beside_a_confirmed_call_another_is_weighed_against_the_background_only() -> None:
    """It was reported for sure, so nothing is asked of the prior: u / (1 + u)."""
    alerts = ALERTS.take(np.array([0]))
    (plain,) = judged(alerts=alerts)
    (found,) = judged(confirmed(1, 101), alerts=alerts)
    terms = link_of(found, 102).terms
    assert terms is not None
    assert link_of(found, 102).probability == pytest.approx(1 / (1 + math.exp(-terms.total)))
    assert link_of(found, 102).probability > link_of(plain, 102).probability
    assert link_of(found, 102).probability_without == 1.0


decisions_of = st.builds(
    CallDecision,
    alert_id=st.sampled_from([1, 2, 3, 77]),
    call_id=st.sampled_from([101, 102, FAR, 999]),
    is_confirmed=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(decisions=st.lists(decisions_of, max_size=6), seed=st.randoms(use_true_random=False))
def test_the_order_of_decisions_is_no_matter(decisions: list[CallDecision], seed: "object") -> None:
    turned = [*decisions, *decisions[:2]]
    seed.shuffle(turned)  # type: ignore[attr-defined]
    straight = judged(*decisions)
    assert [outcome(each) for each in judged(*turned)] == [outcome(each) for each in straight]
    for number, found in enumerate(straight):
        own = {1, 2} if number == 0 else {3}
        sure = {each.call_id for each in decisions if each.is_confirmed and each.alert_id in own}
        shown = {link.call_id for link in found.links if link.decision is Decision.CONFIRMED}
        assert shown == sure
        assert not sure or found.probability_reported == 1.0
        taken = {each.call_id for each in decisions if each.is_confirmed}
        automatic = {link.call_id for link in found.links if link.decision is Decision.AUTOMATIC}
        assert not automatic & taken


def test_no_decisions_no_constraints() -> None:
    constraints = constraints_of([], ALERTS, group(ALERTS, PARAMETERS))
    assert (dict(constraints.confirmed), dict(constraints.rejected)) == ({}, {})
    assert constraints.taken == frozenset()
    assert constraints.forced(2).tolist() == [False, False]
    log_u = np.array([1.0, 2.0])
    assert constraints.constrain(log_u, np.array([0, 1]), np.array([101, 101])).tolist() == [1.0, 2.0]


def test_constraints_take_evidence_away_and_leave_what_they_were_given() -> None:
    decisions = [confirmed(2, 101), rejected(1, 101), rejected(1, 999), rejected(3, 102)]
    found = constraints_of(decisions, ALERTS, group(ALERTS, PARAMETERS))
    assert dict(found.confirmed) == {0: {101}}
    assert dict(found.rejected) == {0: {999}, 1: {102}}
    assert found.forced(2).tolist() == [True, False]
    log_u = np.array([1.0, 2.0, 3.0, 4.0])
    left = found.constrain(log_u, np.array([0, 0, 1, 1]), np.array([101, 102, 101, 102]))
    assert left.tolist() == [-np.inf, 2.0, -np.inf, -np.inf]
    assert log_u.tolist() == [1.0, 2.0, 3.0, 4.0]
