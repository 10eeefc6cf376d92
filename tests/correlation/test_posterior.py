"""One incident alone: the posterior against the design's formula and against the model counted out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.parameters import Parameters, ParametersError
from app.correlation.posterior import solo_links, solo_reported
from tests.correlation.generative import counted_out

PARAMETERS = Parameters()
PI, M = 0.2, 1.6
shares = st.floats(0, 1)
supports = st.floats(0, 700)


def reported(support: float, heard: float, parameters: Parameters = PARAMETERS) -> float:
    return float(solo_reported(np.array([support]), np.array([heard]), parameters)[0])


def links(log_u: list[float], heard: float, parameters: Parameters = PARAMETERS) -> list[float]:
    values = np.array(log_u)
    support = np.full(len(values), support_of(log_u))
    heard_of = np.full(len(values), heard)
    found = solo_reported(support, heard_of, parameters)
    each: list[float] = solo_links(values, support, heard_of, found, parameters).tolist()
    return each


def support_of(log_u: list[float]) -> float:
    return float(np.sum(np.logaddexp(0.0, np.array(log_u))))


@given(log_u=st.lists(st.floats(-12, 6), max_size=6), heard=shares)
def test_as_the_formula_says(log_u: list[float], heard: float) -> None:
    product = math.prod(1 + math.exp(value) for value in log_u)
    ratio = (math.exp(M * (1 - heard)) * product - 1) / (math.exp(M) - 1)
    assert reported(support_of(log_u), heard) == pytest.approx(PI * ratio / (PI * ratio + 1 - PI), abs=1e-9)


@given(
    log_u=st.lists(st.floats(-12, 6), max_size=6),
    heard=shares,
    prior=st.floats(0.001, 0.9),
    expected=st.floats(0.7, 5),
)
def test_as_the_model_counted_out(log_u: list[float], heard: float, prior: float, expected: float) -> None:
    parameters = Parameters(prior_reported=prior, expected_calls=expected)
    found = reported(support_of(log_u), heard, parameters)
    every, each = counted_out(np.exp(np.array(log_u))[None, :], [heard], prior, expected)
    assert found == pytest.approx(every[0], abs=1e-9)
    assert links(log_u, heard, parameters) == pytest.approx(each[0].tolist(), abs=1e-9)
    assert all(link <= found + 1e-12 for link in links(log_u, heard, parameters))


def test_nothing_heard_of_nothing_leaves_the_prior_and_silence_ends_at_zero() -> None:
    assert reported(0.0, 0.0) == pytest.approx(PI)
    assert reported(0.0, 1.0) == 0.0
    assert links([-3.0], 0.0)[0] > 0
    nothing = np.zeros(1)
    assert solo_links(np.array([-3.0]), nothing, np.ones(1), nothing, PARAMETERS).tolist() == [0.0]


def test_a_call_that_is_no_evidence_is_no_link() -> None:
    assert links([-np.inf, 2.0], 1.0)[0] == 0.0
    assert links([-np.inf], 1.0) == [0.0]
    assert links([-np.inf, 2.0], 0.3)[1] == links([2.0], 0.3)[0]


def test_one_strong_call_by_hand() -> None:
    """One call of u = 1,000 at F = 1: LR = 1,000 / (e^1.6 - 1), P = 0.2 LR / (0.2 LR + 0.8)."""
    ratio = 1000 / math.expm1(1.6)
    assert reported(math.log(1001), 1.0) == pytest.approx(0.2 * ratio / (0.2 * ratio + 0.8))
    assert links([math.log(1000)], 1.0)[0] == pytest.approx(reported(math.log(1001), 1.0))


@given(support=supports, more=st.floats(0, 50), heard=shares, later=shares)
def test_it_grows_with_support_and_shrinks_with_silence(
    support: float, more: float, heard: float, later: float
) -> None:
    here = reported(support, heard)
    assert reported(support + more, heard) >= here - 1e-12
    assert reported(support, max(heard, later)) <= here + 1e-12


@given(log_u=st.lists(st.floats(-800, 1e6), min_size=1, max_size=5), heard=shares)
def test_it_is_a_probability_however_strong_the_evidence(log_u: list[float], heard: float) -> None:
    for found in (reported(support_of(log_u), heard), *links(log_u, heard)):
        assert 0.0 <= found <= 1.0


@given(rows=st.lists(st.tuples(supports, shares), max_size=20))
def test_many_at_once_are_as_each_alone(rows: list[tuple[float, float]]) -> None:
    support, heard = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assert solo_reported(support, heard, PARAMETERS).tolist() == [reported(*row) for row in rows]


@pytest.mark.parametrize("prior", [1e-9, 0.01, 0.5, 0.9, 0.975])
def test_the_prior_is_the_rules(prior: float) -> None:
    assert reported(0.0, 0.0, Parameters(prior_reported=prior)) == pytest.approx(prior)
    assert reported(0.0, 1.0, Parameters(prior_reported=prior)) == 0.0


def test_a_prior_too_high_for_its_calls_is_refused() -> None:
    """Odds of 10 (e^m - 1) are the most: with m = 1.6 a prior of 0.9753."""
    assert Parameters(prior_reported=0.9753).prior_reported == 0.9753
    with pytest.raises(ParametersError, match="too high"):
        Parameters(prior_reported=0.9754)
    assert Parameters(prior_reported=0.9754, expected_calls=3.0).expected_calls == 3.0
