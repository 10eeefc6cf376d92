"""A load of one alert a request on keep-alive connections, bounded in time, by the least of a client."""

import asyncio
import time

import orjson

CONNECTIONS = 16


class Result:
    """What came back: the acknowledged ids, other answers, and the seconds that it took."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.refused = 0
        self.latencies_s: list[float] = []
        self.seconds = 0.0

    @property
    def rate(self) -> float:
        """Acknowledged requests a second."""
        return len(self.acknowledged) / self.seconds


def run_load(port: int, key: str, prefix: str, seconds: float) -> Result:
    """Send alerts over 16 connections for some seconds."""
    return asyncio.run(_run(port, key, prefix, seconds))


async def _run(port: int, key: str, prefix: str, seconds: float) -> Result:
    result = Result()
    started = time.perf_counter()
    until = started + seconds
    await asyncio.gather(
        *(_connection(port, key, f"{prefix}-{place}", until, result) for place in range(CONNECTIONS))
    )
    result.seconds = time.perf_counter() - started
    return result


async def _connection(port: int, key: str, prefix: str, until: float, result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        external_id = f"{prefix}-{count}"
        begun = time.perf_counter()
        writer.write(_request(key, external_id, count))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if head.startswith(b"HTTP/1.1 202"):
            result.acknowledged.append(external_id)
            result.latencies_s.append(time.perf_counter() - begun)
        else:
            result.refused += 1
        count += 1
    writer.close()


def _request(key: str, external_id: str, count: int) -> bytes:
    body = orjson.dumps(
        {
            "external_id": external_id,
            "started_at": f"2026-07-0{1 + count % 9}T{count % 24:02d}:{count % 60:02d}:10.250-05:00",
            "published_at": f"2026-07-0{1 + count % 9}T{count % 24:02d}:{count % 60:02d}:31.000-05:00",
            "longitude": -87.9 - (count % 100) / 1000,
            "latitude": 43.0 + (count % 97) / 1000,
            "uncertainty_m": 25.0,
            "rounds": 1 + count % 9,
            "classification": "multiple_gunshots",
            "confidence": 0.93,
            "address": f"{count % 9000} N 35TH ST",
        }
    )
    head = (
        "POST /v1/alerts/bench HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
