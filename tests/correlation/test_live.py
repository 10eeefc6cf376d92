"""How much more is called in than expected: counts, expectation and steps by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.background import Background, unknown_background
from app.correlation.columns import CallColumns
from app.correlation.evidence import Candidates, find_candidates
from app.correlation.grouping import group
from app.correlation.live import counts_between, live_steps, live_window, log_factor
from app.correlation.parameters import NATURES, Parameters
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place

# Without the margin of a surge, which has a test of its own.
PARAMETERS = Parameters(live_surge_margin=1.0)
SHOTS, WEAPON, OTHER = (NATURES.index(name) for name in ("shots_fired", "weapon", "other"))
FAR = place(20_000)


def background_of(calls_an_hour: float, rhythm: list[float] | None = None) -> Background:
    """So many calls of each nature in the whole area."""
    area_m2 = 4e8
    return replace(
        unknown_background(),
        rate_s_m2={nature.value: calls_an_hour / 3600 / area_m2 for nature in NATURES},
        area_m2=area_m2,
        rhythm=None if rhythm is None else {nature.value: rhythm for nature in NATURES},
    )


def steps_at(
    seconds: float, calls: CallColumns, background: Background, own: list[int] | None = None
) -> list[int]:
    """The steps of each nature at an incident of that moment."""
    own_counts = np.array([own or [0] * len(NATURES)])
    found = live_steps(
        live_window(np.array([at(seconds)]), PARAMETERS), own_counts, calls, background, PARAMETERS
    )
    steps: list[int] = found[0].tolist()
    return steps


def many(count: int, seconds: float = 0.0, nature: int = SHOTS) -> CallColumns:
    return call_columns(*[(seconds, FAR)] * count, nature=np.full(count, nature))


def candidates_of(calls: CallColumns, background: Background, alert_s: float = 0.0) -> Candidates:
    alerts = alert_columns((alert_s, place()))
    return find_candidates(alerts, group(alerts, PARAMETERS), calls, background, PARAMETERS)


def test_the_window_lies_around_the_first_shot() -> None:
    low, high = live_window(np.array([at(5)]), Parameters(live_before_s=600.5, live_after_s=0))
    assert (low.tolist(), high.tolist()) == ([at(5 - 600.5)], [at(5)])


def test_only_located_reports_are_counted_and_both_ends_with_them() -> None:
    times = [-901, -900, -900, 0, 10, 20, 30, 900, 900.000001]
    calls = call_columns(
        *[(time, NOWHERE if time == 10 else FAR) for time in times],
        nature=np.array([SHOTS] * 5 + [OTHER] * 2 + [SHOTS] * 2),
        counts_as_report=np.array([time != 20 for time in times]),
    )
    counts = counts_between(calls, np.array([at(-900), at(1)]), np.array([at(900), at(1)]))
    expected = [0] * len(NATURES)
    expected[SHOTS], expected[OTHER] = 4, 1
    assert counts.tolist() == [expected, [0] * len(NATURES)]


@pytest.mark.parametrize(
    ("others", "steps"),
    [(0, 0), (1, 0), (2, 2), (3, 2), (4, 3), (5, 4), (7, 4), (8, 5), (11, 6), (15, 6), (16, 7), (63, 10)],
)
def test_steps_by_hand(others: int, steps: int) -> None:
    """1.05 calls are expected (2.1 an hour, half an hour), so the ratio is (others + 1) / 2.05."""
    found = steps_at(0, many(others), background_of(2.1))
    assert found[SHOTS] == steps
    assert [found[nature] for nature in range(len(NATURES)) if nature != SHOTS] == [0] * 5


def test_each_step_is_a_power_of_the_square_root_of_two() -> None:
    """98.9 are expected: steps change where (others + 1) / 99.9 passes a power of 1.414."""
    background = background_of(197.8)
    found = [steps_at(0, many(others), background)[SHOTS] for others in range(0, 900)]
    for others, steps in enumerate(found):
        ratio = (others + 1) / 99.9
        assert steps == max(0, math.ceil(2 * math.log2(ratio)))
        assert math.sqrt(2) ** steps >= ratio or ratio <= 1
    assert found == sorted(found)
    assert found[:99] == [0] * 99
    assert found[-1] == 7
    assert log_factor(np.array([0, 1, 2, 7])).tolist() == pytest.approx(
        [0, math.log(2) / 2, math.log(2), 3.5 * math.log(2)]
    )


def test_the_expectation_follows_the_clock_across_the_hour() -> None:
    """Around 02:10: 25 minutes of the hour 2 at 6 calls an hour, 5 of the hour 1 at 60: 2.5 + 5."""
    rhythm = [0.0] * 168
    rhythm[5 * 24 + 1], rhythm[5 * 24 + 2] = 60.0, 6.0
    background = background_of(1, [max(factor, 1e-9) for factor in rhythm])
    expected = background.expected_in_area(*live_window(np.array([at(600)]), PARAMETERS))
    assert expected is not None
    assert expected[0].tolist() == pytest.approx([7.5] * len(NATURES))
    for others in (0, 7, 8, 11, 12, 30):
        steps = max(0, math.ceil(2 * math.log2((others + 1) / 8.5)))
        assert steps_at(600, many(others, 600), background)[SHOTS] == steps


def test_without_an_area_nothing_is_known_of_the_city() -> None:
    assert steps_at(0, many(500), unknown_background()) == [0] * len(NATURES)
    assert np.exp(log_factor(np.array(steps_at(0, many(500), unknown_background())))).tolist() == [1.0] * 6


def test_fewer_than_expected_is_no_reason_for_anything() -> None:
    assert steps_at(0, call_columns(), background_of(1000)) == [0] * len(NATURES)
    assert steps_at(0, many(1), background_of(2), own=[1] + [0] * 5) == [0] * len(NATURES)


def test_an_incidents_own_candidates_are_no_busy_city() -> None:
    """Thirty callers around one shooting are its report; ten elsewhere are a busy night."""
    near = [(float(time), place(300)) for time in range(60, 90)]
    apart = [(float(time), FAR) for time in range(100, 110)]
    background = background_of(2)
    calls = call_columns(*near, *apart)
    found = candidates_of(calls, background)
    assert len(found.call) == 30
    assert found.live_steps.tolist() == [math.ceil(2 * math.log2(11 / 2))] * 30
    assert candidates_of(call_columns(*near), background).live_steps.tolist() == [0] * 30


def test_own_candidates_beyond_the_live_window_were_never_counted() -> None:
    """A long live window and a longer reporting window: what lies between is not taken away twice."""
    parameters = Parameters(live_before_s=60, live_after_s=60)
    calls = call_columns(
        (-60, place(10)), (0, FAR), (10, FAR), (20, FAR), (60, place(10)), (61, place(10)), (800, place(10))
    )
    alerts = alert_columns((0, place()))
    background = background_of(31)
    found = find_candidates(alerts, group(alerts, parameters), calls, background, parameters)
    assert len(found.call) == 4
    assert found.live_steps.tolist() == [math.ceil(2 * math.log2((3 + 1) / (31 / 30 + 1)))] * 4


def test_each_nature_is_held_against_its_own() -> None:
    rows = [(60.0, place(100))] * 2 + [(100.0, FAR)] * 20
    natures = np.array([SHOTS, WEAPON] + [WEAPON] * 20)
    found = candidates_of(call_columns(*rows, nature=natures), background_of(2))
    assert found.live_steps.tolist() == [0, math.ceil(2 * math.log2(21 / 2))]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), calls=st.integers(0, 120), an_hour=st.floats(0.01, 50))
def test_the_background_of_the_evidence_is_the_rate_raised_by_the_steps(
    seed: int, calls: int, an_hour: float
) -> None:
    random = np.random.default_rng(seed)
    rhythm = random.uniform(0.1, 3, 168).tolist()
    background = replace(background_of(an_hour, rhythm), time_zone="America/Chicago")
    received = np.sort(random.uniform(-2000, 6000, calls))
    columns = call_columns(
        *[(time, place(*random.uniform(0, 6000, 2))) for time in received],
        nature=random.integers(0, len(NATURES), calls),
        counts_as_report=random.random(calls) < 0.9,
    )
    started = np.sort(random.uniform(0, 4000, 8))
    alerts = alert_columns(*[(time, place(*random.uniform(0, 6000, 2))) for time in started])
    groups = group(alerts, PARAMETERS)
    found = find_candidates(alerts, groups, columns, background, PARAMETERS)
    rate = background.log_rate(
        columns.received_micros[found.call],
        columns.longitude[found.call],
        columns.latitude[found.call],
        columns.nature[found.call],
    )
    assert np.all(found.live_steps >= 0)
    assert found.background == pytest.approx(-(rate + found.live_steps * math.log(2) / 2))
    terms = found.time + found.distance + found.nature + found.background + math.log(1.6)
    assert found.total == pytest.approx(np.minimum(terms, 100))
    for pair in range(len(found.call)):
        members, call = groups[found.incident[pair]], found.call[pair]
        first = int(alerts.started_micros[members[0]])
        own = set(found.call[found.incident == found.incident[pair]].tolist())
        others = sum(
            1
            for other in range(calls)
            if abs(int(columns.received_micros[other]) - first) <= 900 * 1_000_000
            and columns.nature[other] == columns.nature[call]
            and columns.counts_as_report[other]
            and other not in own
        )
        area = background.expected_in_area(
            np.array([first - 900 * 1_000_000]), np.array([first + 900 * 1_000_000])
        )
        assert area is not None
        ratio = (others + 1) / (float(area[0, columns.nature[call]]) + 1)
        assert found.live_steps[pair] == max(0, math.ceil(2 * math.log2(ratio)))


def test_many_incidents_at_once_are_as_each_alone() -> None:
    random = np.random.default_rng(11)
    rows = [
        (float(time), place(*random.uniform(0, 5000, 2))) for time in np.sort(random.uniform(0, 5000, 300))
    ]
    calls = call_columns(*rows, nature=random.integers(0, len(NATURES), 300))
    started = np.sort(random.uniform(0, 4000, 30))
    alerts = alert_columns(*[(time, place(*random.uniform(0, 5000, 2))) for time in started])
    groups = group(alerts, PARAMETERS)
    background = background_of(20)
    together = find_candidates(alerts, groups, calls, background, PARAMETERS)
    assert len(set(together.live_steps.tolist())) > 1
    for number, members in enumerate(groups):
        own = together.incident == number
        alone = find_candidates(alerts, [members], calls, background, PARAMETERS)
        assert together.live_steps[own].tolist() == alone.live_steps.tolist()
        assert together.total[own].tobytes() == alone.total.tobytes()


@pytest.mark.parametrize(("others", "steps"), [(4, 3), (5, 6), (7, 6), (8, 7), (63, 12)])
def test_a_surge_is_raised_by_its_margin(others: int, steps: int) -> None:
    """The same by hand: from four times as many on (4 steps), twice as much again (2 steps)."""
    own_counts = np.zeros((1, len(NATURES)), dtype=np.int64)
    found = live_steps(
        live_window(np.array([at(0)]), PARAMETERS), own_counts, many(others), background_of(2.1), Parameters()
    )
    assert found[0][SHOTS] == steps
    wider = Parameters(live_surge_from=8.0, live_surge_margin=4.0)
    found = live_steps(live_window(np.array([at(0)]), wider), own_counts, many(63), background_of(2.1), wider)
    assert found[0][SHOTS] == 10 + 4
