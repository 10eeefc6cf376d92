"""Storing records: insert first, let the unique key say what is a repeat, then step its revision on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Table, bindparam, case, insert, or_, select, update
from sqlalchemy.orm import Session

from app.adapters import Parsed, Refused
from app.db.database import dialect_of
from app.db.models import Alert, AlertRevision, Call, CallRevision, Change, Reject, Source
from app.domain.revisions import RevisionState, Step, Submission, advance, submission_of
from app.domain.vocabulary import Outcome, SourceKind
from app.intake.rows import event_time, field_values, problems_document, revision_row, state_values
from app.sources.feeds import Feed

_MERGE_CHANGES_WITHIN = timedelta(minutes=10)


@dataclass(slots=True)
class Item:
    """One usable record on its way into the database, and what became of it."""

    feed: Feed
    parsed: Parsed
    snapshot_at_micros: int | None
    submission: Submission = field(init=False)
    outcome: Outcome = Outcome.REJECTED
    id: int = 0

    def __post_init__(self) -> None:
        """Fingerprint once, before any lock is held."""
        self.submission = submission_of(self.parsed.record, snapshot_at_micros=self.snapshot_at_micros)

    @property
    def key(self) -> tuple[int, str]:
        """What makes a record the same record."""
        return self.feed.id, self.parsed.record.external_id


@dataclass(frozen=True, slots=True)
class Stretch:
    """Event time in which something changed."""

    kind: str
    from_at: datetime
    through_at: datetime


def store_items(
    session: Session, items: Sequence[Item], *, now: datetime, pushed: bool, bulk: bool = False
) -> None:
    """Store records in the caller's transaction and set each item's outcome and id.

    `pushed` says that they came live (their times then tell what the feed has covered); `bulk` takes the
    database's fastest way for many new rows.
    """
    stretches: list[Stretch] = []
    for kind in SourceKind:
        of_kind = sorted((item for item in items if item.feed.kind is kind), key=lambda item: item.key)
        for once in _without_repeats(of_kind):
            stretches.extend(_store_once(session, kind, once, now=now, bulk=bulk))
    for feed in {item.feed.id: item.feed for item in items}.values():
        own = [item for item in items if item.feed.id == feed.id]
        stretches.extend(_touch_source(session, feed, own, now=now, pushed=pushed))
    record_changes(session, stretches)


def record_changes(session: Session, stretches: Iterable[Stretch]) -> None:
    """Leave the worker word of what changed, in the transaction that changed it; near ones become one."""
    merged: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda stretch: (stretch.kind, stretch.from_at)):
        last = merged[-1] if merged else None
        if last and last.kind == stretch.kind and stretch.from_at - last.through_at <= _MERGE_CHANGES_WITHIN:
            merged[-1] = Stretch(last.kind, last.from_at, max(last.through_at, stretch.through_at))
        else:
            merged.append(stretch)
    if merged:
        rows = [{"kind": s.kind, "from_at": s.from_at, "through_at": s.through_at} for s in merged]
        session.execute(insert(Change), rows)
        dialect_of(session).wake(session)


def store_rejects(
    session: Session,
    feed: Feed,
    refusals: Iterable[Refused],
    *,
    origin: str,
    content_type: str | None,
    now: datetime,
) -> None:
    """Keep what could not be used, once however often it comes."""
    rows = [
        {
            "source_id": feed.id,
            "stored_at": now,
            "external_id": refused.external_id,
            "errors": problems_document(refused.errors),
            "content_type": content_type,
            "origin": origin,
            "line": refused.line,
            "digest": sha256(refused.raw).digest(),
            "raw": refused.raw,
        }
        for refused in refusals
    ]
    if rows:
        session.execute(dialect_of(session).insert_ignoring(Reject.__table__), rows)


def _without_repeats(items: Sequence[Item]) -> Iterable[list[Item]]:
    """Split so that no part holds a record twice, in the order of arrival of each record's bodies."""
    waiting = list(items)
    while waiting:
        seen: set[tuple[int, str]] = set()
        first: list[Item] = []
        later: list[Item] = []
        for item in waiting:
            (later if item.key in seen else first).append(item)
            seen.add(item.key)
        yield first
        waiting = later


def _tables(kind: SourceKind) -> tuple[Table, Table, str]:
    if kind is SourceKind.ALERTS:
        return Alert.__table__, AlertRevision.__table__, "alert_id"  # type: ignore[return-value]
    return Call.__table__, CallRevision.__table__, "call_id"  # type: ignore[return-value]


def _store_once(
    session: Session, kind: SourceKind, items: list[Item], *, now: datetime, bulk: bool
) -> list[Stretch]:
    table, revisions, owner = _tables(kind)
    dialect = dialect_of(session)
    rows = [_new_row(item, now) for item in items]
    new_ids = dialect.insert_new(session, table, rows, bulk=bulk)
    stretches: list[Stretch] = []
    known: list[Item] = []
    for item in items:
        if item.key in new_ids:
            item.id, item.outcome = new_ids[item.key], Outcome.ACCEPTED
            stretches.extend(_stretch(item, None))
        else:
            known.append(item)
    kept = _revision_rows([item for item in items if item.key in new_ids], owner, now)
    if kept and bulk:
        dialect.copy_rows(session, revisions, kept)
    elif kept:
        session.execute(dialect.insert_ignoring(revisions), kept)
    if known:
        stretches.extend(_step_on(session, kind, known, now))
    return stretches


