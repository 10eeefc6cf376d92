"""Import: a file of calls (NDJSON), against the fastest way to put the same parsed rows into a bare table.

Ours reads, maps, checks, fingerprints, stores the call and its first revision, indexes them in time and
space, and leaves word for the worker. The references get the rows already parsed and only store them, in a
table with a primary key and nothing else: `COPY` on PostgreSQL, `executemany` on SQLite.
"""

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import psycopg

from app.adapters import FeedMapping, Parsed, preset_text, read_records
from app.core.clock import system_clock
from app.core.settings import Settings
from app.db import Database
from app.domain.records import CallRecord
from app.domain.vocabulary import SourceKind
from app.intake.files import import_file
from app.simulate import CITY_DEFAULT, simulate
from app.sources.feeds import load_feed
from app.sources.store import add_source
from benchmarks.databases import fresh_databases

DAYS = 60
MAPPING = "generic-calls-ndjson"
COLUMNS = tuple(name for name in CallRecord.__dataclass_fields__ if name not in ("caller", "responders"))


def main() -> None:
    """Measure on every database there is."""
    with tempfile.TemporaryDirectory() as folder, fresh_databases() as urls:
        path = Path(folder) / "calls.ndjson"
        start = datetime.now(UTC) - timedelta(days=DAYS + 2)
        simulation = simulate(CITY_DEFAULT, seed=11, start=start, days=DAYS)
        with path.open("wb") as file:
            for document in simulation.call_documents():
                file.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
        rows = _parsed(path)
        print(f"{len(rows):,} calls, {path.stat().st_size / 1e6:.0f} MB")
        for kind, url in urls.items():
            bare_s = _bare_sqlite(rows, folder) if kind == "sqlite" else _bare_copy(rows, url)
            ours_s = _ours(path, url, len(rows))
            again_s = _ours(path, url, 0)
            name = "sqlite3 executemany" if kind == "sqlite" else "bare COPY"
            print(f"{kind}: rows/s")
            print(f"  earshot import      {len(rows) / ours_s:9,.0f}   {bare_s / ours_s:.3f} x the reference")
            print(f"  the same file again {len(rows) / again_s:9,.0f}")
            print(f"  {name:<19} {len(rows) / bare_s:9,.0f}")


def _parsed(path: Path) -> list[tuple[object, ...]]:
    mapping = FeedMapping.from_toml(preset_text(MAPPING))
    now = system_clock()
    with path.open("rb") as stream:
        results = (mapping.apply_element(element, now=now) for element in read_records(stream, mapping))
        return [
            tuple(_plain(getattr(result.record, name)) for name in COLUMNS)
            for result in results
            if isinstance(result, Parsed)
        ]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _ours(path: Path, url: str, new: int) -> float:
    database = Database(Settings(database_url=url, _env_file=None))
    with database.write() as session:
        if new:
            add_source(
                session,
                name="bench-calls",
                kind=SourceKind.CALLS,
                mapping=preset_text(MAPPING),
                require_signature=False,
                actor="benchmark",
                now=system_clock(),
            )
        feed = load_feed(session, "bench-calls", system_clock())
    begun = time.perf_counter()
    counts = import_file(
        database, system_clock, feed, path, as_of=None, actor="benchmark", progress=lambda _read: None
    )
    seconds = time.perf_counter() - begun
    database.dispose()
    if counts["new"] != new or counts["rejected"]:
        raise RuntimeError(f"expected {new} new records, got {counts}")
    return seconds


def _bare_sqlite(rows: Sequence[tuple[object, ...]], folder: str) -> float:
    connection = sqlite3.connect(Path(folder) / "bare.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"CREATE TABLE bare (id INTEGER PRIMARY KEY, {', '.join(COLUMNS)})")
    marks = ", ".join("?" * len(COLUMNS))
    begun = time.perf_counter()
    with connection:
        connection.executemany(f"INSERT INTO bare ({', '.join(COLUMNS)}) VALUES ({marks})", rows)
    seconds = time.perf_counter() - begun
    connection.close()
    return seconds


def _bare_copy(rows: Sequence[tuple[object, ...]], url: str) -> float:
    with psycopg.connect(url) as connection:
        columns = ", ".join(f"{name} text" for name in COLUMNS)
        connection.execute(f"CREATE TABLE bare (number bigserial PRIMARY KEY, {columns})")
        connection.commit()
        begun = time.perf_counter()
        with connection.cursor().copy(f"COPY bare ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        seconds = time.perf_counter() - begun
        connection.execute("DROP TABLE bare")
    return seconds


if __name__ == "__main__":
    main()
