"""Alerts and calls as columns, from a few numbers: seconds after a moment, metres from a place."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.correlation.columns import NO_NAME, AlertColumns, CallColumns
from app.correlation.parameters import NATURES
from app.domain.geodesy import geodesic_m

MICROS = 1_000_000
BEGIN_MICROS = 1_783_130_400 * MICROS
LONGITUDE, LATITUDE = -87.94, 43.03
NORTH_DEG_A_M = 0.001 / geodesic_m(LONGITUDE, LATITUDE, LONGITUDE, LATITUDE + 0.001)
EAST_DEG_A_M = 0.001 / geodesic_m(LONGITUDE, LATITUDE, LONGITUDE + 0.001, LATITUDE)
NOWHERE = (np.nan, np.nan)


def at(seconds: float) -> int:
    """Microseconds since 1970."""
    return BEGIN_MICROS + round(seconds * MICROS)


def place(east_m: float = 0, north_m: float = 0) -> tuple[float, float]:
    """A longitude and latitude so far from the origin."""
    return LONGITUDE + east_m * EAST_DEG_A_M, LATITUDE + north_m * NORTH_DEG_A_M


def alert_columns(
    *rows: tuple[float, tuple[float, float]],
    active: Sequence[bool] | None = None,
    uncertainty_m: float = np.nan,
    clock_error_s: float = 0.0,
) -> AlertColumns:
    """Alerts in the order given, which must be that of time."""
    count = len(rows)
    return AlertColumns(
        id=np.arange(count) + 1,
        name_key=np.arange(count) + 1,
        started_micros=np.array([at(seconds) for seconds, _ in rows], dtype=np.int64),
        longitude=np.array([where[0] for _, where in rows], dtype=np.float64),
        latitude=np.array([where[1] for _, where in rows], dtype=np.float64),
        uncertainty_m=np.full(count, uncertainty_m),
        clock_error_s=np.full(count, clock_error_s),
        is_active=np.array([True] * count if active is None else active, dtype=bool),
    )


def call_columns(*rows: tuple[float, tuple[float, float]], **changes: Any) -> CallColumns:
    """Citizens' shots-fired calls in the order given, which must be that of time."""
    count = len(rows)
    columns: dict[str, Any] = {
        "id": np.arange(count) + 101,
        "names_alert_key": np.full(count, NO_NAME),
        "received_micros": np.array([at(seconds) for seconds, _ in rows], dtype=np.int64),
        "longitude": np.array([where[0] for _, where in rows], dtype=np.float64),
        "latitude": np.array([where[1] for _, where in rows], dtype=np.float64),
        "uncertainty_m": np.full(count, np.nan),
        "clock_error_s": np.zeros(count),
        "nature": np.full(count, NATURES.index("shots_fired")),
        "counts_as_report": np.ones(count, dtype=bool),
        "is_sensor": np.zeros(count, dtype=bool),
    }
    return CallColumns(**{**columns, **changes})
