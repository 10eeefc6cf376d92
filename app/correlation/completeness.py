"""For which stretches of time the call feeds are known complete."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCompleteness:
    """What is known of one call source; instants in microseconds since 1970.

    `covered` are disjoint intervals in order; `gaps` are stretches inside them that the source's own rhythm
    makes implausible; `bounds` (west, south, east, north) is its area of operation, None: everywhere;
    `ends_micros` is when it was switched off.
    """

    source: str
    covered: Sequence[Interval]
    gaps: Sequence[Interval] = ()
    bounds: tuple[float, float, float, float] | None = None
    ends_micros: int | None = None

    def counts_for(self, window: Interval, longitude: float, latitude: float) -> bool:
        """Whether the source's period and area of operation cover an incident."""
        if not self.covered or window[1] < self.covered[0][0]:
            return False
        if self.ends_micros is not None and window[0] > self.ends_micros:
            return False
        if self.bounds is None:
            return True
        west, south, east, north = self.bounds
        return west <= longitude <= east and south <= latitude <= north

    def covered_within(self, window: Interval) -> list[Interval]:
        """The parts of a window for which the source is complete."""
        return subtract(clip(self.covered, window), clip(self.gaps, window))


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCoverage:
    """How far one window is covered: by which sources, where, and what is missing.

    `missing_source` is the one that is first not complete, from and to `missing_at_source`.
    """

    sources: tuple[str, ...]
    covered: tuple[Interval, ...]
    missing: tuple[Interval, ...]
    missing_source: str | None
    missing_at_source: Interval | None

    @property
    def is_whole(self) -> bool:
        """Whether some source counts and nothing is missing."""
        return bool(self.sources) and not self.missing


def coverage_of(
    feeds: Iterable[FeedCompleteness], window: Interval, longitude: float, latitude: float
) -> WindowCoverage:
    """What all feeds that count for a place together cover of a window: the intersection."""
    counting = [feed for feed in feeds if feed.counts_for(window, longitude, latitude)]
    counting.sort(key=lambda feed: feed.source)
    covered: list[Interval] = [window] if counting else []
    blamed: tuple[Interval, str] | None = None
    for feed in counting:
        missing = subtract([window], feed.covered_within(window))
        if missing and (blamed is None or missing[0][0] < blamed[0][0]):
            blamed = missing[0], feed.source
        covered = subtract(covered, missing)
    return WindowCoverage(
        sources=tuple(feed.source for feed in counting),
        covered=tuple(covered),
        missing=tuple(subtract([window], covered)),
        missing_source=blamed[1] if blamed else None,
        missing_at_source=blamed[0] if blamed else None,
    )


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Disjoint intervals in order that cover the same time; touching ones become one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if end < start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def clip(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """The parts of intervals that lie in a window."""
    low, high = window
    return [(max(start, low), min(end, high)) for start, end in intervals if end > low and start < high]


def subtract(intervals: Iterable[Interval], removed: Iterable[Interval]) -> list[Interval]:
    """What is left of disjoint intervals after taking others away; slivers of no length vanish."""
    left = list(intervals)
    for low, high in removed:
        kept: list[Interval] = []
        for start, end in left:
            if high <= start or low >= end:
                kept.append((start, end))
                continue
            if start < low:
                kept.append((start, low))
            if high < end:
                kept.append((high, end))
        left = kept
    return left
