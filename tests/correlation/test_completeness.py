"""Intervals against sets of whole instants, and what the feeds cover together."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.completeness import FeedCompleteness, Interval, clip, coverage_of, merge, subtract

interval = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair)))
intervals = st.lists(interval, max_size=6)
WINDOW = (100, 200)


def points(of: list[Interval]) -> set[int]:
    """The unit steps that half-open intervals hold."""
    return {point for low, high in of for point in range(low, high)}


@given(some=intervals)
def test_merging_keeps_every_instant_once(some: list[Interval]) -> None:
    merged = merge(some)
    assert points(merged) == points(some)
    assert all(low <= high for low, high in merged)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(merged))


def test_merging_drops_what_ends_before_it_begins() -> None:
    assert merge([(5, 3), (1, 2), (2, 4)]) == [(1, 4)]


@given(some=intervals, window=interval)
def test_clipping_keeps_what_lies_inside(some: list[Interval], window: Interval) -> None:
    clipped = clip(some, window)
    assert points(clipped) == points(some) & points([window])
    assert all(window[0] <= low <= high <= window[1] for low, high in clipped)


@given(some=intervals, removed=intervals)
def test_subtracting_leaves_the_rest(some: list[Interval], removed: list[Interval]) -> None:
    left = subtract(merge(some), removed)
    assert points(left) == points(some) - points(removed)
    lengths = [high - low for low, high in left if (low, high) not in merge(some)]
    assert all(length > 0 for length in lengths)


@given(
    covered=intervals,
    gaps=intervals,
    others=intervals,
    window=interval.filter(lambda each: each[0] < each[1]),
)
def test_feeds_cover_together_what_each_covers(
    covered: list[Interval], gaps: list[Interval], others: list[Interval], window: Interval
) -> None:
    feeds = [
        FeedCompleteness(source="cad", covered=[(-9, -8), *merge(covered)], gaps=gaps),
        FeedCompleteness(source="town", covered=[(-9, -8), *merge(others)]),
    ]
    found = coverage_of(feeds, window, 0.0, 0.0)
    expected = points([window]) & (points(covered) - points(gaps)) & points(others)
    assert points(list(found.covered)) == expected
    assert points(list(found.missing)) == points([window]) - expected
    assert found.is_whole == (expected == points([window]))


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"covered": ()}, False),
        ({"covered": ((0, 10),)}, True),
        ({"covered": ((200, 300),)}, True),
        ({"covered": ((201, 300),)}, False),
        ({"ends_micros": 100}, True),
        ({"ends_micros": 99}, False),
        ({"bounds": (-88.0, 43.0, -87.9, 43.1)}, True),
        ({"bounds": (-87.94, 43.03, -87.9, 43.1)}, True),
        ({"bounds": (-87.93, 43.0, -87.9, 43.1)}, False),
        ({"bounds": (-88.0, 43.04, -87.9, 43.1)}, False),
    ],
)
def test_only_sources_of_this_time_and_place_count(changes: dict[str, object], counts: bool) -> None:
    values: dict[str, object] = {"source": "cad", "covered": ((0, 1000),), **changes}
    feed = FeedCompleteness(**values)  # type: ignore[arg-type]
    assert feed.counts_for(WINDOW, -87.94, 43.03) is counts
    assert coverage_of([feed], WINDOW, -87.94, 43.03).sources == (("cad",) if counts else ())


def test_without_a_feed_nothing_is_covered() -> None:
    found = coverage_of([], WINDOW, 0.0, 0.0)
    assert found.covered == ()
    assert found.missing == (WINDOW,)
    assert not found.is_whole


def test_the_source_named_is_the_one_that_misses_the_time_named() -> None:
    """`a` misses the end and `b` the beginning: whoever reads the first stretch must read of `b`."""
    feeds = [
        FeedCompleteness(source="a", covered=((0, 190),)),
        FeedCompleteness(source="b", covered=((0, 90), (110, 300))),
    ]
    found = coverage_of(feeds, WINDOW, 0.0, 0.0)
    assert found.missing == ((100, 110), (190, 200))
    assert found.missing_source == "b"
    assert found.missing_at_source == (100, 110)


def test_a_gap_is_not_covered_whatever_the_feed_says() -> None:
    feed = FeedCompleteness(source="cad", covered=((0, 1000),), gaps=((50, 120),))
    found = coverage_of([feed], WINDOW, 0.0, 0.0)
    assert found.missing == ((100, 120),)
    assert found.covered == ((120, 200),)
