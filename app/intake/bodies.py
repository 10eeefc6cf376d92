"""Reading a request's body: bounded before and after decompression."""

import zlib
from collections.abc import AsyncIterator, Iterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.core.errors import MalformedBodyError, TooLargeError, UnsupportedMediaError

GZIP_WINDOW = 31
PIECE_BYTES = 1 << 20


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body, decompressed. Raises TooLargeError, MalformedBodyError, UnsupportedMediaError."""
    return b"".join([chunk async for chunk in body_chunks(request, limit_bytes)])


async def body_chunks(request: Request, limit_bytes: int | None) -> AsyncIterator[bytes]:
    """The body's pieces, decompressed; with a limit on their sum, before and after, unless None."""
    inflate = _Inflate() if _encoding(request) == "gzip" else None
    announced = request.headers.get("content-length", "")
    if limit_bytes is not None and announced.isdecimal() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    received = produced = 0
    async for chunk in _received(request):
        received += len(chunk)
        if limit_bytes is not None and received > limit_bytes:
            raise _too_large(limit_bytes)
        for piece in inflate.pieces(chunk) if inflate else (chunk,):
            produced += len(piece)
            if limit_bytes is not None and produced > limit_bytes:
                raise _too_large(limit_bytes)
            if piece:
                yield piece
    if inflate is not None and received:
        inflate.require_end()


def require_known_encoding(request: Request) -> None:
    """Refuse a content encoding that cannot be undone. Raises UnsupportedMediaError."""
    _encoding(request)


class _Inflate:
    """Undoes gzip of one or more members in bounded pieces, so that a bomb cannot fill the memory."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP_WINDOW)

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What a chunk decompresses to."""
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP_WINDOW)
            try:
                piece = self._member.decompress(packed, PIECE_BYTES)
            except zlib.error as error:
                raise MalformedBodyError(f"the gzip body is damaged: {error}") from error
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            yield piece

    def require_end(self) -> None:
        """Refuse a body that ends within a member."""
        if not self._member.eof:
            raise MalformedBodyError("the gzip body is cut short")


async def _received(request: Request) -> AsyncIterator[bytes]:
    """The chunks as they come in; a client that hangs up midway is told of, though it cannot hear it."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise MalformedBodyError("the connection was closed before the end of the body") from None


def _encoding(request: Request) -> str:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise UnsupportedMediaError(f"content encoding {encoding[:40]!r} is not taken; gzip and identity are")
    return encoding


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(f"the body may have at most {limit_bytes:,} bytes; send several")
