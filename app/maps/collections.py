"""The collections: which tables map clients see as features, and who may see them."""

from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from sqlalchemy import ColumnElement

from app.access.roles import READ_ALERTS, READ_CALLS, READ_INCIDENTS, READ_PLACES
from app.db.features import FeatureForm, Field
from app.db.models import Alert, Call, Camera, Incident, Zone
from app.db.paging import Sort
from app.domain.vocabulary import ZoneKind
from app.maps.properties import (
    ALERT_PROPERTIES,
    CALL_PROPERTIES,
    CAMERA_PROPERTIES,
    INCIDENT_PROPERTIES,
    ZONE_PROPERTIES,
    Property,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporal:
    """The columns that say when a feature was (the same twice), or from when until when it held.

    `is_known` where they are never null; else null is without end.
    """

    begin: Any
    end: Any
    is_known: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Collection:
    """A table as features. `conditions` keep rows out that are no features; `order` is its own order.

    `revision` is the column that grows whenever a feature changes, for those that are remembered.
    """

    id: str
    title: str
    description: str
    scope: str
    model: Any
    properties: Mapping[str, Property]
    order: str
    is_point: bool = True
    temporal: Temporal | None = None
    conditions: tuple[ColumnElement[bool], ...] = ()
    has_people: bool = False
    most_a_page: int = 10_000
    revision: Any = None

    def sort(self, name: str) -> Sort:
        """An order by `id` or one of the sortables; `-` before it is descending."""
        wanted = name.removeprefix("-")
        is_time = self.temporal is not None and self.temporal.is_known and wanted == self.temporal.begin.key
        return Sort(
            name=name,
            column=getattr(self.model, wanted),
            id_column=self.model.id,
            descending=name.startswith("-"),
            has_nulls=not is_time,
        )

    @property
    def sortables(self) -> list[str]:
        """The properties by which features can be put in order."""
        return [name for name, property_ in self.properties.items() if property_.is_sortable]

    @property
    def key_text(self) -> str | None:
        """The SQL of a text that says which feature it is and which of its revisions."""
        table = self.model.__tablename__
        return None if self.revision is None else f"{table}.id || '.' || {table}.{self.revision.key}"

    def form(self, dialect: ModuleType, names: tuple[str, ...]) -> FeatureForm:
        """What a feature is made of when it tells of these properties."""
        return _form(self, dialect, names)


@lru_cache(maxsize=512)
def _form(collection: Collection, dialect: ModuleType, names: tuple[str, ...]) -> FeatureForm:
    told = (collection.properties[name] for name in names)
    return FeatureForm(
        collection.model.__tablename__,
        collection.is_point,
        tuple(Field(one.name, one.kind, one.sql(dialect)) for one in told),
    )


COLLECTIONS: Mapping[str, Collection] = {
    collection.id: collection
    for collection in (
        Collection(
            id="incidents",
            title="Incidents",
            description="Shootings, each with its verdict: did anybody report it.",
            scope=READ_INCIDENTS,
            model=Incident,
            properties=INCIDENT_PROPERTIES,
            order="-started_at",
            temporal=Temporal(begin=Incident.started_at, end=Incident.started_at),
            conditions=(Incident.merged_into_id.is_(None),),
            revision=Incident.revision,
        ),
        Collection(
            id="alerts",
            title="Alerts",
            description="Acoustic detections as vendors told of them, retracted ones too.",
            scope=READ_ALERTS,
            model=Alert,
            properties=ALERT_PROPERTIES,
            order="-started_at",
            temporal=Temporal(begin=Alert.started_at, end=Alert.started_at),
            conditions=(Alert.started_at.is_not(None),),
        ),
        Collection(
            id="calls",
            title="Calls",
            description="Calls for service, without the people in them.",
            scope=READ_CALLS,
            model=Call,
            properties=CALL_PROPERTIES,
            order="-received_at",
            temporal=Temporal(begin=Call.received_at, end=Call.received_at),
            has_people=True,
        ),
        Collection(
            id="zones",
            title="Zones",
            description="Neighbourhoods, beats and districts.",
            scope=READ_PLACES,
            model=Zone,
            properties=ZONE_PROPERTIES,
            order="id",
            is_point=False,
            temporal=Temporal(begin=Zone.valid_from, end=Zone.valid_to, is_known=False),
            conditions=(Zone.kind != ZoneKind.COVERAGE,),
        ),
        Collection(
            id="coverage",
            title="Coverage",
            description="What the acoustic sensors of a vendor cover.",
            scope=READ_PLACES,
            model=Zone,
            properties=ZONE_PROPERTIES,
            order="id",
            is_point=False,
            temporal=Temporal(begin=Zone.valid_from, end=Zone.valid_to, is_known=False),
            conditions=(Zone.kind == ZoneKind.COVERAGE,),
        ),
        Collection(
            id="cameras",
            title="Cameras",
            description="Fixed cameras.",
            scope=READ_PLACES,
            model=Camera,
            properties=CAMERA_PROPERTIES,
            order="id",
        ),
    )
}


def seen_by(scopes: Names[str]) -> dict[str, Collection]:
    """The collections that a key may see, by id."""
    return {name: collection for name, collection in COLLECTIONS.items() if collection.scope in scopes}
