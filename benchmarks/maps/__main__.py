"""Maps: pages of GeoJSON and tiles over HTTP from one server process, against others, in the same run.

All servers are asked the same on the same rows, one after the other in each of three rounds, over 8
connections (2 for pages of 10,000); each figure is the median of the rounds, each ratio the median of the
rounds' own. Peers and the ordinary way (ORM objects through a response model, pages by offset) may give any
order that is theirs; all must return as many features. The floor is one prepared statement in which PostGIS
builds the whole answer, behind the least of a server. Tiles of zoom 10 are clustered, and remembered for a
while as they are for anybody; tipg's hold the first 10,000 features.

Ours remembers what it spelled (`earshot`), after the first look at a page; beside it stands what it does
without, when the database spells every feature for everybody (`anew`).

Memory is the peak of the server's process while it sends pages of 10,000 features one after the other.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

import orjson

from app.access.keys import create_key
from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import Role
from benchmarks.databases import fresh_databases
from benchmarks.maps import peers
from benchmarks.maps.cases import CONNECTIONS, Case, cases
from benchmarks.maps.filling import fill
from benchmarks.maps.load import load
from benchmarks.maps.memory import print_growth

ROUNDS = 3
SECONDS = 1.0
_ROUNDS_OF_DEPTH = 7
_START_S = 30


def main() -> None:
    """Measure on every database there is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    for name, rows in (("--small", 10_000), ("--million", 1_000_000)):
        told = f"{rows:,} incidents instead of 100,000"
        size.add_argument(name, dest="count", action="store_const", const=rows, default=100_000, help=told)
    parser.add_argument("--no-peers", action="store_true", help="leave tipg and pygeoapi out")
    asked = parser.parse_args()
    count: int = asked.count
    started = time.monotonic()
    with fresh_databases() as urls, ExitStack() as servers:
        with ProcessPoolExecutor() as pool:
            list(pool.map(fill, urls.values(), repeat(count)))
        keys = {"earshot" if kind == "postgresql" else kind: _key(url) for kind, url in urls.items()}
        ports = {
            kind: servers.enter_context(
                _serving(sys.executable, "benchmarks.maps.servers:earshot", url, count)
            )
            for kind, url in (("earshot", urls.get("postgresql")), ("sqlite", urls["sqlite"]))
            if url
        }
        if "postgresql" in urls:
            keys["anew"] = keys["earshot"]
            for kind in ("anew", "floor", "ordinary"):
                app = f"benchmarks.maps.servers:{kind}"
                ports[kind] = servers.enter_context(_serving(sys.executable, app, urls["postgresql"], count))
            if not asked.no_peers:
                ports |= _peers(servers, urls["postgresql"], count)
        print(
            f"{count:,} incidents, ready in {time.monotonic() - started:.0f} s, {CONNECTIONS} connections,"
            f" requests/s (median of {ROUNDS} rounds); load average {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        for case in cases(count):
            _measure(case, ports, keys)
        _compare_depth(count, ports, keys)
        if "earshot" in ports:
            print_growth(ports["earshot"], keys["earshot"], count)
    print(f"took {time.monotonic() - started:.0f} s; load average {os.getloadavg()[0]:.1f}")


def _peers(servers: ExitStack, url: str, count: int) -> dict[str, int]:
    ports: dict[str, int] = {}
    for peer in peers.PEERS:
        python = peers.install(peer)
        if python is None:
            continue
        if not ports:
            peers.fill(url)
        told = peers.environment(peer, url)
        ports[peer.name] = servers.enter_context(_serving(str(python), peer.app, url, count, told))
        print(f"{peer.name} {peer.version}", flush=True)
    return ports


def _measure(case: Case, ports: dict[str, int], keys: dict[str, str]) -> None:
    """Print the rate of each server and the ratios to reach."""
    kinds = [kind for kind in ports if kind in case.paths]
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    returned = {}
    for kind in kinds:
        quick = kind in ("earshot", "sqlite", "anew", "floor")
        many = case.connections if quick else 1
        _, body = load(ports[kind], case.paths[kind], keys.get(kind, ""), many, 0.3 * quick)
        returned[kind] = len(orjson.loads(body)["features"]) if case.features else len(body)
    if case.features and len(set(returned.values())) != 1:
        raise RuntimeError(f"{case.name}: not the same number of features: {returned}")
    for _ in range(ROUNDS):
        for kind in kinds:
            rate, _ = load(ports[kind], case.paths[kind], keys.get(kind, ""), case.connections, SECONDS)
            rates[kind].append(rate)
    told = ", ".join(f"{kind} {_figure(statistics.median(found))}" for kind, found in rates.items())
    sizes = (
        "" if case.features else f" ({', '.join(f'{kind} {size:,} B' for kind, size in returned.items())})"
    )
    print(f"{case.name}: {told}{sizes}", flush=True)
    for kind in kinds:
        if kind == "sqlite" and "earshot" in rates:
            _judge("SQLite to PostGIS", _ratio(rates["sqlite"], rates["earshot"]), case.goals.get(kind))
        elif kind != "earshot" and "earshot" in rates:
            _judge(f"to {kind}", _ratio(rates["earshot"], rates[kind]), case.goals.get(kind))


def _compare_depth(count: int, ports: dict[str, int], keys: dict[str, str]) -> None:
    """What the deep page costs, in first pages of as many: asked for in turns."""
    told = {case.name: case.paths for case in cases(count)}
    for kind in ("earshot", "sqlite"):
        if kind not in ports:
            continue
        first, deep = (told[name][kind] for name in ("limit 1,000", "page 90 of 1,000"))
        rates: dict[str, list[float]] = {first: [], deep: []}
        for _ in range(_ROUNDS_OF_DEPTH):
            for path, found in rates.items():
                found.append(load(ports[kind], path, keys[kind], CONNECTIONS, SECONDS)[0])
        _judge(f"page 90 in first pages, {kind}", _ratio(rates[first], rates[deep]), 1.2, most=True)


def _judge(name: str, ratio: float, goal: float | None, *, most: bool = False) -> None:
    if goal is None:
        print(f"    {name}: {ratio:.2f} x", flush=True)
        return
    is_met = ratio <= goal if most else ratio >= goal
    bound = f"at {'most' if most else 'least'} {goal:g}"
    print(f"    {name}: {ratio:.2f} x, {bound}: {'met' if is_met else 'MISSED'}", flush=True)


def _figure(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def _ratio(mine: Sequence[float], others: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(mine, others, strict=True))


def _key(url: str) -> str:
    database = Database(Settings(database_url=url, _env_file=None))
    with database.write() as session:
        key = create_key(
            session,
            role=Role.VIEWER,
            source_name=None,
            name=None,
            scopes=None,
            expires_at=None,
            actor="bench",
            now=datetime.now(UTC),
        )
    database.dispose()
    return key


@contextmanager
def _serving(
    python: str, app: str, url: str, count: int, told: dict[str, str] | None = None
) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [python, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error", "--no-access-log"]
    if told is None:
        command.append("--factory")
    process = subprocess.Popen(
        command,
        env={**os.environ, "BENCH_DATABASE_URL": url, "BENCH_COUNT": str(count), **(told or {})},
        cwd=Path(__file__).parents[2] if told is None else "/",
    )
    try:
        _await_start(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _await_start(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez?case=all&limit=1", timeout=5).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not answer")


if __name__ == "__main__":
    main()
