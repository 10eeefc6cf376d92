"""Answers to map clients: in the form they take, packed where they ask for it, tagged, or streamed."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.core.answers import MEDIA_TYPES, Form, tagged, takes_gzip

_VARY = "Accept, Accept-Encoding, Authorization, Cookie"
_LEAST_PACKED_BYTES = 1_000
_LEVEL = 1
_GZIP_WINDOW = 31


def document_answer(
    request: Request, document: Mapping[str, Any], media_type: str = "application/json"
) -> Response:
    """A JSON document."""
    return body_answer(request, orjson.dumps(document), media_type)


def body_answer(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    has_people: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A body with its entity tag, or 304; packed where the client takes gzip."""
    told = {**(headers or {}), "Vary": _VARY}
    if len(body) >= _LEAST_PACKED_BYTES and takes_gzip(request):
        body = gzip.compress(body, _LEVEL, mtime=0)
        told["Content-Encoding"] = "gzip"
    return tagged(request, body, media_type=media_type, has_people=has_people, headers=told)


def streamed_answer(
    request: Request, parts: Iterable[bytes], *, has_people: bool, headers: Mapping[str, str]
) -> Response:
    """A GeoJSON answer that is sent while it is read; it has no entity tag."""
    told = {
        **headers,
        "Vary": _VARY,
        "Cache-Control": "private, no-store" if has_people else "private, no-cache",
    }
    if takes_gzip(request):
        parts = _packed(parts)
        told["Content-Encoding"] = "gzip"
    return StreamingResponse(parts, media_type=MEDIA_TYPES[Form.GEOJSON], headers=told)


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()
