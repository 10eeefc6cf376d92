"""Times of a Poisson process that follows the week's cycle in local time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.geodesy import Floats
from app.simulate.city import Cycle
from app.simulate.columns import Micros

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def cyclic_times(
    rng: np.random.Generator, cycle: Cycle, per_day: float, from_us: int, through_us: int, zone: ZoneInfo
) -> Micros:
    """Instants (us since 1970) over [from, through), `per_day` on the average day, by hour in order."""
    edges = _hour_edges(from_us, through_us)
    widths = np.diff(edges)
    weights = _weights(cycle, edges[:-1] + widths // 2, zone)
    counts = rng.poisson(per_day * weights * widths / DAY_US)
    offsets = rng.random(int(counts.sum())) * np.repeat(widths, counts)
    return np.asarray(np.repeat(edges[:-1], counts) + offsets.astype(np.int64), dtype=np.int64)


def _hour_edges(from_us: int, through_us: int) -> Micros:
    whole = np.arange(-(-from_us // HOUR_US) * HOUR_US, through_us, HOUR_US, dtype=np.int64)
    return np.unique(np.concatenate(([from_us], whole, [through_us])))


def _weights(cycle: Cycle, middles_us: Micros, zone: ZoneInfo) -> Floats:
    table = np.outer(cycle.weekdays, cycle.hours)
    table /= table.mean()
    local = [datetime.fromtimestamp(middle / 1e6, zone) for middle in middles_us.tolist()]
    return np.array([table[moment.weekday(), moment.hour] for moment in local], dtype=np.float64)
