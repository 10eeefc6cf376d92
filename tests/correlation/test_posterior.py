"""The posterior against the design's formula and against a plain enumeration of who reported."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.parameters import Parameters
from app.correlation.posterior import log_support, probability_of_link, probability_reported

PARAMETERS = Parameters()
PI, M = 0.2, 1.6
shares = st.floats(0, 1)
supports = st.floats(0, 700)
evidence = st.lists(st.floats(-12, 6), max_size=6)


def enumerated(log_u: list[float], heard: float) -> tuple[float, list[float]]:
    """P(reported) and each call's, by summing over which of the calls are reports.

    A reported shooting has at least one reporting call: m of them are expected, those heard each weigh u,
    those still to come (F of them cannot) weigh exp(m (1 - F)); the empty set of a closed ear is taken out.
    """
    weights = [math.exp(value) for value in log_u]
    silent = math.exp(M * (1 - heard))
    total, per_call = -1.0, [0.0] * len(weights)
    for chosen in itertools.product((0, 1), repeat=len(weights)):
        weight = silent * math.prod(u for u, taken in zip(weights, chosen, strict=True) if taken)
        total += weight
        for place, taken in enumerate(chosen):
            per_call[place] += weight * taken
    reported = PI * total / math.expm1(M)
    evidence_ = reported + 1 - PI
    return reported / evidence_, [PI * each / math.expm1(M) / evidence_ for each in per_call]


@given(log_u=evidence, heard=shares)
def test_as_the_formula_and_the_enumeration_say(log_u: list[float], heard: float) -> None:
    support = log_support(np.array(log_u))
    product = math.prod(1 + math.exp(value) for value in log_u)
    assert math.exp(support) == pytest.approx(product)
    ratio = (math.exp(M * (1 - heard)) * product - 1) / (math.exp(M) - 1)
    formula = PI * ratio / (PI * ratio + 1 - PI)
    found = probability_reported(support, heard, PARAMETERS)
    assert found == pytest.approx(formula, abs=1e-9)
    reported, per_call = enumerated(log_u, heard)
    assert found == pytest.approx(reported, abs=1e-9)
    links = [probability_of_link(value, support, heard, PARAMETERS) for value in log_u]
    assert links == pytest.approx(per_call, abs=1e-9)
    assert all(link <= found + 1e-12 for link in links)


def test_nothing_heard_of_nothing_leaves_the_prior_and_silence_ends_at_zero() -> None:
    assert probability_reported(0.0, 0.0, PARAMETERS) == pytest.approx(PI)
    assert probability_reported(0.0, 1.0, PARAMETERS) == 0.0
    assert probability_of_link(-3.0, 0.0, 1.0, PARAMETERS) == 0.0
    assert log_support(np.empty(0)) == 0.0


@given(support=supports, more=st.floats(0, 50), heard=shares, later=shares)
def test_it_grows_with_support_and_shrinks_with_silence(
    support: float, more: float, heard: float, later: float
) -> None:
    here = probability_reported(support, heard, PARAMETERS)
    assert probability_reported(support + more, heard, PARAMETERS) >= here - 1e-12
    assert probability_reported(support, max(heard, later), PARAMETERS) <= here + 1e-12


@given(log_u=st.lists(st.floats(-800, 1e6), min_size=1, max_size=5), heard=shares)
def test_it_is_a_probability_however_strong_the_evidence(log_u: list[float], heard: float) -> None:
    support = log_support(np.array(log_u))
    for found in (
        probability_reported(support, heard, PARAMETERS),
        *(probability_of_link(value, support, heard, PARAMETERS) for value in log_u),
    ):
        assert 0.0 <= found <= 1.0


@pytest.mark.parametrize("prior", [0.01, 0.5, 0.9])
def test_the_prior_is_the_rules(prior: float) -> None:
    assert probability_reported(0.0, 0.0, Parameters(prior_reported=prior)) == pytest.approx(prior)
