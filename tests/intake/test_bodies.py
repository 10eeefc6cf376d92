"""Bodies before anybody looks into them: a damaged gzip is kept as it came, lines are found in any pieces."""

import asyncio
import gzip
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.domain.vocabulary import SourceKind
from app.intake.bodies import DamagedGzipError, body_lines, read_body
from app.intake.rejects import retry_rejects
from tests.conftest import Clock
from tests.intake.conftest import ALERT, Service
from tests.intake.test_authentication import sign

GZIP = {"content-encoding": "gzip"}
PACKED = gzip.compress(orjson.dumps(ALERT), mtime=0)


def request_of(pieces: list[bytes], **headers: str) -> Request:
    """A request whose body comes in these pieces."""
    waiting = list(pieces)

    async def receive() -> dict[str, Any]:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": encoded}, receive)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (PACKED[:-1], "cut short"),
        (PACKED[:5], "cut short"),
        (PACKED + PACKED[:-3], "cut short"),
        (PACKED[:20] + b"\x00\x00" + PACKED[22:], "damaged"),
        (PACKED + b"rest", "damaged"),
        (b"{}", "damaged"),
    ],
    ids=["a byte less", "a few bytes", "half a second member", "other bytes within", "a rest", "no gzip"],
)
def test_a_damaged_gzip_is_kept_as_it_came(service: Service, body: bytes, reason: str) -> None:
    for _ in range(2):
        answer = service.post("alerts/sensors", content=body, headers=GZIP)
        assert answer.status_code == 400
        assert answer.json()["type"] == "urn:earshot:problem:malformed-body"
    assert service.counts == (0, 0, 1)
    (kept,) = service.rejects()
    assert bytes(kept.raw) == body
    assert [error["pointer"] for error in kept.errors] == [""]
    assert f"the gzip body is {reason}" in kept.errors[0]["reason"]
    assert (kept.origin, kept.external_id, kept.line) == ("http", None, None)


def test_a_damaged_gzip_stays_a_reject_when_tried_again(service: Service, clock: Clock) -> None:
    service.post("alerts/sensors", content=PACKED[:-1], headers=GZIP)
    done = retry_rejects(service.database, clock, source_id=None, reject_id=None, actor="test").document()
    assert (done["tried"], done["resolved"]) == (1, 0)
    assert "cut short" in service.rejects()[0].errors[0]["reason"]


def test_a_damaged_gzip_that_nobody_vouches_for_is_not_kept(
    service: Service, feed: Callable[..., tuple[str, str]], clock: Clock
) -> None:
    _, secret = feed("signed", SourceKind.ALERTS)
    headers = {**sign(secret, orjson.dumps(ALERT), clock), **GZIP}
    answer = service.client.post("/v1/alerts/signed", content=PACKED[:-1], headers=headers)
    assert answer.status_code == 400
    service.client.post("/v1/alerts/sensors", content=PACKED[:-1], headers=GZIP)
    assert service.counts == (0, 0, 0)


def test_what_follows_the_damage_is_kept_too() -> None:
    pieces = [PACKED[:12], b"\xff" * 20, b"and so on", b"to its end"]
    with pytest.raises(DamagedGzipError) as damaged:
        asyncio.run(read_body(request_of(pieces, content_encoding="gzip"), 1_000))
    assert damaged.value.received == b"".join(pieces)


def test_very_many_gzip_members_are_read_in_a_moment() -> None:
    member = gzip.compress(b"")
    started = time.monotonic()
    packed = [member * (9_000_000 // len(member))]
    assert asyncio.run(read_body(request_of(packed, content_encoding="gzip"), 10_000_000)) == b""
    assert time.monotonic() - started < 10


@given(
    lines=st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=8),
    ended=st.booleans(),
    cuts=st.lists(st.integers(0, 100), max_size=6),
    packed=st.booleans(),
)
def test_lines_are_found_in_any_pieces(
    lines: list[bytes], ended: bool, cuts: list[int], packed: bool
) -> None:
    limit = 5
    body = b"\n".join(lines) + (b"\n" if ended else b"")
    sent = gzip.compress(body) if packed else body
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    pieces = [sent[start:end] for start, end in pairwise(places)]
    request = request_of(pieces, content_encoding="gzip" if packed else "identity")

    async def run() -> list[bytes]:
        return [line async for group in body_lines(request, limit) for line in group]

    wanted = [line[: limit + 1] for line in body.split(b"\n")]
    assert asyncio.run(run()) == (wanted[:-1] if not wanted[-1] else wanted)
