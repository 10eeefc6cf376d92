"""Storing records: insert first, let the unique key say what is a repeat, then step its revision on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Table, Update, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.adapters import Parsed, Refused
from app.db.database import dialect_of
from app.db.models import Alert, AlertRevision, Call, CallRevision, Change, Reject, Source
from app.db.versions import changed_at, keep_versions
from app.domain.records import FieldProblem, encode
from app.domain.revisions import RevisionState, Step, Submission, advance, submission_of
from app.domain.vocabulary import Outcome, SourceKind
from app.intake.rows import event_time, field_values, problems_document, state_values
from app.sources.feeds import Feed

UNSTORABLE = FieldProblem(pointer="", reason="the database could not hold this record")
# A call that comes later than this tells of the past, not of how far the live feed reaches.
LIVE_WITHIN = timedelta(hours=1)
_MERGE_CHANGES_WITHIN = timedelta(minutes=10)
# No alert can lie further ahead: a mapping's tolerance ends at 7 days, and two clocks' offsets at two.
FARTHEST_AHEAD = timedelta(days=9)


@dataclass(slots=True)
class Item:
    """One usable record on its way into the database, and what became of it."""

    feed: Feed
    parsed: Parsed
    snapshot_at_micros: int | None
    encoded: bytes = field(init=False)
    submission: Submission = field(init=False)
    outcome: Outcome = Outcome.REJECTED
    id: int = 0

    def __post_init__(self) -> None:
        """Fingerprint once, before any lock is held."""
        self.encoded = encode(self.parsed.record)
        self.submission = submission_of(
            self.parsed.record, self.encoded, snapshot_at_micros=self.snapshot_at_micros
        )

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
    with _errors_alike(session):
        _store_items(session, items, now=now, pushed=pushed, bulk=bulk)


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
        dialect_of(session).add_rows(session, Change.__table__, rows)


def reject_rows(
    feed: Feed, refusals: Iterable[Refused], *, origin: str, content_type: str | None, now: datetime
) -> list[dict[str, Any]]:
    """What could not be used, as rows to keep."""
    return [
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


def store_rejects(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep what could not be used, once however often it comes: all of a transaction's at once.

    In one order everywhere, so that two processes with the same rejects do not wait for each other.
    """
    ordered = sorted(rows, key=lambda row: (row["source_id"], row["digest"]))
    if ordered:
        session.execute(dialect_of(session).insert_ignoring(Reject.__table__), ordered)


def _store_items(session: Session, items: Sequence[Item], *, now: datetime, pushed: bool, bulk: bool) -> None:
    dialect = dialect_of(session)
    stretches: list[Stretch] = []
    revisions: list[tuple[Table, list[dict[str, Any]]]] = []
    for kind in SourceKind:
        of_kind = sorted((item for item in items if item.feed.kind is kind), key=lambda item: item.key)
        for once in _without_repeats(of_kind):
            stretches.extend(_store_once(session, kind, once, now=now, bulk=bulk))
            revisions.append((_tables(kind)[1], _revision_rows(kind, once, now)))
    feeds = {item.feed.id: item.feed for item in items}
    touches = {}
    for feed in sorted(feeds.values(), key=lambda feed: feed.id):
        times = [event_time(item.parsed.record) for item in items if item.feed.id == feed.id]
        heard, touches[feed.id] = _hear(session, feed, times, now=now, pushed=pushed)
        stretches.extend(heard)
    # COPY passes over nothing, so it is for bodies that cannot be there yet, and it goes through no pipeline.
    if bulk and all(item.outcome is Outcome.ACCEPTED for item in items):
        for table, rows in revisions:
            dialect.copy_rows(session, table, rows)
        revisions.clear()
    with dialect.pipeline(session):
        for table, rows in revisions:
            if rows:
                dialect.add_rows(session, table, rows)
        for feed_id, values in touches.items():
            session.connection().execute(_touch(values), {"b_id": feed_id, **values})
        record_changes(session, stretches)


