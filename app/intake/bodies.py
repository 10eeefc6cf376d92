"""Reading a request's body: bounded before and after decompression."""

import zlib
from collections.abc import AsyncIterator, Iterator

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.core.errors import MalformedBodyError, TooLargeError, UnsupportedMediaError

GZIP_WINDOW = 31
PIECE_BYTES = 1 << 20
SLICE_BYTES = 1 << 13


class DamagedGzipError(MalformedBodyError):
    """A gzip body that cannot be unpacked; `received` is the whole of it as it came."""

    def __init__(self, detail: str, received: bytes) -> None:
        super().__init__(detail)
        self.received = received


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body, unpacked; it may have so many bytes before that, and so many after.

    Raises TooLargeError, UnsupportedMediaError, MalformedBodyError (a DamagedGzipError if all of it came).
    """
    is_packed = _is_gzip(request)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    received: list[bytes] = []
    size = 0
    async for chunk in _received(request):
        received.append(chunk)
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
    body = b"".join(received)
    return await run_in_threadpool(_unpack, body, limit_bytes) if is_packed else body


async def body_lines(request: Request, limit_bytes: int) -> AsyncIterator[list[bytes]]:
    """The lines of an unpacked body, blank ones too, as many as have come.

    A line of more than `limit_bytes` is cut to one byte more, whatever its length: it still tells itself by
    that, and what follows it is a line again. Raises UnsupportedMediaError, MalformedBodyError.
    """
    most = limit_bytes + 1
    begun = bytearray()
    async for piece in _pieces(request):
        first, *others = piece.split(b"\n")
        begun += first[: most - len(begun)]
        if others:
            yield [bytes(begun), *(line[:most] for line in others[:-1])]
            begun = bytearray(others[-1][:most])
    if begun:
        yield [bytes(begun)]


def require_known_encoding(request: Request) -> None:
    """Refuse a content encoding that cannot be undone. Raises UnsupportedMediaError."""
    _is_gzip(request)


class _Inflate:
    """Undoes gzip of one or more members in bounded pieces, so that a bomb cannot fill the memory."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP_WINDOW)
        self._has_begun = False

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What a chunk decompresses to."""
        while packed:
            self._has_begun = True
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP_WINDOW)
            try:
                piece = self._member.decompress(packed, PIECE_BYTES)
            except zlib.error as error:
                raise MalformedBodyError(f"the gzip body is damaged: {error}") from error
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            yield piece

    def require_end(self) -> None:
        """Refuse a body that ends within a member; one of no bytes at all is merely empty."""
        if self._has_begun and not self._member.eof:
            raise MalformedBodyError("the gzip body is cut short")


async def _received(request: Request) -> AsyncIterator[bytes]:
    """The chunks as they come in; a client that hangs up midway is told of, though it cannot hear it."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise MalformedBodyError("the connection was closed before the end of the body") from None


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """A body without an end, unpacked as it comes."""
    if not _is_gzip(request):
        async for chunk in _received(request):
            yield chunk
        return
    inflate = _Inflate()
    async for chunk in _received(request):
        for piece in inflate.pieces(chunk):
            yield piece
    inflate.require_end()


def _unpack(packed: bytes, limit_bytes: int) -> bytes:
    inflate = _Inflate()
    unpacked = bytearray()
    try:
        # In slices, for each of what may be very many members leaves a copy of all that follows it.
        for start in range(0, len(packed), SLICE_BYTES):
            for piece in inflate.pieces(packed[start : start + SLICE_BYTES]):
                unpacked += piece
                if len(unpacked) > limit_bytes:
                    raise _too_large(limit_bytes)
        inflate.require_end()
    except MalformedBodyError as error:
        raise DamagedGzipError(error.detail, packed) from error
    return bytes(unpacked)


def _is_gzip(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise UnsupportedMediaError(f"content encoding {encoding[:40]!r} is not taken; gzip and identity are")
    return encoding == "gzip"


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(f"the body may have at most {limit_bytes:,} bytes; send several")
