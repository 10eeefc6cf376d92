"""What feeds and analysts send over some weeks of a city: alerts, calls, second thoughts, heartbeats."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np

from app.domain.vocabulary import Decision
from app.simulate import Burst, City, Feeds, Simulation, alert_id, call_id, simulate

# Many alerts and few calls beside them, of which more than usual are refined, retracted and sent twice.
CITY = City(
    alerts_per_day=150.0,
    share_second_alert=0.1,
    calls_per_day=500.0,
    burst=Burst(day=3),
    feeds=Feeds(share_real_retracted=0.05, share_repeated_calls=0.05, heartbeat_s=1800.0),
)
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
RECORDS_A_DAY = 2_000
SHARE_OF_DECISIONS = 0.01
SOONEST_S, LATEST_S = -120, 900


@dataclass(frozen=True, slots=True)
class Word:
    """An analyst's decision about an alert and a call, by their external ids."""

    alert: str
    call: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Body:
    """A document as a feed sends it: of an "alert", a "call" or a "heartbeat"."""

    kind: str
    document: Mapping[str, Any]


Event = Body | Word


def draw_events(count: int, seed: int) -> list[Event]:
    """So many events, in the order in which a year of them would have come."""
    words = round(count * SHARE_OF_DECISIONS)
    run = simulate(CITY, seed=seed, start=START, days=count / RECORDS_A_DAY + 2)
    sent = [Body(each.kind, each.document) for each in islice(run.deliveries(), count - words)]
    if len(sent) < count - words:
        raise RuntimeError(f"the city has only {len(sent)} events in its days")
    return [*sent, *_words(run, sent, words, random.Random(seed))]


def kinds(events: Sequence[Event]) -> str:
    """How many there are of each."""
    counts: dict[str, int] = {}
    for event in events:
        name = "decision" if isinstance(event, Word) else _name(event)
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{number:,} {name}s" for name, number in sorted(counts.items()))


def _name(body: Body) -> str:
    return "retraction" if body.document.get("status") == "retracted" else body.kind


def _words(run: Simulation, sent: Sequence[Body], count: int, chance: random.Random) -> list[Word]:
    """Decisions about sent calls in a sent alert's window; each call is confirmed once at most."""
    known = {str(body.document.get("external_id")) for body in sent if body.kind != "heartbeat"}
    confirmed: set[str] = set()
    words: dict[tuple[str, str], Word] = {}
    while len(words) < count:
        row = chance.randrange(run.alerts.count)
        started_us = int(run.alerts.started_at_us[row])
        low, high = np.searchsorted(
            run.calls.received_at_us, (started_us + SOONEST_S * 10**6, started_us + LATEST_S * 10**6)
        ).tolist()
        if low == high:
            continue
        pair = alert_id(row), call_id(chance.randrange(low, high))
        if not known.issuperset(pair):
            continue
        decision = chance.choice((Decision.CONFIRMED, Decision.REJECTED, Decision.REJECTED))
        if decision is Decision.CONFIRMED and pair[1] in confirmed:
            continue
        confirmed.update(pair[1:] if decision is Decision.CONFIRMED else ())
        words.setdefault(pair, Word(*pair, decision))
    return list(words.values())
