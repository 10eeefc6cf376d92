"""The live stream for many minutes: what is lost, what it costs, and whether that grows.

Alerts at a moderate rate; clients that stay, clients that break off at any moment and come back with the last
id that they got, and clients that read more slowly than events come. At the end each is held against the log
of the database itself, and so is one more client, which asks for everything since the first event. Memory may
grow by the few megabytes that the allocator and the database's caches take, not with the events that went by.
"""

import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select, text

from app.core.settings import Settings
from app.db import Database
from app.db.models import Event
from benchmarks.databases import fresh_databases
from benchmarks.latency.clients import Clients, Received
from benchmarks.latency.figures import ms
from benchmarks.latency.load import Heard, Load, post_alerts
from benchmarks.latency.service import Service, serving

RATE = 5.0
STEADY = 100
COMING_AND_GOING = 20
SLOW = 5
MINUTE_S = 60.0
# Until then everything has been done once, and caches are filled.
WARM_MINUTES = 2
MOST_GROWTH_MB = 10.0
MOST_STOPPING_S = 10.0
# As `app/db/dialect/sqlite.py` says.
CACHE_MB = 64.0
_CATCH_UP_S = 60.0
_EMPTY_FOR_S = 2.0
# The last answers come a little after the last minute.
_LATE_S = 1.0


@dataclass
class Crowd:
    """All clients by their manner, and what each got."""

    steady: list[Received] = field(default_factory=lambda: [Received() for _ in range(STEADY)])
    hopping: list[Received] = field(default_factory=lambda: [Received() for _ in range(COMING_AND_GOING)])
    slow: list[Received] = field(default_factory=lambda: [Received() for _ in range(SLOW)])
    late: Received = field(default_factory=lambda: Received(first=0, last=0))

    @property
    def received(self) -> list[Received]:
        """Of all."""
        return [*self.steady, *self.hopping, *self.slow, self.late]


@dataclass(frozen=True)
class Sample:
    """The server at the end of a minute."""

    memory_mb: float
    open_files: int
    sessions: int
    cached_mb: float


def soak(minutes: float) -> None:
    """Run on every database there is, and print."""
    for kind in ("sqlite", "postgresql"):
        with fresh_databases() as urls:
            if kind not in urls:
                continue
            clients = f"{STEADY} clients stay, {COMING_AND_GOING} come and go, {SLOW} read slowly"
            print(f"{kind}: {minutes:g} minutes, {RATE:g} alerts/s; {clients}")
            print("  minute   event p50     p99 ms   memory MB   open files   database sessions")
            with serving(urls[kind]) as service:
                asyncio.run(
                    _soak(service, Database(Settings(database_url=urls[kind], _env_file=None)), minutes)
                )


async def _soak(service: Service, database: Database, minutes: float) -> None:
    crowd, heard = Crowd(), Heard()
    ending, leaving = asyncio.Event(), asyncio.Event()

    def opened(name: bytes, at: float) -> None:
        heard.heard.setdefault(name, []).append(at)

    clients = Clients(service.port, service.viewer)
    staying = [
        *(clients.stay(each, opened, leaving) for each in crowd.steady),
        *(clients.come_and_go(each, seed, ending, leaving) for seed, each in enumerate(crowd.hopping)),
        *(clients.read_slowly(each, ending, leaving) for each in crowd.slow),
    ]
    there = [asyncio.create_task(each) for each in staying]
    while any(each.first is None for each in crowd.received):
        await asyncio.sleep(0.05)
    posting = asyncio.create_task(
        post_alerts(service.port, service.vendor, Load("soak", RATE, minutes * MINUTE_S), heard)
    )
    samples = await _watch(service, database, heard, posting)
    ending.set()
    there.append(asyncio.create_task(clients.stay(crowd.late, opened, leaving)))
    log = await _everything_told(database, crowd)
    leaving.set()
    await asyncio.gather(*there)
    took_s = await _stop(service)
    _tell(crowd, log, samples, took_s)
    database.dispose()


