"""Which cameras may have seen an incident, what span of their recordings to pull, and until when."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.database import dialect_of, rows_as_dicts
from app.db.models import Alert, Camera, Incident
from app.domain.areas import FARTHEST_M
from app.domain.geodesy import distance_and_bearing
from app.domain.sectors import in_view, turn_deg
from app.domain.time import format_millis
from app.domain.vocabulary import AlertStatus, Classification, InView
from app.incidents.queries import Redirect, named, survivor
from app.rules.store import rules_now

NEAREST = 4
BEFORE_S = 300
AFTER_S = 900
_RADII_M = (500.0, 2_000.0, 8_000.0, 32_000.0, FARTHEST_M)
_TOLD = ("external_id", "name", "longitude", "latitude", "address")
_SIGHT = ("direction_deg", "field_of_view_deg", "range_m")
CAMERA_COLUMNS = (
    "incident_id",
    "incident_number",
    *("camera_id", *_TOLD),
    *("distance_m", "bearing_deg", "in_view", "off_travel_deg"),
    *("pull_from", "pull_through", "pull_before"),
    *(*_SIGHT, "retention_h", "contact"),
)
_BETTER = {InView.YES: 0, InView.POSSIBLY: 1, InView.NO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraQuestion:
    """The nearest `limit` cameras, or all within `radius_m` (then `limit` of them, where both are given)."""

    limit: int | None = None
    radius_m: float | None = None
    before_s: float = BEFORE_S
    after_s: float = AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where an alert heard shots (1 sigma), and whither they went."""

    alert_id: int
    longitude: float
    latitude: float
    uncertainty_m: float
    is_assumed: bool
    direction_deg: float | None
    speed_mps: float | None


def find_cameras(
    session: Session, incident: str, question: CameraQuestion, *, with_contacts: bool
) -> dict[str, Any] | Redirect | None:
    """The cameras about an incident by id or number, the nearest first; None: there is no such incident."""
    row = session.scalars(select(Incident).where(named(incident))).first()
    if row is None:
        return None
    if row.merged_into_id is not None:
        return Redirect(str(survivor(session, row.merged_into_id)))
    pull_from = row.started_at - timedelta(seconds=question.before_s)
    pull_through = row.ended_at + timedelta(seconds=question.after_s)
    spots = _spots(session, row.id)
    found = _nearest(session, spots, question) if spots else []
    reason = None
    if not spots:
        reason = "The incident has no position."
    elif not found:
        within_m = question.radius_m or FARTHEST_M
        reason = f"There is no camera within {within_m:,.0f} m."
    told = {"incident_id": str(row.id), "incident_number": row.number}
    span = {"pull_from": format_millis(pull_from), "pull_through": format_millis(pull_through)}
    return {
        "incident_id": str(row.id),
        "number": row.number,
        **span,
        "positions": [_position(spot) for spot in spots],
        "reason": reason,
        "cameras": [
            {**told, **_camera(camera, spots, pull_from, with_contacts=with_contacts), **span}
            for camera in found
        ],
        "links": {"next": None},
    }


def _spots(session: Session, incident_id: int) -> list[_Spot]:
    """Where the incident's active alerts were (of a withdrawn one, all), by their times."""
    alerts = session.scalars(
        select(Alert)
        .where(Alert.incident_id == incident_id, Alert.longitude.is_not(None), Alert.latitude.is_not(None))
        .order_by(Alert.started_at, Alert.source_id, Alert.external_id)
    ).all()
    active = [
        alert
        for alert in alerts
        if alert.status == AlertStatus.ACTIVE and Classification(alert.classification).is_gunfire
    ]
    told = all(alert.uncertainty_m is not None for alert in alerts)
    assumed_m = math.nan if told else rules_now(session).parameters.alert_uncertainty_m
    return [
        _Spot(
            alert_id=alert.id,
            longitude=alert.longitude,
            latitude=alert.latitude,
            uncertainty_m=assumed_m if alert.uncertainty_m is None else alert.uncertainty_m,
            is_assumed=alert.uncertainty_m is None,
            direction_deg=alert.direction_deg,
            speed_mps=alert.speed_mps,
        )
        for alert in active or alerts
        if alert.longitude is not None and alert.latitude is not None
    ]


def _nearest(session: Session, spots: Sequence[_Spot], question: CameraQuestion) -> list[dict[str, Any]]:
    """The cameras asked for with their distance to the nearest spot; looks farther until there are enough."""
    limit = question.limit or (None if question.radius_m else NEAREST)
    first = spots[0]
    places = sorted({(spot.longitude, spot.latitude) for spot in spots})
    spread_m = max(distance_and_bearing(first.longitude, first.latitude, *place)[0] for place in places)
    kept: list[dict[str, Any]] = []
    for radius_m in (question.radius_m,) if question.radius_m else _RADII_M:
        near = dialect_of(session).near(Camera, first.longitude, first.latitude, radius_m + spread_m)
        columns = [getattr(Camera, name) for name in ("id", *_TOLD, *_SIGHT, "retention_h", "contact")]
        cameras = rows_as_dicts(session.execute(select(*columns).where(near)))
        for camera in cameras:
            here = (camera["longitude"], camera["latitude"])
            camera["distance_m"] = min(distance_and_bearing(*here, *place)[0] for place in places)
        kept = [camera for camera in cameras if camera["distance_m"] <= radius_m]
        if limit is not None and len(kept) >= limit:
            break
    kept.sort(key=lambda camera: (camera["distance_m"], camera["external_id"]))
    return kept[:limit]


def _camera(
    camera: Mapping[str, Any], spots: Sequence[_Spot], pull_from: datetime, *, with_contacts: bool
) -> dict[str, Any]:
    """A camera with what it may have seen. Distance, bearing and travel are of the nearest alert."""
    here = (camera["longitude"], camera["latitude"])
    seen = [(spot, *distance_and_bearing(*here, spot.longitude, spot.latitude)) for spot in spots]
    nearest, distance_m, bearing_deg = min(seen, key=lambda each: each[1])
    sight = {name: camera[name] for name in _SIGHT}
    views = [
        in_view(each_m, each_deg, uncertainty_m=spot.uncertainty_m, **sight)
        for spot, each_m, each_deg in seen
    ]
    known = [view for view in views if view is not None]
    best = min(known, key=_BETTER.__getitem__) if known else None
    back_deg = distance_and_bearing(nearest.longitude, nearest.latitude, *here)[1]
    retention_h = camera["retention_h"]
    kept_until = None if retention_h is None else pull_from + timedelta(hours=retention_h)
    return {
        "camera_id": str(camera["id"]),
        **{name: camera[name] for name in (*_TOLD, *_SIGHT, "retention_h")},
        "contact": camera["contact"] if with_contacts else None,
        "distance_m": round(distance_m, 1),
        "bearing_deg": None if bearing_deg is None else round(bearing_deg, 1) % 360.0,
        "in_view": None if best is None else best.value,
        "off_travel_deg": None
        if nearest.direction_deg is None or back_deg is None
        else round(turn_deg(nearest.direction_deg, back_deg), 1),
        "pull_before": None if kept_until is None else format_millis(kept_until),
    }


def _position(spot: _Spot) -> dict[str, Any]:
    return {
        "alert_id": str(spot.alert_id),
        "longitude": spot.longitude,
        "latitude": spot.latitude,
        "uncertainty_m": spot.uncertainty_m,
        "uncertainty_assumed": spot.is_assumed,
        "direction_deg": spot.direction_deg,
        "speed_mps": spot.speed_mps,
    }
