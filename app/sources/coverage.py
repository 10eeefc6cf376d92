"""What each call source has covered: statements in, completeness out.

A statement is a heartbeat ("complete up to here") or an ended import (complete from its least to its
greatest time). A live push without heartbeats is complete up to its latest call less a lateness allowance.
Each is clamped to the moment of its receipt. A heartbeat speaks for the time since the live feed began: what
lies between an old import and that beginning, nobody has said anything of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import InvalidParameterError
from app.correlation.background import Background
from app.correlation.completeness import FeedCompleteness, Interval, clip, merge
from app.db.database import dialect_of
from app.db.models import Call, CoveredStretch, Source
from app.domain.time import from_micros, to_micros
from app.domain.vocabulary import SourceKind
from app.sources.feeds import compiled_mapping
from app.sources.store import find_source, list_sources

MICROS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFeed:
    """A call source with what its mapping says of time and place, and the time it covers."""

    id: int
    name: str
    covered: tuple[Interval, ...]
    offset_micros: int
    bounds: tuple[float, float, float, float] | None
    ends_micros: int | None


def load_call_feeds(session: Session) -> list[CallFeed]:
    """Every call source with the intervals that it covers (true time: clock offset removed)."""
    imported: dict[int, list[Interval]] = {}
    rows = session.execute(
        select(CoveredStretch.source_id, CoveredStretch.from_at, CoveredStretch.through_at)
    )
    for row in rows:
        imported.setdefault(row.source_id, []).append((to_micros(row.from_at), to_micros(row.through_at)))
    return [
        _call_feed(source, imported.get(source.id, [])) for source in list_sources(session, SourceKind.CALLS)
    ]


def load_call_feed(session: Session, name: str) -> CallFeed:
    """One call source by its name. Raises InvalidParameterError when there is none."""
    source = find_source(session, name)
    found = [feed for feed in load_call_feeds(session) if feed.id == source.id]
    if not found:
        raise InvalidParameterError(f"source {name!r} carries alerts; only call feeds have a watermark")
    return found[0]


def completeness_within(
    session: Session,
    feeds: Iterable[CallFeed],
    window: Interval,
    background: Background,
    gap_expected_calls: float,
) -> list[FeedCompleteness]:
    """The feeds' completeness for judging incidents whose windows lie within one stretch of time."""
    return [
        FeedCompleteness(
            source=feed.name,
            covered=feed.covered,
            gaps=tuple(find_gaps(session, feed, window, background, gap_expected_calls)),
            bounds=feed.bounds,
            ends_micros=feed.ends_micros,
        )
        for feed in feeds
    ]


def find_gaps(
    session: Session, feed: CallFeed, window: Interval, background: Background, gap_expected_calls: float
) -> list[Interval]:
    """Stretches without a call, touching a window, in which the source's rhythm expects too many."""
    rhythm = background.source_rhythm_s.get(feed.name)
    if not rhythm or not feed.covered or max(rhythm) <= 0:
        return []
    times = _call_times_around(session, feed, window)
    shortest = gap_expected_calls / max(rhythm) * MICROS
    gaps: list[Interval] = []
    for place in np.flatnonzero(np.diff(times) >= shortest).tolist():
        low, high = int(times[place]), int(times[place + 1])
        if background.expected_calls(feed.name, low, high) >= gap_expected_calls:
            gaps.append((low, high))
    return clip(gaps, window)


def widen_by_gap(
    session: Session,
    feeds: Iterable[CallFeed],
    stretch: Interval,
    background: Background,
    gap_expected_calls: float,
) -> Interval:
    """Widen a stretch in which calls changed to the gap that they may have split, opened or closed."""
    low, high = stretch
    for feed in feeds:
        rhythm = background.source_rhythm_s.get(feed.name)
        if not rhythm or not feed.covered:
            continue
        before = _nearest_call(session, feed, stretch[0], later=False)
        after = _nearest_call(session, feed, stretch[1], later=True)
        start = stretch[0] if before is None else before
        end = max(feed.covered[-1][1], stretch[1]) if after is None else after
        shortest = gap_expected_calls / max(rhythm) * MICROS if max(rhythm) > 0 else float("inf")
        if end - start >= shortest and background.expected_calls(feed.name, start, end) >= gap_expected_calls:
            low, high = min(low, start), max(high, end)
    return low, high


def _nearest_call(session: Session, feed: CallFeed, micros: int, *, later: bool) -> int | None:
    """The time of a source's nearest call strictly beyond an instant, in true time."""
    told = from_micros(micros + feed.offset_micros)
    beyond = Call.received_at > told if later else Call.received_at < told
    order = Call.received_at.asc() if later else Call.received_at.desc()
    found: datetime | None = session.scalar(
        select(Call.received_at).where(Call.source_id == feed.id, beyond).order_by(order).limit(1)
    )
    return None if found is None else to_micros(found) - feed.offset_micros


def _call_times_around(
    session: Session, feed: CallFeed, window: Interval
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Times of a source's calls in a window, with the nearest on either side, and where its coverage ends."""
    micros = dialect_of(session).micros(Call.received_at)
    low, high = (from_micros(bound + feed.offset_micros) for bound in window)
    before = _nearest_call(session, feed, window[0], later=False)
    after = _nearest_call(session, feed, window[1], later=True)
    inside = session.scalars(
        select(micros)
        .where(Call.source_id == feed.id, Call.received_at.between(low, high))
        .order_by(Call.received_at)
    )
    corrected = [] if before is None else [before]
    corrected += [int(time) - feed.offset_micros for time in inside]
    if after is not None:
        corrected.append(after)
    end = feed.covered[-1][1]
    if corrected and after is None and end > corrected[-1]:
        corrected.append(end)
    return np.array(corrected, dtype=np.int64)


def _call_feed(source: Source, imported: Sequence[Interval]) -> CallFeed:
    mapping = compiled_mapping(source.mapping)
    offset = round(mapping.clock_offset_s * MICROS)
    covered = _covered(source, imported, round(mapping.lateness_s * MICROS))
    bounds = mapping.bounds
    return CallFeed(
        id=source.id,
        name=source.name,
        covered=tuple((low - offset, high - offset) for low, high in covered),
        offset_micros=offset,
        bounds=(bounds.west, bounds.south, bounds.east, bounds.north) if bounds else None,
        ends_micros=to_micros(source.disabled_at) if source.disabled_at else None,
    )


def _covered(source: Source, imported: Sequence[Interval], lateness_micros: int) -> list[Interval]:
    pushed = _span(source.pushed_from, source.pushed_through)
    heartbeats = _span(source.heartbeat_from, source.heartbeat_through)
    intervals = list(imported)
    if heartbeats is not None:
        live = [heartbeats, *([pushed] if pushed else [])]
        intervals.append((min(low for low, _ in live), heartbeats[1]))
    elif pushed is not None:
        intervals.append((pushed[0], pushed[1] - lateness_micros))
    return merge(intervals)


def _span(first: datetime | None, last: datetime | None) -> Interval | None:
    return None if first is None or last is None else (to_micros(first), to_micros(last))
