"""Files: a record that the database refuses fails alone, and the rejects beside are our own file only."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.adapters import preset_text
from app.db import Database
from app.db.models import Call, CallRevision, Import, Reject
from app.domain.vocabulary import SourceKind
from app.intake import files, store
from app.intake.files import import_file
from app.intake.rejects import retry_rejects
from app.sources.feeds import feed_of
from app.sources.store import find_source
from tests.conftest import Clock
from tests.intake.conftest import CALL

UNSTORABLE = [{"pointer": "", "reason": "the database could not hold this record"}]
TakeIn = Callable[..., dict[str, int]]


def as_file(path: Path, *external_ids: str) -> Path:
    path.write_text("".join(json.dumps({**CALL, "external_id": name}) + "\n" for name in external_ids))
    return path


@pytest.fixture
def take_in(database: Database, clock: Clock, add_feed: Callable[..., str]) -> TakeIn:
    add_feed("cad", SourceKind.CALLS, preset_text("generic-calls-ndjson"))

    def take(path: Path) -> dict[str, int]:
        with database.read() as session:
            feed = feed_of(session, find_source(session, "cad"), clock())
        return import_file(database, clock, feed, path, as_of=None, actor="test", progress=lambda _: None)

    return take


@pytest.fixture
def stored(database: Database) -> Callable[[Any], list[str]]:
    def ids(column: Any) -> list[str]:
        with database.read() as session:
            return sorted(session.scalars(select(column)))

    return ids


def hole_in_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that must not be null is: refused where the rows are inserted (COPY on PostgreSQL)."""
    _spoil_row(monkeypatch, {"fingerprint": None})


def number_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """An integer that no column holds: refused by the driver, or by the server."""
    _spoil_row(monkeypatch, {"revision": 2**70})


def hole_in_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused only after the rows, by the revisions (by COPY again on PostgreSQL)."""
    revision_rows = store._revision_rows

    def spoilt(kind: Any, items: Any, now: Any) -> list[dict[str, Any]]:
        bad = {item.id for item in items if is_bad(item)}
        rows = revision_rows(kind, items, now)
        return [{**row, "fingerprint": None} if row["call_id"] in bad else row for row in rows]

    monkeypatch.setattr(store, "_revision_rows", spoilt)


def is_bad(item: store.Item) -> bool:
    return item.parsed.record.external_id.startswith("bad")


def _spoil_row(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    new_row = store._new_row

    def spoilt(item: store.Item, *arguments: Any) -> dict[str, Any]:
        row = new_row(item, *arguments)
        return {**row, **changes} if is_bad(item) else row

    monkeypatch.setattr(store, "_new_row", spoilt)


@pytest.mark.parametrize("spoil", [hole_in_row, number_too_large, hole_in_revision])
def test_what_the_database_refuses_fails_alone(
    spoil: Callable[[pytest.MonkeyPatch], None],
    take_in: TakeIn,
    stored: Callable[[Any], list[str]],
    database: Database,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "RECORDS_A_COMMIT", 20)
    names = [f"C-{number}" for number in range(90)]
    sent = [*names[:5], "bad-1", *names[5:70], "bad-2", "bad-3", *names[70:]]
    file = as_file(tmp_path / "calls.ndjson", *sent)
    with monkeypatch.context() as spoilt:
        spoil(spoilt)
        counts = take_in(file)
    assert (counts["new"], counts["rejected"]) == (90, 3)
    assert stored(Call.external_id) == sorted(names)
    assert len(stored(CallRevision.id)) == 90
    beside = (tmp_path / "calls.ndjson.rejects.ndjson").read_text().splitlines()
    told = {item["external_id"]: (item["line"], item["errors"]) for item in map(json.loads, beside)}
    assert told == {"bad-1": (6, UNSTORABLE), "bad-2": (72, UNSTORABLE), "bad-3": (73, UNSTORABLE)}
    with database.read() as session:
        assert session.scalars(select(Import.counts)).one() == counts
        kept = {row.external_id: json.loads(row.raw) for row in session.scalars(select(Reject))}
    assert kept == {name: {**CALL, "external_id": name} for name in told}
    # What hindered them has gone: a retry finds them as they were.
    done = retry_rejects(database, clock, source_id=None, reject_id=None, actor="test").document()
    assert (done["resolved"], done["new"]) == (3, 3)
    assert len(stored(Call.external_id)) == 93


def test_a_file_of_nothing_but_bad_records(
    take_in: TakeIn,
    stored: Callable[[Any], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hole_in_row(monkeypatch)
    counts = take_in(as_file(tmp_path / "calls.ndjson", "bad-1", "bad-2", "bad-3"))
    assert (counts["new"], counts["rejected"]) == (0, 3)
    assert stored(Reject.external_id) == ["bad-1", "bad-2", "bad-3"]


def test_a_database_that_is_away_makes_no_rejects(
    take_in: TakeIn,
    stored: Callable[[Any], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(files, "store_items", gone)
    with pytest.raises(OperationalError):
        take_in(as_file(tmp_path / "calls.ndjson", "C-1"))
    assert stored(Reject.external_id) == []
    assert not (tmp_path / "calls.ndjson.rejects.ndjson").exists()


def test_rejects_of_a_former_import_are_replaced(take_in: TakeIn, tmp_path: Path) -> None:
    file = tmp_path / "calls.ndjson"
    beside = tmp_path / "calls.ndjson.rejects.ndjson"
    for name in ("first", "second"):
        file.write_text(json.dumps({"external_id": name}))
        assert take_in(file)["rejected"] == 1
        assert json.loads(beside.read_text())["external_id"] == name
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert take_in(as_file(file, "C-1"))["rejected"] == 0
    assert not beside.exists()


def test_a_file_of_somebody_else_is_left_alone(
    take_in: TakeIn, stored: Callable[[Any], list[str]], tmp_path: Path
) -> None:
    beside = tmp_path / "calls.ndjson.rejects.ndjson"
    beside.write_text("my own notes\n")
    with pytest.raises(FileExistsError, match="move it away"):
        take_in(as_file(tmp_path / "calls.ndjson", "C-1"))
    assert beside.read_text() == "my own notes\n"
    assert stored(Import.id) == []
