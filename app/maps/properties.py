"""What the features of each collection tell: flat values, so that every map client can show them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, Text, literal_column

from app.db.features import Kind
from app.db.models.base import BigId, Instant
from app.domain.vocabulary import (
    AlertStatus,
    Classification,
    Disposition,
    Line,
    Nature,
    Origin,
    Verdict,
    ZoneKind,
)

_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: Text(),
    Kind.WHOLE: BigId,
    Kind.NUMBER: Float(),
    Kind.INSTANT: Instant(),
    Kind.TRUTH: Boolean(),
}
_SOURCE = "(SELECT sources.name FROM sources WHERE sources.id = {table}.source_id)"
_ZONES = (
    "SELECT zones.name FROM incident_zones JOIN zones ON zones.id = incident_zones.zone_id"
    " WHERE incident_zones.incident_id = incidents.id ORDER BY zones.kind, zones.name, zones.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A flat property of a feature. `sql` spells its value on a database; `words` are all it can be."""

    name: str
    kind: Kind
    description: str
    sql: Callable[[ModuleType], str]
    words: tuple[str, ...] = ()
    is_sortable: bool = False

    def on(self, dialect: ModuleType) -> ColumnElement[Any]:
        """Its value within a statement."""
        return _column(self.sql(dialect), self.kind)


@lru_cache(maxsize=512)
def _column(sql: str, kind: Kind) -> ColumnElement[Any]:
    return literal_column(sql, type_=_TYPES[kind])


def _stored(
    table: str, kind: Kind, /, *, words: Mapping[str, Any] | None = None, **told: str
) -> dict[str, Property]:
    """Properties that are columns of a table, by name."""
    can_sort = kind in (Kind.WHOLE, Kind.NUMBER, Kind.INSTANT)
    return {
        name: Property(
            name=name,
            kind=kind,
            description=description,
            sql=lambda _dialect, name=name: f"{table}.{name}",  # type: ignore[misc]
            words=tuple(str(word) for word in (words or {}).get(name, ())),
            is_sortable=can_sort,
        )
        for name, description in told.items()
    }


def _derived(
    name: str, kind: Kind, description: str, sql: str | Callable[[ModuleType], str]
) -> dict[str, Property]:
    spelled = sql if callable(sql) else (lambda _dialect: sql)
    return {name: Property(name=name, kind=kind, description=description, sql=spelled)}


def _place(table: str) -> dict[str, Property]:
    return _stored(table, Kind.NUMBER, longitude="Degrees, WGS84.", latitude="Degrees, WGS84.")


def _in_order(properties: Mapping[str, Property], names: str) -> dict[str, Property]:
    return {name: properties[name] for name in names.split()}


