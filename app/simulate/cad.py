"""The dispatch centre's side of a call: its codes, line, priority, location error and times of service."""

from dataclasses import dataclass

import numpy as np

from app.domain.geodesy import Floats
from app.domain.vocabulary import Line, Nature, Origin
from app.simulate.city import City
from app.simulate.columns import LINES, NATURES, NO_TIME, ORIGINS, CallColumns, Codes, Micros
from app.simulate.plane import Plane


@dataclass(frozen=True, slots=True)
class NatureCode:
    """One of the agency's codes: its class, its share within the class, and how such calls are handled."""

    code: str
    nature: Nature
    share: float
    priority: int
    share_emergency: float
    responders: tuple[str, ...] = ("patrol",)
    origin: Origin = Origin.CITIZEN


NATURE_CODES = (
    NatureCode("SHOTS FIRED", Nature.SHOTS_FIRED, 0.75, 1, 0.85),
    NatureCode("SHOTS HEARD", Nature.SHOTS_FIRED, 0.25, 2, 0.6),
    NatureCode("SHOOTING", Nature.SHOOTING, 0.7, 0, 0.97, ("patrol", "ems")),
    NatureCode("PERSON SHOT", Nature.SHOOTING, 0.3, 0, 0.98, ("patrol", "ems")),
    NatureCode("PERSON WITH GUN", Nature.WEAPON, 0.8, 1, 0.9),
    NatureCode("BRANDISHING", Nature.WEAPON, 0.2, 1, 0.85),
    NatureCode("FIREWORKS", Nature.FIREWORKS, 1.0, 3, 0.35),
    NatureCode("DISTURBANCE", Nature.DISTURBANCE, 0.45, 2, 0.6),
    NatureCode("FIGHT", Nature.DISTURBANCE, 0.25, 1, 0.85),
    NatureCode("NOISE COMPLAINT", Nature.DISTURBANCE, 0.3, 3, 0.15),
    NatureCode("TRAFFIC STOP", Nature.OTHER, 0.18, 3, 0.0, ("patrol",), Origin.OFFICER),
    NatureCode("ACCIDENT", Nature.OTHER, 0.14, 2, 0.8, ("patrol", "fire")),
    NatureCode("MEDICAL", Nature.OTHER, 0.26, 1, 0.95, ("ems",)),
    NatureCode("WELFARE CHECK", Nature.OTHER, 0.12, 2, 0.4),
    NatureCode("THEFT", Nature.OTHER, 0.12, 3, 0.3),
    NatureCode("ALARM", Nature.OTHER, 0.10, 2, 0.1),
    NatureCode("PARKING", Nature.OTHER, 0.08, 3, 0.03),
    NatureCode("ACOUSTIC", Nature.SHOTS_FIRED, 0.0, 1, 0.0, ("patrol",), Origin.SENSOR),
)
"""`ACOUSTIC` is what the centre enters by itself for an alert: the trap of counting it as a report."""

ACOUSTIC = len(NATURE_CODES) - 1
PRIORITIES = ("1", "2", "3", "4")
DISPOSITIONS = ("ADVISED", "NO REPORT", "REPORT TAKEN", "GONE ON ARRIVAL", "UNFOUNDED", "ARREST")
_DISPATCHED_SHARES = (0.0, 0.38, 0.30, 0.18, 0.10, 0.04)
_UNDISPATCHED_SHARES = np.array([0.01, 0.04, 0.15, 0.40])
_QUEUE_S = np.array([45.0, 120.0, 420.0, 1200.0])
_TRAVEL_S = np.array([260.0, 360.0, 540.0, 720.0])
_UNCERTAINTIES_M = np.array([15.0, 50.0, 150.0])
_UNCERTAINTY_SHARES = (0.5, 0.35, 0.15)
_SHARE_OF_UNKNOWN_ORIGIN = 0.02
_SECOND_US = 1_000_000


def draw_codes(rng: np.random.Generator, nature: Codes) -> Codes:
    """One of the codes of each call's nature (an index of NATURES), by their shares."""
    codes = np.empty(nature.size, dtype=np.int8)
    for index, word in enumerate(NATURES):
        rows = np.flatnonzero(nature == index)
        options = [place for place, entry in enumerate(NATURE_CODES) if entry.nature is word and entry.share]
        ends = np.cumsum([NATURE_CODES[place].share for place in options])
        ends[-1] = 1
        codes[rows] = np.array(options, dtype=np.int8)[
            np.searchsorted(ends, rng.random(rows.size), side="right")
        ]
    return codes


