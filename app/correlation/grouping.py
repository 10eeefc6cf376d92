"""Which alerts are one incident: linked in time and space, cut where a chain grows too long or too wide."""

from collections.abc import Iterator

import numpy as np

from app.correlation.columns import AlertColumns, Floats, Integers
from app.correlation.groups import Groups
from app.correlation.parameters import Parameters
from app.correlation.sweep import ranges
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000
_PAIRS_AT_ONCE = 1_000_000


def group(alerts: AlertColumns, parameters: Parameters) -> Groups:
    """The incidents as groups of indices into `alerts`, each and all in canonical order.

    Active alerts with a position group among themselves, withdrawn ones among themselves (so that an
    incident whose every alert is withdrawn stays one incident); an alert without a position is alone.
    """
    leader = np.arange(len(alerts), dtype=np.int64)
    located = ~np.isnan(alerts.longitude)
    for alike in (alerts.is_active, ~alerts.is_active):
        members = (located & alike).nonzero()[0]
        if len(members) < 2:
            continue
        for component in _linked(alerts, members, parameters):
            for piece in _pieces(alerts, component, parameters):
                leader[piece] = piece[0]
    return Groups.led_by(leader)


def connected(
    micros: Integers, longitude: Floats, latitude: Floats, *, within_micros: int, within_m: float
) -> list[Integers]:
    """Places of each connected component of two or more events linked when near in time and space.

    The events are in order of time; so are the places within a component.
    """
    first, other = _near_pairs(micros, longitude, latitude, within_micros, within_m)
    parent: dict[int, int] = {}

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, two in zip(first.tolist(), other.tolist(), strict=True):
        low, high = sorted((find(parent.setdefault(one, one)), find(parent.setdefault(two, two))))
        parent[high] = low
    members: dict[int, list[int]] = {}
    for node in sorted(parent):
        members.setdefault(find(node), []).append(node)
    return [np.array(component, dtype=np.int64) for component in members.values()]


def _near_pairs(
    micros: Integers, longitude: Floats, latitude: Floats, within_micros: int, within_m: float
) -> tuple[Integers, Integers]:
    """Every two events that are near in time and space, the earlier first; in parts, for busy nights."""
    low = np.arange(1, len(micros) + 1)
    counts = micros.searchsorted(micros + within_micros, side="right") - low
    first, other = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    if not counts.any():
        return first[0], other[0]
    every = counts.nonzero()[0]
    parts = [every]
    if int(counts.sum()) > _PAIRS_AT_ONCE:
        parts = np.split(every, np.flatnonzero(np.diff(counts[every].cumsum() // _PAIRS_AT_ONCE)) + 1)
    for places in parts:
        one = places.repeat(counts[places])
        two = ranges(low[places], counts[places])
        near = near_distance_m(longitude[one], latitude[one], longitude[two], latitude[two]) <= within_m
        first.append(one[near])
        other.append(two[near])
    return np.concatenate(first), np.concatenate(other)


def _linked(alerts: AlertColumns, members: Integers, parameters: Parameters) -> Iterator[Integers]:
    """Connected components, of two or more, of the link relation among members (indices in order)."""
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
