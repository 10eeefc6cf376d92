"""A rehearsal: two shootings that share their calls are judged, so that every loop is compiled and loaded."""

import numpy as np

from app.correlation.background import unknown_background
from app.correlation.columns import NO_NAME, AlertColumns, CallColumns
from app.correlation.judge import judge
from app.correlation.parameters import Parameters

_SECOND = 1_000_000


def rehearse() -> None:
    """Judge them."""
    seconds, two, six = np.array([0, 90]), np.zeros(2), np.zeros(6)
    alerts = AlertColumns(
        id=np.arange(2),
        name_key=np.arange(2),
        started_micros=seconds * _SECOND,
        longitude=two,
        latitude=two + 0.004,
        uncertainty_m=two,
        clock_error_s=two,
        is_active=np.ones(2, dtype=bool),
    )
    calls = CallColumns(
        id=np.arange(6),
        names_alert_key=np.full(6, NO_NAME),
        received_micros=(np.arange(6) + 120) * _SECOND,
        longitude=six,
        latitude=six,
        uncertainty_m=six,
        clock_error_s=six,
        nature=np.zeros(6, dtype=np.int64),
        counts_as_report=np.ones(6, dtype=bool),
        is_sensor=np.zeros(6, dtype=bool),
    )
    judge(alerts, calls, [], unknown_background(), Parameters(), 3600 * _SECOND)
