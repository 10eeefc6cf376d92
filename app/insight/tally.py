"""Counts of one group of incidents, and the figures that follow from them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.insight.intervals import newcombe, wilson

NANO = 1_000_000_000
DIGITS = 6
# What became of an alert that is none any more: taken back, or heard again as something else.
RETRACTED, RECLASSIFIED = "retracted", "reclassified"


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many incidents there are of each verdict and finding.

    `expected_nano` is the sum of the judged ones' probabilities in units of 1e-9: whole numbers add up to
    the same sum in any order and on both databases. `weighed` is how many of them have a probability.
    """

    verdicts: dict[str, int] = field(default_factory=dict)
    dispositions: dict[str, int] = field(default_factory=dict)
    expected_nano: int = 0
    weighed: int = 0

    def add(
        self, outcome: str, disposition: str | None, count: int, expected_nano: int, weighed: int
    ) -> None:
        """Count some incidents with the same outcome and finding."""
        self.verdicts[outcome] = self.verdicts.get(outcome, 0) + count
        if disposition is not None:
            self.dispositions[disposition] = self.dispositions.get(disposition, 0) + count
        if outcome in ("reported", "unreported"):
            self.expected_nano += expected_nano
            self.weighed += weighed

    def of(self, outcome: str) -> int:
        """How many have a verdict (or, of those withdrawn, why)."""
        return self.verdicts.get(outcome, 0)

    @property
    def judged(self) -> int:
        """Reported and unreported together: the denominator of every share."""
        return self.of("reported") + self.of("unreported")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A group's counts as answered; those of the verdicts add up to all of its incidents."""

    reported: int
    unreported: int
    indeterminate: int
    pending: int
    withdrawn: int
    retracted: int
    reclassified: int
    confirmed: int
    unfounded: int
    unconfirmed: int


COUNT_FIELDS = tuple(item.name for item in fields(Counts))
FIGURE_FIELDS = (
    *COUNT_FIELDS,
    *("numerator", "denominator", "small", "share", "low", "high", "expected", "expected_share"),
)


def counts_of(tally: Tally) -> Counts:
    """The counts of a tally; a withdrawn incident's alerts were retracted, or reclassified."""
    return Counts(
        reported=tally.of("reported"),
        unreported=tally.of("unreported"),
        indeterminate=tally.of("indeterminate"),
        pending=tally.of("pending"),
        withdrawn=tally.of(RETRACTED) + tally.of(RECLASSIFIED),
        retracted=tally.of(RETRACTED),
        reclassified=tally.of(RECLASSIFIED),
        confirmed=tally.dispositions.get("confirmed", 0),
        unfounded=tally.dispositions.get("unfounded", 0),
        unconfirmed=tally.dispositions.get("unconfirmed", 0),
    )


def figures(tally: Tally, min_count: int, *, has_shares: bool = True) -> dict[str, Any]:
    """Counts, and the share reported with its interval where there are enough to tell one."""
    counts = counts_of(tally)
    small = tally.judged < min_count
    has_shares = has_shares and not small
    share = share_of(counts.reported, tally.judged) if has_shares else NO_SHARE
    weighs = has_shares and tally.weighed > 0
    return {
        **{name: getattr(counts, name) for name in COUNT_FIELDS},
        "numerator": counts.reported,
        "denominator": tally.judged,
        "small": small,
        **share,
        "expected": round(tally.expected_nano / NANO, 3) if weighs else None,
        "expected_share": round(tally.expected_nano / NANO / tally.weighed, DIGITS) if weighs else None,
    }


NO_SHARE: Mapping[str, float | None] = {"share": None, "low": None, "high": None}


def share_of(numerator: int, denominator: int) -> dict[str, float | None]:
    """A share with its Wilson interval; nulls without a denominator."""
    interval = wilson(numerator, denominator)
    if interval is None:
        return dict(NO_SHARE)
    return {
        "share": round(numerator / denominator, DIGITS),
        "low": rounded(interval.low),
        "high": rounded(interval.high),
    }


def change(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, float | None] | None:
    """The share less the earlier share with Newcombe's interval; None where either is not told."""
    if now["share"] is None or before["share"] is None:
        return None
    found = newcombe(now["numerator"], now["denominator"], before["numerator"], before["denominator"])
    if found is None:
        return None
    return {"value": rounded(found.value), "low": rounded(found.low), "high": rounded(found.high)}


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together; for groups that share no incident."""
    everything = Tally()
    for tally in tallies:
        for name, count in tally.verdicts.items():
            everything.verdicts[name] = everything.of(name) + count
        for name, count in tally.dispositions.items():
            everything.dispositions[name] = everything.dispositions.get(name, 0) + count
        everything.expected_nano += tally.expected_nano
        everything.weighed += tally.weighed
    return everything


def rounded(value: float | None) -> float | None:
    """A share as it is answered."""
    return None if value is None else round(value, DIGITS)
