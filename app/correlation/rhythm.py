"""The week's rhythm: how the rate of calls depends on the local hour of the week (Monday 00:00 is 0)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from app.correlation.columns import Floats, Integers
from app.domain.time import from_micros

HOUR_MICROS = 3_600_000_000
HOURS_A_WEEK = 168
_LONGEST_TABLE_H = 100_000
# So many calls of the coarser rhythm are taken to have come in each hour of the week.
_SHRINK_CALLS = 20.0


class HourSlots(NamedTuple):
    """Hours since 1970, in order, and the hour of the week of each."""

    hours: Integers
    slots: Integers


def hour_slots(low_micros: Integers, high_micros: Integers, zone: ZoneInfo) -> HourSlots:
    """Every hour that is touched from some instants to others, closed."""
    if len(low_micros) == 0:
        hours = np.empty(0, dtype=np.int64)
    else:
        first, last = int(low_micros.min()) // HOUR_MICROS, int(high_micros.max()) // HOUR_MICROS
        hours = np.arange(first, last + 1)
        if last - first > _LONGEST_TABLE_H:
            hours = hours_covered(list(zip(low_micros.tolist(), high_micros.tolist(), strict=True)))
    return HourSlots(hours, _slots_of(hours.tolist(), zone))


def hours_of_week(hours: Integers, zone: ZoneInfo) -> Integers:
    """The hour of the week (0 to 167) in a zone for each count of hours since 1970."""
    if hours.size == 0:
        return np.empty(hours.shape, dtype=np.int64)
    first, last = int(hours.min()), int(hours.max())
    if last - first > _LONGEST_TABLE_H:
        distinct, places = np.unique(hours, return_inverse=True)
        return _slots_of(distinct.tolist(), zone)[places.reshape(np.shape(hours))]
    return _slots_of(range(first, last + 1), zone)[hours - first]


def _slots_of(hours: Iterable[int], zone: ZoneInfo) -> Integers:
    return np.array([hour_of_week(hour, zone) for hour in hours], dtype=np.int64)


@lru_cache(maxsize=1 << 17)
def hour_of_week(hour: int, zone: ZoneInfo) -> int:
    """The hour of the week (0 to 167) in a zone for a count of hours since 1970."""
    local = from_micros(hour * HOUR_MICROS).astimezone(zone)
    return local.weekday() * 24 + local.hour


def hours_covered(covered: Sequence[tuple[int, int]]) -> Integers:
    """Every hour since 1970 that intervals of microseconds touch, in order."""
    spans = [np.arange(low // HOUR_MICROS, high // HOUR_MICROS + 1) for low, high in covered]
    return np.unique(np.concatenate([*spans, np.empty(0, dtype=np.int64)]))


def fit_rhythm(received_micros: Integers, covered: Sequence[tuple[int, int]], time_zone: str) -> list[float]:
    """A source's rate of calls (1/s) by hour of the week, shape (168,).

    Only the hours that the source covers count, with the calls in them.
    Each hour is drawn towards the same hour of all days with the weight of two weeks, so that a few days
    of history give a usable rhythm.
    """
    hours = hours_covered(covered)
    if len(received_micros) < 2 or len(hours) == 0:
        return [0.0] * HOURS_A_WEEK
    slots = hours_of_week(hours, ZoneInfo(time_zone))
    of_call = received_micros // HOUR_MICROS
    places = np.searchsorted(hours, of_call)
    inside = (places < len(hours)) & (hours[np.minimum(places, len(hours) - 1)] == of_call)
    counts = np.bincount(places[inside], minlength=len(hours)).astype(np.float64)
    seen = np.bincount(slots, minlength=HOURS_A_WEEK)
    total = np.bincount(slots, weights=counts, minlength=HOURS_A_WEEK)
    by_day_hour = np.arange(HOURS_A_WEEK) % 24
    day_seen = np.bincount(by_day_hour, weights=seen, minlength=24)
    day_total = np.bincount(by_day_hour, weights=total, minlength=24)
    usual = (day_total / np.maximum(day_seen, 1))[by_day_hour]
    rates: list[float] = ((total + 2 * usual) / (seen + 2) / 3600).tolist()
    return rates


def relative_rhythms(counts: Floats, seen: Integers) -> Floats:
    """How much busier than usual each hour of the week is, by nature; shape (natures, 168), mean 1.

    `counts` are (weighted) calls of shape (natures, 168), `seen` the hours of history of each kind. A nature
    leans on all natures together, those on the hour of the day, and that on none: an hour never seen, or a
    class with a handful of calls, takes the coarser rhythm.
    """
    by_day_hour = np.arange(HOURS_A_WEEK) % 24
    of_all = counts.sum(axis=0)
    share_seen = seen / max(int(seen.sum()), 1)
    day_counts = np.bincount(by_day_hour, weights=of_all, minlength=24)
    day_expected = np.bincount(by_day_hour, weights=of_all.sum() * share_seen, minlength=24)
    daily = ((day_counts + _SHRINK_CALLS) / (day_expected + _SHRINK_CALLS))[by_day_hour]
    weekly = _shrunk(of_all, of_all.sum() * share_seen, daily)
    rhythms = np.stack([_shrunk(row, row.sum() * share_seen, weekly) for row in counts])
    usual = np.sum(rhythms * share_seen, axis=1, keepdims=True)
    return np.asarray(rhythms / np.where(usual > 0, usual, 1.0), dtype=np.float64)


def _shrunk(counts: Floats, expected: Floats, coarser: Floats) -> Floats:
    shrunk: Floats = (counts + _SHRINK_CALLS * coarser) / (expected + _SHRINK_CALLS)
    return shrunk
