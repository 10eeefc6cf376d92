"""Taking in a file: streamed, in commits of some thousand records, safe to repeat."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.adapters import FileError, Parsed, Refused, Skipped, read_records
from app.audit import append_audit
from app.core.clock import Clock
from app.core.logs import cause_of, logger
from app.db import Database
from app.db.models import Import
from app.domain.time import to_micros
from app.domain.vocabulary import Outcome, SourceKind, UpdateRule
from app.intake.completeness import state_import
from app.intake.rows import event_time, problems_document
from app.intake.salvage import REFUSALS, salvage
from app.intake.store import Item, reject_rows, store_items, store_rejects
from app.sources.feeds import Feed

RECORDS_A_COMMIT = 5_000
SILENT_AFTER = timedelta(days=7)
_COUNT_OF = {
    Outcome.ACCEPTED: "new",
    Outcome.DUPLICATE: "duplicate",
    Outcome.REVISED: "revised",
    Outcome.STALE: "stale",
    Outcome.CONFLICT: "conflict",
}
_log = logger(__name__)


class ImportIncompleteError(Exception):
    """The file could not be read to its end; what was read is stored, but says nothing of completeness."""

    def __init__(self, reason: str, counts: dict[str, int]) -> None:
        super().__init__(reason)
        self.counts = counts


@dataclass(slots=True)
class ImportRun:
    """One file on its way in: what was counted, and the first and last time of each day with records."""

    feed: Feed
    import_id: int
    as_of: datetime
    days: dict[date, tuple[datetime, datetime]] = field(default_factory=dict)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("new", "duplicate", "revised", "stale", "conflict", "rejected", "skipped", "not_located"), 0
        )
    )

    def count(self, item: Item) -> None:
        """Count a stored record."""
        record = item.parsed.record
        self.counts[_COUNT_OF[item.outcome]] += 1
        self.counts["not_located"] += record.longitude is None
        at = event_time(record)
        if at is not None:
            first, last = self.days.get(at.date(), (at, at))
            self.days[at.date()] = min(first, at), max(last, at)

    def stretches(self) -> list[tuple[datetime, datetime]]:
        """The stretches of time that the file is about, from the least to the greatest time in each.

        A file without a record for a week is silent about that time: a single call dated 1970 must not make
        it speak for half a century.
        """
        found: list[tuple[datetime, datetime]] = []
        for _, (first, last) in sorted(self.days.items()):
            if found and first - found[-1][1] <= SILENT_AFTER:
                found[-1] = found[-1][0], last
            else:
                found.append((first, last))
        return found


def import_file(
    database: Database,
    clock: Clock,
    feed: Feed,
    path: Path,
    *,
    as_of: datetime | None,
    actor: str,
    progress: Callable[[int], None],
) -> dict[str, int]:
    """Store a file's records and answer the counts of API.md; `progress` is told the bytes read so far.

    What cannot be used, or what the database refuses, is written to FILE.rejects.ndjson (mode 0600) and kept
    among the rejects. Raises ImportIncompleteError when the file cannot be read to its end, OSError when it
    cannot be opened, or when a file that is none of ours is where the rejects belong.
    """
    with path.open("rb") as stream, RejectsFile(Path(f"{path}.rejects.ndjson")) as rejects:
        run = _begin(database, feed, path, as_of or clock(), clock(), actor)
        snapshot = None if feed.mapping.updates is UpdateRule.CONFLICT else to_micros(run.as_of)
        elements = read_records(stream, feed.mapping)
        results = (feed.mapping.apply_element(element, now=clock()) for element in elements)
        try:
            for batch in _batches(results):
                _store(database, run, batch, rejects, snapshot, clock())
                progress(stream.tell())
        except FileError as error:
            raise ImportIncompleteError(str(error), run.counts) from error
    _end(database, run, clock())
    return run.counts


class RejectsFile:
    """The rejects beside an imported file: made at the first one, readable by its owner only."""

    _BEGINNING = b'{"line": '

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> "RejectsFile":
        """Forget the rejects of an earlier run; FileExistsError where the file is somebody else's."""
        try:
            with self.path.open("rb") as former:
                beginning = former.read(len(self._BEGINNING))
        except FileNotFoundError:
            return self
        if beginning not in (b"", self._BEGINNING):
            reason = "Earshot did not write it, and the rejects belong there; move it away"
            raise FileExistsError(errno.EEXIST, reason, str(self.path))
        self.path.unlink()
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        if self._file is not None:
            self._file.close()

    def write(self, refused: Refused) -> None:
        """Add one."""
        if self._file is None:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        document = {
            "line": refused.line,
            "record": refused.ordinal,
            "external_id": refused.external_id,
            "errors": problems_document(refused.errors),
            "raw": refused.raw.decode("utf-8", "replace"),
        }
        self._file.write(json.dumps(document) + "\n")


def _batches(results: Iterator[Any]) -> Iterator[list[Any]]:
    """Some thousand results at a time; a file that breaks off still yields those before the break."""
    while True:
        batch: list[Any] = []
        try:
            for result in islice(results, RECORDS_A_COMMIT):
                batch.append(result)
        except FileError:
            if batch:
                yield batch
            raise
        if not batch:
            return
        yield batch


def _begin(
    database: Database, feed: Feed, path: Path, as_of: datetime, now: datetime, actor: str
) -> ImportRun:
    with database.write() as session:
        row = Import(source_id=feed.id, file_name=path.name, as_of=as_of, started_at=now)
        session.add(row)
        session.flush()
        import_id = row.id
        append_audit(
            session,
            at=now,
            actor=actor,
            action="import.start",
            target=f"source:{feed.name}",
            detail={"file": path.name, "import": import_id},
        )
    return ImportRun(feed, import_id, as_of)


def _store(
    database: Database,
    run: ImportRun,
    batch: list[Parsed | Skipped | Refused],
    rejects: RejectsFile,
    snapshot: int | None,
    now: datetime,
) -> None:
    items = [Item(run.feed, result, snapshot) for result in batch if isinstance(result, Parsed)]
    refusals = [result for result in batch if isinstance(result, Refused)]
    try:
        with database.write() as session:
            if items:
                store_items(session, items, now=now, pushed=False, bulk=True)
            _keep(session, run, refusals, now)
    except OperationalError:
        raise
    except REFUSALS as error:
        _log.warning("batch_not_stored", source=run.feed.name, error=cause_of(error))
        with database.write() as session:
            refusals += salvage(session, items, now=now, pushed=False)
            _keep(session, run, refusals, now)
    for item in items:
        if item.outcome is not Outcome.REJECTED:
            run.count(item)
    for refused in refusals:
        rejects.write(refused)
    run.counts["rejected"] += len(refusals)
    run.counts["skipped"] += sum(isinstance(result, Skipped) for result in batch)


def _keep(session: Session, run: ImportRun, refusals: list[Refused], now: datetime) -> None:
    store_rejects(session, reject_rows(run.feed, refusals, origin="file", content_type=None, now=now))


def _end(database: Database, run: ImportRun, now: datetime) -> None:
    """The file has ended: only now does it say that its stretch of time is complete."""
    with database.write() as session:
        session.execute(
            update(Import).where(Import.id == run.import_id).values(ended_at=now, counts=dict(run.counts))
        )
        if run.feed.kind is SourceKind.CALLS:
            state_import(session, run.feed, run.stretches(), now)
