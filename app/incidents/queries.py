"""Finding incidents: pages of them by filters, and one with all that is known of it."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.core.errors import InvalidParameterError
from app.db.database import dialect_of, rows_as_dicts
from app.db.models import (
    Alert,
    CadRecord,
    Call,
    Incident,
    IncidentZone,
    Link,
    Source,
    VerdictChange,
    Zone,
)
from app.db.paging import Page, Sort, cut
from app.domain.ids import read_id
from app.domain.vocabulary import ZoneKind
from app.incidents.documents import (
    ALERT_FIELDS,
    INCIDENT_COLUMNS,
    INCIDENT_FIELDS,
    cad_record_document,
    disposition_document,
    history_document,
    incident_document,
    link_document,
)
from app.incidents.filters import NO_DISPOSITION, IncidentFilters
from app.incidents.homes import disposition_history

DEFAULT_SORT = "-started_at"
SORTS = {
    way + name: Sort(
        name=way + name, column=getattr(Incident, name), id_column=Incident.id, descending=bool(way)
    )
    for name in ("started_at", "updated_at", "rounds", "probability_reported")
    for way in ("", "-")
}
_COLUMNS = [getattr(Incident, name) for name in INCIDENT_COLUMNS]
_ALERT_COLUMNS = [getattr(Alert, name) for name in ALERT_FIELDS if name != "source"]
_LONGEST_CHAIN = 1_000


@dataclass(frozen=True, slots=True)
class Redirect:
    """The incident was merged; this is the one that survives."""

    incident_id: str


def list_incidents(
    session: Session,
    filters: IncidentFilters,
    sort: str = DEFAULT_SORT,
    limit: int = 100,
    cursor: str | None = None,
    fields: Collection[str] = INCIDENT_FIELDS,
) -> Page:
    """A page of incidents as documents, in three queries. Raises InvalidParameterError."""
    order = SORTS[sort]
    statement = select(*_COLUMNS).where(*incident_conditions(session, filters))
    found = session.execute(order.page(statement, limit, cursor)).mappings().all()
    rows, next_cursor = cut(found, limit, order)
    return Page(items=_documents(session, rows, fields), next_cursor=next_cursor)


def incident_conditions(session: Session, filters: IncidentFilters) -> list[ColumnElement[bool]]:
    """The filters as conditions on Incident; merged ones are never meant. Raises InvalidParameterError."""
    dialect = dialect_of(session)
    conditions: list[ColumnElement[bool]] = [Incident.merged_into_id.is_(None)]
    if filters.verdicts:
        conditions.append(Incident.verdict.in_(filters.verdicts))
    if filters.from_at is not None:
        conditions.append(Incident.started_at >= filters.from_at)
    if filters.to_at is not None:
        conditions.append(Incident.started_at < filters.to_at)
    if filters.min_rounds is not None:
        conditions.append(Incident.rounds >= filters.min_rounds)
    if filters.max_rounds is not None:
        conditions.append(Incident.rounds <= filters.max_rounds)
    if filters.classifications:
        conditions.append(Incident.classification.in_(filters.classifications))
    if filters.needs_review is not None:
        conditions.append(Incident.needs_review.is_(filters.needs_review))
    if filters.dispositions:
        conditions.append(_disposition(filters.dispositions))
    if filters.zone is not None:
        inside = select(IncidentZone.incident_id).where(
            IncidentZone.zone_id.in_(find_zone_ids(session, filters.zone))
        )
        conditions.append(Incident.id.in_(inside))
    if (box := filters.box) is not None:
        conditions.append(dialect.in_box(Incident, box.west, box.south, box.east, box.north))
    if (near := filters.near) is not None:
        conditions.append(dialect.near(Incident, near.longitude, near.latitude, near.radius_m))
    if filters.text is not None:
        conditions.append(_mentions(filters.text))
    return conditions


def find_zone_ids(session: Session, named: str) -> list[int]:
    """Zones by name (of whatever kind), else by id; InvalidParameterError that names close ones."""
    rows = session.execute(select(Zone.id, Zone.name).where(Zone.kind != ZoneKind.COVERAGE)).all()
    wanted = named.casefold()
    found = [row.id for row in rows if row.name.casefold() == wanted]
    found = found or [row.id for row in rows if str(row.id) == named]
    if found:
        return found
    names = {row.name.casefold(): row.name for row in rows}
    close = [names[name] for name in difflib.get_close_matches(wanted, names, n=5, cutoff=0.4)]
    hint = f"; close ones are {', '.join(close)}" if close else "; see /v1/zones" if names else "; none yet"
    raise InvalidParameterError(
        f"zone: there is no zone {named!r}{hint}",
        errors=[{"pointer": "/query/zone", "reason": f"unknown{hint}"}],
    )


def find_incident(
    session: Session, id_or_number: str, *, with_calls: bool = True, with_dispositions: bool = False
) -> dict[str, Any] | Redirect | None:
    """An incident by id or number: all of it; who may not see calls gets their counts. None: no such."""
    row = (
        session.execute(select(*_COLUMNS, Incident.merged_into_id).where(named(id_or_number)))
        .mappings()
        .first()
    )
    if row is None:
        return None
    if row["merged_into_id"] is not None:
        return Redirect(str(survivor(session, row["merged_into_id"])))
    (document,) = _documents(session, [dict(row)], INCIDENT_FIELDS)
    if with_calls:
        document["calls"] = [link_document(link) for link in _links(session, row["id"])]
        document["cad_records"] = [cad_record_document(record) for record in _cad_records(session, row["id"])]
    if with_dispositions:
        document["disposition_history"] = [
            disposition_document(change) for change in disposition_history(session, row["id"])
        ]
    document["history"] = [history_document(change) for change in _history(session, row["id"])]
    return document


def named(id_or_number: str) -> ColumnElement[bool]:
    """The incident that people call so."""
    number = read_id(id_or_number)
    if number is not None:
        return Incident.id == number
    return Incident.number == id_or_number.replace("\x00", "\ufffd")


def survivor(session: Session, incident_id: int) -> int:
    """The incident that another was merged into, directly or by way of others."""
    for _ in range(_LONGEST_CHAIN):
        following = session.scalar(select(Incident.merged_into_id).where(Incident.id == incident_id))
        if following is None:
            break
        incident_id = following
    return incident_id


def _documents(
    session: Session, rows: Sequence[Mapping[str, Any]], fields: Collection[str]
) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    alerts = _alerts(session, ids) if ids and "alerts" in fields else {}
    zones = _zones(session, ids) if ids and "zones" in fields else {}
    return [incident_document(row, alerts.get(row["id"], ()), zones.get(row["id"], ())) for row in rows]


def _alerts(session: Session, ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Alerts by incident, in the order of their times."""
    statement = (
        select(Alert.id, Alert.incident_id, Source.name.label("source"), *_ALERT_COLUMNS)
        .join(Source, Alert.source_id == Source.id)
        .where(dialect_of(session).one_of(Alert.incident_id, ids))
        .order_by(Alert.started_at, Source.name, Alert.external_id)
    )
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in rows_as_dicts(session.execute(statement)):
        grouped.setdefault(row["incident_id"], []).append(row)
    return grouped


