"""Which records in the call feed the alerts themselves created: a shooting's CAD records, never reports."""

import numpy as np

from app.correlation.columns import NO_NAME, AlertColumns, Booleans, CallColumns, Floats, Integers
from app.correlation.evidence import window_bounds
from app.correlation.groups import Groups
from app.correlation.parameters import Parameters
from app.correlation.sweep import CallPlaces, near_pairs, ranges
from app.domain.geodesy import degrees_around, near_distance_m

MICROS = 1_000_000
_NOTHING = np.empty(0, dtype=np.int64)


def cad_records(
    alerts: AlertColumns, groups: Groups, calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers]:
    """Incident and call indices of every sensor record that belongs to an incident, by incident, then call.

    A record that names its alert belongs to that alert and to no other; one that names none to the nearest
    incident in whose window it lies, within the linking distance of an alert, an active one before others.
    """
    sensors = calls.is_sensor.nonzero()[0]
    if len(sensors) == 0 or len(alerts) == 0:
        return _NOTHING, _NOTHING
    is_named = calls.names_alert_key[sensors] != NO_NAME
    named_incident, named_call = _by_name(alerts, groups, calls, sensors[is_named], parameters)
    placed_incident, placed_call = _by_place(alerts, groups, calls, sensors[~is_named], parameters)
    incident = np.concatenate((named_incident, placed_incident))
    call = np.concatenate((named_call, placed_call))
    order = np.lexsort((call, incident))
    return incident[order], call[order]


def _by_name(
    alerts: AlertColumns, groups: Groups, calls: CallColumns, records: Integers, parameters: Parameters
) -> tuple[Integers, Integers]:
    """Incident and call indices where a record names an alert; of equal names the nearest in time."""
    if len(records) == 0:
        return _NOTHING, _NOTHING
    order = alerts.name_key.argsort(kind="stable")
    keys, named = alerts.name_key[order], calls.names_alert_key[records]
    low = keys.searchsorted(named, side="left")
    counts = keys.searchsorted(named, side="right") - low
    if not counts.any():
        return _NOTHING, _NOTHING
    call = records.repeat(counts)
    alert = order[ranges(low, counts)]
    apart = np.abs(calls.received_micros[call] - alerts.started_micros[alert])
    near = apart <= round(parameters.cad_within_s * MICROS)
    alert, call = _first_of_each(alert[near], call[near], (apart[near],))
    incident_of = np.empty(len(alerts), dtype=np.int64)
    incident_of[groups.members] = groups.of_member
    return incident_of[alert], call


def _by_place(
    alerts: AlertColumns, groups: Groups, calls: CallColumns, records: Integers, parameters: Parameters
) -> tuple[Integers, Integers]:
    """Incident and call indices where a record that names no alert lies in a window and near."""
    records = records[_may_be_near(calls.latitude[records], alerts.latitude, parameters.link_within_m)]
    if len(records) == 0:
        return _NOTHING, _NOTHING
    members, incident = groups.members, groups.of_member
    begin, end = (bounds[incident] for bounds in window_bounds(alerts, groups, parameters))
    places = CallPlaces(
        calls.received_micros[records],
        calls.longitude[records],
        calls.latitude[records],
        np.ones(len(records), dtype=bool),
    )
    place, record = near_pairs(
        alerts.longitude[members], alerts.latitude[members], begin, end, places, parameters.link_within_m
    )
    alert, call = members[place], records[record]
    distance_m: Floats = near_distance_m(
        alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call]
    )
    near = distance_m <= parameters.link_within_m
    place, alert, call, distance_m = place[near], alert[near], call[near], distance_m[near]
    apart = np.abs(calls.received_micros[call] - alerts.started_micros[alert])
    return _first_of_each(incident[place], call, (apart, distance_m, ~alerts.is_active[alert]))


def _may_be_near(latitude: Floats, of_alerts: Floats, within_m: float) -> Booleans:
    """Which of the latitudes lie between those of the alerts, give or take a distance."""
    _, margin = degrees_around(0.0, within_m)
    lowest, highest = np.fmin.reduce(of_alerts), np.fmax.reduce(of_alerts)
    return np.asarray((latitude >= lowest - margin) & (latitude <= highest + margin))


def _first_of_each(
    owner: Integers, call: Integers, ranks: tuple[np.ndarray[tuple[int], np.dtype[np.generic]], ...]
) -> tuple[Integers, Integers]:
    """One owner for each call: the least by `ranks`, the last of them first, then by its index."""
    if len(call) < 2:
        return owner, call
    order = np.lexsort((owner, *ranks, call))
    _, first = np.unique(call[order], return_index=True)
    return owner[order[first]], call[order[first]]
