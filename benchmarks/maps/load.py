"""The least of a client: the same request over and over on some connections."""

import asyncio
import time

import uvloop


def load(port: int, path: str, key: str, connections: int, seconds: float) -> tuple[float, bytes]:
    """Requests a second, and a body: each connection asks at least once."""
    return uvloop.run(_load(port, path, key, connections, seconds))


async def _load(port: int, path: str, key: str, connections: int, seconds: float) -> tuple[float, bytes]:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    started = time.perf_counter()
    counts = await asyncio.gather(
        *(_connection(port, request, started + seconds) for _ in range(connections))
    )
    took = time.perf_counter() - started
    return sum(count for count, _ in counts) / took, counts[0][1]


async def _connection(port: int, request: bytes, until: float) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
    count, body = 0, b""
    while not count or time.perf_counter() < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{request[:200]!r} was answered {head[:200]!r}")
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
