"""How right verdicts are: pairs of what was said and what was true, and the figures drawn from them."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.correlation.columns import Booleans, Floats
from app.correlation.groups import Groups

BINS = 10
SURE_BELOW = 0.05
_HEADS = ("F1", "precision", "recall", "ECE", "P < .05 right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the verdict "reported"; the last two of the probability, None for who gives none.

    `calibration_error` is the ECE over ten bins of equal width: the mean distance between the mean
    probability of a bin and the share of it that was reported, weighed by the bin's size. `sure_right` is the
    share truly unreported of those with P < .05.
    """

    incidents: int
    precision: float
    recall: float
    f1: float
    calibration_error: float | None = None
    sure_right: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one rule said of incidents, and the truth; arrays of shape (n,)."""

    said: Booleans
    truth: Booleans
    probability: Floats | None = None

    def of(self, incidents: Booleans) -> "Judged":
        """Of some of the incidents."""
        probability = None if self.probability is None else self.probability[incidents]
        return Judged(said=self.said[incidents], truth=self.truth[incidents], probability=probability)

    def figures(self) -> Figures:
        return figures_of(self.said, self.truth, self.probability)


def figures_of(said: Booleans, truth: Booleans, probability: Floats | None = None) -> Figures:
    """Compare what was said of each incident with the truth; arrays of shape (n,)."""
    right, positive, true = (int(np.count_nonzero(each)) for each in (said & truth, said, truth))
    return Figures(
        incidents=len(truth),
        precision=right / max(positive, 1),
        recall=right / max(true, 1),
        f1=2 * right / max(positive + true, 1),
        calibration_error=None if probability is None else calibration_error(probability, truth),
        sure_right=None if probability is None else _sure_right(probability, truth),
    )


def calibration_error(probability: Floats, truth: Booleans) -> float:
    """The ECE."""
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(place, weights=probability - truth, minlength=BINS)
    return float(np.sum(np.abs(gap))) / len(truth)


def calibration_noise(probability: Floats, draws: int = 200) -> float:
    """The mean ECE of so few incidents had each probability been exactly right: what the count alone does."""
    chance = np.random.default_rng(1).random((draws, len(probability)))
    return float(np.mean([calibration_error(probability, each < probability) for each in chance]))


def _sure_right(probability: Floats, truth: Booleans) -> float | None:
    sure = probability < SURE_BELOW
    return float(np.mean(~truth[sure])) if sure.any() else None


def any_of(of_alerts: Booleans, groups: Groups) -> Booleans:
    """Whether it holds of any alert of each incident."""
    return np.logical_or.reduceat(of_alerts[groups.members], groups.starts[:-1])


def together(parts: Sequence[Judged]) -> Judged:
    probabilities = [part.probability for part in parts if part.probability is not None]
    return Judged(
        said=np.concatenate([part.said for part in parts]),
        truth=np.concatenate([part.truth for part in parts]),
        probability=np.concatenate(probabilities) if probabilities else None,
    )


def table(rows: Mapping[str, Sequence[Figures]]) -> str:
    """One line a rule: mean and standard deviation over its runs."""
    lines = ["  " + " " * 24 + "".join(head.rjust(16) for head in _HEADS)]
    for rule, runs in rows.items():
        columns: list[list[float | None]] = [
            [run.f1 for run in runs],
            [run.precision for run in runs],
            [run.recall for run in runs],
            [run.calibration_error for run in runs],
            [run.sure_right for run in runs],
        ]
        lines.append(f"  {rule:<24}" + "".join(_spread(column).rjust(16) for column in columns))
    return "\n".join(lines)


def goal_line(
    name: str,
    values: Sequence[float | None],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> str:
    """A figure's mean beside its goal."""
    known = [value for value in values if value is not None]
    mean = statistics.fmean(known) if known else math.nan
    if at_least is not None:
        return f"  {name} {mean:.4f}, goal at least {at_least:g}: {_met(mean >= at_least)}"
    return f"  {name} {mean:.4f}, goal at most {at_most:g}: {_met(at_most is not None and mean <= at_most)}"


def _met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


def _spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    if len(known) == 1:
        return f"{known[0]:.4f}"
    return f"{statistics.fmean(known):.4f} ±{statistics.stdev(known):.4f}"
