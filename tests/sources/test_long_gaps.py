"""Gaps of an hour or more, found without reading every call, against those found by reading them all."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import insert

from app.correlation.background import unknown_background
from app.db.models import Call
from app.domain.time import from_micros, to_micros
from app.domain.vocabulary import SourceKind
from app.sources.coverage import LONG_GAP_S, MICROS, CallFeed, find_gaps, find_long_gaps
from tests.conftest import NOW

DAYS = 6
BEGIN = to_micros(NOW)
WINDOW = (BEGIN - 86_400 * MICROS, BEGIN + (DAYS + 1) * 86_400 * MICROS)
HOUR = 3600 * MICROS


def feed_of(rate_h, offset_micros=0):
    covered = ((BEGIN, BEGIN + DAYS * 86_400 * MICROS),)
    background = replace(unknown_background(), source_rhythm_s={"cad": [rate_h / 3600] * 168})
    feed = CallFeed(
        id=1,
        name="cad",
        covered=covered,
        offset_micros=offset_micros,
        bounds=None,
        ends_micros=None,
        is_only_pushed=False,
    )
    return feed, background


def store(database, add_feed, times):
    add_feed("cad", SourceKind.CALLS)
    with database.write() as session:
        for number, micros in enumerate(times):
            session.execute(
                insert(Call).values(
                    source_id=1,
                    external_id=str(number),
                    revision=1,
                    fingerprint=b"",
                    received_at=from_micros(micros),
                    line="911",
                    nature="other",
                    origin="citizen",
                    stored_at=NOW + timedelta(days=DAYS),
                )
            )


@pytest.mark.parametrize(("rate_h", "offset_s"), [(30.0, 0), (8.0, 40)])
def test_they_are_the_long_ones_of_all(database, add_feed, rate_h, offset_s):
    rng = np.random.default_rng(7)
    times = BEGIN + np.sort(rng.integers(0, DAYS * 86_400, int(rate_h * 24 * DAYS))) * MICROS
    for day, hours in ((1, 3.0), (2, 0.8), (3, 1.0), (4, 5.5)):
        low = BEGIN + day * 24 * HOUR
        times = times[(times < low) | (times > low + int(hours * HOUR))]
    times = times[times < BEGIN + (DAYS - 1) * 24 * HOUR] + offset_s * MICROS
    store(database, add_feed, times.tolist())
    feed, background = feed_of(rate_h, offset_s * MICROS)
    with database.read() as session:
        every = find_gaps(session, feed, WINDOW, background, 20.0)
        found = find_long_gaps(session, feed, WINDOW, background, 20.0)
    assert found == [gap for gap in every if gap[1] - gap[0] >= LONG_GAP_S * MICROS]
    assert len(found) >= 2, "the end of what is covered is a gap too"
    assert found[-1][1] == feed.covered[0][1]


def test_a_feed_without_a_rhythm_has_none(database, add_feed):
    store(database, add_feed, [BEGIN, BEGIN + 50 * HOUR])
    feed, _ = feed_of(1.0)
    with database.read() as session:
        assert find_long_gaps(session, feed, WINDOW, unknown_background(), 20.0) == []