@contextmanager
def _errors_alike(session: Session) -> Iterator[None]:
    """Errors that pass SQLAlchemy by, as those of COPY and of a pipeline's end do, as SQLAlchemy's own."""
    dialect = session.get_bind().dialect
    driver = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(None, None, error, driver.Error, dialect=dialect) from error


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
    table, _, _ = _tables(kind)
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


def _revision_rows(kind: SourceKind, items: Iterable[Item], now: datetime) -> list[dict[str, Any]]:
    """What came, applied or not, for all but the repeats."""
    _, _, owner = _tables(kind)
    return [
        {
            owner: item.id,
            "outcome": item.outcome.value,
            "revision": item.submission.revision,
            "fingerprint": item.submission.fingerprint,
            "stored_at": now,
            "record": orjson.Fragment(item.encoded),
            "raw": item.parsed.raw,
        }
        for item in items
        if item.outcome is not Outcome.DUPLICATE
    ]


def _step_on(session: Session, kind: SourceKind, items: list[Item], now: datetime) -> list[Stretch]:
    """Apply bodies to records that were there before."""
    table, _, _ = _tables(kind)
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
    if changed := [row["b_id"] for row in (*with_fields, *state_only)]:
        keep_versions(session, table, dialect_of(session).one_of(table.c.id, changed), now)
    for rows in (with_fields, state_only):
        if rows:
            columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "b_id"}
            columns["changed_at"] = changed_at(table, now)
            session.connection().execute(
                update(table).where(table.c.id == bindparam("b_id")).values(columns), rows
            )
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


def _hear(
    session: Session, feed: Feed, times: Sequence[datetime | None], *, now: datetime, pushed: bool
) -> tuple[list[Stretch], dict[str, Any]]:
    """That a feed is alive and, for calls that come live, how far it has got; the time that this settles."""
    values: dict[str, Any] = {"last_received_at": now}
    if not pushed or feed.kind is not SourceKind.CALLS:
        return [], values
    known = [time for time in times if time is not None and time >= now - LIVE_WITHIN]
    if not known:
        return [], values
    first, last = min(known), min(max(known), now)
    source = session.execute(
        dialect_of(session).lock_rows(
            select(Source.pushed_from, Source.pushed_through).where(Source.id == feed.id)
        )
    ).one()
    if source.pushed_from is None or first < source.pushed_from:
        values["pushed_from"] = first
    if source.pushed_through is None or last > source.pushed_through:
        values["pushed_through"] = last
    return _newly_covered(feed, source.pushed_from, source.pushed_through, first, last, now), values


def _newly_covered(
    feed: Feed,
    pushed_from: datetime | None,
    pushed_through: datetime | None,
    first: datetime,
    last: datetime,
    now: datetime,
) -> list[Stretch]:
    """The true times of which calls from `first` to `last` settle something; the feed's clock told them all.

    A feed's first covered moment makes it count for every incident since.
    """
    lateness = timedelta(seconds=feed.mapping.lateness_s)
    offset = timedelta(seconds=feed.mapping.clock_offset_s)
    spans: list[tuple[datetime, datetime]] = []
    if pushed_from is None or pushed_through is None:
        spans.append((first - lateness, now + FARTHEST_AHEAD))
    elif pushed_through - lateness < pushed_from:
        spans.append((min(first, pushed_from) - lateness, now + FARTHEST_AHEAD))
    else:
        if first < pushed_from:
            spans.append((first, pushed_from))
        if last > pushed_through:
            spans.append((pushed_through - lateness, last))
    return [Stretch("coverage", low - offset, high - offset) for low, high in spans]


def _touch(values: Mapping[str, Any]) -> Update:
    sources = Source.__table__
    columns: dict[str, Any] = {name: bindparam(name) for name in values}
    return update(sources).where(sources.c.id == bindparam("b_id")).values(columns)  # type: ignore[arg-type]