async def _watch(
    service: Service, database: Database, heard: Heard, posting: "asyncio.Task[None]"
) -> list[Sample]:
    """A line each minute, until all is posted."""
    samples: list[Sample] = []
    begun = time.perf_counter()
    while not posting.done():
        since, minute = time.perf_counter(), len(samples) + 1
        await asyncio.wait([posting], timeout=begun + minute * MINUTE_S + _LATE_S - since)
        sample = await asyncio.to_thread(_look, service, database)
        samples.append(sample)
        lags = sorted(
            at - heard.posted[name]
            for name, times in heard.heard.items()
            if heard.posted[name] >= since
            for at in times
        )
        print(
            f"  {minute:6d} {ms(lags, 0.5):11.1f} {ms(lags, 0.99):10.1f} {sample.memory_mb:11.1f}"
            f" {sample.open_files:12d} {sample.sessions:19d}",
            flush=True,
        )
    await posting
    return samples


async def _everything_told(database: Database, crowd: Crowd) -> list[int]:
    """Wait until everybody has the log's last event, and nothing more is written; the log's ids."""
    deadline = time.perf_counter() + _CATCH_UP_S
    newest, since = -1, time.perf_counter()
    while time.perf_counter() < deadline:
        found = await asyncio.to_thread(_newest, database)
        if found != newest:
            newest, since = found, time.perf_counter()
        is_told = all((each.last or 0) >= newest for each in crowd.received)
        if is_told and time.perf_counter() - since > _EMPTY_FOR_S:
            break
        await asyncio.sleep(0.1)
    return await asyncio.to_thread(_log, database)


async def _stop(service: Service) -> float:
    """Their connections are all still open."""
    begun = time.perf_counter()
    service.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(service.process.wait, 30)
    return time.perf_counter() - begun


def _tell(crowd: Crowd, log: Sequence[int], samples: Sequence[Sample], took_s: float) -> None:
    told = {event_id for each in crowd.received for event_id in each.ids}
    # A verdict that fell due after the log was read was told too.
    ids = sorted({*log, *told})
    manners = (("stay", crowd.steady), ("come and go", crowd.hopping), ("slow", crowd.slow))
    lost = doubled = 0
    for manner, received in (*manners, ("from the first on", [crowd.late])):
        faults = [each.faults(ids) for each in received]
        lost, doubled = lost + sum(fault[0] for fault in faults), doubled + sum(fault[1] for fault in faults)
        print(
            f"    {manner}: {sum(len(each.ids) for each in received):,} events over"
            f" {sum(each.connections for each in received)} connections;"
            f" lost by a client at most {max(fault[0] for fault in faults)},"
            f" doubled at most {max(fault[1] for fault in faults)}"
        )
    warm = samples[min(WARM_MINUTES, len(samples)) - 1]
    grown_mb, cached_mb = samples[-1].memory_mb - warm.memory_mb, samples[-1].cached_mb - warm.cached_mb
    caches = f", {cached_mb:+.1f} MB of pages that SQLite may cache" if cached_mb else ""
    goals = [
        (f"{len(log):,} events in the log; {lost} lost, {doubled} doubled", lost == doubled == 0),
        (
            f"{grown_mb:+.1f} MB since minute {WARM_MINUTES}{caches} (goal {MOST_GROWTH_MB:.0f} without)",
            grown_mb - cached_mb <= MOST_GROWTH_MB,
        ),
        (f"stopped in {took_s:.1f} s (goal {MOST_STOPPING_S:.0f})", took_s <= MOST_STOPPING_S),
    ]
    print("    " + "; ".join(f"{said}: {'met' if met else 'MISSED'}" for said, met in goals), flush=True)


def _look(service: Service, database: Database) -> Sample:
    """At the server. On SQLite one connection that writes and one that reads keep the file's pages."""
    if not database.is_embedded:
        return Sample(service.resident_mb, service.open_files, _sessions(database), 0.0)
    path = Path(database.engine.url.database or "").resolve()
    cached_mb = 2 * min(path.stat().st_size / 2**20, CACHE_MB)
    return Sample(service.resident_mb, service.open_files, service.holds(path), cached_mb)


def _sessions(database: Database) -> int:
    """The server's on PostgreSQL: all but the one that looks."""
    statement = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with database.read() as session:
        return int(session.scalar(statement) or 0)


def _newest(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.max(Event.id))) or 0


def _log(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.scalars(select(Event.id).order_by(Event.id)))
