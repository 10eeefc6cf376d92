"""How often the verdict is right, on simulated nights, beside fixed windows on the same data.

CITY_LARGE has DESIGN's size: 365 days are about 50,000 alerts, each of a shooting, and 3.8 million calls. For
each seed the city is simulated, its background fitted to its own calls as `earshot correlate` does it (twice,
the second time without what the shootings explain), and every incident judged with all calls heard (F = 1) by
the default parameters, which were chosen on other seeds and are wider than the simulated truth. "Reported" is
P >= 0.5; an incident was truly reported when some alert of its has a call of its own. Mean and standard
deviation over the seeds.

The reference rules are in `windows.py`. "told the truth" is the same core with the simulation's own
parameters: about the best that any rule could do with these data.

    python -m benchmarks.correlation.quality [--days 365] [--seeds 5] [--nights 60] [--small]

Pairs of shootings are 90 s and 200 m apart and judged one by one (alerts group within 1 s and 1 m only).
Misspecified: 15 % of the lags are uniform over 3 to 15 min and 20 % of the callers at sigma 600 m.

A single New Year's Eve is 32 days long: the background is fitted to the 30 days before, and the incidents of
the four hours from 22:00 with 50 times the calls of fireworks and shots fired, and about 30 alerts set off by
fireworks (of which the vendor recognises four fifths), are judged by it. A night has some 50 incidents, so
those of many nights, each of a city run with another seed, are judged together.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.correlation.background import Background
from app.correlation.columns import Booleans, Floats
from app.correlation.groups import Groups
from app.correlation.parameters import Parameters
from benchmarks.correlation.city import Sample, draw, fit, weigh
from benchmarks.correlation.figures import (
    Figures,
    Judged,
    any_of,
    calibration_noise,
    goal_line,
    table,
    together,
)
from benchmarks.correlation.nights import new_year_night
from benchmarks.correlation.scenarios import SCENARIOS, SEEDS, TUNING_SEED, Scenario
from benchmarks.correlation.windows import (
    FIFTEEN_MINUTES,
    FIVE_MINUTES,
    Window,
    by_nearest,
    by_window,
    near_calls,
    tuned,
)

GOAL_CALIBRATION = 0.02
GOAL_SURE = 0.995
GOAL_NEW_YEAR_PRECISION = 0.85
OURS = "earshot"

# Not among those on which the live factor was chosen (`live_factor.py`).
FIRST_NIGHT = 301


def main(arguments: Sequence[str] | None = None) -> None:
    """Every scenario, then New Year's Eve."""
    parser = argparse.ArgumentParser(prog="benchmarks.correlation.quality")
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--nights", type=int, default=60, help="New Year's Eves")
    parser.add_argument("--small", action="store_true", help="two seeds of 20 days, three nights")
    options = parser.parse_args(arguments)
    if options.small:
        options.days, options.seeds, options.nights = 20.0, 2, 3
    seeds = range(SEEDS[0], SEEDS[0] + options.seeds)
    for name, scenario in SCENARIOS.items():
        measure(name, scenario, seeds, options.days)
    measure_new_year(range(FIRST_NIGHT, FIRST_NIGHT + options.nights))


def measure(name: str, scenario: Scenario, seeds: Sequence[int], days: float) -> None:
    """Judge a scenario's runs and print the table."""
    window = _tuned_window(scenario, days)
    rows: dict[str, list[Figures]] = {}
    calls = 0
    for seed in seeds:
        sample = draw(scenario.city, seed=seed, days=days)
        background = fit(sample, scenario.parameters)
        calls += len(sample.calls)
        judged, _ = judged_by_all(sample, background, scenario, window)
        for rule, each in judged.items():
            rows.setdefault(rule, []).append(each.figures())
    ours = rows[OURS]
    incidents = sum(each.incidents for each in ours) // len(seeds)
    print(
        f"{name}: {len(seeds)} seeds of {days:g} days, {incidents:,} incidents, {calls // len(seeds):,} calls"
    )
    print(table(rows))
    print(f"  the tuned window: {window}")
    print(goal_line("F1", [each.f1 for each in ours], at_least=scenario.goal_f1))
    _print_probability_goals(ours)


def measure_new_year(seeds: Sequence[int]) -> None:
    """Judge the bursts of many New Year's Eves together and print the table."""
    scenario = SCENARIOS["normal night"]
    window = _tuned_window(scenario, 30.0)
    nights: dict[str, list[Judged]] = {}
    for seed in seeds:
        night = new_year_night(seed, scenario.parameters)
        judged, groups = judged_by_all(night.sample, night.background, scenario, window)
        for rule, each in judged.items():
            nights.setdefault(rule, []).append(each.of(night.in_burst(groups)))
    pooled = {rule: together(each) for rule, each in nights.items()}
    rows = {rule: [each.figures()] for rule, each in pooled.items()}
    ours, probability = rows[OURS], pooled[OURS].probability
    print(f"New Year's Eve (50 x for four hours): {ours[0].incidents:,} incidents of {len(seeds)} nights")
    print(table(rows))
    print(f"  the window was tuned on a normal month: {window}")
    print(goal_line("precision", [each.precision for each in ours], at_least=GOAL_NEW_YEAR_PRECISION))
    if probability is not None:
        error = math.sqrt(ours[0].precision * (1 - ours[0].precision) / max(int(pooled[OURS].said.sum()), 1))
        noise = calibration_noise(probability)
        print(f"  the standard error of the precision is {error:.3f}")
        print(f"  so few incidents alone would make an ECE of {noise:.4f}, were every probability exact")
    _print_probability_goals(ours)


def judged_by_all(
    sample: Sample, background: Background, scenario: Scenario, window: Window
) -> tuple[dict[str, Judged], Groups]:
    """What every rule says of each incident, and the incidents."""
    alerts, calls, parameters = sample.alerts, sample.calls, scenario.parameters
    groups, association = weigh(alerts, calls, background, parameters)
    truth = any_of(sample.reported, groups)
    judged = {OURS: _judged(association.reported_final, truth, parameters)}
    if scenario.truth is not None:
        told = replace(parameters, **scenario.truth)
        _, best = weigh(alerts, calls, background, told)
        judged["earshot, told the truth"] = _judged(best.reported_final, truth, told)
    near = near_calls(sample)
    references: Mapping[str, Callable[[], Booleans]] = {
        "5 min / 500 m": lambda: by_window(near, FIVE_MINUTES),
        "15 min / 1000 m": lambda: by_window(near, FIFTEEN_MINUTES),
        "nearest, one to one": lambda: by_nearest(near),
        "window tuned on labels": lambda: by_window(near, window),
    }
    for rule, said in references.items():
        judged[rule] = Judged(said=any_of(said(), groups), truth=truth)
    return judged, groups


def _tuned_window(scenario: Scenario, days: float) -> Window:
    sample = draw(scenario.city, seed=TUNING_SEED, days=days)
    return tuned(near_calls(sample), sample.reported)


def _judged(probability: Floats, truth: Booleans, parameters: Parameters) -> Judged:
    return Judged(said=probability >= parameters.reported_from, truth=truth, probability=probability)


def _print_probability_goals(ours: Sequence[Figures]) -> None:
    print(goal_line("ECE", [each.calibration_error for each in ours], at_most=GOAL_CALIBRATION))
    print(goal_line("P < .05 and unreported", [each.sure_right for each in ours], at_least=GOAL_SURE))
    print(flush=True)


if __name__ == "__main__":
    main()
