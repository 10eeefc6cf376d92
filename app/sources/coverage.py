"""What each call source has covered: statements in, completeness out.

A statement is a heartbeat ("complete up to here") or an ended import (complete from its least to its
greatest time). A live push without heartbeats is complete up to its latest call less a lateness allowance.
Each is clamped to the moment of its receipt. A heartbeat speaks for the time since the live feed began: what
lies between an old import and that beginning, nobody has said anything of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from sqlalchemy import exists, func, select
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
IMPORT = "import"
HEARTBEAT = "heartbeat"
# A feed that only pushes, with neither heartbeats nor a fitted rhythm, says nothing by longer silence.
SILENCE_OF_UNKNOWN_FEED_S = 3600
# A gap that counts where a year is looked at, not one incident.
LONG_GAP_S = 3600
# A heartbeat speaks for the time before it as far back as the feed was heard of, but not for years.
HEARD_WITHIN_MICROS = 7 * 86_400 * MICROS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFeed:
    """A call source with what its mapping says of time and place, and the time it covers."""

    id: int
    name: str
    covered: tuple[Interval, ...]
    offset_micros: int
    bounds: tuple[float, float, float, float] | None
    ends_micros: int | None
    is_only_pushed: bool


def load_call_feeds(session: Session) -> list[CallFeed]:
    """Every call source with the intervals that it covers (true time: clock offset removed)."""
    stated: dict[int, dict[str, list[Interval]]] = {}
    for stretch in session.execute(
        select(
            CoveredStretch.source_id, CoveredStretch.kind, CoveredStretch.from_at, CoveredStretch.through_at
        )
    ):
        of_source = stated.setdefault(stretch.source_id, {IMPORT: [], HEARTBEAT: []})
        of_source[stretch.kind].append((to_micros(stretch.from_at), to_micros(stretch.through_at)))
    return [
        _call_feed(source, stated.get(source.id, {IMPORT: [], HEARTBEAT: []}))
        for source in list_sources(session, SourceKind.CALLS)
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
    if not feed.covered:
        return []
    times = _call_times_around(session, feed, window)
    shortest = _shortest_gap_micros(feed, background, gap_expected_calls)
    silences = (
        (int(times[place]), int(times[place + 1]))
        for place in np.flatnonzero(np.diff(times) >= shortest).tolist()
    )
    gaps = [silence for silence in silences if _is_gap(feed, background, silence, gap_expected_calls)]
    return clip(gaps, window)


def find_long_gaps(
    session: Session, feed: CallFeed, window: Interval, background: Background, gap_expected_calls: float
) -> list[Interval]:
    """The gaps of at least LONG_GAP_S, without reading every call: an index look-up for each half of one.

    A silence as long holds a whole cell of half its length; only about empty cells the nearest calls are
    asked for.
    """
    if not feed.covered:
        return []
    shortest = max(LONG_GAP_S * MICROS, _shortest_gap_micros(feed, background, gap_expected_calls))
    if shortest == float("inf"):
        return []
    silences = _silences(session, feed, window, int(shortest))
    end = feed.covered[-1][1]
    if silences and silences[-1][1] is None:
        silences[-1] = (silences[-1][0], max(end, silences[-1][0]))
    gaps = [
        (low, high)
        for low, high in silences
        if high is not None
        and high - low >= shortest
        and _is_gap(feed, background, (low, high), gap_expected_calls)
    ]
    return clip(gaps, window)


def _silences(
    session: Session, feed: CallFeed, window: Interval, shortest_micros: int
) -> list[tuple[int, int | None]]:
    """Spans between two of a source's calls (true time) that hold an empty cell; None: no call follows."""
    cell = shortest_micros // 2
    told = window[0] + feed.offset_micros, window[1] + feed.offset_micros
    bounds = [from_micros(at) for at in range(told[0], told[1] + cell, cell)]
    dialect = dialect_of(session)
    cells = dialect.spans(pairwise(bounds))
    of_feed = Call.source_id == feed.id
    inside = exists().where(of_feed, Call.received_at >= cells.c.low, Call.received_at < cells.c.high)
    before = select(func.max(Call.received_at)).where(of_feed, Call.received_at < cells.c.low)
    after = select(func.min(Call.received_at)).where(of_feed, Call.received_at >= cells.c.high)
    around = (
        select(before.scalar_subquery().label("before"), after.scalar_subquery().label("after"))
        .select_from(cells)
        .where(~inside)
        .distinct()
    )
    offset = feed.offset_micros
    found = [
        (to_micros(row.before) - offset, None if row.after is None else to_micros(row.after) - offset)
        for row in session.execute(around)
        if row.before is not None
    ]
    return sorted(found, key=lambda silence: silence[0])


