"""Which alerts are one incident: linked in time and space, cut where a chain grows too long or too wide."""

from collections.abc import Iterator

import numpy as np

from app.correlation.columns import AlertColumns, Floats, Integers
from app.correlation.parameters import Parameters
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000


def group(alerts: AlertColumns, parameters: Parameters) -> list[Integers]:
    """The incidents as arrays of indices into `alerts`, each and all in canonical order.

    Active alerts with a position group among themselves, withdrawn ones among themselves (so that an
    incident whose every alert is withdrawn stays one incident); an alert without a position is alone.
    """
    located = ~np.isnan(alerts.longitude)
    groups = [np.array([index], dtype=np.int64) for index in np.flatnonzero(~located).tolist()]
    for active in (True, False):
        members = np.flatnonzero(located & (alerts.is_active == active)).astype(np.int64)
        for component in _linked(alerts, members, parameters):
            groups.extend(_pieces(alerts, component, parameters))
    return sorted(groups, key=lambda indices: tuple(indices.tolist()))


def connected(
    micros: Integers, longitude: Floats, latitude: Floats, *, within_micros: int, within_m: float
) -> Iterator[Integers]:
    """Places of each connected component of events in order of time, linked when near in time and space."""
    parent = list(range(len(micros)))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    ends = np.searchsorted(micros, micros + within_micros, side="right")
    for first in np.flatnonzero(ends > np.arange(len(micros)) + 1).tolist():
        others = slice(first + 1, int(ends[first]))
        distances = near_distance_m(longitude[first], latitude[first], longitude[others], latitude[others])
        for near in np.flatnonzero(distances <= within_m).tolist():
            low, high = sorted((find(first), find(first + 1 + near)))
            parent[high] = low
    roots = np.fromiter((find(node) for node in range(len(micros))), dtype=np.int64, count=len(micros))
    order = np.argsort(roots, kind="stable")
    cuts = np.flatnonzero(np.diff(roots[order])) + 1
    for piece in np.split(order, cuts):
        if len(piece):
            yield piece


def _linked(alerts: AlertColumns, members: Integers, parameters: Parameters) -> Iterator[Integers]:
    """Connected components of the link relation among members (indices in canonical order)."""
    for component in connected(
        alerts.started_micros[members],
        alerts.longitude[members],
        alerts.latitude[members],
        within_micros=round(parameters.link_within_s * MICROS),
        within_m=parameters.link_within_m,
    ):
        yield members[component]


def _pieces(alerts: AlertColumns, component: Integers, parameters: Parameters) -> Iterator[Integers]:
    waiting = [component]
    while waiting:
        piece = waiting.pop()
        cut = _cut(alerts, piece, parameters)
        if cut is None:
            yield piece
            continue
        for part in cut:
            waiting.extend(_linked(alerts, part, parameters))


def _cut(alerts: AlertColumns, piece: Integers, parameters: Parameters) -> tuple[Integers, Integers] | None:
    """Two parts of a piece that is too long or too wide; None when it may stay whole."""
    if len(piece) < 2:
        return None
    times = alerts.started_micros[piece]
    too_long = int(times[-1] - times[0]) > parameters.longest_incident_s * MICROS
    if not too_long and _width_m(alerts, piece) <= parameters.widest_incident_m:
        return None
    gaps = np.diff(times)
    widest = int(np.argmax(gaps))
    if gaps[widest] > 0:
        return piece[: widest + 1], piece[widest + 1 :]
    return _cut_across(alerts, piece)


def _width_m(alerts: AlertColumns, piece: Integers) -> float:
    """The largest pairwise distance, row by row so that a fireworks night fits in memory."""
    longitude, latitude = alerts.longitude[piece], alerts.latitude[piece]
    return max(
        float(np.max(near_distance_m(longitude[i], latitude[i], longitude, latitude)))
        for i in range(len(piece))
    )


def _cut_across(alerts: AlertColumns, piece: Integers) -> tuple[Integers, Integers]:
    """Cut simultaneous alerts at the widest gap (the first of equals) along their longest axis."""
    longitude, latitude = alerts.longitude[piece], alerts.latitude[piece]
    if np.ptp(longitude) > 180:  # astride the antimeridian
        longitude = longitude % 360
    scale = np.cos(np.radians(np.mean(latitude)))
    along = longitude if np.ptp(longitude) * scale > np.ptp(latitude) else latitude
    order = np.argsort(along, kind="stable")
    widest = int(np.argmax(np.diff(along[order])))
    return np.sort(piece[order[: widest + 1]]), np.sort(piece[order[widest + 1 :]])
