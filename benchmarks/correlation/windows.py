"""What agencies and studies do instead: a call near enough, soon enough, says that a shooting was reported.

Only calls count whose nature is about gunfire, else hardly any rule would be right about anything: with every
located call, 15 min and 1000 m call nearly all reported. The two fixed windows and the nearest call count
`shots_fired` and `shooting`, as the figures of DESIGN suggest; a window runs from the alert on, because
looking before it only adds chance. The tuned window chooses time, distance and which natures count by the F1
on a run with another seed, whose truth it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.parameters import NATURES
from app.correlation.sweep import CallPlaces, near_pairs
from app.domain.geodesy import near_distance_m
from app.domain.vocabulary import Nature
from benchmarks.correlation.city import Sample
from benchmarks.correlation.figures import figures_of

MICROS = 1_000_000
WIDEST_S = 900
WIDEST_M = 1500
GUNFIRE = (Nature.SHOTS_FIRED, Nature.SHOOTING)
NATURE_SETS = (
    GUNFIRE[:1],
    GUNFIRE,
    (*GUNFIRE, Nature.WEAPON),
    (*GUNFIRE, Nature.WEAPON, Nature.FIREWORKS),
    tuple(Nature),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearCalls:
    """Every pair of an alert and a usable call within the widest window; arrays of shape (p,)."""

    alerts: int
    alert: Integers
    call: Integers
    nature: Integers
    lag_s: Floats
    distance_m: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A call of these natures at most so long after and so far from an alert reports it."""

    seconds: int
    metres: int
    natures: tuple[Nature, ...]

    def __str__(self) -> str:
        return f"{self.seconds} s / {self.metres} m of {', '.join(self.natures)}"


FIVE_MINUTES = Window(seconds=300, metres=500, natures=GUNFIRE)
FIFTEEN_MINUTES = Window(seconds=900, metres=1000, natures=GUNFIRE)
Rule = Callable[[NearCalls], Booleans]


def near_calls(sample: Sample) -> NearCalls:
    """All pairs that any of the rules can look at."""
    alerts, calls = sample.alerts, sample.calls
    times = alerts.started_micros
    ends = times + WIDEST_S * MICROS
    alert, call = near_pairs(
        alerts.longitude,
        alerts.latitude,
        times,
        ends,
        CallPlaces(calls.received_micros, calls.longitude, calls.latitude, calls.counts_as_report),
        WIDEST_M,
    )
    return NearCalls(
        alerts=len(alerts),
        alert=alert,
        call=call,
        nature=calls.nature[call],
        lag_s=(calls.received_micros[call] - times[alert]) / MICROS,
        distance_m=near_distance_m(
            alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call]
        ),
    )


def within(near: NearCalls, window: Window) -> Booleans:
    """Which pairs lie in a window, shape (p,)."""
    counted = np.array([nature in window.natures for nature in NATURES])
    return counted[near.nature] & (near.lag_s <= window.seconds) & (near.distance_m <= window.metres)


def by_window(near: NearCalls, window: Window) -> Booleans:
    """Which alerts have a call in their window, shape (alerts,)."""
    said = np.zeros(near.alerts, dtype=bool)
    said[near.alert[within(near, window)]] = True
    return said


def by_nearest(near: NearCalls) -> Booleans:
    """Pairs by distance, within 15 min and 1000 m; each alert and each call is in one pair at most."""
    inside = np.flatnonzero(within(near, FIFTEEN_MINUTES))
    said = np.zeros(near.alerts, dtype=bool)
    taken: set[int] = set()
    order = inside[np.argsort(near.distance_m[inside], kind="stable")]
    for alert, call in zip(near.alert[order].tolist(), near.call[order].tolist(), strict=True):
        if not said[alert] and call not in taken:
            said[alert] = True
            taken.add(call)
    return said


def tuned(near: NearCalls, truth: Booleans) -> Window:
    """The window with the best F1 where the truth is known."""
    windows = [
        Window(seconds=seconds, metres=metres, natures=natures)
        for natures in NATURE_SETS
        for seconds in range(60, WIDEST_S + 1, 60)
        for metres in range(200, WIDEST_M + 1, 100)
    ]
    return max(windows, key=lambda window: figures_of(by_window(near, window), truth).f1)
