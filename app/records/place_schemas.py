"""What is answered about zones and cameras, for the OpenAPI document."""

from typing import Any

from pydantic import AwareDatetime

from app.domain.vocabulary import ZoneKind
from app.records.schemas import Links, Schema


class Zone(Schema):
    """A polygon people know. It holds from `valid_from` until before `valid_to`; null: always."""

    id: str
    kind: ZoneKind
    name: str
    west: float
    south: float
    east: float
    north: float
    properties: dict[str, Any]
    geometry: dict[str, Any]
    valid_from: AwareDatetime | None
    valid_to: AwareDatetime | None
    updated_at: AwareDatetime


class ZoneList(Schema):
    """A page of zones."""

    zones: list[Zone]
    links: Links


class PlacesTaken(Schema):
    """What became of places that were posted; problems name the place in the document, from 1.

    `name_property` is the property by which zones were named.
    """

    new: int
    changed: int
    unchanged: int
    rejected: int
    name_property: str | None
    warnings: list[str]
    errors: list[str]


class Camera(Schema):
    """A fixed camera. `contact` only for those who may change places."""

    id: str
    external_id: str
    name: str
    longitude: float | None
    latitude: float | None
    address: str | None
    direction_deg: float | None
    field_of_view_deg: float | None
    range_m: float | None
    retention_h: float | None
    contact: str | None = None
    properties: dict[str, Any]
    updated_at: AwareDatetime


class CameraList(Schema):
    """A page of cameras."""

    cameras: list[Camera]
    links: Links
