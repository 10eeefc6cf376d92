"""Alerts and calls: the state of each, every revision that ever came, and what waits for the worker."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, Positioned, PrimaryId

OF_GUNFIRE = "nature IN ('shots_fired', 'shooting')"


class Alert(Positioned, Base):
    """One acoustic detection as its best revision tells it. `started_at` is null for a tombstone.

    `changed_at` is when the row became what it is; null: it is as it was stored.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index("ix_alerts_position", "position", postgresql_using="gist", info={"dialect": "postgresql"}),
        Index("ix_alerts_started_at_id", "started_at", "id"),
    )

    id: Mapped[PrimaryId]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    fields_revision: Mapped[int | None]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime | None]
    revised_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    uncertainty_m: Mapped[float | None]
    rounds: Mapped[int | None]
    classification: Mapped[str] = mapped_column(Text)
    vendor_classification: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    address: Mapped[str | None] = mapped_column(Text)
    full_auto: Mapped[bool | None]
    high_capacity: Mapped[bool | None]
    multiple_shooters: Mapped[bool | None]
    direction_deg: Mapped[float | None]
    speed_mps: Mapped[float | None]
    audio_url: Mapped[str | None] = mapped_column(Text)
    shots: Mapped[list[dict[str, Any]] | None]
    shots_provenance: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[dict[str, Any]] | None]
    stored_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)


class AlertRevision(Base):
    """One body about an alert, applied or not. Rows are only ever added."""

    __tablename__ = "alert_revisions"
    __table_args__ = (UniqueConstraint("alert_id", "revision", "fingerprint"),)

    id: Mapped[PrimaryId]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    revision: Mapped[int]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime]
    record: Mapped[dict[str, Any]]
    raw: Mapped[dict[str, Any]]


class ShotReport(Base):
    """What was found out later about the shots of an alert. Rows are only ever added.

    The last of an alert, provenance and reference holds.
    """

    __tablename__ = "shot_reports"
    __table_args__ = (UniqueConstraint("alert_id", "fingerprint"),)

    id: Mapped[PrimaryId]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    provenance: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    rounds: Mapped[int | None]
    shooters: Mapped[int | None]
    shots: Mapped[list[dict[str, Any]]]
    note: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    actor: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime]


class MissedGunfire(Base):
    """A shooting that no alert told of, as a person filed it; `withdrawn_at` when that was a mistake."""

    __tablename__ = "missed_gunfire"
    __table_args__ = (Index("ix_missed_gunfire_happened_at_id", "happened_at", "id"),)

    id: Mapped[PrimaryId]
    happened_at: Mapped[datetime]
    longitude: Mapped[float]
    latitude: Mapped[float]
    uncertainty_m: Mapped[float | None]
    rounds: Mapped[int | None]
    evidence: Mapped[dict[str, Any]]
    note: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Call(Positioned, Base):
    """One call for service as its best revision tells it; `changed_at` as of an alert."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index("ix_calls_position", "position", postgresql_using="gist", info={"dialect": "postgresql"}),
        Index("ix_calls_received_at_id", "received_at", "id"),
        Index("ix_calls_source_id_received_at", "source_id", "received_at"),
        Index(
            "ix_calls_of_gunfire_received_at",
            "received_at",
            postgresql_include=["id", "origin", "longitude", "latitude"],
            postgresql_where=text(OF_GUNFIRE),
            sqlite_where=text(OF_GUNFIRE),
        ),
    )

    id: Mapped[PrimaryId]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    fields_revision: Mapped[int | None]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    revised_at: Mapped[datetime | None]
    uncertainty_m: Mapped[float | None]
    address: Mapped[str | None] = mapped_column(Text)
    line: Mapped[str] = mapped_column(Text)
    nature_code: Mapped[str | None] = mapped_column(Text)
    nature: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    priority: Mapped[str | None] = mapped_column(Text)
    disposition: Mapped[str | None] = mapped_column(Text)
    responders: Mapped[list[str] | None]
    backup_requested: Mapped[bool | None]
    dispatched_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    narrative: Mapped[str | None] = mapped_column(Text)
    alert_external_id: Mapped[str | None] = mapped_column(Text)
    caller: Mapped[dict[str, Any] | None]
    warnings: Mapped[list[dict[str, Any]] | None]
    stored_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]


class CallRevision(Base):
    """One body about a call, applied or not, without what its source does not keep."""

    __tablename__ = "call_revisions"
    __table_args__ = (UniqueConstraint("call_id", "revision", "fingerprint"),)

    id: Mapped[PrimaryId]
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"))
    revision: Mapped[int]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime]
    record: Mapped[dict[str, Any]]
    raw: Mapped[dict[str, Any]]


class Change(Base):
    """A stretch of event time in which something changed that the worker has not yet looked at.

    Written in the transaction of the change itself, so an alert and a call that commit together still meet.
    `retry_at` is set on one that the worker failed at: the others do not wait for it.
    """

    __tablename__ = "changes"

    id: Mapped[PrimaryId]
    kind: Mapped[str] = mapped_column(Text)
    from_at: Mapped[datetime]
    through_at: Mapped[datetime]
    retry_at: Mapped[datetime | None]
