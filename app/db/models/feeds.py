"""Sources and what is known of their health: secrets, imports, coverage, rejects."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, PrimaryId


class Source(Base):
    """One feed. `pushed_from` and `pushed_through` span the times of calls that were pushed live."""

    __tablename__ = "sources"

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    mapping: Mapped[str] = mapped_column(Text)
    require_signature: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    last_received_at: Mapped[datetime | None]
    pushed_from: Mapped[datetime | None]
    pushed_through: Mapped[datetime | None]


class SourceSecret(Base):
    """A Standard Webhooks signing secret; several are valid while one replaces another."""

    __tablename__ = "source_secrets"

    id: Mapped[PrimaryId]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), index=True)
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Import(Base):
    """One file taken in. It says something of completeness only once `ended_at` is set."""

    __tablename__ = "imports"

    id: Mapped[PrimaryId]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), index=True)
    file_name: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]


class CoveredStretch(Base):
    """A stretch of event time that ended imports, or heartbeats, say a source is complete over.

    The stretches of a source and kind are disjoint.
    """

    __tablename__ = "covered_stretches"

    id: Mapped[PrimaryId]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    from_at: Mapped[datetime]
    through_at: Mapped[datetime]


class Reject(Base):
    """A body that could not be used, as it came, until it is retried or too old."""

    __tablename__ = "rejects"
    __table_args__ = (Index("ix_rejects_source_id_digest", "source_id", "digest", unique=True),)

    id: Mapped[PrimaryId]
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    stored_at: Mapped[datetime] = mapped_column(index=True)
    external_id: Mapped[str | None] = mapped_column(Text)
    errors: Mapped[list[dict[str, Any]]]
    content_type: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    line: Mapped[int | None]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    resolved_at: Mapped[datetime | None]
