"""A file's bytes in pieces or in lines, gunzipped where it is gzip."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from app.adapters.errors import FileError

CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"


class ByteSource:
    """Reads a binary stream forward once. A gzip is known by its first bytes, whatever its name says."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = _read_exactly(stream, len(_GZIP))
        self._unzip = zlib.decompressobj(wbits=31) if self._head == _GZIP else None
        self._packed = b""
        self._fault: FileError | None = None

    def read(self, size: int) -> bytes:
        """At most `size` bytes, b"" at the end. FileError for a damaged gzip, once all before it was read."""
        if self._unzip is None:
            head, self._head = self._head, b""
            return head + _read_exactly(self._stream, size - len(head))
        pieces: list[bytes] = []
        wanted = size
        while wanted > 0 and self._fault is None:
            piece = self._inflate(wanted)
            if not piece and self._fault is None:
                break
            pieces.append(piece)
            wanted -= len(piece)
        joined = b"".join(pieces)
        if not joined and self._fault is not None:
            raise self._fault
        return joined

    def lines(self, limit: int) -> Iterator[bytes]:
        """Lines with their ends. FileError for one longer than `limit` bytes."""
        rest = b""
        while True:
            piece = self._read_line_piece(rest)
            if not piece:
                if rest and self._fault is None:
                    yield rest
                if self._fault is not None:
                    raise self._fault
                return
            rest += piece
            complete = rest.rfind(b"\n") + 1
            if complete:
                # Not splitlines(): a carriage return alone ends no line here.
                for line in rest[: complete - 1].split(b"\n"):
                    yield line + b"\n"
                rest = rest[complete:]
            if len(rest) > limit:
                raise FileError(f"a line is longer than {limit >> 20} MB")

    def _read_line_piece(self, rest: bytes) -> bytes:
        try:
            return self.read(max(CHUNK, len(rest)))
        except FileError as error:
            self._fault = error
            return b""

    def _inflate(self, size: int) -> bytes:
        """Up to `size` more bytes; b"" at the end of the last member, or with the fault noted."""
        while self._unzip is not None:
            if not self._packed:
                self._packed, self._head = self._head + self._stream.read(CHUNK), b""
            packed = self._packed
            if self._unzip.eof:
                if not packed.strip(b"\0"):
                    if packed:
                        self._packed = b""
                        continue
                    return b""
                # A gzip may have several members, one after the other (RFC 1952, section 2.2).
                self._unzip = zlib.decompressobj(wbits=31)
            if not packed:
                self._fault = FileError("the gzip ends before its end: the file is truncated")
                return b""
            try:
                piece = self._unzip.decompress(packed, size)
            except zlib.error as error:
                self._fault = FileError(f"the gzip is damaged: {error}")
                return b""
            self._packed = self._unzip.unused_data if self._unzip.eof else self._unzip.unconsumed_tail
            if piece:
                return piece
        return b""


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    # Pipes and sockets give less than was asked for; readers here rely on their pieces growing.
    pieces: list[bytes] = []
    while size > 0:
        piece = stream.read(size)
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
