"""Maps: pages of GeoJSON over HTTP from one server process, against the floor, in the same run.

The floor is one prepared statement in which PostGIS builds the whole answer, behind the least of a server.
Rounds are interleaved; each figure is the median of the rounds, and each ratio the median of the rounds' own.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from urllib.parse import urlencode

import orjson

from app.access.keys import create_key
from app.core.settings import Settings
from app.db import Database
from app.domain.time import to_micros
from app.domain.vocabulary import Role
from benchmarks.databases import fresh_databases
from benchmarks.maps.filling import fill
from benchmarks.maps.servers import BOX, CONNECTIONS, MONTH, deep_place

ROUNDS = 3
SECONDS = 1.5
_CURSOR = orjson.dumps(["-started_at", to_micros(datetime.fromisoformat(deep_place())), 10**9])
CASES = {
    "limit 10": ("all", {"limit": 10}),
    "limit 1,000": ("all", {"limit": 1_000}),
    "limit 10,000": ("all", {"limit": 10_000}),
    "bbox 5 %, 1,000": ("box", {"limit": 1_000, "bbox": ",".join(map(str, BOX))}),
    "a month, 1,000": (
        "month",
        {"limit": 1_000, "datetime": "/".join(moment.isoformat().replace("+00:00", "Z") for moment in MONTH)},
    ),
    "page 90 of 1,000": (
        "deep",
        {"limit": 1_000, "cursor": urlsafe_b64encode(_CURSOR).decode().rstrip("=")},
    ),
}


def main() -> None:
    """Measure on every database there is."""
    count = 10_000 if "--small" in sys.argv else 1_000_000 if "--million" in sys.argv else 100_000
    with fresh_databases() as urls, ExitStack() as servers:
        ports: dict[str, int] = {}
        keys: dict[str, str] = {}
        for kind, url in urls.items():
            fill(url, count)
            keys[kind] = _key(url)
            ports[kind] = servers.enter_context(_serving("earshot", url))
        if "postgresql" in urls:
            ports["floor"] = servers.enter_context(_serving("floor", urls["postgresql"]))
        print(f"{count:,} incidents, {CONNECTIONS} connections, requests/s (median of {ROUNDS} rounds)")
        for name, (case, query) in CASES.items():
            _measure(name, case, query, ports, keys)


def _measure(
    name: str, case: str, query: dict[str, object], ports: dict[str, int], keys: dict[str, str]
) -> None:
    paths = {
        kind: f"/?{urlencode({'case': case, 'limit': query['limit']})}"
        if kind == "floor"
        else f"/ogc/collections/incidents/items?{urlencode(query)}"
        for kind in ports
    }
    rates: dict[str, list[float]] = {kind: [] for kind in ports}
    returned: dict[str, int] = {}
    for round_ in range(ROUNDS + 1):
        for kind, port in ports.items():
            rate, body = asyncio.run(_load(port, paths[kind], keys.get(kind, "")))
            returned[kind] = len(orjson.loads(body)["features"])
            if round_:
                rates[kind].append(rate)
    assert len(set(returned.values())) == 1, returned
    figures = {kind: statistics.median(found) for kind, found in rates.items()}
    told = ", ".join(f"{kind} {figure:,.1f}" for kind, figure in figures.items())
    ratios = [
        f"{_ratio(rates[one], rates[other]):.2f} x {label}"
        for one, other, label in (
            ("postgresql", "floor", "the floor"),
            ("sqlite", "postgresql", "PostGIS on SQLite"),
        )
        if one in rates and other in rates
    ]
    print(f"  {name}: {told}; {', '.join(ratios)}", flush=True)


def _ratio(mine: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(mine, others, strict=True))


async def _load(port: int, path: str, key: str) -> tuple[float, bytes]:
    """Ask over and over on every connection for some seconds; requests a second, and the last body."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    started = time.perf_counter()
    counts = await asyncio.gather(
        *(_connection(port, request, started + SECONDS) for _ in range(CONNECTIONS))
    )
    seconds = time.perf_counter() - started
    return sum(count for count, _ in counts) / seconds, counts[0][1]


async def _connection(port: int, request: bytes, until: float) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
    count, body = 0, b""
    while not count or time.perf_counter() < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        if b"content-length:" in head:
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
        else:
            body = await _chunks(reader)
        count += 1
    writer.close()
    return count, body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)


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
def _serving(name: str, url: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "--factory", f"benchmarks.maps.servers:{name}"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "error", "--no-access-log"],
        env={**os.environ, "BENCH_DATABASE_URL": url},
    )
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/livez?case=all&limit=1", timeout=2).read()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