def _zones(session: Session, ids: Iterable[int]) -> dict[int, list[str]]:
    statement = (
        select(IncidentZone.incident_id, Zone.name)
        .join(Zone, IncidentZone.zone_id == Zone.id)
        .where(dialect_of(session).one_of(IncidentZone.incident_id, ids))
        .order_by(Zone.kind, Zone.name, Zone.id)
    )
    grouped: dict[int, list[str]] = {}
    for row in session.execute(statement):
        grouped.setdefault(row.incident_id, []).append(row.name)
    return grouped


def _links(session: Session, incident_id: int) -> list[dict[str, Any]]:
    """Links with what of their calls everybody who may see calls may see."""
    statement = (
        select(
            *Link.__table__.c,
            Call.received_at,
            Call.line,
            Call.nature.label("call_nature"),
            Call.nature_code,
            Call.origin,
        )
        .join(Call, Link.call_id == Call.id)
        .where(Link.incident_id == incident_id)
        .order_by(Link.probability.desc(), Link.lag_s, Link.call_id)
    )
    return rows_as_dicts(session.execute(statement))


def _cad_records(session: Session, incident_id: int) -> list[dict[str, Any]]:
    statement = (
        select(Call.external_id, Call.dispatched_at, Call.arrived_at)
        .join(CadRecord, CadRecord.call_id == Call.id)
        .where(CadRecord.incident_id == incident_id)
        .order_by(Call.received_at, Call.id)
    )
    return rows_as_dicts(session.execute(statement))


def _history(session: Session, incident_id: int) -> list[dict[str, Any]]:
    statement = (
        select(*VerdictChange.__table__.c)
        .where(VerdictChange.incident_id == incident_id)
        .order_by(VerdictChange.id)
    )
    return rows_as_dicts(session.execute(statement))


def _disposition(wanted: Sequence[str]) -> ColumnElement[bool]:
    found = Incident.disposition.in_([word for word in wanted if word != NO_DISPOSITION])
    return or_(found, Incident.disposition.is_(None)) if NO_DISPOSITION in wanted else found


def _mentions(text: str) -> ColumnElement[bool]:
    of_alert = select(Alert.incident_id).where(
        Alert.incident_id.is_not(None), Alert.external_id.icontains(text, autoescape=True)
    )
    return or_(
        Incident.number.icontains(text, autoescape=True),
        Incident.address.icontains(text, autoescape=True),
        Incident.id.in_(of_alert),
    )
