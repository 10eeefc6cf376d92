"""Taking in cameras from GeoJSON, a JSON list or CSV: the same file twice changes nothing."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import MalformedBodyError
from app.db.database import dialect_of
from app.db.models import Camera
from app.places.extent import KnownExtent, load_extent
from app.places.files import (
    ImportResult,
    Place,
    as_stored,
    looks_like_json,
    read_bytes,
    read_features,
    read_list,
    read_rows,
)

_LONGEST_ID = 255
_LARGEST = {"direction_deg": 360.0, "field_of_view_deg": 360.0, "range_m": 100_000.0, "retention_h": 1e6}
_MAY_BE_ZERO = ("direction_deg", "retention_h")
_TEXTS = ("address", "contact")
_COLUMNS = ("external_id", "name", "longitude", "latitude", *_TEXTS, *_LARGEST)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A camera as the file tells it, still to be checked."""

    fields: Mapping[str, Any]
    properties: Mapping[str, Any]


def import_cameras(session: Session, source: Place, *, actor: str, now: datetime) -> ImportResult:
    """Import cameras by their external id; those not in the file stay. Raises MalformedBodyError."""
    content = read_bytes(source)
    seen = _from_json(content) if looks_like_json(content) else _from_csv(content)
    dialect_of(session).lock_log(session, "cameras")
    result = ImportResult()
    extent = load_extent(session)
    cameras: dict[str, dict[str, Any]] = {}
    for ordinal, camera in enumerate(seen, 1):
        try:
            values, warnings = _values(camera, extent)
        except ValueError as error:
            result.reject(ordinal, error)
            continue
        if values["external_id"] in cameras:
            warnings.append(f"{values['external_id']} is there twice: the later one counts")
        cameras[values["external_id"]] = values
        result.warnings.extend(f"place {ordinal}: {warning}" for warning in warnings)
    _store(session, cameras.values(), now, result)
    if result.new or result.changed:
        append_audit(
            session,
            at=now,
            actor=actor,
            action="cameras.import",
            target="cameras",
            detail=result.counts(),
        )
    return result


def _from_json(content: bytes) -> list[_Seen]:
    items = read_list(content)
    if items is None:
        return [_of_feature(feature) for feature in read_features(content)]
    if not items:
        raise MalformedBodyError("there are no cameras in it")
    return [_of_fields(item if isinstance(item, dict) else {}) for item in items]


def _of_fields(fields: dict[str, Any]) -> _Seen:
    return _Seen(fields, {name: value for name, value in fields.items() if name not in _COLUMNS})


def _of_feature(feature: Any) -> _Seen:
    if not isinstance(feature, dict):
        return _Seen({}, {})
    properties = feature.get("properties")
    fields = dict(properties) if isinstance(properties, dict) else {}
    rest = {name: value for name, value in fields.items() if name not in _COLUMNS}
    geometry = feature.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        coordinates = geometry.get("coordinates")
        if isinstance(coordinates, list) and len(coordinates) >= 2:
            fields["longitude"], fields["latitude"] = coordinates[:2]
    if fields.get("external_id") is None:
        fields["external_id"] = feature.get("id", fields.get("id"))
    return _Seen(fields, rest)


def _from_csv(content: bytes) -> list[_Seen]:
    rows = list(read_rows(content))
    if rows and "external_id" not in rows[0]:
        raise MalformedBodyError(
            f"the header line has no external_id; it has {', '.join(rows[0])[:200]};"
            f" known are {', '.join(_COLUMNS)}"
        )
    return [
        _Seen(
            {name: row[name] for name in _COLUMNS if row.get(name)},
            {name: value for name, value in row.items() if name not in _COLUMNS and name},
        )
        for row in rows
    ]


def _values(camera: _Seen, extent: KnownExtent) -> tuple[dict[str, Any], list[str]]:
    """A camera's columns, and which of its fields are null for being wrong. ValueError: unusable."""
    fields = camera.fields
    external_id = _text(fields.get("external_id"))
    if external_id is None or len(external_id) > _LONGEST_ID or not external_id.isprintable():
        raise ValueError("it has no external_id of 1 to 255 characters")
    longitude, latitude = (_number(fields.get(name)) for name in ("longitude", "latitude"))
    if longitude is None or latitude is None:
        raise ValueError(f"camera {external_id} has no longitude and latitude")
    extent.check((longitude, latitude, longitude, latitude))
    warnings = []
    values: dict[str, Any] = {
        "external_id": external_id,
        "name": _text(fields.get("name")) or external_id,
        "longitude": longitude,
        "latitude": latitude,
        **{name: _text(fields.get(name)) for name in _TEXTS},
        "properties": as_stored(camera.properties),
    }
    for name, largest in _LARGEST.items():
        given = fields.get(name)
        value = _number(given)
        if value is not None and (not 0 <= value <= largest or (value == 0 and name not in _MAY_BE_ZERO)):
            value = None
        if value is None and given not in (None, ""):
            warnings.append(f"{name} {str(given)[:40]!r} is no possible value and was left out")
        values[name] = value % 360.0 if name == "direction_deg" and value is not None else value
    as_stored({name: values[name] for name in ("name", *_TEXTS)})
    return values, warnings


def _store(
    session: Session, cameras: Iterable[Mapping[str, Any]], now: datetime, result: ImportResult
) -> None:
    columns = [getattr(Camera, name) for name in (*_COLUMNS, "properties")]
    stored = {row["external_id"]: row for row in session.execute(select(*columns)).mappings()}
    fresh = []
    for camera in cameras:
        before = stored.get(camera["external_id"])
        if before is None:
            fresh.append({**camera, "updated_at": now})
        elif all(before[name] == value for name, value in camera.items()):
            result.unchanged += 1
        else:
            result.changed += 1
            session.execute(
                update(Camera)
                .where(Camera.external_id == camera["external_id"])
                .values(**camera, updated_at=now),
                execution_options={"synchronize_session": False},
            )
    if fresh:
        session.execute(insert(Camera), fresh)
        result.new += len(fresh)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