def _new_row(item: Item, now: datetime) -> dict[str, Any]:
    step = advance(None, item.submission)
    return {
        "source_id": item.feed.id,
        "external_id": item.parsed.record.external_id,
        "stored_at": now,
        **state_values(step.state, is_alert=item.feed.kind is SourceKind.ALERTS),
        **field_values(item.parsed),
    }


def _revision_rows(items: Iterable[Item], owner: str, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            owner: item.id,
            "outcome": item.outcome.value,
            **revision_row(
                item.parsed,
                revision=item.submission.revision,
                fingerprint=item.submission.fingerprint,
                now=now,
            ),
        }
        for item in items
    ]


def _step_on(session: Session, kind: SourceKind, items: list[Item], now: datetime) -> list[Stretch]:
    """Apply bodies to records that were there before."""
    table, revisions, owner = _tables(kind)
    dialect = dialect_of(session)
    stored = _stored_rows(session, kind, items)
    is_alert = kind is SourceKind.ALERTS
    with_fields: list[dict[str, Any]] = []
    state_only: list[dict[str, Any]] = []
    stretches: list[Stretch] = []
    for item in items:
        row = stored[item.key]
        step = advance(_state_of(row, is_alert=is_alert), item.submission)
        item.id, item.outcome = row.id, step.outcome
        if step.state == _state_of(row, is_alert=is_alert) and not step.takes_fields:
            continue
        values = {"b_id": row.id, **state_values(step.state, is_alert=is_alert)}
        if step.takes_fields:
            with_fields.append({**values, **field_values(item.parsed)})
        else:
            state_only.append(values)
        if step.outcome is not Outcome.DUPLICATE:
            stretches.extend(_stretch(item, row.event_at, step))
    for rows in (with_fields, state_only):
        if rows:
            columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "b_id"}
            session.connection().execute(
                update(table).where(table.c.id == bindparam("b_id")).values(columns), rows
            )
    kept = _revision_rows((item for item in items if item.outcome is not Outcome.DUPLICATE), owner, now)
    if kept:
        session.execute(dialect.insert_ignoring(revisions), kept)
    return stretches


def _stored_rows(session: Session, kind: SourceKind, items: list[Item]) -> dict[tuple[int, str], Any]:
    table, _, _ = _tables(kind)
    dialect = dialect_of(session)
    is_alert = kind is SourceKind.ALERTS
    columns = [table.c.id, table.c.source_id, table.c.external_id, table.c.revision]
    columns += [table.c.fields_revision, table.c.fingerprint]
    columns += [table.c.status] if is_alert else []
    event_at = (table.c.started_at if is_alert else table.c.received_at).label("event_at")
    rows: dict[tuple[int, str], Any] = {}
    for source_id in sorted({item.feed.id for item in items}):
        names = [item.parsed.record.external_id for item in items if item.feed.id == source_id]
        statement = (
            select(*columns, event_at)
            .where(table.c.source_id == source_id, dialect.one_of(table.c.external_id, names))
            .order_by(table.c.id)
        )
        for row in session.execute(dialect.lock_rows(statement)):
            rows[row.source_id, row.external_id] = row
    return rows


def _state_of(row: Any, *, is_alert: bool) -> RevisionState:
    return RevisionState(
        revision=row.revision,
        fingerprint=row.fingerprint,
        retracted=is_alert and row.status == "retracted",
        fields_revision=row.fields_revision,
    )


def _stretch(item: Item, stored_at: datetime | None, step: Step | None = None) -> list[Stretch]:
    """The event times that a record had and has, in true time."""
    offset = timedelta(seconds=item.feed.mapping.clock_offset_s)
    told = event_time(item.parsed.record) if step is None or step.takes_fields else None
    times = [time - offset for time in (stored_at, told) if time is not None]
    return [Stretch(item.feed.kind.value, time, time) for time in times]


def _touch_source(
    session: Session, feed: Feed, items: list[Item], *, now: datetime, pushed: bool
) -> list[Stretch]:
    """Note that the feed is alive and, for calls that come live, how far it has got."""
    values: dict[str, Any] = {"last_received_at": now}
    stretches: list[Stretch] = []
    if pushed and feed.kind is SourceKind.CALLS:
        times = [time for item in items if (time := event_time(item.parsed.record)) is not None]
        first, last = min(times), min(max(times), now)
        source = session.execute(
            dialect_of(session).lock_rows(
                select(Source.pushed_from, Source.pushed_through).where(Source.id == feed.id)
            )
        ).one()
        lateness = timedelta(seconds=feed.mapping.lateness_s + feed.mapping.clock_offset_s)
        if source.pushed_from is None:
            stretches.append(Stretch("coverage", first - lateness, last))
        else:
            if first < source.pushed_from:
                stretches.append(Stretch("coverage", first - lateness, source.pushed_from))
            if last > source.pushed_through:
                stretches.append(Stretch("coverage", source.pushed_through - lateness, last))
        values["pushed_from"] = _extreme(Source.pushed_from, first, least=True)
        values["pushed_through"] = _extreme(Source.pushed_through, last, least=False)
    session.execute(update(Source).where(Source.id == feed.id).values(values))
    return stretches


def _extreme(column: Any, value: datetime, *, least: bool) -> Any:
    beyond = column > value if least else column < value
    return case((or_(column.is_(None), beyond), value), else_=column)
