"""Which rules can apply: every bound, and the document they are kept as."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.correlation.parameters import LONGEST_REACH_S, NATURES, Parameters, ParametersError

PARAMETERS = Parameters()
EVEN = {nature.value: 1 / len(NATURES) for nature in NATURES}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gate_m": -1.0}, "gate_m must be a number from 0"),
        ({"gate_m": float("nan")}, "gate_m"),
        ({"gate_m": float("inf")}, "gate_m"),
        ({"gate_m": "2000"}, "gate_m"),
        ({"gate_m": True}, "gate_m"),
        ({"prior_reported": 0.0}, "prior_reported must lie between 0 and 1"),
        ({"prior_reported": 1.0}, "prior_reported"),
        ({"reported_from": 1.5}, "reported_from"),
        ({"lag_uniform_share": 0.0}, "lag_uniform_share"),
        ({"expected_calls": 0.0}, "expected_calls must be above 0"),
        ({"lag_shape": 0.0}, "lag_shape"),
        ({"clock_error_s": 0.0}, "clock_error_s"),
        ({"caller_distance_m": 0.0}, "caller_distance_m"),
        ({"window_after_s": 0.0}, "window_after_s"),
        ({"live_before_s": 0.0}, "live_before_s"),
        ({"live_shrink_calls": 0.0}, "live_shrink_calls"),
        ({"window_before_s": LONGEST_REACH_S + 1}, "window_before_s must be at most 7,200 s"),
        ({"live_after_s": LONGEST_REACH_S + 1}, "live_after_s"),
        ({"cad_within_s": LONGEST_REACH_S + 1}, "cad_within_s"),
        ({"most_joint_incidents": 0}, "most_joint_incidents must be 1 to 10"),
        ({"most_joint_incidents": 11}, "most_joint_incidents"),
        ({"most_joint_incidents": 9.5}, "most_joint_incidents"),
        ({"prior_reported": 0.98}, "too high for so few expected_calls"),
        ({"expected_calls": 0.001}, "too high"),
        ({"expected_calls": 30.5}, "expected_calls must be at most 30"),
        ({"prior_reported": 1e-10}, "prior_reported must be at least 1e-09"),
        ({"link_floor": 0.0}, "link_floor must be above 0"),
        ({"nature_share": {**EVEN, "other": 0.5}}, "must sum to 1"),
        ({"nature_share": {**EVEN, "other": 0.0}}, "share above 0"),
        ({"nature_share": {"shots_fired": 1.0}}, "share above 0 for each"),
    ],
)
def test_what_cannot_apply_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParametersError, match=message):
        replace(PARAMETERS, **changes)
    with pytest.raises(ParametersError, match=message):
        Parameters.from_document(changes)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ParametersError, match="unknown parameters: gate, windows"):
        Parameters.from_document({"windows": 1, "gate": 2, "gate_m": 100})


def test_the_document_is_exact_and_what_is_not_named_keeps_its_default() -> None:
    changed = replace(PARAMETERS, gate_m=1234.5, prior_reported=1 / 3, nature_share=EVEN)
    for parameters in (PARAMETERS, changed):
        assert Parameters.from_document(json.loads(json.dumps(parameters.to_document()))) == parameters
    assert Parameters.from_document({}) == PARAMETERS
    assert Parameters.from_document({"gate_m": 1234.5}) == replace(PARAMETERS, gate_m=1234.5)