def enter_calls(
    rng: np.random.Generator,
    city: City,
    plane: Plane,
    *,
    received_at_us: Micros,
    east_m: Floats,
    north_m: Floats,
    nature_code: Codes,
) -> CallColumns:
    """The calls as the centre enters them: where they are thought to come from, and what was done."""
    count = received_at_us.size
    uncertainty_m = _UNCERTAINTIES_M[_pick(rng, _UNCERTAINTY_SHARES, count)]
    longitude, latitude = plane.to_degrees(
        east_m + uncertainty_m * rng.standard_normal(count),
        north_m + uncertainty_m * rng.standard_normal(count),
    )
    lost = rng.random(count) < city.feeds.share_unlocated
    longitude[lost], latitude[lost], uncertainty_m[lost] = np.nan, np.nan, np.nan
    priority = np.array([entry.priority for entry in NATURE_CODES], dtype=np.int8)[nature_code]
    nature = np.array([NATURES.index(entry.nature) for entry in NATURE_CODES], dtype=np.int8)[nature_code]
    origin = np.array([ORIGINS.index(entry.origin) for entry in NATURE_CODES], dtype=np.int8)[nature_code]
    doubtful = (rng.random(count) < _SHARE_OF_UNKNOWN_ORIGIN) & (origin == ORIGINS.index(Origin.CITIZEN))
    origin[doubtful] = ORIGINS.index(Origin.UNKNOWN)
    received_at_us = received_at_us // _SECOND_US * _SECOND_US
    dispatched_at_us, arrived_at_us, cleared_at_us = _service(rng, received_at_us, priority)
    dispositions = _pick(rng, _DISPATCHED_SHARES, count).astype(np.int8)
    return CallColumns(
        received_at_us=received_at_us,
        dispatched_at_us=dispatched_at_us,
        arrived_at_us=arrived_at_us,
        cleared_at_us=cleared_at_us,
        longitude=longitude,
        latitude=latitude,
        uncertainty_m=uncertainty_m,
        line=_lines(rng, nature_code),
        nature=nature,
        nature_code=nature_code,
        origin=origin,
        priority=priority,
        disposition=np.where(dispatched_at_us == NO_TIME, np.int8(0), dispositions),
    )


def _service(
    rng: np.random.Generator, received_at_us: Micros, priority: Codes
) -> tuple[Micros, Micros, Micros]:
    """Dispatch, arrival and clearance; the less urgent are often settled on the telephone."""
    count = received_at_us.size
    dispatched = rng.random(count) >= _UNDISPATCHED_SHARES[priority]
    queue_us = _log_normal_us(rng, _QUEUE_S[priority], 0.7)
    travel_us = _log_normal_us(rng, _TRAVEL_S[priority], 0.5)
    stay_us = _log_normal_us(rng, np.where(dispatched, 1800.0, 400.0), 0.7)
    dispatched_at_us = received_at_us + queue_us
    arrived_at_us = dispatched_at_us + travel_us
    cleared_at_us = np.where(dispatched, arrived_at_us, received_at_us) + stay_us
    return (
        np.where(dispatched, dispatched_at_us, NO_TIME),
        np.where(dispatched, arrived_at_us, NO_TIME),
        cleared_at_us,
    )


def _log_normal_us(rng: np.random.Generator, median_s: Floats, spread: float) -> Micros:
    factor = np.exp(rng.standard_normal(median_s.size, dtype=np.float32) * np.float32(spread))
    seconds = (median_s * factor).astype(np.int64) + 1
    return np.asarray(seconds * _SECOND_US, dtype=np.int64)


def _lines(rng: np.random.Generator, nature_code: Codes) -> Codes:
    emergency = np.array([entry.share_emergency for entry in NATURE_CODES])[nature_code]
    internal = np.array([entry.origin is not Origin.CITIZEN for entry in NATURE_CODES])[nature_code]
    line = np.where(
        rng.random(nature_code.size) < emergency, LINES.index(Line.EMERGENCY), LINES.index(Line.NON_EMERGENCY)
    )
    return np.where(internal, LINES.index(Line.OTHER), line).astype(np.int8)


def _pick(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> Micros:
    """Indices by shares that add up to 1; several times faster than Generator.choice."""
    ends = np.cumsum(shares)
    ends[-1] = 1
    return np.asarray(np.searchsorted(ends, rng.random(count), side="right"), dtype=np.int64)
