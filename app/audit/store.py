"""Appending to the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import AuditEntry
from app.domain.time import format_instant

FIRST_HASH = bytes(32)


def append_audit(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction."""
    dialect_of(session).lock_log(session, "audit")
    last = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1))
    previous = last or FIRST_HASH
    entry = {
        "at": at,
        "actor": actor,
        "action": action,
        "target": target,
        "detail": dict(detail or {}),
        "previous_hash": previous,
    }
    session.execute(insert(AuditEntry).values(**entry, hash=entry_hash(entry)))


def entry_hash(entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over the entry and the hash of the one before it."""
    content = orjson.dumps(
        [format_instant(entry["at"]), entry["actor"], entry["action"], entry["target"], entry["detail"]],
        option=orjson.OPT_SORT_KEYS,
    )
    return sha256(entry["previous_hash"] + content).digest()