def widen_by_gap(
    session: Session,
    feeds: Iterable[CallFeed],
    stretch: Interval,
    background: Background,
    gap_expected_calls: float,
) -> list[Interval]:
    """A stretch in which calls changed, and the covered time of any gap that they may have split."""
    widened = [stretch]
    for feed in feeds:
        if not feed.covered:
            continue
        before = _nearest_call(session, feed, stretch[0], later=False)
        after = _nearest_call(session, feed, stretch[1], later=True)
        start = stretch[0] if before is None else before
        # What changed may lie beyond the covered time, and end a silence that begins within it.
        end = max(feed.covered[-1][1], stretch[1]) if after is None else after
        silence = (start, end)
        if silence[1] - silence[0] < _shortest_gap_micros(feed, background, gap_expected_calls):
            continue
        if _is_gap(feed, background, silence, gap_expected_calls):
            widened.extend(clip(feed.covered, silence))
    return widened


def _shortest_gap_micros(feed: CallFeed, background: Background, gap_expected_calls: float) -> float:
    """No silence shorter than this can be a gap, whatever the hour: a cheap sieve before the integral."""
    busiest = max(background.source_rhythm_s.get(feed.name, ()), default=0.0)
    if busiest > 0:
        return gap_expected_calls / busiest * MICROS
    return SILENCE_OF_UNKNOWN_FEED_S * MICROS if feed.is_only_pushed else float("inf")


def _is_gap(feed: CallFeed, background: Background, silence: Interval, gap_expected_calls: float) -> bool:
    if max(background.source_rhythm_s.get(feed.name, ()), default=0.0) > 0:
        return background.expected_calls(feed.name, *silence) >= gap_expected_calls
    return feed.is_only_pushed and silence[1] - silence[0] >= SILENCE_OF_UNKNOWN_FEED_S * MICROS


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
    """Times of a source's calls in a window, the nearest on either side, and where its coverage ends."""
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


def _call_feed(source: Source, stated: Mapping[str, Sequence[Interval]]) -> CallFeed:
    mapping = compiled_mapping(source.mapping)
    offset = round(mapping.clock_offset_s * MICROS)
    lateness = round(mapping.lateness_s * MICROS)
    intervals = _intervals(stated, _pushed(source), lateness)
    bounds = mapping.bounds
    return CallFeed(
        id=source.id,
        name=source.name,
        covered=tuple((low - offset, high - offset) for low, high in intervals),
        offset_micros=offset,
        bounds=(bounds.west, bounds.south, bounds.east, bounds.north) if bounds else None,
        ends_micros=to_micros(source.disabled_at) if source.disabled_at else None,
        is_only_pushed=not (stated[HEARTBEAT] or stated[IMPORT]),
    )


def _intervals(
    stated: Mapping[str, Sequence[Interval]], pushed: Interval | None, lateness_micros: int
) -> list[Interval]:
    """All that is covered. A heartbeat also speaks for the time since the feed was heard of before it."""
    imports, heartbeats = stated[IMPORT], stated[HEARTBEAT]
    if not heartbeats:
        return merge([*imports, *([(pushed[0], pushed[1] - lateness_micros)] if pushed else [])])
    known = [*imports, *([pushed] if pushed else [])]
    bridged = []
    for low, high in heartbeats:
        before = [span for span in known if span[0] <= low <= span[1] + HEARD_WITHIN_MICROS]
        ends = [min(end, low) for _, end in before]
        starts = [pushed[0]] if pushed is not None and pushed in before else []
        bridged.append((min([low, *ends, *starts]), high))
    return merge([*imports, *bridged])


def _pushed(source: Source) -> Interval | None:
    if source.pushed_from is None or source.pushed_through is None:
        return None
    return to_micros(source.pushed_from), to_micros(source.pushed_through)
