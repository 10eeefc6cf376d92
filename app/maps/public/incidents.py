"""The one collection of the public feed: incidents with nothing but coarse values, in a table of its own."""

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType

from sqlalchemy import Index, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.settings import Settings
from app.db.features import Kind
from app.db.models.base import Base, BigId, Instant
from app.domain.vocabulary import Verdict
from app.maps.collections import Collection, Temporal
from app.maps.properties import Property
from app.maps.public.disclosure import ROUNDS

# Not those that are still open, nor what turned out to be no gunfire.
VERDICTS = (Verdict.REPORTED, Verdict.UNREPORTED, Verdict.INDETERMINATE)
MOST_A_PAGE = 1_000


class EditionBase(DeclarativeBase):
    """Tables that are in no database of the agency's, only in editions of the public feed."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class PublicIncident(EditionBase):
    """An incident as everybody may see it; its `id` is made of the rest and says nothing else.

    Its place is a cell, as GeoJSON and by its edges (degrees), or null.
    """

    __tablename__ = "public_incidents"
    __table_args__ = (
        Index("ix_public_incidents_hour_id", "hour", "id"),
        Index("ix_public_incidents_verdict_hour_id", "verdict", "hour", "id"),
        Index("ix_public_incidents_west", "west"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(Text)
    rounds: Mapped[str | None] = mapped_column(Text)
    hour: Mapped[datetime] = mapped_column(Instant)
    local_date: Mapped[str] = mapped_column(Text)
    local_hour: Mapped[int]
    zones: Mapped[str] = mapped_column(Text)
    geometry: Mapped[str | None] = mapped_column(Text)
    west: Mapped[float | None]
    south: Mapped[float | None]
    east: Mapped[float | None]
    north: Mapped[float | None]


def collection_of(settings: Settings) -> Collection:
    """The collection, described as an operator has set it up."""
    return Collection(
        id="incidents",
        title="Incidents",
        description=(
            "Gunfire that acoustic sensors heard, and whether anybody reported it: told once it is"
            f" {settings.public_delay_h} hours old, for {settings.public_days} days, by the hour, in cells of"
            f" {settings.public_cell_m} m. Where there were incidents in a cell on fewer than"
            f" {settings.public_least_count} days, its incidents have no place."
        ),
        scope="",
        model=PublicIncident,
        properties=_PROPERTIES,
        order="-hour",
        is_point=False,
        temporal=Temporal(begin=PublicIncident.hour, end=PublicIncident.hour),
        most_a_page=MOST_A_PAGE,
    )


def _property(
    name: str,
    kind: Kind,
    description: str,
    *,
    words: tuple[str, ...] = (),
    is_sortable: bool = False,
) -> Property:
    def spelled(_dialect: ModuleType) -> str:
        return f"{PublicIncident.__tablename__}.{name}"

    return Property(
        name=name, kind=kind, description=description, sql=spelled, words=words, is_sortable=is_sortable
    )


_PROPERTIES: Mapping[str, Property] = {
    one.name: one
    for one in (
        _property(
            "verdict",
            Kind.TEXT,
            "Whether anybody reported it.",
            words=tuple(verdict.value for verdict in VERDICTS),
        ),
        _property("hour", Kind.INSTANT, "The hour, in UTC, in which it began.", is_sortable=True),
        _property("local_date", Kind.TEXT, "The date there when that hour began."),
        _property("local_hour", Kind.WHOLE, "The hour of the day there, 0 to 23.", is_sortable=True),
        _property("rounds", Kind.TEXT, "Shots counted, roughly.", words=ROUNDS),
        _property("zones", Kind.TEXT, "Zones in which the middle of its cell lies, by `; `."),
    )
}
