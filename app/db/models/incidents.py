"""Incidents, their links to calls, the history of their verdicts, and the ordered log of events."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, Positioned, PrimaryId


class Incident(Positioned, Base):
    """One shooting, as last judged. `revisit_at` is when time alone may change its verdict.

    `revision` grows with every change of the row, and with every change of its zones.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_position", "position", postgresql_using="gist", info={"dialect": "postgresql"}),
        Index("ix_incidents_started_at_id", "started_at", "id"),
        Index("ix_incidents_verdict_started_at_id", "verdict", "started_at", "id"),
        Index("ix_incidents_updated_at", "updated_at"),
        Index("ix_incidents_revisit_at", "revisit_at"),
        Index("ix_incidents_window_covered_started_at", "window_covered", "started_at"),
    )

    id: Mapped[PrimaryId]
    number: Mapped[str] = mapped_column(Text, unique=True)
    founding_alert_id: Mapped[int]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    verdict: Mapped[str] = mapped_column(Text)
    probability_reported: Mapped[float | None]
    needs_review: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    uncertainty_m: Mapped[float | None]
    address: Mapped[str | None] = mapped_column(Text)
    rounds: Mapped[int | None]
    classification: Mapped[str] = mapped_column(Text)
    full_auto: Mapped[bool | None]
    high_capacity: Mapped[bool | None]
    multiple_shooters: Mapped[bool | None]
    first_call_lag_s: Mapped[float | None]
    alert_count: Mapped[int]
    call_count: Mapped[int]
    cad_record_count: Mapped[int]
    disposition: Mapped[str | None] = mapped_column(Text)
    rules_version: Mapped[str] = mapped_column(ForeignKey("rules.version"))
    window_covered: Mapped[bool]
    revisit_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(server_default=text("0"), onupdate=text("incidents.revision + 1"))


class IncidentZone(Base):
    """An incident lies in a zone."""

    __tablename__ = "incident_zones"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zones.id"), primary_key=True, index=True)
    known_at: Mapped[datetime]


class Link(Base):
    """A call that may report an incident, with the terms of its evidence (natural logarithms).

    The terms are null for a call that an analyst confirmed although it lies outside window or gate.
    `probability_without` is P(reported) had the call not been made; `is_decisive`: the verdict hangs on it.
    """

    __tablename__ = "links"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True, index=True)
    probability: Mapped[float]
    decision: Mapped[str] = mapped_column(Text)
    lag_s: Mapped[float | None]
    distance_m: Mapped[float | None]
    prior: Mapped[float | None]
    time: Mapped[float | None]
    distance: Mapped[float | None]
    nature: Mapped[float | None]
    background: Mapped[float | None]
    total: Mapped[float | None]
    live_factor: Mapped[float | None]
    probability_without: Mapped[float | None]
    is_decisive: Mapped[bool]
    known_at: Mapped[datetime]


class LinkDecision(Base):
    """What an analyst said of a call and an alert. Rows are only ever added; the last of a pair holds."""

    __tablename__ = "link_decisions"

    id: Mapped[PrimaryId]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    decision: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]


class CadRecord(Base):
    """A sensor record in the call feed: what the alert itself created, never a report."""

    __tablename__ = "cad_records"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), primary_key=True, index=True)
    known_at: Mapped[datetime]


class VerdictChange(Base):
    """What was said of an incident, why, under which rules, and when. Rows are only ever added."""

    __tablename__ = "verdict_changes"
    __table_args__ = (Index("ix_verdict_changes_incident_id_id", "incident_id", "id"),)

    id: Mapped[PrimaryId]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    verdict: Mapped[str] = mapped_column(Text)
    probability_reported: Mapped[float | None]
    reason: Mapped[str] = mapped_column(Text)
    rules_version: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]


class Event(Base):
    """One row of the ordered log that the stream and the outbound webhooks read."""

    __tablename__ = "events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[PrimaryId]
    type: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    historical: Mapped[bool]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    document: Mapped[dict[str, Any]]


class NumberSeries(Base):
    """The last incident number given in a year of the agency's zone."""

    __tablename__ = "number_series"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
