"""Zones and cameras."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geography
from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, Positioned, PrimaryId


class Zone(Base):
    """A polygon people know, as GeoJSON; PostgreSQL also keeps it as a geography for map clients.

    It holds from `valid_from` until `valid_to`; null: as far as anybody knows, always.
    """

    __tablename__ = "zones"
    __table_args__ = (
        UniqueConstraint("kind", "name"),
        Index("ix_zones_area", "area", postgresql_using="gist", info={"dialect": "postgresql"}),
    )

    id: Mapped[PrimaryId]
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    geometry: Mapped[dict[str, Any]]
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    properties: Mapped[dict[str, Any]]
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    area: Mapped[Any | None] = mapped_column(
        Geography("MULTIPOLYGON", srid=4326, spatial_index=False),
        deferred=True,
        info={"dialect": "postgresql"},
    )


class Camera(Positioned, Base):
    """A fixed camera. Direction is clockwise from north."""

    __tablename__ = "cameras"
    __table_args__ = (
        Index("ix_cameras_position", "position", postgresql_using="gist", info={"dialect": "postgresql"}),
    )

    id: Mapped[PrimaryId]
    external_id: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    direction_deg: Mapped[float | None]
    field_of_view_deg: Mapped[float | None]
    range_m: Mapped[float | None]
    retention_h: Mapped[float | None]
    contact: Mapped[str | None] = mapped_column(Text)
    properties: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
