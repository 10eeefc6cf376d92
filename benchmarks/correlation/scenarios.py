"""The nights on which the verdicts are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from app.correlation.parameters import Parameters
from app.simulate import CITY_LARGE, Burst, City, ClosePairs, Reporting

# None of these seeds, nor any run of their cities, was looked at to choose a parameter.
SEEDS = tuple(range(101, 106))
TUNING_SEED = 201
NEW_YEAR_DAY = 30
TRUTH = MappingProxyType(
    {
        "lag_median_s": 75.0,
        "lag_shape": 0.8,
        "lag_uniform_share": 1e-4,
        "clock_error_s": 3.0,
        "caller_distance_m": 220.0,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A city, by which parameters it is judged, and the F1 to reach.

    `truth` are the parameters that the simulation itself uses, where the model can say them.
    """

    city: City
    goal_f1: float
    parameters: Parameters = field(default_factory=Parameters)
    truth: Mapping[str, Any] | None = field(default_factory=lambda: TRUTH)


SCENARIOS: Mapping[str, Scenario] = {
    "normal night": Scenario(city=CITY_LARGE, goal_f1=0.95),
    "five times the background": Scenario(city=replace(CITY_LARGE, background_multiplier=5.0), goal_f1=0.90),
    # So far apart they would be grouped as one incident; here each is to be told from the other.
    "close pairs (90 s, 200 m)": Scenario(
        city=replace(CITY_LARGE, close_pairs=ClosePairs(gap_s=90, distance_m=200)),
        goal_f1=0.80,
        parameters=Parameters(link_within_s=1, link_within_m=1),
    ),
    "misspecified truth": Scenario(
        city=replace(CITY_LARGE, reporting=Reporting(share_slow=0.15, share_far=0.2)),
        goal_f1=0.90,
        truth=None,
    ),
}

NEW_YEAR = replace(CITY_LARGE, burst=Burst(day=NEW_YEAR_DAY, multiplier=50.0))
"""50 times the calls of fireworks and shots fired from 22:00 to 02:00, and alerts set off by fireworks."""
