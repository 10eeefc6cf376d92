"""Incidents that share calls: the posterior against the model counted out, and where its sums cancel."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.columns import Booleans, Floats
from app.correlation.loops.sets import joint_posterior
from app.correlation.parameters import Parameters
from app.correlation.posterior import solo_links, solo_reported
from tests.correlation.generative import counted_out

PARAMETERS = Parameters()
shares = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0]))
seeds = st.integers(0, 2**32 - 1)


@st.composite
def scenes(draw: st.DrawFn, most: int = 4, log_u: tuple[float, float] = (-12, 8)) -> tuple[Floats, Floats]:
    """Evidence u of shape (n, calls), some of it none, and F of shape (n,)."""
    count, calls = draw(st.integers(1, most)), draw(st.integers(0, 5))
    each = st.one_of(st.floats(*log_u).map(math.exp), st.just(0.0))
    values = draw(st.lists(each, min_size=count * calls, max_size=count * calls))
    heard = draw(st.lists(shares, min_size=count, max_size=count))
    return np.array(values).reshape(count, calls), np.array(heard)


class Posterior(NamedTuple):
    """P(reported) by incident; P(this call reports it) and P(reported) without the call, (n, calls) both."""

    reported: Floats
    links: Floats
    without: Floats


def posterior(
    u: Floats, heard: Floats, parameters: Parameters = PARAMETERS, forced: Booleans | None = None
) -> Posterior:
    """Of one component; every answer a row for each incident."""
    of_forced = np.zeros(len(heard), dtype=bool) if forced is None else forced
    by_call = np.ascontiguousarray(u.T)
    reported, links, without = joint_posterior(
        by_call, heard, of_forced, parameters.prior_reported, parameters.expected_calls
    )
    return Posterior(reported, links.T, without.T)


def highest_prior(expected_calls: float) -> float:
    """All but the highest that Parameters allow."""
    odds = 10 * math.expm1(expected_calls) * (1 - 1e-9)
    return odds / (1 + odds)


@settings(deadline=None)
@given(scene=scenes(), prior=st.floats(0.001, 0.9), expected=st.floats(0.7, 5), data=st.data())
def test_as_the_model_counted_out(
    scene: tuple[Floats, Floats], prior: float, expected: float, data: st.DataObject
) -> None:
    u, heard = scene
    parameters = Parameters(prior_reported=prior, expected_calls=expected)
    forced = np.array(data.draw(st.lists(st.booleans(), min_size=len(heard), max_size=len(heard))))
    found = posterior(u, heard, parameters, forced)
    reported, links = counted_out(u, heard.tolist(), prior, expected, forced.tolist())
    assert found.reported.tolist() == pytest.approx(reported.tolist(), abs=1e-8)
    assert found.links.ravel().tolist() == pytest.approx(links.ravel().tolist(), abs=1e-8)
    for call in range(u.shape[1]):
        less = np.delete(u, call, axis=1)
        without, _ = counted_out(less, heard.tolist(), prior, expected, forced.tolist())
        assert found.without[:, call].tolist() == pytest.approx(without.tolist(), abs=1e-8)


@given(scene=scenes(most=1, log_u=(-12, 100)), prior=st.floats(0.001, 0.97))
def test_one_incident_is_as_if_alone(scene: tuple[Floats, Floats], prior: float) -> None:
    u, heard = scene
    parameters = Parameters(prior_reported=prior)
    found = posterior(u, heard, parameters)
    strength = np.log1p(u[0])
    support = np.full(len(strength), strength.sum())
    reported = solo_reported(np.array([strength.sum()]), heard, parameters)
    assert found.reported.tolist() == pytest.approx(reported.tolist(), abs=1e-10)
    with np.errstate(divide="ignore"):
        log_u = np.log(u[0])
    each = np.broadcast_to(heard, len(strength))
    links = solo_links(log_u, support, each, np.broadcast_to(reported, len(strength)), parameters)
    assert found.links[0].tolist() == pytest.approx(links.tolist(), abs=1e-10)
    less = solo_reported(np.maximum(support - strength, 0), each, parameters)
    # ln of a product less ln of a factor: what is left of e^100 is known to 1e-14 of 100.
    assert found.without[0].tolist() == pytest.approx(less.tolist(), abs=1e-9)


@given(scene=scenes(log_u=(-12, 100)), data=st.data())
def test_the_order_of_incidents_and_of_calls_is_no_matter(
    scene: tuple[Floats, Floats], data: st.DataObject
) -> None:
    u, heard = scene
    forced = np.array(data.draw(st.lists(st.booleans(), min_size=len(heard), max_size=len(heard))))
    rows = np.array(data.draw(st.permutations(range(u.shape[0]))), dtype=np.int64)
    columns = np.array(data.draw(st.permutations(range(u.shape[1]))), dtype=np.int64)
    straight = posterior(u, heard, forced=forced)
    turned = posterior(u[rows][:, columns], heard[rows], forced=forced[rows])
    np.testing.assert_allclose(turned.reported, straight.reported[rows], rtol=0, atol=1e-9)
    np.testing.assert_allclose(turned.links, straight.links[rows][:, columns], rtol=0, atol=1e-9)
    np.testing.assert_allclose(turned.without, straight.without[rows][:, columns], rtol=0, atol=1e-9)


@given(
    seed=seeds,
    count=st.integers(1, 8),
    calls=st.integers(0, 6),
    expected=st.floats(0.001, 12),
    is_highest=st.booleans(),
    low=st.floats(0, 1e-6, exclude_min=True),
)
def test_they_are_probabilities_however_strong_the_evidence_and_the_prior(
    seed: int, count: int, calls: int, expected: float, is_highest: bool, low: float
) -> None:
    random = np.random.default_rng(seed)
    prior = highest_prior(expected) if is_highest else max(low, 1e-9)
    parameters = Parameters(prior_reported=prior, expected_calls=expected)
    u = np.exp(random.uniform(-30, 100, (count, calls))) * (random.random((count, calls)) < 0.7)
    heard = random.choice([0.0, 1e-9, 0.5, 1 - 1e-12, 1.0], count)
    forced = random.random(count) < 0.2
    found = posterior(u, heard, parameters, forced)
    for values in (found.reported, found.links, found.without):
        assert np.all(np.isfinite(values))
        assert np.all((values >= 0) & (values <= 1))
    assert np.all(found.links.sum(axis=0) <= 1 + 1e-6)
    assert np.all(found.links <= found.reported[:, None] + 1e-6)
    assert np.all(found.reported[forced] == 1.0)
    assert np.all(found.without[forced] == 1.0)
    assert np.all(found.links[u == 0] == 0)


@pytest.mark.parametrize("count", [2, 6, 10, 12])
@pytest.mark.parametrize("prior", [1e-9, 0.2, 0.9])
def test_incidents_that_share_one_call_by_hand(count: int, prior: float) -> None:
    """All is heard and the one call has the same u for each: one of them, or none, was reported."""
    u = np.full((count, 1), 3.0)
    weight = prior / (1 - prior) * 3.0 / math.expm1(1.6)
    found = posterior(u, np.ones(count), Parameters(prior_reported=prior))
    expected = pytest.approx([weight / (1 + count * weight)] * count, rel=1e-6)
    assert found.reported.tolist() == expected
    assert found.links[:, 0].tolist() == expected
    assert found.without[:, 0].tolist() == pytest.approx([0.0] * count, abs=1e-9)


def test_at_the_highest_prior_ten_incidents_keep_three_digits() -> None:
    """Where the signed sums cancel most: (10 + 9)^10 against 1, with 1e-16 of rounding in each."""
    parameters = Parameters(prior_reported=highest_prior(1.6))
    found = posterior(np.full((10, 1), 0.02), np.ones(10), parameters)
    assert found.reported.tolist() == pytest.approx([0.2 / 3] * 10, abs=1e-3)
    assert found.without[:, 0].tolist() == pytest.approx([0.0] * 10, abs=1e-3)


def test_a_shared_call_speaks_less_for_each_than_for_one_alone() -> None:
    alone = posterior(np.array([[50.0]]), np.ones(1)).reported[0]
    shared = posterior(np.array([[50.0], [50.0]]), np.ones(2)).reported
    assert shared[0] == pytest.approx(shared[1])
    assert shared[0] < alone


def test_an_incident_that_was_surely_reported_draws_the_shared_call_to_it() -> None:
    """Whether it has a call of its own or one that an analyst confirmed: it may well have another."""
    u = np.array([[50.0], [50.0]])
    shared = posterior(u, np.ones(2)).reported
    explained = posterior(np.array([[50.0, 5000.0], [50.0, 0.0]]), np.ones(2))
    confirmed = posterior(u, np.ones(2), forced=np.array([True, False]))
    assert explained.reported[0] > 0.999
    assert confirmed.reported[0] == 1.0
    assert explained.reported[1] < 0.2 * shared[1]
    assert confirmed.reported[1] == pytest.approx(explained.reported[1], rel=1e-2)
    assert confirmed.links[0, 0] > 0.9
