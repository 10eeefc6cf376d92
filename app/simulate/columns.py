"""Alerts, calls and the truth as NumPy columns: row i of every column is record i, in order of time."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from app.domain.geodesy import Floats
from app.domain.vocabulary import Classification, Line, Nature, Origin

Micros = NDArray[np.int64]
Counts = NDArray[np.int32]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

NO_TIME = int(np.iinfo(np.int64).min)
"""What a time column holds where there is no time (NumPy's NaT)."""

CLASSIFICATIONS = tuple(Classification)
LINES = tuple(Line)
NATURES = tuple(Nature)
ORIGINS = tuple(Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertColumns:
    """Alerts in order of `started_at_us`; codes index CLASSIFICATIONS.

    `rounds` and `classification` are final; what was first sent, where `refined_at_us` is a time, is in
    `first_…`. The shots of alert i are `shot_…[shot_start[i]:shot_start[i + 1]]`.
    """

    started_at_us: Micros
    published_at_us: Micros
    refined_at_us: Micros
    retracted_at_us: Micros
    longitude: Floats
    latitude: Floats
    uncertainty_m: Floats
    rounds: Counts
    first_rounds: Counts
    classification: Codes
    first_classification: Codes
    full_auto: Flags
    high_capacity: Flags
    multiple_shooters: Flags
    shot_start: Micros
    shot_offset_s: Floats
    shot_longitude: Floats
    shot_latitude: Floats

    @property
    def count(self) -> int:
        """The number of alerts."""
        return len(self.started_at_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallColumns:
    """Calls in order of `received_at_us`, whole seconds; NaN positions are not located.

    `line`, `nature` and `origin` index LINES, NATURES and ORIGINS; `nature_code`, `priority` and
    `disposition` the tables in `app.simulate.cad`. Times that never were are NO_TIME.
    """

    received_at_us: Micros
    dispatched_at_us: Micros
    arrived_at_us: Micros
    cleared_at_us: Micros
    longitude: Floats
    latitude: Floats
    uncertainty_m: Floats
    line: Codes
    nature: Codes
    nature_code: Codes
    origin: Codes
    priority: Codes
    disposition: Codes

    @property
    def count(self) -> int:
        """The number of calls."""
        return len(self.received_at_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What really happened. A shooting is whatever set off an alert, `shooting_real` or not.

    `shooting_call_count` counts the calls that were made, also those lost in a feed gap. `alert_shooting`
    and `call_shooting` are shooting indices; calls that report none have -1. `call_alert` is the alert
    that created a sensor's CAD record, else -1.
    """

    shooting_at_us: Micros
    shooting_longitude: Floats
    shooting_latitude: Floats
    shooting_real: Flags
    shooting_reported: Flags
    shooting_call_count: Counts
    alert_shooting: Counts
    alert_reported: Flags
    call_shooting: Counts
    call_alert: Counts


def join_calls(parts: list[CallColumns]) -> CallColumns:
    """The parts one after the other."""
    return CallColumns(
        **{
            item.name: np.concatenate([getattr(part, item.name) for part in parts])
            for item in fields(CallColumns)
        }
    )


def take_calls(calls: CallColumns, rows: Micros) -> CallColumns:
    """These rows, in this order."""
    return CallColumns(**{item.name: getattr(calls, item.name)[rows] for item in fields(CallColumns)})
