"""A seeded run of a city: its records, and the truth beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from app.domain.time import from_micros, to_micros
from app.simulate.alerts import draw_alerts
from app.simulate.calls import draw_ambient, draw_reports, draw_sensor_records
from app.simulate.city import City
from app.simulate.columns import NATURES, AlertColumns, CallColumns, Counts, Truth, join_calls, take_calls
from app.simulate.deliveries import ALERT, CALL, Delivery, DeliveryPlan, deliver, plan_deliveries
from app.simulate.documents import (
    CLEARED,
    Document,
    alert_documents,
    call_documents,
    final_alert_stages,
)
from app.simulate.layout import Camera, Layout, Zone, lay_out
from app.simulate.rhythm import DAY_US, HOUR_US
from app.simulate.seeds import stream
from app.simulate.shootings import Shootings, draw_shootings


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """`feed_gaps` are the spans [from, through) whose calls never reached anybody."""

    city: City
    seed: int
    start: datetime
    end: datetime
    layout: Layout
    alerts: AlertColumns
    calls: CallColumns
    truth: Truth
    feed_gaps: tuple[tuple[datetime, datetime], ...]

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The districts, which tile the city."""
        return self.layout.zones

    @property
    def coverage(self) -> Zone:
        """Where the sensors listen."""
        return self.layout.coverage

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """The fixed cameras."""
        return self.layout.cameras

    def deliveries(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Delivery]:
        """What the feeds send in [since, until), in order of arrival."""
        plan = self._plan().between(_micros(since), _micros(until))
        return deliver(plan, self.alerts, self.calls, self.layout.plane)

    def alert_documents(self, until: datetime | None = None) -> Iterator[Document]:
        """Every alert in its last state; with `until`, those delivered before it, as then known."""
        if until is None:
            rows, stages = np.arange(self.alerts.count), final_alert_stages(self.alerts)
        else:
            plan = self._plan().between(None, to_micros(until)).latest(ALERT)
            rows, stages = plan.row, plan.stage
        return alert_documents(self.alerts, self.layout.plane, rows, stages)

    def call_documents(self, until: datetime | None = None) -> Iterator[Document]:
        """Every call in its last state; with `until`, those delivered before it, as then known."""
        if until is None:
            rows, stages = np.arange(self.calls.count), np.full(self.calls.count, CLEARED)
        else:
            plan = self._plan().between(None, to_micros(until)).latest(CALL)
            rows, stages = plan.row, plan.stage
        return call_documents(self.calls, self.layout.plane, rows, stages)

    def _plan(self) -> DeliveryPlan:
        gaps_us = [(to_micros(begin), to_micros(end)) for begin, end in self.feed_gaps]
        span_us = (to_micros(self.start), to_micros(self.end))
        return plan_deliveries(self.city.feeds, self.seed, self.alerts, self.calls, gaps_us, span_us)


def simulate(city: City, *, seed: int, start: datetime, days: float) -> Simulation:
    """The same city, seed, start and days give the same bytes.

    `start` is an aware datetime. What happens within the days is told to its end: calls about the last
    shooting may be received after `end`.
    """
    from_us, through_us = to_micros(start), to_micros(start + timedelta(days=days))
    if through_us <= from_us:
        raise ValueError("a simulation lasts more than 0 days")
    layout = lay_out(city)
    shootings = draw_shootings(city, layout, seed, from_us, through_us)
    alerts, alert_shooting = draw_alerts(city, layout.plane, seed, shootings)
    gaps_us = _gaps_us(city, seed, from_us, through_us)
    calls, call_shooting, call_alert = _calls(
        city, layout, seed, shootings, alerts, gaps_us, (from_us, through_us)
    )
    longitude, latitude = layout.plane.to_degrees(shootings.east_m, shootings.north_m)
    reported = shootings.call_count > 0
    return Simulation(
        city=city,
        seed=seed,
        start=from_micros(from_us),
        end=from_micros(through_us),
        layout=layout,
        alerts=alerts,
        calls=calls,
        truth=Truth(
            shooting_at_us=shootings.at_us,
            shooting_longitude=longitude,
            shooting_latitude=latitude,
            shooting_real=shootings.real,
            shooting_reported=reported,
            shooting_call_count=shootings.call_count,
            alert_shooting=alert_shooting,
            alert_reported=reported[alert_shooting],
            call_shooting=call_shooting,
            call_alert=call_alert,
        ),
        feed_gaps=tuple((from_micros(begin), from_micros(end)) for begin, end in gaps_us),
    )


def _calls(
    city: City,
    layout: Layout,
    seed: int,
    shootings: Shootings,
    alerts: AlertColumns,
    gaps_us: list[tuple[int, int]],
    span_us: tuple[int, int],
) -> tuple[CallColumns, Counts, Counts]:
    """All calls in order, without those in the gaps; the shooting that each reports and its alert, or -1."""
    ambient = join_calls([draw_ambient(city, layout, seed, nature, *span_us) for nature in NATURES])
    reports, report_shooting = draw_reports(city, layout.plane, seed, shootings)
    records, record_alert = draw_sensor_records(city, layout.plane, seed, alerts)
    everything = join_calls([ambient, reports, records])
    nothing = np.full(everything.count, -1, dtype=np.int32)
    shooting, alert = nothing.copy(), nothing
    shooting[ambient.count : ambient.count + reports.count] = report_shooting
    alert[ambient.count + reports.count :] = record_alert
    order = np.argsort(everything.received_at_us, kind="stable")
    for begin_us, end_us in gaps_us:
        received_at_us = everything.received_at_us[order]
        order = order[(received_at_us < begin_us) | (received_at_us >= end_us)]
    return take_calls(everything, order), shooting[order], alert[order]


def _gaps_us(city: City, seed: int, from_us: int, through_us: int) -> list[tuple[int, int]]:
    """One gap somewhere in each of equal slices of the span; none in a span too short to hold one."""
    length_us = round(city.feeds.gap_hours * HOUR_US)
    days = (through_us - from_us) / DAY_US
    count = max(round(days / 30 * city.feeds.gaps_per_30_days), 1 if city.feeds.gaps_per_30_days else 0)
    if count == 0 or length_us == 0 or (through_us - from_us) // count < 2 * length_us:
        return []
    slice_us = (through_us - from_us) // count
    offsets = stream(seed, "feed gaps").integers(0, slice_us - length_us, count) // 1_000_000 * 1_000_000
    begins = [from_us + index * slice_us + offset for index, offset in enumerate(offsets.tolist())]
    return [(begin, begin + length_us) for begin in begins]


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)
