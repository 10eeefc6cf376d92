"""Reading a request's body: bounded before and after decompression."""

import zlib
from collections.abc import AsyncIterator

from fastapi import Request

from app.core.errors import MalformedBodyError, TooLargeError, UnsupportedMediaError

GZIP_WINDOW = 31


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body, decompressed. Raises TooLargeError, MalformedBodyError, UnsupportedMediaError."""
    return b"".join([chunk async for chunk in body_chunks(request, limit_bytes)])


async def body_chunks(request: Request, limit_bytes: int | None) -> AsyncIterator[bytes]:
    """The body's pieces, decompressed; with a limit on their sum unless None."""
    inflate = _inflater(request)
    announced = request.headers.get("content-length", "")
    if limit_bytes is not None and announced.isdigit() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    received = produced = 0
    async for chunk in request.stream():
        received += len(chunk)
        if limit_bytes is not None and received > limit_bytes:
            raise _too_large(limit_bytes)
        room = None if limit_bytes is None else limit_bytes - produced
        piece = chunk if inflate is None else _inflate(inflate, chunk, room)
        produced += len(piece)
        if limit_bytes is not None and produced > limit_bytes:
            raise _too_large(limit_bytes)
        if piece:
            yield piece
    if inflate is not None and not inflate.eof and received:
        raise MalformedBodyError("the gzip body is cut short")


def _inflater(request: Request) -> "zlib._Decompress | None":
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "gzip":
        return zlib.decompressobj(GZIP_WINDOW)
    if encoding in ("", "identity"):
        return None
    raise UnsupportedMediaError(f"content encoding {encoding[:40]!r} is not taken; gzip and identity are")


def _inflate(inflate: "zlib._Decompress", chunk: bytes, room: int | None) -> bytes:
    """Decompress no further than one byte beyond the room, so that a bomb cannot fill the memory."""
    try:
        return inflate.decompress(chunk) if room is None else inflate.decompress(chunk, room + 1)
    except zlib.error as error:
        raise MalformedBodyError(f"the gzip body is damaged: {error}") from error


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(f"the body may have at most {limit_bytes:,} bytes; send several")
