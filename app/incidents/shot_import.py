"""Taking in reports about shots from CSV (a shot a row) or JSON, each whole or not at all; safe to repeat.

Rows of the same alert, provenance and reference are one report, in whatever order they stand.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.csv_rows import read_csv
from app.adapters.errors import FileError
from app.adapters.shot_report import REPORT_FIELDS, SHOT_FIELDS
from app.core.clock import Clock
from app.core.errors import MalformedBodyError, UnusableRecordError
from app.db import Database
from app.db.models import Alert, Source
from app.incidents.shot_reports import file_shot_report
from app.places.files import Place, looks_like_json, read_bytes

_ALERT = ("source", "external_id")
_WHOLE = tuple(name for name in REPORT_FIELDS if name != "shots")
COLUMNS = (*_ALERT, *_WHOLE, *SHOT_FIELDS)
_MOST_NAMED = 10
_SHOT_DEPTH = 2
_SHOT_POINTER = re.compile(r"/shots/(\d+)")


@dataclass(slots=True)
class _Report:
    """A report as the file tells it: where it begins, and where each shot stands."""

    alert: tuple[str, str]
    document: dict[str, Any]
    where: str
    shots_where: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    def place_of(self, pointer: str) -> str:
        """Where in the file a problem lies."""
        match = _SHOT_POINTER.match(pointer)
        number = int(match[1]) if match else len(self.shots_where)
        if number < len(self.shots_where):
            name = f" {pointer.rpartition('/')[2]}" if pointer.count("/") > _SHOT_DEPTH else ""
            return f"{self.shots_where[number]}:{name}"
        return f"{self.where}: {pointer.lstrip('/')}".rstrip()


@dataclass(slots=True)
class ShotImportResult:
    """What became of a file's reports; `shots` are those of the new ones. Problems name their lines."""

    new: int = 0
    duplicate: int = 0
    rejected: int = 0
    shots: int = 0
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The counts alone."""
        return {name: getattr(self, name) for name in ("new", "duplicate", "rejected", "shots")}


def import_shots(
    database: Database,
    clock: Clock,
    source: Place,
    *,
    default_source: str | None,
    actor: str,
    progress: Callable[[int, int], None],
) -> ShotImportResult:
    """File every report of a file, each in a transaction of its own; `progress` is told (done, all).

    A row that names no alert refuses the file, since nobody knows what report lacks it. Raises
    MalformedBodyError.
    """
    content = read_bytes(source)
    rows = _json_rows(content) if looks_like_json(content) else _csv_rows(content)
    reports = _reports(rows, default_source)
    result = ShotImportResult()
    for done, report in enumerate(reports, 1):
        if report.conflicts:
            result.rejected += 1
            result.errors += report.conflicts
        else:
            with database.write() as session:
                _file(session, report, result, actor=actor, now=clock())
        progress(done, len(reports))
    return result


def _file(session: Session, report: _Report, result: ShotImportResult, *, actor: str, now: datetime) -> None:
    source, external_id = report.alert
    statement = (
        select(Alert)
        .join(Source, Alert.source_id == Source.id)
        .where(Source.name == source, Alert.external_id == external_id, Alert.started_at.is_not(None))
    )
    alert = session.scalars(statement).first()
    if alert is None:
        result.rejected += 1
        result.errors.append(f"{report.where}: {source} has no alert {external_id[:64]!r}")
        return
    try:
        filed = file_shot_report(session, alert, report.document, actor=actor, now=now)
    except UnusableRecordError as error:
        result.rejected += 1
        result.errors += [f"{report.place_of(each['pointer'])} {each['reason']}" for each in error.errors]
        return
    result.warnings += [f"{report.place_of(each['pointer'])} {each['reason']}" for each in filed.warnings]
    if filed.is_new:
        result.new += 1
        result.shots += len(report.document["shots"])
    else:
        result.duplicate += 1


def _csv_rows(content: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        for element in read_csv(
            io.BytesIO(content), delimiter=",", encoding="utf-8", required=("provenance",)
        ):
            where = f"line {element.line}"
            if element.problem is not None:
                raise MalformedBodyError(f"{where}: {element.problem}; nothing of the file was filed")
            strays = [name for name in element.value if name not in COLUMNS]
            if strays:
                raise MalformedBodyError(
                    f"there is no column {strays[0][:64]!r}; known are {', '.join(COLUMNS)}"
                )
            yield where, {name: cell.strip() for name, cell in element.value.items() if cell.strip()}
    except FileError as error:
        raise MalformedBodyError(str(error)) from error


def _json_rows(content: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the file is no JSON: {error}") from error
    items = document.get("reports") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise MalformedBodyError('expected a list of reports or shots, or {"reports": […]}')
    for number, item in enumerate(items, 1):
        yield f"item {number}", item


def _reports(rows: Iterable[tuple[str, Mapping[str, Any]]], default_source: str | None) -> list[_Report]:
    """Rows as reports, in the order of their first rows; one that brings its own `shots` stands alone."""
    reports: dict[Any, _Report] = {}
    nameless: list[str] = []
    for where, row in rows:
        alert = tuple(row.get(name) for name in _ALERT)
        alert = (alert[0] or default_source, alert[1])
        if not all(isinstance(name, str) and name for name in alert):
            nameless.append(where)
            continue
        is_whole = "shots" in row
        own = where if is_whole else None
        key = (alert, str(row.get("provenance")), str(row.get("reference")), own)
        shot = {name: row[name] for name in SHOT_FIELDS if name in row}
        told = {name: value for name, value in row.items() if name not in (*_ALERT, *SHOT_FIELDS)}
        report = reports.get(key)
        if report is None:
            report = reports[key] = _Report((str(alert[0]), str(alert[1])), {"shots": [], **told}, where)
        else:
            _agree(report, told, where)
        if shot and not is_whole:
            report.document["shots"].append(shot)
            report.shots_where.append(where)
    if nameless:
        named = ", ".join(nameless[:_MOST_NAMED])
        raise MalformedBodyError(
            f"nothing of the file was filed: no source and external_id of an alert at {named}"
            f"{' and more' if len(nameless) > _MOST_NAMED else ''}"
        )
    return list(reports.values())


def _agree(report: _Report, told: Mapping[str, Any], where: str) -> None:
    """Take over what a further row of a report says of it as a whole; note where rows contradict."""
    for name, value in told.items():
        before = report.document.setdefault(name, value)
        if before != value:
            report.conflicts.append(
                f"{where}: {name} {str(value)[:40]!r}, but {str(before)[:40]!r} before it in the same report"
            )
