"""Links and P(reported) of incidents that share calls, and of those that share none."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.association import Association, associate
from app.correlation.background import unknown_background
from app.correlation.columns import AlertColumns, CallColumns, Floats
from app.correlation.components import joint_components
from app.correlation.decisions import Constraints
from app.correlation.evidence import Candidates, find_candidates
from app.correlation.grouping import group
from app.correlation.parameters import Parameters
from app.correlation.posterior import solo_links, solo_reported
from tests.correlation.conftest import alert_columns, call_columns, place
from tests.correlation.generative import counted_out

PARAMETERS = Parameters()
BACKGROUND = unknown_background()


def found_in(
    alerts: AlertColumns,
    calls: CallColumns,
    heard: Floats | None = None,
    constraints: Constraints | None = None,
    parameters: Parameters = PARAMETERS,
) -> tuple[Candidates, Association]:
    groups = group(alerts, parameters)
    candidates = find_candidates(alerts, groups, calls, BACKGROUND, parameters)
    shares = np.ones(len(groups)) if heard is None else heard
    return candidates, associate(candidates, calls, shares, constraints or Constraints(), parameters)


def table(candidates: Candidates, incidents: int, calls: int) -> Floats:
    u = np.zeros((incidents, calls))
    u[candidates.incident, candidates.call] = np.exp(candidates.total)
    return u


def scene(
    seed: int, alerts: int, calls: int, side_m: float, span_s: float
) -> tuple[AlertColumns, CallColumns]:
    """Alerts and calls at random over a square and a span of time."""
    random = np.random.default_rng(seed)
    started = np.sort(random.uniform(0, span_s, alerts))
    received = np.sort(random.uniform(0, span_s + 300, calls))
    return (
        alert_columns(*[(time, place(*random.uniform(0, side_m, 2))) for time in started]),
        call_columns(*[(time, place(*random.uniform(0, side_m, 2))) for time in received]),
    )


def components_of(candidates: Candidates, incidents: int) -> list[list[int]]:
    """All incidents, those together that have to be judged together, however many."""
    u = np.exp(candidates.total)
    floor = PARAMETERS.link_floor
    shared, _ = joint_components(candidates.incident, candidates.call, u, floor=floor, most=incidents)
    joined = {incident for members in shared for incident in members}
    return shared + [[incident] for incident in range(incidents) if incident not in joined]


@pytest.mark.parametrize("apart_s", [61.0, 75.0, 90.0])
def test_two_incidents_that_share_a_call(apart_s: float) -> None:
    """A minute or so and 200 m apart: the call is a report of one of them, not of both."""
    alerts = alert_columns((0, place()), (apart_s, place(200)))
    candidates, joint = found_in(alerts, call_columns((150, place(100))))
    assert candidates.incident.tolist() == [0, 1]
    log_u = candidates.total
    alone = solo_reported(np.logaddexp(0.0, log_u), np.ones(2), PARAMETERS)
    assert np.all(alone > 0.9)
    assert joint.reported.sum() == pytest.approx(1.0, abs=0.05)
    assert np.all(joint.reported < alone - 0.05)
    assert joint.links.sum() <= 1 + 1e-12
    reported, links = counted_out(np.exp(log_u)[:, None], [1.0, 1.0], 0.2, 1.6)
    assert joint.reported.tolist() == pytest.approx(reported.tolist(), abs=1e-9)
    assert joint.links.tolist() == pytest.approx(links[:, 0].tolist(), abs=1e-9)
    assert joint.without.tolist() == [0.0, 0.0]


def test_with_a_call_for_each_both_were_reported() -> None:
    alerts = alert_columns((0, place()), (80, place(200)))
    calls = call_columns((70, place(0)), (110, place(-100)), (160, place(200)), (190, place(300)))
    candidates, joint = found_in(alerts, calls)
    assert len(candidates.call) == 8
    reported, _ = counted_out(table(candidates, 2, 4), [1.0, 1.0], 0.2, 1.6)
    assert joint.reported.tolist() == pytest.approx(reported.tolist(), abs=1e-9)
    assert np.all(joint.reported > 0.7)
    of_call = np.bincount(candidates.call, joint.links)
    assert np.all((of_call > 0.95) & (of_call <= 1 + 1e-12))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    alerts=st.integers(1, 4),
    calls=st.integers(0, 5),
    heard=st.lists(st.floats(0, 1), min_size=4, max_size=4),
)
def test_near_incidents_as_the_model_counted_out(
    seed: int, alerts: int, calls: int, heard: list[float]
) -> None:
    shooting, called = scene(seed, alerts, calls, 900, 400)
    parameters = Parameters(link_within_s=0.0)
    candidates, joint = found_in(shooting, called, np.array(heard[:alerts]), None, parameters)
    u = table(candidates, alerts, calls)
    for members in components_of(candidates, alerts):
        own = np.isin(candidates.incident, members)
        place_in_table = np.searchsorted(members, candidates.incident[own]), candidates.call[own]
        for found, shares in (
            (joint.reported, [heard[member] for member in members]),
            (joint.reported_final, [1.0] * len(members)),
        ):
            reported, links = counted_out(u[members], shares, 0.2, 1.6)
            assert found[members].tolist() == pytest.approx(reported.tolist(), abs=1e-8)
            if found is joint.reported:
                assert joint.links[own].tolist() == pytest.approx(links[place_in_table].tolist(), abs=1e-8)


def test_incidents_that_share_no_call_have_the_bits_of_one_alone() -> None:
    """Each 10 km from the next, with many calls of its own."""
    random = np.random.default_rng(2)
    started = np.sort(random.uniform(0, 3000, 40))
    alerts = alert_columns(*[(time, place(10_000 * number)) for number, time in enumerate(started)])
    rows = sorted(
        (
            float(time + lag),
            place(10_000 * number + float(random.uniform(-1300, 1300)), float(random.uniform(-1300, 1300))),
        )
        for number, time in enumerate(started)
        for lag in random.uniform(-100, 880, 5)
    )
    heard = random.random(40)
    candidates, found = found_in(alerts, call_columns(*rows), heard)
    assert len(candidates.call) == 200
    strength = np.logaddexp(0.0, candidates.total)
    support: Floats = np.bincount(candidates.incident, strength, 40).astype(np.float64)
    reported = solo_reported(support, heard, PARAMETERS)
    assert found.reported.tobytes() == reported.tobytes()
    assert found.reported_final.tobytes() == solo_reported(support, np.ones(40), PARAMETERS).tobytes()
    own = candidates.incident
    links = solo_links(candidates.total, support[own], heard[own], reported[own], PARAMETERS)
    assert found.links.tobytes() == links.tobytes()
    less = support[own] - strength
    is_link = candidates.total >= math.log(PARAMETERS.link_floor)
    assert 0 < np.count_nonzero(is_link) < 200
    for without, share in ((found.without, heard[own]), (found.without_final, np.ones(200))):
        expected = np.where(is_link, solo_reported(less, share, PARAMETERS), np.nan)
        assert without.tobytes() == expected.tobytes()


def subset(candidates: Candidates, members: list[int]) -> tuple[Candidates, Any]:
    """The pairs of some incidents only, renumbered."""
    own = np.isin(candidates.incident, members)
    columns = {name: getattr(candidates, name)[own] for name in Candidates.__slots__}
    columns["incident"] = np.searchsorted(np.array(members), columns["incident"])
    return Candidates(**columns), own


@pytest.mark.parametrize("most", [2, 10])
@pytest.mark.parametrize("seed", range(4))
def test_together_they_have_the_bits_of_each_component_alone(seed: int, most: int) -> None:
    """Also where a component is too large and is cut: by what is in it, never by what is elsewhere."""
    alerts, calls = scene(seed, 60, 250, 6000, 6000)
    parameters = Parameters(most_joint_incidents=most)
    groups = group(alerts, parameters)
    heard = np.random.default_rng(seed).random(len(groups))
    candidates, together = found_in(alerts, calls, heard, None, parameters)
    components = components_of(candidates, len(groups))
    assert max(len(members) for members in components) > 2
    for members in components:
        part, own = subset(candidates, members)
        apart = associate(part, calls, heard[members], Constraints(), parameters)
        assert together.reported[members].tobytes() == apart.reported.tobytes()
        assert together.reported_final[members].tobytes() == apart.reported_final.tobytes()
        for name in ("links", "without", "without_final"):
            assert getattr(together, name)[own].tobytes() == getattr(apart, name).tobytes()


@pytest.mark.parametrize("seed", range(3))
def test_without_is_the_answer_had_the_call_not_been_made(seed: int) -> None:
    alerts, calls = scene(seed, 6, 14, 1500, 900)
    heard = np.random.default_rng(seed).random(len(group(alerts, PARAMETERS)))
    candidates, found = found_in(alerts, calls, heard)
    is_link = candidates.total >= math.log(PARAMETERS.link_floor)
    assert np.isnan(found.without).tolist() == (~is_link).tolist()
    assert np.isnan(found.without_final).tolist() == (~is_link).tolist()
    assert is_link.any()
    for call in range(len(calls)):
        _, less = found_in(alerts, calls.take(np.arange(len(calls)) != call), heard)
        for pair in np.flatnonzero((candidates.call == call) & is_link).tolist():
            incident = candidates.incident[pair]
            assert found.without[pair] == pytest.approx(less.reported[incident], abs=1e-3)
            assert found.without_final[pair] == pytest.approx(less.reported_final[incident], abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), calls=st.integers(0, 60), side_m=st.sampled_from([10.0, 800.0, 4000.0])
)
def test_they_are_probabilities_and_a_call_explains_one_incident_at_most(
    seed: int, calls: int, side_m: float
) -> None:
    shooting, called = scene(seed, 8, calls, side_m, 1200)
    heard = np.random.default_rng(seed).random(len(group(shooting, PARAMETERS)))
    candidates, found = found_in(shooting, called, heard)
    for values in (found.reported, found.reported_final, found.links):
        assert np.all((values >= 0) & (values <= 1))
    known = ~np.isnan(found.without)
    assert np.all((found.without[known] >= 0) & (found.without[known] <= 1))
    # Below the floor a call may be weighed twice, for at most the floor's share each time.
    of_call = np.bincount(candidates.call, found.links, len(called))
    assert np.all(of_call <= 1 + PARAMETERS.link_floor * 8)
    assert np.all(found.links <= found.reported[candidates.incident] + 1e-9)


def test_nothing_to_weigh() -> None:
    candidates, found = found_in(alert_columns(), call_columns((0, place())))
    assert len(candidates.call) == len(found.reported) == len(found.links) == 0
    _, silent = found_in(alert_columns((0, place())), call_columns())
    assert silent.reported.tolist() == [0.0]
    _, unheard = found_in(alert_columns((0, place())), call_columns(), np.zeros(1))
    assert unheard.reported.tolist() == pytest.approx([0.2])
