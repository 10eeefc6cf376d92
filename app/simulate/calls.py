"""Who calls: people about a shooting, people about anything else, and the centre's records of alerts."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.vocabulary import Nature
from app.simulate.cad import ACOUSTIC, draw_codes, enter_calls
from app.simulate.city import City
from app.simulate.columns import NATURES, AlertColumns, CallColumns, Counts
from app.simulate.layout import Layout, scatter
from app.simulate.plane import Plane
from app.simulate.rhythm import cyclic_times
from app.simulate.seeds import stream
from app.simulate.shootings import Shootings, burst_span_us

_HOT_SHARES = {Nature.SHOTS_FIRED: 0.6, Nature.SHOOTING: 0.6, Nature.WEAPON: 0.5, Nature.DISTURBANCE: 0.35}
_OTHER_HOT_SHARE = 0.25
_GUNFIRE_RHYTHM = (Nature.SHOTS_FIRED, Nature.SHOOTING, Nature.WEAPON, Nature.FIREWORKS)
_BURST_NATURES = (Nature.SHOTS_FIRED, Nature.FIREWORKS)


def draw_reports(city: City, plane: Plane, seed: int, shootings: Shootings) -> tuple[CallColumns, Counts]:
    """The calls that report shootings, and the shooting of each."""
    rng = stream(seed, "reports")
    habits = city.reporting
    shooting = np.repeat(np.arange(shootings.at_us.size, dtype=np.int32), shootings.call_count)
    count = shooting.size
    lag_s = rng.lognormal(np.log(habits.lag_median_s), habits.lag_spread, count)
    slow = rng.random(count) < habits.share_slow
    lag_s = np.where(slow, rng.uniform(habits.slow_from_s, habits.slow_through_s, count), lag_s)
    lag_s += rng.normal(0, city.feeds.call_clock_error_s, count)
    sigma_m = np.where(rng.random(count) < habits.share_far, habits.far_sigma_m, habits.caller_sigma_m)
    natures = [NATURES.index(nature) for nature in habits.nature_shares]
    shares = np.array(list(habits.nature_shares.values()))
    nature = rng.choice(np.array(natures, dtype=np.int8), count, p=shares / shares.sum())
    calls = enter_calls(
        rng,
        city,
        plane,
        # Half a second, because the centre's clock cuts to the second.
        received_at_us=shootings.at_us[shooting] + ((lag_s + 0.5) * 1e6).astype(np.int64),
        east_m=shootings.east_m[shooting] + sigma_m * rng.standard_normal(count),
        north_m=shootings.north_m[shooting] + sigma_m * rng.standard_normal(count),
        nature_code=draw_codes(rng, nature),
    )
    return calls, shooting


def draw_ambient(
    city: City, layout: Layout, seed: int, nature: Nature, from_us: int, through_us: int
) -> CallColumns:
    """The calls of one nature that no alert explains, over [from, through), with the burst's."""
    rng = stream(seed, f"ambient {nature}")
    zone = ZoneInfo(city.time_zone)
    cycle = city.gunfire_cycle if nature in _GUNFIRE_RHYTHM else city.call_cycle
    per_day = city.calls_per_day * city.ambient_shares.get(nature, 0.0)
    if nature is not Nature.OTHER:
        per_day *= city.background_multiplier
    received_at_us = cyclic_times(rng, cycle, per_day, from_us, through_us, zone)
    burst = burst_span_us(city, from_us)
    if burst and nature in _BURST_NATURES:
        extra = per_day * max(city.burst.multiplier - 1, 0)
        received_at_us = np.concatenate((received_at_us, cyclic_times(rng, cycle, extra, *burst, zone)))
    hot_share = _HOT_SHARES.get(nature, _OTHER_HOT_SHARE)
    east_m, north_m = scatter(rng, received_at_us.size, layout.hot_spots, hot_share, layout.outline)
    return enter_calls(
        rng,
        city,
        layout.plane,
        received_at_us=received_at_us,
        east_m=east_m,
        north_m=north_m,
        nature_code=draw_codes(rng, np.full(received_at_us.size, NATURES.index(nature), dtype=np.int8)),
    )


def draw_sensor_records(
    city: City, plane: Plane, seed: int, alerts: AlertColumns
) -> tuple[CallColumns, Counts]:
    """The records that alerts create in the centre, 5 to 30 s after publication, and the alert of each."""
    rng = stream(seed, "sensor records")
    entered = rng.random(alerts.count) < city.feeds.share_sensor_records
    alert = np.flatnonzero(entered).astype(np.int32)
    east_m, north_m = plane.to_metres(alerts.longitude[alert], alerts.latitude[alert])
    calls = enter_calls(
        rng,
        city,
        plane,
        received_at_us=alerts.published_at_us[alert] + rng.integers(5_000_000, 30_000_000, alert.size),
        east_m=east_m,
        north_m=north_m,
        nature_code=np.full(alert.size, ACOUSTIC, dtype=np.int8),
    )
    # The centre copies the alert's position; it does not locate a telephone.
    located = replace(
        calls,
        longitude=alerts.longitude[alert],
        latitude=alerts.latitude[alert],
        uncertainty_m=alerts.uncertainty_m[alert],
    )
    return located, alert
