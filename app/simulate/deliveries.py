"""What the feeds send and when: retries, revisions, latecomers, retractions that overtake their alert."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np

from app.domain.time import format_millis, from_micros
from app.simulate.city import Feeds
from app.simulate.columns import NO_TIME, AlertColumns, CallColumns, Codes, Micros
from app.simulate.documents import (
    ARRIVED,
    BARE_RETRACTION,
    CLEARED,
    DISPATCHED,
    FIRST,
    RECEIVED,
    REFINED,
    RETRACTED,
    alert_documents,
    call_documents,
)
from app.simulate.plane import Plane
from app.simulate.seeds import stream

DeliveryKind = Literal["alert", "call", "heartbeat"]
KINDS: tuple[DeliveryKind, DeliveryKind, DeliveryKind] = ("alert", "call", "heartbeat")
ALERT, CALL, HEARTBEAT = range(3)
HEARTBEAT_LAG_US = 30_000_000
CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Delivery:
    """One document as it arrives: for "alert" and "call" the generic JSON, for "heartbeat" its body."""

    at: datetime
    kind: DeliveryKind
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """Deliveries as columns, in order of arrival; `kind` indexes KINDS, `stage` is one of `documents`."""

    at_us: Micros
    kind: Codes
    row: Micros
    stage: Micros

    def between(self, from_us: int | None, through_us: int | None) -> "DeliveryPlan":
        """Those that arrive in [from, through)."""
        begin = 0 if from_us is None else int(np.searchsorted(self.at_us, from_us))
        end = self.at_us.size if through_us is None else int(np.searchsorted(self.at_us, through_us))
        return self.at(np.arange(begin, end))

    def at(self, places: Micros) -> "DeliveryPlan":
        """Those at these places of the plan."""
        return DeliveryPlan(self.at_us[places], self.kind[places], self.row[places], self.stage[places])

    def latest(self, kind: int) -> "DeliveryPlan":
        """Of each record of a kind that was delivered the highest stage: what a receiver must hold.

        A bare retraction whose alert has come too is the retraction of a known alert.
        """
        places = np.flatnonzero(self.kind == kind)
        places = places[np.lexsort((self.stage[places], self.row[places]))]
        rows = self.row[places]
        last = np.flatnonzero(rows != np.append(rows[1:], -1))
        first = np.flatnonzero(rows != np.append(-1, rows[:-1]))
        held = self.at(places[last])
        if kind != ALERT:
            return held
        known = (held.stage == BARE_RETRACTION) & (self.stage[places[first]] != BARE_RETRACTION)
        return replace(held, stage=np.where(known, RETRACTED, held.stage))


def plan_deliveries(
    feeds: Feeds,
    seed: int,
    alerts: AlertColumns,
    calls: CallColumns,
    gaps_us: Sequence[tuple[int, int]],
    span_us: tuple[int, int],
) -> DeliveryPlan:
    """Everything that the feeds send for these records, and the call feed's heartbeats over the span."""
    parts = [
        _alert_plan(feeds, stream(seed, "alert deliveries"), alerts),
        _call_plan(feeds, stream(seed, "call deliveries"), calls, gaps_us),
        _heartbeat_plan(feeds, gaps_us, span_us),
    ]
    everything = DeliveryPlan(
        np.concatenate([part.at_us for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.stage for part in parts]),
    )
    return everything.at(np.argsort(everything.at_us, kind="stable"))


def deliver(plan: DeliveryPlan, alerts: AlertColumns, calls: CallColumns, plane: Plane) -> Iterator[Delivery]:
    """The planned deliveries with their documents, in order."""
    for begin in range(0, plan.at_us.size, CHUNK):
        part = plan.at(np.arange(begin, min(begin + CHUNK, plan.at_us.size)))
        of_alerts, of_calls = part.kind == ALERT, part.kind == CALL
        documents = (
            alert_documents(alerts, plane, part.row[of_alerts], part.stage[of_alerts]),
            call_documents(calls, plane, part.row[of_calls], part.stage[of_calls]),
        )
        for at_us, kind in zip(part.at_us.tolist(), part.kind.tolist(), strict=True):
            at = from_micros(at_us)
            if kind == HEARTBEAT:
                yield Delivery(
                    at, "heartbeat", {"through": format_millis(from_micros(at_us - HEARTBEAT_LAG_US))}
                )
            else:
                yield Delivery(at, KINDS[kind], next(documents[kind]))


