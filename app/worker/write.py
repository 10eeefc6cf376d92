"""Writing judged incidents: only what differs, with the history and the events of each difference."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from app.correlation.judge import JudgedIncident
from app.db.database import dialect_of
from app.db.models import KNOWN_FROM, Alert, CadRecord, Incident, IncidentZone, Link, VerdictChange
from app.db.versions import changed_at, keep_versions
from app.domain.vocabulary import Verdict
from app.events import EventType
from app.events.store import NewEvent, is_historical
from app.incidents.documents import incident_document
from app.incidents.homes import carry_dispositions
from app.worker.identity import Identity, Piece, assign
from app.worker.noticing import noticed, regrouped
from app.worker.numbers import next_numbers
from app.worker.scene import Draft, Name, Scene
from app.worker.telling import incident_values, link_values

NEWSWORTHY_PROBABILITY = 0.05
_INCIDENTS: Any = Incident.__table__
_INCIDENT_COLUMNS = tuple(column for column in _INCIDENTS.c if column.name != "position")
_FIGURES = {"probability_reported", "reason", "window_covered", "revisit_at", "call_count"}
_EVENT_OF_VERDICT = {
    Verdict.REPORTED.value: EventType.REPORTED,
    Verdict.UNREPORTED.value: EventType.UNREPORTED,
    Verdict.INDETERMINATE.value: EventType.INDETERMINATE,
    Verdict.WITHDRAWN.value: EventType.WITHDRAWN,
    Verdict.PENDING.value: EventType.UPDATED,
}


def write_incidents(scene: Scene, judged: Sequence[JudgedIncident]) -> None:
    """Bring the stored incidents to what was judged, in the caller's transaction.

    The events are left in the scene, to be appended last of all.
    """
    known = _known_incidents(scene)
    drafts = _drafts(scene, judged, known)
    ids_kept = {draft.identity.incident_id for draft in drafts}
    stored = {incident_id: row for incident_id, row in known.items() if incident_id in ids_kept}
    names = _write_rows(scene, drafts, stored)
    ids = [name.id for name in names]
    scene.regrouped |= (moved := regrouped(drafts, ids, stored))
    parts = _write_parts(scene, drafts, ids, stored)
    scene.dispositions.update(carry_dispositions(scene.session, moved, scene.now))
    for draft, name in zip(drafts, names, strict=True):
        before = stored.get(name.id)
        scene.changed += before is None or _differs(before, draft) or name.id in parts.rewritten
        if before is None or _is_news(before, draft) or name.id in parts.other_members:
            scene.events.extend(_events_of(scene, draft, name, before))
    scene.noticed.extend(noticed(drafts, ids, stored))
    _write_history(scene, drafts, ids, stored)
    scene.events.extend(_merge(scene, drafts, names, stored))


def _known_incidents(scene: Scene) -> dict[int, Mapping[str, Any]]:
    """The rows of the incidents that the alerts belong to, by id."""
    ids = sorted({row["incident_id"] for row in scene.alerts.rows} - {None})
    if not ids:
        return {}
    statement = select(*_INCIDENT_COLUMNS).where(dialect_of(scene.session).one_of(_INCIDENTS.c.id, ids))
    return {row["id"]: dict(row) for row in scene.session.connection().execute(statement).mappings()}


def _drafts(
    scene: Scene, judged: Sequence[JudgedIncident], known: Mapping[int, Mapping[str, Any]]
) -> list[Draft]:
    rows = scene.alerts.rows
    members = [[rows[index] for index in incident.alerts.tolist()] for incident in judged]
    pieces = [
        Piece(tuple(row["id"] for row in alerts), incident.verdict is not Verdict.WITHDRAWN)
        for alerts, incident in zip(members, judged, strict=True)
    ]
    incident_of = {row["id"]: row["incident_id"] for row in rows}
    founders = {
        incident_id: row["founding_alert_id"]
        for incident_id, row in known.items()
        if row["merged_into_id"] is None
    }
    identities = assign(pieces, incident_of, founders)
    return [
        _draft(scene, incident, identity, alerts)
        for incident, identity, alerts in zip(judged, identities, members, strict=True)
    ]


def _draft(
    scene: Scene, judged: JudgedIncident, identity: Identity, alerts: Sequence[Mapping[str, Any]]
) -> Draft:
    values = incident_values(judged, alerts, scene.rules_version)
    first = alerts[0]
    return Draft(
        judged=judged,
        identity=identity,
        alerts=alerts,
        values=values,
        zone_places=scene.zones.containing(first["longitude"], first["latitude"], values["started_at"]),
    )


def _differs(before: Mapping[str, Any], draft: Draft) -> bool:
    if before["founding_alert_id"] != draft.identity.founding_alert_id:
        return True
    return any(before[name] != value for name, value in draft.values.items())


def _is_news(before: Mapping[str, Any], draft: Draft) -> bool:
    """Whether anybody needs to hear of it: every call moves a pending incident's figures a little."""
    moved = abs((before["probability_reported"] or 0.0) - (draft.values["probability_reported"] or 0.0))
    return moved >= NEWSWORTHY_PROBABILITY or any(
        before[name] != value for name, value in draft.values.items() if name not in _FIGURES
    )


