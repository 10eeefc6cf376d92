"""The reference for the search: a compiled two-pointer sweep over the same sorted arrays that only counts.

Both pointers only ever move forward over the calls' times; a call in an alert's window counts when it lies
within the gate on a plane that touches the earth at the alert (off by less than 1e-3 of the distance).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.parameters import Parameters

MICROS = 1_000_000
DEGREE_M = 111_320.0


def counting_sweep(alerts: AlertColumns, calls: CallColumns, parameters: Parameters) -> Callable[[], int]:
    """The sweep over these arrays, compiled, ready to be run."""
    before = round(parameters.window_before_s * MICROS)
    after = round(parameters.window_after_s * MICROS)
    gate_m = parameters.gate_m

    @njit
    def sweep(
        started: Any, longitude: Any, latitude: Any, received: Any, to_east: Any, to_north: Any, usable: Any
    ) -> Any:
        found = 0
        low = high = 0
        for alert in range(len(started)):
            while low < len(received) and received[low] < started[alert] - before:
                low += 1
            high = max(high, low)
            while high < len(received) and received[high] <= started[alert] + after:
                high += 1
            width_m = DEGREE_M * np.cos(np.radians(latitude[alert]))
            for call in range(low, high):
                north_m = (to_north[call] - latitude[alert]) * DEGREE_M
                east_m = (to_east[call] - longitude[alert]) * width_m
                if usable[call] and north_m * north_m + east_m * east_m <= gate_m * gate_m:
                    found += 1
        return found

    arrays = (
        *(alerts.started_micros, alerts.longitude, alerts.latitude),
        *(calls.received_micros, calls.longitude, calls.latitude, calls.counts_as_report),
    )
    sweep(*arrays)
    return lambda: int(sweep(*arrays))
