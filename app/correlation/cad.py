"""Which records in the call feed the alerts themselves created: a shooting's CAD records, never reports."""

import numpy as np

from app.correlation.columns import NO_NAME, AlertColumns, CallColumns, Floats, Integers
from app.correlation.evidence import window_bounds
from app.correlation.groups import Groups
from app.correlation.parameters import Parameters
from app.correlation.sweep import near_pairs, ranges
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000


def cad_records(
    alerts: AlertColumns, groups: Groups, calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers]:
    """Incident and call indices of every sensor record that belongs to an incident, by incident, then call.

    A record that names its alert belongs to that alert and to no other; one that names none to the nearest
    incident in whose window it lies, within the linking distance of an alert, an active one before others.
    """
    incident_of = np.empty(len(alerts), dtype=np.int64)
    incident_of[groups.members] = groups.of_member
    named_alert, named_call = _by_name(alerts, calls, parameters)
    placed_incident, placed_call = _by_place(alerts, groups, calls, parameters)
    incident = np.concatenate((incident_of[named_alert], placed_incident))
    call = np.concatenate((named_call, placed_call))
    order = np.lexsort((call, incident))
    return incident[order], call[order]


def _by_name(alerts: AlertColumns, calls: CallColumns, parameters: Parameters) -> tuple[Integers, Integers]:
    """Alert and call indices where a record names an alert; of equal names the nearest in time."""
    records = np.flatnonzero(calls.is_sensor & (calls.names_alert_key != NO_NAME)).astype(np.int64)
    order = np.argsort(alerts.name_key, kind="stable")
    keys = alerts.name_key[order]
    low = np.searchsorted(keys, calls.names_alert_key[records], side="left")
    counts = np.searchsorted(keys, calls.names_alert_key[records], side="right") - low
    call = np.repeat(records, counts)
    alert = order[ranges(low, counts)]
    apart = np.abs(calls.received_micros[call] - alerts.started_micros[alert])
    near = apart <= round(parameters.cad_within_s * MICROS)
    return _first_of_each(alert[near], call[near], (apart[near],))


def _by_place(
    alerts: AlertColumns, groups: Groups, calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers]:
    """Incident and call indices where a record that names no alert lies in a window and near."""
    members, incident = groups.members, groups.of_member
    begin, end = (bounds[incident] for bounds in window_bounds(alerts, groups, parameters))
    nameless = calls.is_sensor & (calls.names_alert_key == NO_NAME)
    place, call = near_pairs(alerts.take(members), begin, end, calls, nameless, parameters.link_within_m)
    alert = members[place]
    distance_m: Floats = near_distance_m(
        alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call]
    )
    near = distance_m <= parameters.link_within_m
    place, alert, call, distance_m = place[near], alert[near], call[near], distance_m[near]
    apart = np.abs(calls.received_micros[call] - alerts.started_micros[alert])
    return _first_of_each(incident[place], call, (apart, distance_m, ~alerts.is_active[alert]))


def _first_of_each(
    owner: Integers, call: Integers, ranks: tuple[np.ndarray[tuple[int], np.dtype[np.generic]], ...]
) -> tuple[Integers, Integers]:
    """One owner for each call: the least by `ranks`, the last of them first, then by its index."""
    order = np.lexsort((owner, *ranks, call))
    _, first = np.unique(call[order], return_index=True)
    return owner[order[first]], call[order[first]]