def _write_rows(scene: Scene, drafts: Sequence[Draft], stored: Mapping[int, Mapping[str, Any]]) -> list[Name]:
    """Insert new incidents, update those that differ, and answer how each draft's incident is called."""
    session = scene.session
    names = _insert_new(scene, drafts, stored)
    changed = []
    for draft in drafts:
        before = stored.get(draft.identity.incident_id or 0)
        if before is None or not _differs(before, draft):
            continue
        decided_at = scene.now if before["verdict"] != draft.values["verdict"] else before["decided_at"]
        changed.append(
            {
                **draft.values,
                "b_id": before["id"],
                "founding_alert_id": draft.identity.founding_alert_id,
                "decided_at": decided_at,
            }
        )
    _update_many(session, _INCIDENTS, changed, scene.now)
    return names


def _insert_new(scene: Scene, drafts: Sequence[Draft], stored: Mapping[int, Mapping[str, Any]]) -> list[Name]:
    new = [draft for draft in drafts if draft.identity.incident_id is None]
    numbers = next_numbers(
        scene.session, [draft.values["started_at"] for draft in new], ZoneInfo(scene.zone_name)
    )
    rows = [
        {
            **draft.values,
            "number": number,
            "founding_alert_id": draft.identity.founding_alert_id,
            "decided_at": scene.now,
            "created_at": scene.now,
            "updated_at": scene.now,
        }
        for draft, number in zip(new, numbers, strict=True)
    ]
    inserted: list[int] = []
    if rows:
        statement = insert(_INCIDENTS).returning(_INCIDENTS.c.id, sort_by_parameter_order=True)
        inserted = list(scene.session.connection().scalars(statement, rows))
    fresh = iter(zip(inserted, numbers, strict=True))
    return [
        Name(*next(fresh))
        if draft.identity.incident_id is None
        else Name(draft.identity.incident_id, stored[draft.identity.incident_id]["number"])
        for draft in drafts
    ]


