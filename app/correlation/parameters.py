"""The parameters of grouping and correlation, as one frozen value with a JSON document."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from app.domain.vocabulary import Nature

NATURES = tuple(Nature)
LONGEST_REACH_S = 7200.0
MOST_JOINT_INCIDENTS = 10
MOST_EXPECTED_CALLS = 30.0
LEAST_PRIOR = 1e-9
# Above this the joint posterior's sums cancel until nothing is left of them.
_HIGHEST_ODDS_A_CALL = 10.0
_SHARES = ("prior_reported", "lag_uniform_share", "reported_from")
_ABOVE_ZERO = (
    "expected_calls",
    "lag_median_s",
    "lag_shape",
    "clock_error_s",
    "caller_distance_m",
    "window_after_s",
    "live_before_s",
    "live_shrink_calls",
    "live_surge_from",
    "live_surge_margin",
    "link_floor",
)
_REACHES = ("window_before_s", "window_after_s", "live_before_s", "live_after_s", "cad_within_s")


def least_expected_calls(prior_reported: float) -> float:
    """How few calls a report may bring under a prior, for the posterior to be worked out."""
    return math.log1p(prior_reported / (1 - prior_reported) / _HIGHEST_ODDS_A_CALL)


class ParametersError(ValueError):
    """A rules document that cannot apply; the message names the parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Defaults and meanings are those of the design's section 4; lengths in m, durations in s.

    `live_…` are the city's calls that are held against expectation, and with how many calls of that
    expectation; from `live_surge_from` times as many on, the factor is raised by `live_surge_margin` times.
    `cad_within_s` is how far from its alert a record that names it may lie.
    """

    link_within_s: float = 60.0
    link_within_m: float = 300.0
    longest_incident_s: float = 600.0
    widest_incident_m: float = 1000.0
    window_before_s: float = 120.0
    window_after_s: float = 900.0
    gate_m: float = 2000.0
    prior_reported: float = 0.2
    expected_calls: float = 1.6
    lag_median_s: float = 90.0
    lag_shape: float = 0.9
    lag_uniform_share: float = 0.03
    clock_error_s: float = 5.0
    caller_distance_m: float = 300.0
    alert_uncertainty_m: float = 25.0
    call_uncertainty_m: float = 100.0
    nature_share: Mapping[str, float] = field(
        default_factory=lambda: {
            "shots_fired": 0.70,
            "shooting": 0.10,
            "weapon": 0.05,
            "fireworks": 0.05,
            "disturbance": 0.05,
            "other": 0.05,
        }
    )
    reported_from: float = 0.5
    review_above: float = 0.05
    review_below: float = 0.95
    link_floor: float = 0.02
    most_joint_incidents: int = 10
    live_before_s: float = 900.0
    live_after_s: float = 900.0
    live_shrink_calls: float = 1.0
    live_surge_from: float = 4.0
    live_surge_margin: float = 2.0
    cad_within_s: float = 900.0
    grace_s: float = 1800.0
    gap_expected_calls: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what cannot apply."""
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "nature_share":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
                raise ParametersError(f"{item.name} must be a number from 0, not {value!r}")
        for name in _SHARES:
            if not 0 < getattr(self, name) < 1:
                raise ParametersError(f"{name} must lie between 0 and 1")
        for name in _ABOVE_ZERO:
            if getattr(self, name) <= 0:
                raise ParametersError(f"{name} must be above 0")
        for name in _REACHES:
            if getattr(self, name) > LONGEST_REACH_S:
                raise ParametersError(f"{name} must be at most {LONGEST_REACH_S:,.0f} s")
        self._check_posterior()

    def _check_posterior(self) -> None:
        if self.most_joint_incidents not in range(1, MOST_JOINT_INCIDENTS + 1):
            raise ParametersError(f"most_joint_incidents must be 1 to {MOST_JOINT_INCIDENTS}")
        if self.expected_calls > MOST_EXPECTED_CALLS:
            raise ParametersError(f"expected_calls must be at most {MOST_EXPECTED_CALLS:g}")
        if self.prior_reported < LEAST_PRIOR:
            raise ParametersError(f"prior_reported must be at least {LEAST_PRIOR:g}")
        if self.expected_calls < least_expected_calls(self.prior_reported):
            raise ParametersError("prior_reported is too high for so few expected_calls")
        if set(self.nature_share) != set(NATURES) or min(self.nature_share.values()) <= 0:
            raise ParametersError(f"nature_share needs a share above 0 for each of {', '.join(NATURES)}")
        if abs(sum(self.nature_share.values()) - 1) > 1e-6:
            raise ParametersError("nature_share must sum to 1")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a rules document; what is not named keeps its default. Raises ParametersError."""
        known = {item.name for item in fields(cls)}
        strays = sorted(set(document) - known)
        if strays:
            raise ParametersError(f"unknown parameters: {', '.join(strays)}")
        return cls(**document)

    def to_document(self) -> dict[str, Any]:
        """The parameters as a JSON document."""
        return {
            name: dict(value) if isinstance(value, Mapping) else value for name, value in asdict(self).items()
        }
