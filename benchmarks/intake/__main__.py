"""Intake: one request for each alert, 16 connections, one server process.

Ours against the ordinary way (Pydantic, a SQLAlchemy insert and a commit for each request) and against the
floor (a route without a database). Rounds are interleaved; each figure is the median of the rounds, and each
ratio the median of the rounds' own ratios, so that a machine that slows down for a while slows both. After
the rounds, every acknowledged alert of ours is looked up: none may be missing.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from app.access.keys import create_key
from app.adapters import preset_text
from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert
from app.domain.vocabulary import Role, SourceKind
from app.sources.store import add_source, find_source
from benchmarks.databases import fresh_databases
from benchmarks.intake.load import Result, run_load

ROUNDS = 5
SECONDS = 5.0
SERVERS = ("earshot", "one_insert_a_request", "no_database")


def main() -> None:
    """Measure on every database there is."""
    with fresh_databases() as urls:
        for kind, url in urls.items():
            _measure(kind, url)


def _measure(kind: str, url: str) -> None:
    if kind == "postgresql":
        _require_durable(url)
    key, source_id = _prepare(url)
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    results: list[Result] = []
    for round_ in range(ROUNDS):
        for name in SERVERS:
            with _serving(name, url, source_id) as port:
                run_load(port, key, f"warm-{name}-{round_}", 1.0)
                result = run_load(port, key, f"{name}-{round_}", SECONDS)
            rates[name].append(result.rate)
            if name == "earshot":
                results.append(result)
            assert result.refused == 0, f"{name} refused {result.refused} requests"
    ours, ordinary, floor = (statistics.median(rates[name]) for name in SERVERS)
    over_ordinary, over_floor = (
        statistics.median(mine / other for mine, other in zip(rates[SERVERS[0]], rates[name], strict=True))
        for name in SERVERS[1:]
    )
    latencies = sorted(latency for result in results for latency in result.latencies_s)
    print(f"{kind}: requests/s, median of {ROUNDS} rounds of {SECONDS:.0f} s, 16 connections")
    print(f"  earshot                  {ours:8.0f}")
    print(f"  one insert a request     {ordinary:8.0f}   ours is {over_ordinary:.2f} x (goal 3)")
    print(f"  no database              {floor:8.0f}   ours is {over_floor:.2f} x (goal 0.45)")
    p50, p99 = (latencies[len(latencies) * share // 100] * 1e3 for share in (50, 99))
    print(f"  ours: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    print(f"  acknowledged and lost: {_lost(url, results)}")


def _require_durable(url: str) -> None:
    """Refuse to measure commits that wait for nothing."""
    database = Database(Settings(database_url=url, _env_file=None))
    with database.read() as session:
        told = {name: session.scalar(text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")}
    database.dispose()
    if "off" in told.values():
        raise SystemExit(
            f"commits do not wait for the disk here ({told}): tests/postgres.sh start DIR durable"
        )


def _lost(url: str, results: list[Result]) -> str:
    acknowledged = {external_id for result in results for external_id in result.acknowledged}
    database = Database(Settings(database_url=url, _env_file=None))
    with database.read() as session:
        stored = set(session.scalars(select(Alert.external_id)))
        assert session.scalar(select(func.count()).select_from(Alert)) == len(stored)
    database.dispose()
    return f"{len(acknowledged - stored)} of {len(acknowledged):,}"


def _prepare(url: str) -> tuple[str, int]:
    database = Database(Settings(database_url=url, _env_file=None))
    now = datetime.now(UTC)
    with database.write() as session:
        add_source(
            session,
            name="bench",
            kind=SourceKind.ALERTS,
            mapping=preset_text("generic-alerts-json"),
            require_signature=False,
            actor="benchmark",
            now=now,
        )
        key = create_key(
            session,
            role=Role.VENDOR,
            source_name="bench",
            name=None,
            scopes=None,
            expires_at=None,
            actor="benchmark",
            now=now,
        )
        source_id = find_source(session, "bench").id
    database.dispose()
    return key, source_id


@contextmanager
def _serving(name: str, url: str, source_id: int) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "BENCH_DATABASE_URL": url, "BENCH_SOURCE_ID": str(source_id)}
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.intake.servers:{name}", "--factory"]
    command += ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


if __name__ == "__main__":
    main()