def _update_many(session: Session, table: Any, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Change rows by their ids (`b_id`), and keep what they were."""
    if not rows:
        return
    keep_versions(session, table, dialect_of(session).one_of(table.c.id, [row["b_id"] for row in rows]), now)
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "b_id"}
    columns[KNOWN_FROM[table.name][0]] = changed_at(table, now)
    session.connection().execute(
        update(table).where(table.c.id == bindparam("b_id")).values(columns), list(rows)
    )


@dataclass(slots=True)
class Parts:
    """Incidents of which alerts, links, CAD records or zones were written, and where there are others now."""

    rewritten: set[int]
    other_members: set[int]


def _write_parts(
    scene: Scene, drafts: Sequence[Draft], ids: Sequence[int], stored: Mapping[int, Mapping[str, Any]]
) -> Parts:
    """Alerts' membership, links, CAD records and zones, where they differ.

    Incidents count their links and CAD records, so that where there are none and are to be none nobody looks.
    """
    session = scene.session
    moved = [
        {"b_id": alert["id"], "incident_id": incident_id}
        for draft, incident_id in zip(drafts, ids, strict=True)
        for alert in draft.alerts
        if alert["incident_id"] != incident_id
    ]
    _update_many(session, Alert.__table__, moved, scene.now)
    links = [
        {"incident_id": incident_id, **link_values(link)}
        for draft, incident_id in zip(drafts, ids, strict=True)
        for link in draft.judged.links
    ]
    cad = [
        {"incident_id": incident_id, "call_id": call_id}
        for draft, incident_id in zip(drafts, ids, strict=True)
        for call_id in draft.judged.cad_record_ids
    ]
    zones = [
        {"incident_id": incident_id, "zone_id": scene.zones.ids[place]}
        for draft, incident_id in zip(drafts, ids, strict=True)
        for place in draft.zone_places
    ]
    parts = Parts({row["incident_id"] for row in moved}, {row["incident_id"] for row in moved})
    for model, rows, count in ((Link, links, "call_count"), (CadRecord, cad, "cad_record_count")):
        some = {row["incident_id"] for row in rows} | {each for each, row in stored.items() if row[count]}
        _replace_parts(scene, model, [each for each in ids if each in some], rows, parts)
    rezoned = _replace_parts(scene, IncidentZone, ids, zones, parts)
    _count_revisions(session, rezoned & {draft.identity.incident_id or 0 for draft in drafts})
    return parts


def _count_revisions(session: Session, ids: Collection[int]) -> None:
    """Let it be seen by the rows of incidents that their zones are others."""
    if ids:
        condition = dialect_of(session).one_of(Incident.id, sorted(ids))
        session.connection().execute(update(Incident).where(condition).values(revision=Incident.revision + 1))


def _replace_parts(
    scene: Scene, model: Any, ids: Sequence[int], rows: Sequence[Mapping[str, Any]], parts: Parts
) -> set[int]:
    """Make an incident's rows in a table what they should be; the incidents where they were not."""
    session, table = scene.session, model.__table__
    wanted: dict[int, set[tuple[Any, ...]]] = {incident_id: set() for incident_id in ids}
    names = [column.name for column in table.c if column.name != "known_at"]
    for row in rows:
        wanted[row["incident_id"]].add(tuple(row[name] for name in names))
    stored: dict[int, set[tuple[Any, ...]]] = {incident_id: set() for incident_id in ids}
    known_at = dict.fromkeys(ids, scene.now)
    if not ids:
        return set()
    columns = (*(table.c[name] for name in names), table.c.known_at)
    one_of = dialect_of(session).one_of
    statement = select(*columns).where(one_of(table.c.incident_id, ids))
    for *found, known in session.connection().execute(statement):
        stored[found[0]].add(tuple(found))
        known_at[found[0]] = max(known, known_at[found[0]])
    changed = {incident_id for incident_id in ids if stored[incident_id] != wanted[incident_id]}
    stale = [incident_id for incident_id in changed if stored[incident_id]]
    if stale:
        _take_out(session, table, one_of(table.c.incident_id, stale), scene.now)
    fresh = [
        {**row, "known_at": known_at[row["incident_id"]]} for row in rows if row["incident_id"] in changed
    ]
    if fresh:
        session.connection().execute(insert(table), fresh)
    parts.rewritten |= changed
    parts.other_members |= {
        incident_id
        for incident_id in changed
        if {row[:2] for row in stored[incident_id]} != {row[:2] for row in wanted[incident_id]}
    }
    return changed


def _take_out(session: Session, table: Any, condition: ColumnElement[bool], now: datetime) -> None:
    """Delete rows, and keep what they were."""
    keep_versions(session, table, condition, now)
    session.connection().execute(delete(table).where(condition))


def _write_history(
    scene: Scene, drafts: Sequence[Draft], ids: Sequence[int], stored: Mapping[int, Mapping[str, Any]]
) -> None:
    """A row for every verdict that is new, or that other rules now stand behind."""
    rows = []
    for draft, incident_id in zip(drafts, ids, strict=True):
        before = stored.get(incident_id)
        said = (draft.values["verdict"], scene.rules_version)
        if before is not None and (before["verdict"], before["rules_version"]) == said:
            continue
        scene.verdicts.append(said[0])
        rows.append(
            {
                "incident_id": incident_id,
                "verdict": said[0],
                "probability_reported": draft.values["probability_reported"],
                "reason": draft.values["reason"],
                "rules_version": scene.rules_version,
                "decided_at": scene.now,
            }
        )
    if rows:
        scene.session.connection().execute(insert(VerdictChange.__table__), rows)  # type: ignore[arg-type]


def _events_of(scene: Scene, draft: Draft, name: Name, before: Mapping[str, Any] | None) -> list[NewEvent]:
    verdict = draft.values["verdict"]
    types = []
    if before is None:
        types.append(EventType.OPENED)
    if before is None and verdict != Verdict.PENDING:
        types.append(_EVENT_OF_VERDICT[verdict])
    if before is not None:
        types.append(_EVENT_OF_VERDICT[verdict] if before["verdict"] != verdict else EventType.UPDATED)
    return [_event(scene, draft, name, before, type_) for type_ in types]


def _event(
    scene: Scene, draft: Draft, name: Name, before: Mapping[str, Any] | None, type_: EventType
) -> NewEvent:
    decided = (
        scene.now if before is None or before["verdict"] != draft.values["verdict"] else before["decided_at"]
    )
    shown = {
        **draft.values,
        "id": name.id,
        "number": name.number,
        "disposition": scene.dispositions.get(name.id, before["disposition"] if before else None),
        "decided_at": decided,
        "updated_at": scene.now,
    }
    document = incident_document(
        shown, draft.alerts, [scene.zones.names[place] for place in draft.zone_places]
    )
    return NewEvent(
        type=type_,
        at=scene.now,
        historical=is_historical(scene.now, draft.values["ended_at"]),
        incident_id=name.id,
        document=document,
    )


def _merge(
    scene: Scene, drafts: Sequence[Draft], names: Sequence[Name], stored: Mapping[int, Mapping[str, Any]]
) -> list[NewEvent]:
    """Let absorbed incidents redirect to their survivor, and drop what hung on them."""
    events = []
    for draft, name in zip(drafts, names, strict=True):
        absorbed = draft.identity.absorbed
        if not absorbed:
            continue
        rows = [{"b_id": merged, "merged_into_id": name.id, "revisit_at": None} for merged in absorbed]
        _update_many(scene.session, _INCIDENTS, rows, scene.now)
        for table in (Link.__table__, CadRecord.__table__, IncidentZone.__table__):
            _take_out(scene.session, table, table.c.incident_id.in_(absorbed), scene.now)
        for merged in absorbed:
            event = _event(scene, draft, name, stored.get(name.id), EventType.MERGED)
            events.append(
                NewEvent(
                    type=event.type,
                    at=event.at,
                    historical=event.historical,
                    incident_id=merged,
                    document={**event.document, "merged_id": str(merged)},
                )
            )
    return events
