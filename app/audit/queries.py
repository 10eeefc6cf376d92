"""Looking through the audit trail, and checking that nobody changed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.audit.store import FIRST_HASH, entry_hash
from app.db.models import AuditEntry, Key
from app.db.paging import Page, Sort, cut
from app.domain.time import format_millis

NEWEST_FIRST = Sort(name="-id", column=AuditEntry.id, id_column=AuditEntry.id, descending=True)
_READ_AT_ONCE = 1_000
_KEY = "key:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: those that all of these fit, where they are given.

    `action` and `target` may name a family: `key` is every `key.…`, `call` every `call:…`.
    """

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    from_at: datetime | None = None
    before: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """As SQL."""
        if self.actor is not None:
            yield AuditEntry.actor == self.actor
        if self.action is not None:
            yield _is_or_begins(AuditEntry.action, self.action, ".")
        if self.target is not None:
            yield _is_or_begins(AuditEntry.target, self.target, ":")
        if self.from_at is not None:
            yield AuditEntry.at >= self.from_at
        if self.before is not None:
            yield AuditEntry.at < self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How far the chain holds: all `entries`, or up to the one that is `broken_at`, with the reason."""

    entries: int
    last_hash: bytes
    broken_at: int | None = None
    reason: str | None = None


def search_audit(session: Session, wanted: Wanted, limit: int, cursor: str | None) -> Page:
    """A page of entries as documents, the newest first, with the names of the keys that acted."""
    statement = select(*AuditEntry.__table__.c).where(*wanted.conditions())
    rows = session.execute(NEWEST_FIRST.page(statement, limit, cursor)).mappings().all()
    kept, following = cut(rows, limit, NEWEST_FIRST)
    names = _key_names(session, {row["actor"] for row in kept})
    return Page(items=[_document(row, names) for row in kept], next_cursor=following)


def verify_audit(session: Session) -> Verification:
    """Work out every hash again, in order, until one does not fit."""
    previous, count = FIRST_HASH, 0
    statement = select(*AuditEntry.__table__.c).order_by(AuditEntry.id)
    for row in session.execute(statement.execution_options(yield_per=_READ_AT_ONCE)).mappings():
        reason = None
        if row["previous_hash"] != previous:
            reason = "it does not follow the entry before it: one is missing, or was put in between"
        elif entry_hash(dict(row)) != row["hash"]:
            reason = "its content is not what was written"
        if reason is not None:
            return Verification(entries=count, last_hash=previous, broken_at=row["id"], reason=reason)
        previous, count = row["hash"], count + 1
    return Verification(entries=count, last_hash=previous)


def _is_or_begins(column: Any, text: str, separator: str) -> ColumnElement[bool]:
    return or_(column == text, column.startswith(text + separator, autoescape=True))


def _key_names(session: Session, actors: set[str]) -> dict[str, str | None]:
    ids = [actor.removeprefix(_KEY) for actor in actors if actor.startswith(_KEY)]
    named = session.execute(select(Key.id, Key.name).where(Key.id.in_(ids)))
    return {f"{_KEY}{key_id}": name for key_id, name in named}


def _document(row: Any, names: dict[str, str | None]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "at": format_millis(row["at"]),
        "actor": row["actor"],
        "actor_name": names.get(row["actor"]),
        "action": row["action"],
        "target": row["target"],
        "detail": row["detail"],
        "hash": row["hash"].hex(),
    }