def _alert_plan(feeds: Feeds, rng: np.random.Generator, alerts: AlertColumns) -> DeliveryPlan:
    rows = np.arange(alerts.count)
    refined, retracted = alerts.refined_at_us != NO_TIME, alerts.retracted_at_us != NO_TIME
    overtaken = retracted & (rng.random(alerts.count) < feeds.share_tombstones)
    late = (rng.random(alerts.count) < feeds.share_late) & ~retracted
    first_us = alerts.published_at_us + _seconds_us(rng, 0.3, 3, alerts.count)
    first_us += np.where(late, _seconds_us(rng, 600, 7200, alerts.count), 0)
    refined_us = alerts.refined_at_us + _seconds_us(rng, 0.3, 3, alerts.count)
    retracted_us = alerts.retracted_at_us + _seconds_us(rng, 0.3, 3, alerts.count)
    held_us = retracted_us + _seconds_us(rng, 30, 300, alerts.count)
    first_us = np.where(overtaken, held_us, first_us)
    refined_us = np.where(overtaken, held_us + 5_000_000, refined_us)
    once = DeliveryPlan(
        np.concatenate((first_us, refined_us[refined], retracted_us[retracted])),
        np.full(alerts.count + int(refined.sum()) + int(retracted.sum()), ALERT, dtype=np.int8),
        np.concatenate((rows, rows[refined], rows[retracted])),
        np.concatenate(
            (
                np.full(alerts.count, FIRST),
                np.full(int(refined.sum()), REFINED),
                np.where(overtaken, BARE_RETRACTION, RETRACTED)[retracted],
            )
        ),
    )
    return _with_repeats(rng, once, feeds.share_repeated_alerts)


def _call_plan(
    feeds: Feeds, rng: np.random.Generator, calls: CallColumns, gaps_us: Sequence[tuple[int, int]]
) -> DeliveryPlan:
    times = (calls.received_at_us, calls.dispatched_at_us, calls.arrived_at_us, calls.cleared_at_us)
    rows = [np.flatnonzero(moments != NO_TIME) for moments in times]
    row = np.concatenate(rows)
    stage = np.repeat((RECEIVED, DISPATCHED, ARRIVED, CLEARED), [part.size for part in rows])
    at_us = np.concatenate([moments[part] for moments, part in zip(times, rows, strict=True)])
    at_us = at_us + _seconds_us(rng, 2, 20, at_us.size)
    late = (stage == RECEIVED) & (rng.random(at_us.size) < feeds.share_late)
    at_us += np.where(late, _seconds_us(rng, 600, 7200, at_us.size), 0)
    once = DeliveryPlan(at_us, np.full(at_us.size, CALL, dtype=np.int8), row, stage)
    plan = _with_repeats(rng, once, feeds.share_repeated_calls)
    # A silent feed keeps what it has to say about older calls until it is back.
    at_us = plan.at_us
    for begin_us, end_us in gaps_us:
        inside = (at_us >= begin_us) & (at_us < end_us)
        at_us = np.where(inside, end_us + _seconds_us(rng, 1, 120, at_us.size), at_us)
    return DeliveryPlan(at_us, plan.kind, plan.row, plan.stage)


def _heartbeat_plan(
    feeds: Feeds, gaps_us: Sequence[tuple[int, int]], span_us: tuple[int, int]
) -> DeliveryPlan:
    step_us = round(feeds.heartbeat_s * 1e6)
    at_us = np.arange(span_us[0] + step_us, span_us[1] + step_us, step_us, dtype=np.int64)
    for begin_us, end_us in gaps_us:
        at_us = at_us[(at_us < begin_us) | (at_us >= end_us)]
    nothing = np.zeros(at_us.size, dtype=np.int64)
    return DeliveryPlan(at_us, np.full(at_us.size, HEARTBEAT, dtype=np.int8), nothing, nothing)


def _with_repeats(rng: np.random.Generator, plan: DeliveryPlan, share: float) -> DeliveryPlan:
    """Some documents are sent again 5 to 60 s later, word for word: the sender missed the answer."""
    again = np.flatnonzero(rng.random(plan.at_us.size) < share)
    places = np.concatenate((np.arange(plan.at_us.size), again))
    repeated = plan.at(places)
    delay_us = np.concatenate(
        (np.zeros(plan.at_us.size, dtype=np.int64), _seconds_us(rng, 5, 60, again.size))
    )
    return DeliveryPlan(repeated.at_us + delay_us, repeated.kind, repeated.row, repeated.stage)


def _seconds_us(rng: np.random.Generator, least_s: float, most_s: float, count: int) -> Micros:
    return (rng.uniform(least_s, most_s, count) * 1000).astype(np.int64) * 1000
