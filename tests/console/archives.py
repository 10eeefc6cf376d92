"""PMTiles archives, as an operator may have them: version 3 of the format, nothing compressed."""

import json
import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

VECTOR, PNG = 1, 2
NOT_COMPRESSED = 1
HEADER_BYTES = 127


class Tile(NamedTuple):
    """A tile's place in the usual scheme: rows from the north."""

    zoom: int
    column: int
    row: int


def tile_at(longitude: float, latitude: float, zoom: int) -> Tile:
    """The tile in which a point lies."""
    across = (longitude + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return Tile(zoom, int(across * 2**zoom), int(down * 2**zoom))


def write_archive(path: Path, kind: int, tiles: Mapping[Tile, bytes], about: dict[str, Any]) -> None:
    """An archive of one kind of tiles with what it tells about itself."""
    ordered = sorted((_number(tile), body) for tile, body in tiles.items())
    directory = _directory([(number, len(body)) for number, body in ordered])
    metadata = json.dumps(about).encode()
    data = b"".join(body for _number_of, body in ordered)
    root_at = HEADER_BYTES
    metadata_at = root_at + len(directory)
    data_at = metadata_at + len(metadata)
    places = (root_at, len(directory), metadata_at, len(metadata), data_at, 0, data_at, len(data))
    counts = (len(ordered),) * 3
    zooms = sorted({tile.zoom for tile in tiles})
    everywhere = (-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    header = (
        b"PMTiles\x03"
        + struct.pack("<11Q", *places, *counts)
        + bytes((1, NOT_COMPRESSED, NOT_COMPRESSED, kind, zooms[0], zooms[-1]))
        + struct.pack("<4iB2i", *everywhere, zooms[0], 0, 0)
    )
    assert len(header) == HEADER_BYTES
    path.write_bytes(header + directory + metadata + data)


def _directory(entries: list[tuple[int, int]]) -> bytes:
    numbers = [number for number, _length in entries]
    steps = (later - earlier for earlier, later in zip([0, *numbers], numbers, strict=False))
    columns: Iterable[Iterable[int]] = (
        [len(entries)],
        steps,
        (1 for _entry in entries),
        (length for _number_of, length in entries),
        # The first one begins at 0 (told as 1), each other right behind the one before (told as 0).
        (1 if place == 0 else 0 for place in range(len(entries))),
    )
    return b"".join(_varint(value) for column in columns for value in column)


def _varint(value: int) -> bytes:
    told = bytearray()
    while value > 0x7F:
        told.append(value & 0x7F | 0x80)
        value >>= 7
    told.append(value)
    return bytes(told)


def _number(tile: Tile) -> int:
    """Its place on Hilbert's curve, behind all smaller zooms."""
    before = (4**tile.zoom - 1) // 3
    x, y = tile.column, tile.row
    side, along = 2**tile.zoom // 2, 0
    while side:
        right, lower = int(x & side > 0), int(y & side > 0)
        along += side * side * ((3 * right) ^ lower)
        if not lower:
            if right:
                x, y = 2**tile.zoom - 1 - x, 2**tile.zoom - 1 - y
            x, y = y, x
        side //= 2
    return before + along
