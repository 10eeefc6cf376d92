"""Trying rejects again with their source's mapping of today.

A reject's body is what was at hand when it was refused: the element as JSON where it could be read at all
(also of CSV rows and XML elements), else the bytes of the line, the row or the whole request.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.adapters import BodyError, FeedMapping, Parsed, Refused, Result, Skipped, parse_body
from app.adapters.json_text import parse_json
from app.audit import append_audit
from app.core.clock import Clock
from app.db import Database
from app.db.database import dialect_of
from app.db.models import Reject, Source
from app.domain.records import FieldProblem
from app.domain.time import to_micros
from app.domain.vocabulary import Outcome, UpdateRule
from app.intake.rows import problems_document
from app.intake.store import Item, reject_rows, store_items, store_rejects
from app.sources.feeds import Feed, feed_of
from app.sources.imports import import_under_way
from app.sources.rejects import find_reject, waiting_ids

REJECTS_A_COMMIT = 500
FROM_FILE = "file"
_OUTCOMES = {Outcome.ACCEPTED: "new"}


@dataclass(slots=True)
class RetryCounts:
    """What became of the rejects that were tried again: `resolved` of `tried`; the rest are still refused."""

    tried: int = 0
    resolved: int = 0
    skipped: int = 0
    records: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("new", "duplicate", "revised", "stale", "conflict"), 0)
    )

    def document(self) -> dict[str, int]:
        """As answered by the command line."""
        rejected = self.tried - self.resolved
        return {
            "tried": self.tried,
            "resolved": self.resolved,
            "rejected": rejected,
            **self.records,
            "skipped": self.skipped,
        }


def retry_rejects(
    database: Database, clock: Clock, *, source_id: int | None, reject_id: int | None, actor: str
) -> RetryCounts:
    """Map unresolved rejects again (of one source, or just one) and store what can be used now.

    A reject is resolved once every record in it is stored or left out by the mapping's `where`. Raises
    NotFoundError for an unknown `reject_id`.
    """
    counts = RetryCounts()
    after = 0
    while True:
        with database.read() as session:
            if reject_id is not None:
                ids = [find_reject(session, reject_id)[0].id] if counts.tried == 0 else []
            else:
                ids = waiting_ids(session, source_id=source_id, after=after, limit=REJECTS_A_COMMIT)
        if not ids:
            break
        after = ids[-1]
        _retry_batch(database, clock(), ids, counts)
        if reject_id is not None:
            break
    with database.write() as session:
        append_audit(
            session,
            at=clock(),
            actor=actor,
            action="rejects.retry",
            target="rejects" if source_id is None else f"source-id:{source_id}",
            detail={"reject": reject_id, **counts.document()},
        )
    return counts


def map_again(mapping: FeedMapping, reject: Reject, now: datetime) -> list[Result]:
    """What the mapping makes of a reject's body now; one result for each record in it, at least one.

    A body with problems in its fields was one element, one without was a line, a row or a whole request; a
    changed `records` can make either into the other, so what does not help as the one is tried as the other.
    """
    was_element = all(problem["pointer"] for problem in reject.errors)
    ways = (_as_element, _as_body) if was_element else (_as_body, _as_element)
    attempts = [[_map(mapping, item, reject, now) for item in way(mapping, reject)] for way in ways]
    for wanted in (Parsed, Skipped):
        for results in attempts:
            if any(isinstance(result, wanted) for result in results):
                return results
    return attempts[0] or [_still_refused(reject)]


def _as_element(mapping: FeedMapping, reject: Reject) -> list[Any]:
    del mapping
    try:
        value = parse_json(reject.raw)
    except ValueError:
        return []
    return value if isinstance(value, list) else [value]


def _as_body(mapping: FeedMapping, reject: Reject) -> list[Any]:
    was_element = all(problem["pointer"] for problem in reject.errors)
    content_type = "application/json" if was_element else reject.content_type
    try:
        return parse_body(reject.raw, mapping, content_type)[0]
    except BodyError:
        return []


def _map(mapping: FeedMapping, element: Any, reject: Reject, now: datetime) -> Result:
    return mapping.apply(element, ordinal=0, line=reject.line, now=now)


def _still_refused(reject: Reject) -> Refused:
    """As it was: nothing of the body can be read, so that its old reasons are the best there are."""
    return Refused(
        ordinal=0,
        line=reject.line,
        external_id=reject.external_id,
        errors=tuple(FieldProblem(pointer=item["pointer"], reason=item["reason"]) for item in reject.errors),
        raw=reject.raw,
    )


def _retry_batch(database: Database, now: datetime, ids: Sequence[int], counts: RetryCounts) -> None:
    """Some rejects in one transaction; where the database refuses one of them, each in its own."""
    try:
        with database.write() as session:
            done = _retry(session, ids, now)
    except (DatabaseError, ValueError, OverflowError):
        if len(ids) == 1:
            counts.tried += 1
            return
        for one in ids:
            _retry_batch(database, now, [one], counts)
        return
    counts.tried += done.tried
    counts.resolved += done.resolved
    counts.skipped += done.skipped
    for name, count in done.records.items():
        counts.records[name] += count


def _retry(session: Session, ids: Sequence[int], now: datetime) -> RetryCounts:
    done = RetryCounts()
    statement = (
        select(Reject, Source)
        .join(Source, Reject.source_id == Source.id)
        .where(Reject.id.in_(ids), Reject.resolved_at.is_(None))
        .order_by(Reject.id)
    )
    feeds: dict[int, Feed] = {}
    items: list[Item] = []
    left: list[dict[str, Any]] = []
    for reject, source in session.execute(dialect_of(session).lock_rows(statement)):
        feed = feeds.setdefault(source.id, feed_of(session, source, now))
        results = map_again(feed.mapping, reject, now)
        refused = [result for result in results if isinstance(result, Refused)]
        parsed = [result for result in results if isinstance(result, Parsed)]
        done.tried += 1
        done.skipped += len(results) - len(refused) - len(parsed)
        snapshot = _snapshot_micros(session, feed, reject)
        items.extend(Item(feed, result, snapshot) for result in parsed)
        if refused and len(refused) == len(results):
            _note_reasons(session, reject, refused[0])
            continue
        # What of a whole body still cannot be used waits from now on as a reject of its own.
        left += reject_rows(
            feed, refused, origin=reject.origin, content_type="application/json", now=reject.stored_at
        )
        _resolve(session, reject, now)
        done.resolved += 1
    store_rejects(session, left)
    if items:
        store_items(session, items, now=now, pushed=False)
    for item in items:
        done.records[_OUTCOMES.get(item.outcome, item.outcome.value)] += 1
    return done


def _snapshot_micros(session: Session, feed: Feed, reject: Reject) -> int | None:
    """The revision of an unrevised record: that of the delivery in which it came, not of today."""
    updates = feed.mapping.updates
    if reject.origin == FROM_FILE:
        if updates is UpdateRule.CONFLICT:
            return None
        as_of = import_under_way(session, feed.id, reject.stored_at)
        return to_micros(as_of or reject.stored_at)
    return to_micros(reject.stored_at) if updates is UpdateRule.SNAPSHOT else None


def _note_reasons(session: Session, reject: Reject, refused: Refused) -> None:
    reasons = problems_document(refused.errors)
    if reasons != reject.errors:
        session.execute(
            update(Reject)
            .where(Reject.id == reject.id)
            .values(errors=reasons, external_id=refused.external_id or reject.external_id)
        )


def _resolve(session: Session, reject: Reject, now: datetime) -> None:
    session.execute(update(Reject).where(Reject.id == reject.id).values(resolved_at=now))
