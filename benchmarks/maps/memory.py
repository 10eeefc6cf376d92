"""How much the memory of a server grows while it sends very many features."""

import http.client
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import orjson

_MEBIBYTE = 2**20
PAGES = 30
# Of the process, from after the first pages until after the last: what lists and buffers of one page come to.
MOST_GROWTH_MIB = 16.0


def print_growth(port: int, key: str, count: int) -> None:
    """Walk pages of 10,000 features, the whole collection or PAGES, and tell the server's peak memory."""
    process = _process_of(port)
    if process is None:
        print("memory: not told by this system")
        return
    path: str | None = f"/ogc/collections/incidents/items?{urlencode({'limit': 10_000})}"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    features, before = 0, 0.0
    pages = max(PAGES, count // 10_000)
    for page in range(pages):
        if page == 3:
            before = peak_mib(process)
        path = path or f"/ogc/collections/incidents/items?{urlencode({'limit': 10_000})}"
        returned, path = _page(connection, path, key)
        features += returned
    connection.close()
    after = peak_mib(process)
    is_met = after - before <= MOST_GROWTH_MIB
    print(
        f"memory: peak {before:.0f} MiB after 3 pages of 10,000, {after:.0f} MiB after {pages}"
        f" ({features:,} features):"
        f" {after - before:+.1f} MiB, at most {MOST_GROWTH_MIB:g}: {'met' if is_met else 'MISSED'}",
        flush=True,
    )


def peak_mib(process: int) -> float:
    """The most memory that a process has held so far (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / _MEBIBYTE


def _page(connection: http.client.HTTPConnection, path: str, key: str) -> tuple[int, str | None]:
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    body = answer.read()
    # What follows the features: the counts and the links.
    tail = orjson.loads(b"{" + body[body.rindex(b'],"numberReturned"') + 2 :])
    following = next((link["href"] for link in tail["links"] if link["rel"] == "next"), None)
    if following is None:
        return tail["numberReturned"], None
    parts = urlsplit(following)
    return tail["numberReturned"], f"{parts.path}?{parts.query}"


def _process_of(port: int) -> int | None:
    """The process that listens on a port of the loopback address."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        return None
    wanted = f"0100007F:{port:04X}"
    lines = [line.split() for line in table.read_text().splitlines()[1:]]
    inodes = {line[9] for line in lines if line[1] == wanted and line[3] == "0A"}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.removeprefix("socket:[").removesuffix("]") in inodes:
            return int(descriptor.parts[2])
    return None