_OF_INCIDENTS = {
    **_stored(
        "incidents",
        Kind.TEXT,
        words={"verdict": Verdict, "classification": Classification, "disposition": Disposition},
        number="The incident's number.",
        verdict="Whether anybody reported it.",
        reason="Why the verdict is what it is.",
        address="As the vendor gave it.",
        classification="What was heard.",
        disposition="What the analyst found.",
        rules_version="The rules that decided.",
    ),
    **_stored(
        "incidents",
        Kind.NUMBER,
        probability_reported="Probability that somebody reported it.",
        uncertainty_m="Of the position: one sigma, metres.",
        first_call_lag_s="From the first shot to the first call that reports it, seconds.",
    ),
    **_stored(
        "incidents",
        Kind.WHOLE,
        rounds="Shots counted.",
        alert_count="Alerts in it.",
        call_count="Calls linked to it.",
        cad_record_count="Records that its alerts made in the call feed.",
    ),
    **_stored(
        "incidents",
        Kind.TRUTH,
        needs_review="Whether the probability leaves room for doubt.",
        full_auto="Whether it was fully automatic fire.",
        high_capacity="Whether it was a high-capacity weapon.",
        multiple_shooters="Whether several people shot.",
    ),
    **_stored(
        "incidents",
        Kind.INSTANT,
        started_at="The first shot.",
        ended_at="The last shot.",
        published_at="When the vendor first told of it.",
        closes_at="When the window for calls closes.",
        decided_at="When the verdict was decided.",
        updated_at="When anything of it last changed.",
    ),
    **_place("incidents"),
    **_derived(
        "zones", Kind.TEXT, "Names of the zones it lies in, by `; `.", lambda dialect: dialect.joined(_ZONES)
    ),
}
_OF_ALERTS = {
    **_stored(
        "alerts",
        Kind.TEXT,
        words={"status": AlertStatus, "classification": Classification},
        external_id="Its id at its source.",
        status="Whether it was retracted.",
        address="As the vendor gave it.",
        classification="What was heard.",
        vendor_classification="In the vendor's word.",
        shots_provenance="Who says where each shot was.",
    ),
    **_stored(
        "alerts",
        Kind.NUMBER,
        uncertainty_m="Of the position: one sigma, metres.",
        confidence="The vendor's own.",
        direction_deg="Of the shooter's movement, clockwise from north.",
        speed_mps="Of the shooter's movement, metres per second.",
    ),
    **_stored("alerts", Kind.WHOLE, rounds="Shots counted."),
    **_stored(
        "alerts",
        Kind.TRUTH,
        full_auto="Whether it was fully automatic fire.",
        high_capacity="Whether it was a high-capacity weapon.",
        multiple_shooters="Whether several people shot.",
    ),
    **_stored(
        "alerts",
        Kind.INSTANT,
        started_at="The first shot.",
        published_at="When the vendor told of it.",
        revised_at="When the vendor last changed it.",
        stored_at="When it was first stored.",
    ),
    **_place("alerts"),
    **_derived("source", Kind.TEXT, "The feed it came from.", _SOURCE.format(table="alerts")),
    **_derived("incident_id", Kind.TEXT, "The incident it belongs to.", "CAST(alerts.incident_id AS TEXT)"),
    **_derived("has_audio", Kind.TRUTH, "Whether there is a recording.", "(alerts.audio_url IS NOT NULL)"),
}
_OF_CALLS = {
    **_stored(
        "calls",
        Kind.TEXT,
        words={"line": Line, "nature": Nature, "origin": Origin},
        external_id="Its id at its source.",
        address="As the agency gave it.",
        line="How it came in.",
        nature_code="The agency's code.",
        nature="Our class of it.",
        origin="Who made the record.",
        priority="The agency's.",
        disposition="The agency's.",
        alert_external_id="The alert whose own record it is.",
    ),
    **_stored("calls", Kind.NUMBER, uncertainty_m="Of the position: one sigma, metres."),
    **_stored("calls", Kind.TRUTH, backup_requested="Whether backup was asked for."),
    **_stored(
        "calls",
        Kind.INSTANT,
        received_at="When it came in.",
        revised_at="When the agency last changed it.",
        dispatched_at="When somebody was sent.",
        arrived_at="When somebody was there.",
        cleared_at="When it was closed.",
        stored_at="When it was first stored.",
    ),
    **_place("calls"),
    **_derived("source", Kind.TEXT, "The feed it came from.", _SOURCE.format(table="calls")),
}
_OF_ZONES = {
    **_stored("zones", Kind.TEXT, words={"kind": ZoneKind}, kind="What it is.", name="Its name."),
    **_stored(
        "zones",
        Kind.INSTANT,
        valid_from="Since when it holds; null: always, as far as anybody knows.",
        valid_to="Until when; null: still.",
        updated_at="When it last changed.",
    ),
}
_OF_CAMERAS = {
    **_stored(
        "cameras",
        Kind.TEXT,
        external_id="Its id with its owner.",
        name="Its name.",
        address="Where it hangs.",
    ),
    **_stored(
        "cameras",
        Kind.NUMBER,
        direction_deg="Where it looks, clockwise from north.",
        field_of_view_deg="How wide it looks.",
        range_m="How far it sees, metres.",
        retention_h="For how long recordings are kept, hours.",
    ),
    **_stored("cameras", Kind.INSTANT, updated_at="When it last changed."),
    **_place("cameras"),
}

INCIDENT_PROPERTIES = _in_order(
    _OF_INCIDENTS,
    "number verdict probability_reported needs_review reason started_at ended_at published_at"
    " closes_at decided_at longitude latitude uncertainty_m address rounds classification"
    " full_auto high_capacity multiple_shooters zones alert_count call_count cad_record_count"
    " first_call_lag_s disposition rules_version updated_at",
)
ALERT_PROPERTIES = _in_order(
    _OF_ALERTS,
    "source incident_id external_id status started_at published_at revised_at longitude latitude"
    " uncertainty_m address rounds classification vendor_classification confidence full_auto"
    " high_capacity multiple_shooters direction_deg speed_mps has_audio shots_provenance"
    " stored_at",
)
CALL_PROPERTIES = _in_order(
    _OF_CALLS,
    "source external_id received_at revised_at longitude latitude uncertainty_m address line"
    " nature_code nature origin priority disposition backup_requested dispatched_at arrived_at"
    " cleared_at alert_external_id stored_at",
)
CAMERA_PROPERTIES = _in_order(
    _OF_CAMERAS,
    "external_id name longitude latitude address direction_deg field_of_view_deg range_m"
    " retention_h updated_at",
)
ZONE_PROPERTIES = _OF_ZONES
