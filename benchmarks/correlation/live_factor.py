"""Ways to count how much more is called in right now than the background expects.

Each New Year's Eve (as in `quality.py`: 50 times the calls of fireworks and shots fired for four hours, the
background that of the month before) and the month before it are judged by the same candidates, with the
background raised in another way each time: calls of the same nature from so long before an incident's first
shot to so long after it, without its own candidates, against expectation, both with so many calls added,
never below 1, in steps of the square root of 2 that are rounded down, to the nearest, up, or up and one more
wherever the ratio is above 1 (or one or two more from four steps on). "none" raises nothing, "DESIGN" is what
section 4 starts from, "the product" what the parameters' defaults and `app.correlation.live` do. The nights'
incidents are judged together, as are the months'.

"moves" is the share of incidents' steps (of natures that have a candidate) that one more call of that nature
would change: how often a call makes the worker write incidents that are not near it.

    python -m benchmarks.correlation.live_factor [--nights 60] [--small]
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.correlation.association import associate
from app.correlation.background import Background
from app.correlation.columns import CallColumns, Floats, Integers
from app.correlation.decisions import Constraints
from app.correlation.evidence import Candidates, find_candidates
from app.correlation.grouping import group
from app.correlation.groups import Groups
from app.correlation.live import counts_between, log_factor
from app.correlation.parameters import NATURES, Parameters
from benchmarks.correlation.figures import Judged, any_of, together
from benchmarks.correlation.nights import Night, new_year_night
from benchmarks.correlation.scenarios import SEEDS

MICROS = 1_000_000
PARAMETERS = Parameters()
PRODUCT = "the product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A window around an incident's first shot, how strongly it is drawn to 1, and the rounding to steps."""

    before_s: float
    after_s: float
    shrink_calls: float
    rounding: Callable[[Floats], Floats]

    def steps(self, first: Integers, own: Candidates, calls: CallColumns, background: Background) -> "Steps":
        """Steps by incident and nature, now and with one more call; shape (incidents, natures)."""
        low = first - round(self.before_s * MICROS)
        high = first + round(self.after_s * MICROS)
        times = calls.received_micros[own.call]
        counted = (times >= low[own.incident]) & (times <= high[own.incident])
        place = own.incident[counted] * len(NATURES) + calls.nature[own.call[counted]]
        own_counts = np.bincount(place, minlength=len(first) * len(NATURES)).reshape(-1, len(NATURES))
        others = counts_between(calls, low, high) - own_counts
        expected = background.expected_in_area(low, high)
        if expected is None:
            raise ValueError("the background knows no area")
        return Steps(self._rounded(others, expected), self._rounded(others + 1, expected))

    def _rounded(self, others: Integers, expected: Floats) -> Floats:
        ratio = (others + self.shrink_calls) / (expected + self.shrink_calls)
        return self.rounding(2 * np.log2(np.maximum(ratio, 1.0)))


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps above the background, and what they were with one more call of each nature."""

    now: Floats
    with_one_more: Floats


def _way(before_min: float, after_min: float, shrink: float, rounding: Callable[[Floats], Floats]) -> Way:
    return Way(before_s=before_min * 60, after_s=after_min * 60, shrink_calls=shrink, rounding=rounding)


def _up_and_one(steps: Floats) -> Floats:
    return np.ceil(steps) + (steps > 0)


def _up_and_one_from_4(steps: Floats) -> Floats:
    return np.ceil(steps) + (np.ceil(steps) >= 4)


def _up_and_two_from_4(steps: Floats) -> Floats:
    up: Floats = np.ceil(steps)
    return up + np.where(up >= 4, 2.0, 0.0)


WAYS = {
    "none": _way(15, 15, 1, np.zeros_like),
    "60/15 min, 8 calls, down (DESIGN)": _way(60, 15, 8, np.floor),
    "60/15 min, 8 calls, nearest": _way(60, 15, 8, np.rint),
    "60/15 min, 8 calls, up": _way(60, 15, 8, np.ceil),
    "60/15 min, 2 calls, up": _way(60, 15, 2, np.ceil),
    "60/15 min, 1 call, up": _way(60, 15, 1, np.ceil),
    "30/15 min, 8 calls, up": _way(30, 15, 8, np.ceil),
    "30/15 min, 1 call, up": _way(30, 15, 1, np.ceil),
    "30/30 min, 1 call, up": _way(30, 30, 1, np.ceil),
    "15/15 min, 8 calls, down": _way(15, 15, 8, np.floor),
    "15/15 min, 8 calls, up": _way(15, 15, 8, np.ceil),
    "15/15 min, 4 calls, up": _way(15, 15, 4, np.ceil),
    "15/15 min, 2 calls, up": _way(15, 15, 2, np.ceil),
    "15/15 min, 1 call, down": _way(15, 15, 1, np.floor),
    "15/15 min, 1 call, nearest": _way(15, 15, 1, np.rint),
    "15/15 min, 1 call, unrounded": _way(15, 15, 1, np.positive),
    "15/15 min, 1 call, up and one": _way(15, 15, 1, _up_and_one),
    "15/15 min, 1 call, one from 4 on": _way(15, 15, 1, _up_and_one_from_4),
    "15/15 min, 1 call, two from 4 on": _way(15, 15, 1, _up_and_two_from_4),
    "30/15 min, 1 call, up and one": _way(30, 15, 1, _up_and_one),
    "30/30 min, 1 call, up and one": _way(30, 30, 1, _up_and_one),
    "15/15 min, 4 calls, up and one": _way(15, 15, 4, _up_and_one),
    "60/15 min, 8 calls, up and one": _way(60, 15, 8, _up_and_one),
    "15/15 min, half a call, up": _way(15, 15, 0.5, np.ceil),
    "10/10 min, 1 call, up": _way(10, 10, 1, np.ceil),
    "5/15 min, 1 call, up": _way(5, 15, 1, np.ceil),
    "15/5 min, 1 call, up": _way(15, 5, 1, np.ceil),
    "5/5 min, 1 call, up": _way(5, 5, 1, np.ceil),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge all nights in every way and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.correlation.live_factor")
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--small", action="store_true", help="three nights")
    options = parser.parse_args(arguments)
    nights = 3 if options.small else options.nights
    bursts: dict[str, list[Judged]] = {}
    months: dict[str, list[Judged]] = {}
    moves: dict[str, list[float]] = {}
    for seed in range(SEEDS[0], SEEDS[0] + nights):
        night = new_year_night(seed, PARAMETERS)
        groups = group(night.sample.alerts, PARAMETERS)
        for name, judged, moving in _in_every_way(night, groups):
            bursts.setdefault(name, []).append(judged.of(night.in_burst(groups)))
            months.setdefault(name, []).append(judged.of(night.before(groups)))
            moves.setdefault(name, []).append(moving)
    _print_table(bursts, months, moves)


def _in_every_way(night: Night, groups: Groups) -> Iterator[tuple[str, Judged, float]]:
    alerts, calls = night.sample.alerts, night.sample.calls
    truth = any_of(night.sample.reported, groups)
    first = alerts.started_micros[groups.first]
    candidates = find_candidates(alerts, groups, calls, night.background, PARAMETERS)
    # Without any live factor: its logarithm is part of the background's term, and lowers the sum.
    plain = candidates.total + log_factor(candidates.live_steps)
    nature = calls.nature[candidates.call]
    product = _way(
        PARAMETERS.live_before_s / 60,
        PARAMETERS.live_after_s / 60,
        PARAMETERS.live_shrink_calls,
        _up_and_two_from_4,
    )
    for name, way in {PRODUCT: product, **WAYS}.items():
        steps = way.steps(first, candidates, calls, night.background)
        factor = steps.now[candidates.incident, nature] * np.log(2.0) / 2
        changed = candidates if name == PRODUCT else replace(candidates, total=plain - factor)
        association = associate(changed, calls, np.ones(len(groups)), Constraints(), PARAMETERS)
        concerned = np.unique(candidates.incident * len(NATURES) + nature)
        moving = (steps.now != steps.with_one_more).reshape(-1)[concerned]
        probability = association.reported_final
        said = probability >= PARAMETERS.reported_from
        yield name, Judged(said=said, truth=truth, probability=probability), float(np.mean(moving))


def _print_table(
    bursts: dict[str, list[Judged]], months: dict[str, list[Judged]], moves: dict[str, list[float]]
) -> None:
    burst, month = together(bursts[PRODUCT]), together(months[PRODUCT])
    print(
        f"{len(bursts[PRODUCT])} New Year's Eves with {len(burst.truth):,} incidents, "
        f"and the months before with {len(month.truth):,}"
    )
    print(f"  {'':<34}{'New Year: precision  recall      F1     ECE':>44}{'month: F1     ECE   moves':>28}")
    for name, nights in bursts.items():
        new_year, usual = together(nights).figures(), together(months[name]).figures()
        print(
            f"  {name:<34}{new_year.precision:>20.4f}{new_year.recall:>8.4f}{new_year.f1:>8.4f}"
            f"{new_year.calibration_error:>8.4f}{usual.f1:>12.4f}{usual.calibration_error:>8.4f}"
            f"{np.mean(moves[name]):>8.3f}"
        )
    print("  goal: precision on New Year's Eve at least 0.85", flush=True)


if __name__ == "__main__":
    main()
