"""How much of each call is left for the background."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.background import unknown_background
from app.correlation.completeness import FeedCompleteness
from app.correlation.explained import unexplained
from app.correlation.judge import judge
from app.correlation.parameters import Parameters
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place

PARAMETERS = Parameters()
BACKGROUND = unknown_background()
WHOLE = [FeedCompleteness(source="cad", covered=((at(-90_000), at(90_000)),))]
PARTS = 2.0**20


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), alerts=st.integers(0, 10), calls=st.integers(0, 30))
def test_what_no_shooting_explains_is_left(seed: int, alerts: int, calls: int) -> None:
    random = np.random.default_rng(seed)
    started = np.sort(random.uniform(0, 2000, alerts))
    received = np.sort(random.uniform(-500, 3500, calls))
    heard = alert_columns(
        *[(time, place(*random.uniform(0, 3000, 2))) for time in started],
        active=(random.random(alerts) < 0.8).tolist(),
    )
    called = call_columns(
        *[(time, place(*random.uniform(0, 3000, 2))) for time in received],
        counts_as_report=random.random(calls) < 0.8,
    )
    left = unexplained(heard, called, BACKGROUND, PARAMETERS)
    assert left.shape == (calls,)
    assert np.all((left >= 0) & (left <= 1))
    assert np.array_equal(left * PARTS, np.rint(left * PARTS))
    explained = np.zeros(calls)
    for found in judge(heard, called, WHOLE, BACKGROUND, PARAMETERS, at(90_000)):
        for link in found.links:
            explained[link.call_id - 101] += link.probability
    # Judging shows only links of some weight; what is below the floor adds less than that.
    assert np.all(1 - left >= np.minimum(explained, 1) - 1e-6)
    assert np.all(1 - left <= explained + 10 * PARAMETERS.link_floor)


def test_by_hand() -> None:
    """A report, one that either of two may have, and those that are nobody's."""
    alerts = alert_columns((0, place()), (90, place(200)), (5000, place(30_000)))
    calls = call_columns(
        (-500, place()), (150, place(100)), (400, place(9000)), (420, NOWHERE), (5060, place(30_000)),
        (5070, place(30_000)),
        counts_as_report=np.array([True] * 5 + [False]),
    )  # fmt: skip
    left = unexplained(alerts, calls, BACKGROUND, PARAMETERS).tolist()
    assert [left[call] for call in (0, 2, 3, 5)] == [1.0] * 4
    assert 0 < left[1] < 0.05
    assert 0 < left[4] < 0.05
    (found,) = judge(alerts.take(np.array([2])), calls, WHOLE, BACKGROUND, PARAMETERS, at(90_000))
    assert left[4] == pytest.approx(1 - found.links[0].probability, abs=1 / PARTS)


def test_nothing_to_explain() -> None:
    assert unexplained(alert_columns(), call_columns(), BACKGROUND, PARAMETERS).tolist() == []
    calls = call_columns((0, place()), (1, NOWHERE))
    assert unexplained(alert_columns(), calls, BACKGROUND, PARAMETERS).tolist() == [1.0, 1.0]
    assert unexplained(alert_columns((0, NOWHERE)), calls, BACKGROUND, PARAMETERS).tolist() == [1.0, 1.0]
