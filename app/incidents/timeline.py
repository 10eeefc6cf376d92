"""What happened around an incident, in order of time, each with who said so; nothing of callers.

Times that a source told are put right by what its clock is known to be off (`clock_offset_s` of its mapping);
what it told is kept beside.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.database import dialect_of, rows_as_dicts
from app.db.models import (
    Alert,
    AlertRevision,
    CadRecord,
    Call,
    FollowUp,
    FollowUpChange,
    Incident,
    Link,
    LinkDecision,
    ShotReport,
    Source,
    VerdictChange,
)
from app.domain.revisions import number_of
from app.domain.time import format_millis
from app.domain.vocabulary import AlertStatus, Decision, Outcome, ShotsProvenance, TimelineKind
from app.incidents.documents import EVIDENCE_POSITION, disposition_document
from app.incidents.homes import disposition_history
from app.incidents.queries import Redirect, named, survivor
from app.sources.feeds import compiled_mapping

US = "earshot"
LIKELY = 0.5
_RANK = {kind: rank for rank, kind in enumerate(TimelineKind)}
_RESPONSE = {
    TimelineKind.DISPATCHED: "dispatched_at",
    TimelineKind.ARRIVED: "arrived_at",
    TimelineKind.CLEARED: "cleared_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `source` is who said so, `record` what it is about: ("alert", id)."""

    kind: TimelineKind
    at: datetime
    source: str
    record: tuple[str, int] | None = None
    told_at: datetime | None = None
    ordinal: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[Any, ...]:
        """By time, then kind, then source: the same whatever the database answers first."""
        return (self.at, _RANK[self.kind], self.source, self.record or ("", 0), self.ordinal)

    def document(self, started_at: datetime) -> dict[str, Any]:
        """As JSON; `offset_s` counts from the incident's first shot."""
        return {
            "at": format_millis(self.at),
            "offset_s": round((self.at - started_at).total_seconds(), 3),
            "kind": self.kind.value,
            "source": self.source,
            "told_at": None if self.told_at is None else format_millis(self.told_at),
            "record": None if self.record is None else {"type": self.record[0], "id": str(self.record[1])},
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class _Clock:
    """A source and what its clock is ahead by."""

    name: str
    offset: timedelta

    def entry(self, kind: TimelineKind, told: datetime, record: tuple[str, int], **more: Any) -> Entry:
        """What this source said of a time, put right."""
        return Entry(
            kind=kind,
            at=told - self.offset,
            source=self.name,
            record=record,
            told_at=told if self.offset else None,
            **more,
        )


def find_timeline(session: Session, incident: str) -> dict[str, Any] | Redirect | None:
    """The timeline of an incident by id or number; None: there is no such incident."""
    columns = (Incident.id, Incident.number, Incident.started_at, Incident.merged_into_id)
    row = session.execute(select(*columns).where(named(incident))).first()
    if row is None:
        return None
    if row.merged_into_id is not None:
        return Redirect(str(survivor(session, row.merged_into_id)))
    entries = sorted(_entries(session, row.id), key=lambda entry: entry.order)
    return {
        "incident_id": str(row.id),
        "number": row.number,
        "started_at": format_millis(row.started_at),
        "timeline": [entry.document(row.started_at) for entry in entries],
        "links": {"next": None},
    }


def _entries(session: Session, incident_id: int) -> Iterator[Entry]:
    clocks = {
        row.id: _Clock(row.name, timedelta(seconds=compiled_mapping(row.mapping).clock_offset_s))
        for row in session.execute(select(Source.id, Source.name, Source.mapping))
    }
    alerts = session.scalars(select(Alert).where(Alert.incident_id == incident_id).order_by(Alert.id)).all()
    for alert in alerts:
        yield from _of_alert(alert, clocks[alert.source_id])
    yield from _of_revisions(session, [alert.id for alert in alerts])
    yield from _of_calls(session, incident_id, clocks)
    yield from _of_cad_records(session, incident_id, clocks)
    yield from _of_verdicts(session, incident_id)
    yield from _of_decisions(session, [alert.id for alert in alerts])
    yield from _of_dispositions(session, incident_id)
    yield from _of_shot_reports(session, [alert.id for alert in alerts])
    yield from _of_follow_ups(session, incident_id)


def _of_alert(alert: Alert, clock: _Clock) -> Iterator[Entry]:
    """Its shots (of an alert that tells none, the first one) and when its vendor told of it."""
    record = ("alert", alert.id)
    if alert.started_at is not None:
        provenance = alert.shots_provenance if alert.shots else None
        for number, shot in enumerate(alert.shots or [{"offset_s": 0.0}], 1):
            yield clock.entry(
                TimelineKind.SHOT,
                alert.started_at + timedelta(seconds=shot["offset_s"]),
                record,
                ordinal=number,
                details={
                    "number": number,
                    "longitude": shot.get("longitude"),
                    "latitude": shot.get("latitude"),
                    "provenance": provenance or ShotsProvenance.ALERT.value,
                },
            )
    if alert.published_at is not None:
        details = {"external_id": alert.external_id}
        yield clock.entry(TimelineKind.ALERT_PUBLISHED, alert.published_at, record, details=details)


def _of_revisions(session: Session, alert_ids: list[int]) -> Iterator[Entry]:
    """Every body that came about the alerts, by our clock."""
    statement = (
        select(
            AlertRevision.alert_id,
            AlertRevision.id,
            AlertRevision.revision,
            AlertRevision.outcome,
            AlertRevision.stored_at,
            AlertRevision.record,
        )
        .where(dialect_of(session).one_of(AlertRevision.alert_id, alert_ids))
        .order_by(AlertRevision.id)
    )
    for ordinal, row in enumerate(session.execute(statement)):
        yield Entry(
            kind=_kind_of_revision(row.outcome, row.record),
            at=row.stored_at,
            source=US,
            record=("alert", row.alert_id),
            ordinal=ordinal,
            details={
                "revision": number_of(row.revision),
                "outcome": row.outcome,
                **{name: row.record.get(name) for name in ("status", "classification", "rounds")},
            },
        )


def _kind_of_revision(outcome: str, record: Mapping[str, Any]) -> TimelineKind:
    if outcome not in (Outcome.ACCEPTED, Outcome.REVISED):
        return TimelineKind.ALERT_NOT_APPLIED
    if record.get("status") == AlertStatus.RETRACTED:
        return TimelineKind.ALERT_RETRACTED
    return TimelineKind.ALERT_STORED if outcome == Outcome.ACCEPTED else TimelineKind.ALERT_REVISED


def _of_calls(session: Session, incident_id: int, clocks: Mapping[int, _Clock]) -> Iterator[Entry]:
    """Linked calls; what followed from a call only where it likely reports this incident."""
    statement = (
        select(
            *(getattr(Link, name) for name in ("probability", "decision", "lag_s", "distance_m")),
            *(getattr(Call, name) for name in ("id", "source_id", "received_at", "line", "origin")),
            Call.nature.label("call_nature"),
            *(getattr(Call, name) for name in _RESPONSE.values()),
        )
        .join(Call, Link.call_id == Call.id)
        .where(Link.incident_id == incident_id)
    )
    for row in rows_as_dicts(session.execute(statement)):
        clock, record = clocks[row["source_id"]], ("call", row["id"])
        details = {
            "line": row["line"],
            "nature": row["call_nature"],
            **{name: row[name] for name in ("origin", "lag_s", "distance_m", "probability", "decision")},
        }
        yield clock.entry(TimelineKind.CALL, row["received_at"], record, details=details)
        if row["decision"] != Decision.REJECTED and row["probability"] >= LIKELY:
            yield from _response(row, clock, record)


def _of_cad_records(session: Session, incident_id: int, clocks: Mapping[int, _Clock]) -> Iterator[Entry]:
    statement = (
        select(Call.id, Call.source_id, *(getattr(Call, name) for name in _RESPONSE.values()))
        .join(CadRecord, CadRecord.call_id == Call.id)
        .where(CadRecord.incident_id == incident_id)
    )
    for row in rows_as_dicts(session.execute(statement)):
        yield from _response(row, clocks[row["source_id"]], ("cad_record", row["id"]))


def _response(row: Mapping[str, Any], clock: _Clock, record: tuple[str, int]) -> Iterator[Entry]:
    for kind, column in _RESPONSE.items():
        if row[column] is not None:
            yield clock.entry(kind, row[column], record)


def _of_verdicts(session: Session, incident_id: int) -> Iterator[Entry]:
    names = ("verdict", "probability_reported", "reason", "rules_version")
    statement = (
        select(VerdictChange.id, VerdictChange.decided_at, *(getattr(VerdictChange, name) for name in names))
        .where(VerdictChange.incident_id == incident_id)
        .order_by(VerdictChange.id)
    )
    for row in rows_as_dicts(session.execute(statement)):
        yield Entry(
            kind=TimelineKind.VERDICT,
            at=row["decided_at"],
            source=US,
            ordinal=row["id"],
            details={name: row[name] for name in names},
        )


def _of_decisions(session: Session, alert_ids: list[int]) -> Iterator[Entry]:
    """What analysts decided about calls: one entry for what was written down about several alerts at once."""
    statement = (
        select(*LinkDecision.__table__.c)
        .where(dialect_of(session).one_of(LinkDecision.alert_id, alert_ids))
        .order_by(LinkDecision.id)
    )
    for rows in _together(rows_as_dicts(session.execute(statement))):
        first = next((row for row in rows if row["decision"] != Decision.AUTOMATIC), rows[0])
        yield Entry(
            kind=TimelineKind.DECISION,
            at=first["decided_at"],
            source=first["actor"],
            record=("call", first["call_id"]),
            ordinal=first["id"],
            details={"decision": first["decision"], "note": first["note"]},
        )


def _together(rows: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    """Decisions by one act: one actor, call and moment, and no alert twice."""
    acts: list[list[Mapping[str, Any]]] = []
    for row in rows:
        act = (row["actor"], row["call_id"], row["decided_at"])
        last = acts[-1] if acts else []
        same = bool(last) and act == (last[0]["actor"], last[0]["call_id"], last[0]["decided_at"])
        if same and row["alert_id"] not in {each["alert_id"] for each in last}:
            last.append(row)
        else:
            acts.append([row])
    return acts


def _of_dispositions(session: Session, incident_id: int) -> Iterator[Entry]:
    for row in disposition_history(session, incident_id):
        yield Entry(
            kind=TimelineKind.DISPOSITION,
            at=row["decided_at"],
            source=row["actor"],
            ordinal=row["id"],
            details={
                name: value
                for name, value in disposition_document(row).items()
                if name in ("disposition", "note", "evidence", EVIDENCE_POSITION)
            },
        )


def _of_shot_reports(session: Session, alert_ids: list[int]) -> Iterator[Entry]:
    """What was found out about the shots later; the shots themselves stay those that the alert told."""
    statement = (
        select(*ShotReport.__table__.c)
        .where(dialect_of(session).one_of(ShotReport.alert_id, alert_ids))
        .order_by(ShotReport.id)
    )
    for row in rows_as_dicts(session.execute(statement)):
        yield Entry(
            kind=TimelineKind.SHOT_REPORT,
            at=row["stored_at"],
            source=row["actor"],
            record=("alert", row["alert_id"]),
            ordinal=row["id"],
            details={
                **{name: row[name] for name in ("provenance", "reference", "rounds", "shooters", "note")},
                "shots": len(row["shots"]),
            },
        )


def _of_follow_ups(session: Session, incident_id: int) -> Iterator[Entry]:
    statement = (
        select(*FollowUpChange.__table__.c, FollowUp.kind)
        .join(FollowUp, FollowUpChange.follow_up_id == FollowUp.id)
        .where(FollowUp.incident_id == incident_id)
        .order_by(FollowUpChange.id)
    )
    for row in rows_as_dicts(session.execute(statement)):
        yield Entry(
            kind=TimelineKind.FOLLOW_UP,
            at=row["changed_at"],
            source=row["actor"],
            record=("follow_up", row["follow_up_id"]),
            ordinal=row["id"],
            details={"kind": row["kind"], **row["fields"]},
        )
