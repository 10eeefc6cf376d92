"""Too large, packed into a bomb, badly packed, too many: refused as a problem, and nothing is kept."""

import gzip
import zlib
from collections.abc import Iterator

import orjson

from app.db.models import Alert
from tests.intake.conftest import ALERT, Service

PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"


def chunks(total: int, size: int = 65_536) -> Iterator[bytes]:
    for start in range(0, total, size):
        yield b" " * min(size, total - start)


def test_too_large_a_body_is_not_read_to_its_end(service: Service) -> None:
    limit = 10_000_000
    for route in ("alerts/sensors", "calls/cad"):
        for body in (b" " * (limit + 1), chunks(limit + 1)):
            answer = service.post(route, content=body)
            assert answer.status_code == 413
            assert answer.headers["content-type"] == PROBLEM
    lied = service.post("alerts/sensors", content=b"{}", headers={"content-length": str(limit + 1)})
    assert lied.status_code == 413
    assert service.counts == (0, 0, 0)


def test_a_bomb_is_stopped_while_it_unpacks(service: Service) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(b" " * 1_000_000)
    for _ in range(200):
        bomb += packer.compress(b" " * 1_000_000)
    bomb += packer.flush()
    assert len(bomb) < 300_000
    headers = {"content-encoding": "gzip"}
    assert service.post("alerts/sensors", content=bomb, headers=headers).status_code == 413
    stream = {**headers, "content-type": NDJSON}
    answer = service.post("calls/cad", content=bomb, headers=stream)
    assert {orjson.loads(line)["status"] for line in answer.content.splitlines()} <= {"rejected"}


def test_gzip_that_is_none(service: Service) -> None:
    packed = gzip.compress(orjson.dumps(ALERT))
    headers = {"content-encoding": "gzip"}
    damaged = packed[:20] + b"\x00\x00" + packed[22:]
    for body in (
        packed[:-1],
        packed[:-8],
        packed[:5],
        b"{}",
        damaged,
        packed + b"rest",
        packed + packed[:-3],
    ):
        answer = service.post("alerts/sensors", content=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), body
    assert service.count(Alert) == 0
    assert (
        service.post("alerts/sensors", content=packed, headers={"content-encoding": " GZIP "}).status_code
        == 202
    )


def test_encodings_that_cannot_be_undone(service: Service) -> None:
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "x" * 1_000):
        for route, content_type in (("alerts/sensors", "application/json"), ("calls/cad", NDJSON)):
            headers = {"content-encoding": encoding, "content-type": content_type}
            answer = service.post(route, content=b"{}", headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)


def test_more_records_than_a_request_may_bring(service: Service) -> None:
    answer = service.post("alerts/sensors", content=b"[" + b"{}," * 99_999 + b"{}]")
    assert answer.status_code == 413
    assert "10,000" in answer.json()["detail"]
    assert service.counts == (0, 0, 0)
