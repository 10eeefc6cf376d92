"""Rows as the feeds' documents: the generic JSON of alerts and of calls."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from app.domain.vocabulary import AlertStatus, ShotsProvenance
from app.simulate.cad import DISPOSITIONS, NATURE_CODES, PRIORITIES
from app.simulate.columns import (
    CLASSIFICATIONS,
    LINES,
    NATURES,
    NO_TIME,
    ORIGINS,
    AlertColumns,
    CallColumns,
    Micros,
)
from app.simulate.plane import Plane
from app.simulate.streets import addresses

Document = dict[str, Any]

FIRST, REFINED, RETRACTED, BARE_RETRACTION = range(4)
"""The stages of an alert. Both retractions carry the same revision, the last."""

RECEIVED, DISPATCHED, ARRIVED, CLEARED = range(4)
"""The stages of a call."""

CHUNK = 8192


def alert_id(row: int) -> str:
    """The vendor's id of the alert in this row."""
    return f"A{row + 1:06d}"


def call_id(row: int) -> str:
    """The centre's id of the call in this row."""
    return f"C{row + 1:08d}"


def final_alert_stages(alerts: AlertColumns) -> Micros:
    """The stage at which each alert ends."""
    refined = np.where(alerts.refined_at_us != NO_TIME, REFINED, FIRST)
    return np.where(alerts.retracted_at_us != NO_TIME, RETRACTED, refined).astype(np.int64)


def alert_documents(alerts: AlertColumns, plane: Plane, rows: Micros, stages: Micros) -> Iterator[Document]:
    """What the vendor sends for each row at its stage."""
    for begin in range(0, rows.size, CHUNK):
        part = rows[begin : begin + CHUNK]
        places = addresses(plane, alerts.longitude[part], alerts.latitude[part])
        for row, stage, place in zip(
            part.tolist(), stages[begin : begin + CHUNK].tolist(), places, strict=True
        ):
            yield _alert_document(alerts, row, stage, place)


def call_documents(calls: CallColumns, plane: Plane, rows: Micros, stages: Micros) -> Iterator[Document]:
    """What the centre sends for each row at its stage: only what had happened by then."""
    for begin in range(0, rows.size, CHUNK):
        yield from _call_chunk(calls, plane, rows[begin : begin + CHUNK], stages[begin : begin + CHUNK])


def _alert_document(alerts: AlertColumns, row: int, stage: int, place: str | None) -> Document:
    refined_at_us, retracted_at_us = int(alerts.refined_at_us[row]), int(alerts.retracted_at_us[row])
    refined = refined_at_us != NO_TIME
    if stage == BARE_RETRACTION:
        return {
            "external_id": alert_id(row),
            "revision": 3 if refined else 2,
            "revised_at": _instant(retracted_at_us),
            "status": AlertStatus.RETRACTED.value,
        }
    # What was not refined is complete at once.
    final = stage != FIRST or not refined
    revised_at_us = (int(alerts.published_at_us[row]), refined_at_us, retracted_at_us)[stage]
    codes = alerts.classification if final else alerts.first_classification
    return {
        "external_id": alert_id(row),
        "revision": (1, 2, 3 if refined else 2)[stage],
        "revised_at": _instant(revised_at_us),
        "started_at": _instant(int(alerts.started_at_us[row])),
        "published_at": _instant(int(alerts.published_at_us[row])),
        "longitude": float(alerts.longitude[row]),
        "latitude": float(alerts.latitude[row]),
        "uncertainty_m": float(alerts.uncertainty_m[row]),
        "address": place,
        "rounds": int(alerts.rounds[row] if final else alerts.first_rounds[row]),
        "classification": CLASSIFICATIONS[int(codes[row])].value,
        "full_auto": bool(alerts.full_auto[row]) if final else None,
        "high_capacity": bool(alerts.high_capacity[row]) if final else None,
        "multiple_shooters": bool(alerts.multiple_shooters[row]) if final else None,
        "status": (AlertStatus.RETRACTED if stage == RETRACTED else AlertStatus.ACTIVE).value,
        "shots": _shot_documents(alerts, row) if final else None,
        "shots_provenance": ShotsProvenance.ALERT.value if final else None,
    }


def _shot_documents(alerts: AlertColumns, row: int) -> list[Document]:
    shots = slice(int(alerts.shot_start[row]), int(alerts.shot_start[row + 1]))
    return [
        {"offset_s": offset_s, "longitude": longitude, "latitude": latitude}
        for offset_s, longitude, latitude in zip(
            alerts.shot_offset_s[shots].tolist(),
            alerts.shot_longitude[shots].tolist(),
            alerts.shot_latitude[shots].tolist(),
            strict=True,
        )
    ]


def _call_chunk(calls: CallColumns, plane: Plane, rows: Micros, stages: Micros) -> Iterator[Document]:
    times = np.stack(
        [
            calls.received_at_us[rows],
            calls.dispatched_at_us[rows],
            calls.arrived_at_us[rows],
            calls.cleared_at_us[rows],
        ]
    )
    revised = _instants(times[stages, np.arange(rows.size)])
    known = np.where(np.arange(4)[:, None] <= stages, times, NO_TIME)
    longitude, latitude = calls.longitude[rows], calls.latitude[rows]
    for row, stage, revised_at, received_at, dispatched_at, arrived_at, cleared_at, place, *codes in zip(
        rows.tolist(),
        stages.tolist(),
        revised,
        *(_instants(moments) for moments in known),
        addresses(plane, longitude, latitude),
        longitude.tolist(),
        latitude.tolist(),
        calls.uncertainty_m[rows].tolist(),
        calls.line[rows].tolist(),
        calls.nature[rows].tolist(),
        calls.nature_code[rows].tolist(),
        calls.origin[rows].tolist(),
        calls.priority[rows].tolist(),
        calls.disposition[rows].tolist(),
        strict=True,
    ):
        located = place is not None
        yield {
            "external_id": call_id(row),
            "revised_at": revised_at,
            "received_at": received_at,
            "longitude": codes[0] if located else None,
            "latitude": codes[1] if located else None,
            "uncertainty_m": codes[2] if located else None,
            "address": place,
            "line": LINES[codes[3]].value,
            "nature_code": NATURE_CODES[codes[5]].code,
            "nature": NATURES[codes[4]].value,
            "origin": ORIGINS[codes[6]].value,
            "priority": PRIORITIES[codes[7]],
            "disposition": DISPOSITIONS[codes[8]] if stage == CLEARED else None,
            "responders": list(NATURE_CODES[codes[5]].responders) if dispatched_at else None,
            "dispatched_at": dispatched_at,
            "arrived_at": arrived_at,
            "cleared_at": cleared_at,
        }


def _instants(moments_us: Micros) -> list[str | None]:
    """RFC 3339 in UTC to the millisecond, in bulk; None for NO_TIME."""
    texts = np.datetime_as_string(moments_us.view("datetime64[us]"), unit="ms").tolist()
    return [None if text == "NaT" else text + "Z" for text in texts]


def _instant(moment_us: int) -> str | None:
    return _instants(np.array([moment_us], dtype=np.int64))[0]
