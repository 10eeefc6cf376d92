"""Finding zones and cameras."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import Camera, Zone
from app.db.paging import Page, Sort, cut
from app.domain.areas import Box, Circle
from app.domain.time import format_millis

ZONE_FIELDS = (
    "id",
    "kind",
    "name",
    "west",
    "south",
    "east",
    "north",
    "properties",
    "geometry",
    "valid_from",
    "valid_to",
    "updated_at",
)
CAMERA_FIELDS = (
    "id",
    "external_id",
    "name",
    "longitude",
    "latitude",
    "address",
    "direction_deg",
    "field_of_view_deg",
    "range_m",
    "retention_h",
    "contact",
    "properties",
    "updated_at",
)
_ZONE_ORDER = Sort(name="id", column=Zone.id, id_column=Zone.id)
_CAMERA_ORDER = Sort(name="id", column=Camera.id, id_column=Camera.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFilters:
    """Which zones (`kinds`, `text`) or cameras (`box`, `near`, `text`)."""

    kinds: tuple[str, ...] = ()
    box: Box | None = None
    near: Circle | None = None
    text: str | None = None


def list_zones(session: Session, filters: PlaceFilters, limit: int, cursor: str | None) -> Page:
    """A page of zones in the order in which they were first imported."""
    conditions: list[ColumnElement[bool]] = []
    if filters.kinds:
        conditions.append(Zone.kind.in_(filters.kinds))
    if filters.text is not None:
        conditions.append(Zone.name.icontains(filters.text, autoescape=True))
    statement = select(*(getattr(Zone, name) for name in ZONE_FIELDS)).where(*conditions)
    found = session.execute(_ZONE_ORDER.page(statement, limit, cursor)).mappings().all()
    rows, following = cut(found, limit, _ZONE_ORDER)
    return Page(items=[_document(row) for row in rows], next_cursor=following)


def list_cameras(session: Session, filters: PlaceFilters, limit: int, cursor: str | None) -> Page:
    """A page of cameras in the order in which they were first imported."""
    dialect = dialect_of(session)
    conditions: list[ColumnElement[bool]] = []
    if (box := filters.box) is not None:
        conditions.append(dialect.in_box(Camera, box.west, box.south, box.east, box.north))
    if (near := filters.near) is not None:
        conditions.append(dialect.near(Camera, near.longitude, near.latitude, near.radius_m))
    if filters.text is not None:
        columns = (Camera.external_id, Camera.name, Camera.address)
        conditions.append(or_(*(column.icontains(filters.text, autoescape=True) for column in columns)))
    statement = select(*(getattr(Camera, name) for name in CAMERA_FIELDS)).where(*conditions)
    found = session.execute(_CAMERA_ORDER.page(statement, limit, cursor)).mappings().all()
    rows, following = cut(found, limit, _CAMERA_ORDER)
    return Page(items=[_document(row) for row in rows], next_cursor=following)


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: format_millis(value) for name, value in row.items() if isinstance(value, datetime)}
    return {**row, "id": str(row["id"]), **times}
