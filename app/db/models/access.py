"""Keys, the sessions that they begin, and the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, PrimaryId


class Key(Base):
    """A key, of which only the SHA-256 of its secret is kept."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"))
    name: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KeySession(Base):
    """A browser in which somebody signed in with a key; only the SHA-256 of its token is kept."""

    __tablename__ = "key_sessions"
    # The audit trail speaks of sessions that are gone: no id comes twice.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[PrimaryId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("keys.id"))
    signed_in_at: Mapped[datetime]
    active_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to what. Each entry's hash covers the one before it; rows are only ever added."""

    __tablename__ = "audit_entries"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[PrimaryId]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text, index=True)
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AnsweredRequest(Base):
    """The answer to a write that named an `Idempotency-Key`, so that its repeat is answered alike."""

    __tablename__ = "answered_requests"

    actor: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    location: Mapped[str | None] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime] = mapped_column(index=True)
