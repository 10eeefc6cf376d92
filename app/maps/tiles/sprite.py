"""The shapes of verdicts and cameras as one image (the style's sprite), drawn here: no files, no fonts.

Whoever cannot tell the colours tells the shapes: diamond, disc, ring, hatched square, thin circle.
"""

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.domain.vocabulary import Verdict
from app.maps.tiles import colours

CAMERA = "camera"
SIZE = 22
# Each pixel is the mean of so many by so many points.
_SAMPLES = 6
_RIM = 1.5
_RING = 3.6
_EDGE = 0.6

Plane = NDArray[np.float64]
Inside = NDArray[np.bool_]
Parts = Sequence[tuple[Inside, str]]


def sprite_index(ratio: int) -> dict[str, dict[str, int]]:
    """Where each image lies in the sprite, in its pixels (MapLibre style specification, sprite)."""
    side = SIZE * ratio
    return {
        str(name): {"width": side, "height": side, "x": place * side, "y": 0, "pixelRatio": ratio}
        for place, name in enumerate(_SHAPES)
    }


@cache
def sprite_image(ratio: int) -> bytes:
    """Every image side by side, as PNG; `ratio`: its pixels to one of the map's."""
    return _png(np.concatenate([_drawn(shape, ratio) for shape in _SHAPES.values()], axis=1))


def _drawn(shape: Callable[[Plane, Plane], Parts], ratio: int) -> NDArray[np.uint8]:
    """A shape's pixels: red, green, blue and alpha, not multiplied."""
    side = SIZE * ratio * _SAMPLES
    along = (np.arange(side) + 0.5) / (ratio * _SAMPLES) - SIZE / 2
    x, y = np.meshgrid(along, along)
    points = np.zeros((side, side, 4))
    for inside, colour in shape(x, y):
        points[inside] = [int(colour[at : at + 2], 16) for at in (1, 3, 5)] + [255]
    blocks = points.reshape(SIZE * ratio, _SAMPLES, SIZE * ratio, _SAMPLES, 4)
    covered = blocks[..., 3].sum(axis=(1, 3))
    mixed = blocks[..., :3].sum(axis=(1, 3)) * 255 / np.maximum(covered, 255)[..., None]
    return np.dstack([mixed, covered / _SAMPLES**2]).round().astype(np.uint8)


def _diamond(x: Plane, y: Plane) -> Parts:
    across = (np.abs(x) + np.abs(y)) / 2**0.5
    return _rimmed(across - 6.4, Verdict.UNREPORTED)


def _disc(x: Plane, y: Plane) -> Parts:
    return _rimmed(np.hypot(x, y) - 6.8, Verdict.REPORTED)


def _ring(x: Plane, y: Plane) -> Parts:
    across = np.abs(np.hypot(x, y) - 6) - _RING / 2
    rim, body = _rimmed(across, Verdict.PENDING)
    return [rim, (across < _EDGE, colours.PENDING_EDGE), body]


def _hatched_square(x: Plane, y: Plane) -> Parts:
    across = np.maximum(np.abs(x), np.abs(y)) - 6.5
    stripes = (across < 0) & ((x + y) % 4.6 < 1.9)
    colour = colours.OF_VERDICTS[Verdict.INDETERMINATE]
    return [(across < _RIM, colours.RIM), (np.abs(across + 0.8) < 0.8, colour), (stripes, colour)]


def _thin_circle(x: Plane, y: Plane) -> Parts:
    return _rimmed(np.abs(np.hypot(x, y) - 6.2) - 0.8, Verdict.WITHDRAWN)


def _camera(x: Plane, y: Plane) -> Parts:
    body = np.maximum(np.abs(x + 1.8) - 4.2, np.abs(y) - 3.4)
    lens = np.maximum(np.abs(y) - (x - 1) * 0.6, x - 7)
    across = np.minimum(body, lens)
    return [(across < _RIM, colours.RIM), (across < 0, colours.CAMERA)]


def _rimmed(across: Plane, verdict: Verdict) -> Parts:
    """Whatever lies at a distance below 0, with a rim so that shapes stand out of each other."""
    return [(across < _RIM, colours.RIM), (across < 0, colours.OF_VERDICTS[verdict])]


_SHAPES: Mapping[str, Callable[[Plane, Plane], Parts]] = {
    Verdict.UNREPORTED: _diamond,
    Verdict.REPORTED: _disc,
    Verdict.PENDING: _ring,
    Verdict.INDETERMINATE: _hatched_square,
    Verdict.WITHDRAWN: _thin_circle,
    CAMERA: _camera,
}


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels as PNG (ISO 15948): eight bits a channel, no filter."""
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
            (b"IDAT", zlib.compress(lines, 9)),
            (b"IEND", b""),
        )
    )
