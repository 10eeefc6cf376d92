"""What set off the alerts: when, where, real or not, and how many people call about it."""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.geodesy import Floats
from app.domain.time import from_micros, localize, to_micros
from app.simulate.city import City
from app.simulate.columns import Counts, Flags, Micros
from app.simulate.layout import Layout, scatter
from app.simulate.rhythm import HOUR_US, cyclic_times
from app.simulate.seeds import stream

HOT_SHARE = 0.75
BURST_RECOGNISED = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shootings:
    """In order of time; positions in metres of the plane. `recognised`: false, and classified so."""

    at_us: Micros
    east_m: Floats
    north_m: Floats
    real: Flags
    recognised: Flags
    call_count: Counts


def draw_shootings(city: City, layout: Layout, seed: int, from_us: int, through_us: int) -> Shootings:
    """The shootings within the coverage over [from, through)."""
    rng = stream(seed, "shootings")
    per_day = city.alerts_per_day / (1 + city.share_second_alert) / (2 if city.close_pairs else 1)
    at_us = cyclic_times(rng, city.gunfire_cycle, per_day, from_us, through_us, ZoneInfo(city.time_zone))
    east_m, north_m = scatter(rng, at_us.size, layout.hot_spots, HOT_SHARE, layout.covered)
    if city.close_pairs:
        bearing = rng.uniform(0, 2 * math.pi, at_us.size)
        distance_m = city.close_pairs.distance_m
        at_us = np.concatenate((at_us, at_us + round(city.close_pairs.gap_s * 1e6)))
        east_m = np.concatenate((east_m, east_m + distance_m * np.sin(bearing)))
        north_m = np.concatenate((north_m, north_m + distance_m * np.cos(bearing)))
    real = rng.random(at_us.size) >= city.share_false
    recognised = ~real & (rng.random(at_us.size) < city.share_false_recognised)
    reported = real & (rng.random(at_us.size) < city.reporting.share_reported)
    call_count = np.where(reported, _positive_poisson(rng, city.reporting.calls_mean, at_us.size), 0)
    drawn = Shootings(
        at_us=at_us,
        east_m=east_m,
        north_m=north_m,
        real=real,
        recognised=recognised,
        call_count=call_count.astype(np.int32),
    )
    return _in_order([drawn, _fireworks(city, layout, seed, from_us)])


def burst_span_us(city: City, from_us: int) -> tuple[int, int] | None:
    """The hours of the burst, if the city has one."""
    if city.burst.day is None:
        return None
    zone = ZoneInfo(city.time_zone)
    date = from_micros(from_us).astimezone(zone).date() + timedelta(days=city.burst.day)
    begin_us = to_micros(localize(datetime.combine(date, time(22)), zone))
    return begin_us, begin_us + round(city.burst.hours * HOUR_US)


def _fireworks(city: City, layout: Layout, seed: int, from_us: int) -> Shootings:
    span = burst_span_us(city, from_us)
    rng = stream(seed, "burst alerts")
    count = int(rng.poisson(city.burst.false_alerts)) if span else 0
    begin_us, end_us = span or (0, 1)
    east_m, north_m = scatter(rng, count, layout.hot_spots, HOT_SHARE / 2, layout.covered)
    return Shootings(
        at_us=np.sort(rng.integers(begin_us, end_us, count)),
        east_m=east_m,
        north_m=north_m,
        real=np.zeros(count, dtype=np.bool_),
        recognised=rng.random(count) < BURST_RECOGNISED,
        call_count=np.zeros(count, dtype=np.int32),
    )


def _in_order(parts: list[Shootings]) -> Shootings:
    order = np.argsort(np.concatenate([part.at_us for part in parts]), kind="stable")
    return Shootings(
        at_us=np.concatenate([part.at_us for part in parts])[order],
        east_m=np.concatenate([part.east_m for part in parts])[order],
        north_m=np.concatenate([part.north_m for part in parts])[order],
        real=np.concatenate([part.real for part in parts])[order],
        recognised=np.concatenate([part.recognised for part in parts])[order],
        call_count=np.concatenate([part.call_count for part in parts])[order],
    )


def _positive_poisson(rng: np.random.Generator, mean: float, count: int) -> Counts:
    """Poisson numbers given that they are at least 1, by inverting the distribution function."""
    terms = [math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(200)]
    distribution = np.cumsum(terms[1:]) / (1 - terms[0])
    return np.minimum(np.searchsorted(distribution, rng.random(count)), 198).astype(np.int32) + np.int32(1)
