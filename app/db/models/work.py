"""What people find out about incidents: dispositions, and the work that follows, each with its history."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, PrimaryId


class DispositionChange(Base):
    """What an analyst found, or null to take it back. Rows are only ever added; the last one holds.

    `incident_id` is the incident as it was called then; where the word belongs now is told by its alerts.
    """

    __tablename__ = "disposition_changes"

    id: Mapped[PrimaryId]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    disposition: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]


class DispositionAlert(Base):
    """An alert that a disposition was about, the founding one at place 0."""

    __tablename__ = "disposition_alerts"

    disposition_id: Mapped[int] = mapped_column(ForeignKey("disposition_changes.id"), primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), primary_key=True, index=True)
    place: Mapped[int]


class FollowUp(Base):
    """A piece of work about an incident, as it stands. `rule` made it, or null: a person did.

    `alert_id` is the incident's founding alert when it was made: it goes with that through merges and splits.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_created_at_id", "created_at", "id"),
        Index("ix_follow_ups_due_at_id", "due_at", "id"),
    )

    id: Mapped[PrimaryId]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    assignee: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    results: Mapped[dict[str, Any]]
    is_touched: Mapped[bool]
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class FollowUpChange(Base):
    """Who changed which fields of a follow-up to what, and when. Rows are only ever added."""

    __tablename__ = "follow_up_changes"

    id: Mapped[PrimaryId]
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_ups.id"), index=True)
    actor: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    fields: Mapped[dict[str, Any]]
