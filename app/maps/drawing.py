"""A small map of the features on a page: where they lie to each other, with nothing behind them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 640
_HEIGHTS = (160, 480)
_MARGIN = 16
_LEAST_SPAN_DEG = 0.002


@dataclass(frozen=True, slots=True)
class Shape:
    """A point (`x`, `y`) or the `path` of an area, with the words for whoever points at it."""

    x: float
    y: float
    path: str
    label: str
    word: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in a frame, pixels."""

    width: int
    height: int
    shapes: Sequence[Shape]
    bounds: tuple[float, float, float, float]


def draw(features: Sequence[Mapping[str, Any]], labelled_by: str) -> Drawing | None:
    """The features that have a place; None where none has. Coordinates in any system."""
    placed = [one for one in features if one["geometry"] is not None]
    corners = [corner for one in placed for corner in _corners(one["geometry"]["coordinates"])]
    if not corners:
        return None
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    # One degree of longitude is as short as the cosine of the latitude; metres are metres.
    narrow = max(math.cos(math.radians((south + north) / 2)), 0.05) if abs(north) <= 90 else 1.0
    wide = max((east - west) * narrow, _LEAST_SPAN_DEG)
    high = max(north - south, _LEAST_SPAN_DEG)
    inner = WIDTH - 2 * _MARGIN
    height = round(min(max(inner * high / wide, _HEIGHTS[0]), _HEIGHTS[1])) + 2 * _MARGIN
    scale = min(inner / wide, (height - 2 * _MARGIN) / high)
    middle = ((west + east) / 2, (south + north) / 2)

    def at(corner: Sequence[float]) -> tuple[float, float]:
        return (
            round(WIDTH / 2 + (corner[0] - middle[0]) * narrow * scale, 1),
            round(height / 2 - (corner[1] - middle[1]) * scale, 1),
        )

    shapes = []
    for one in placed:
        label = str(one["properties"].get(labelled_by) or one["id"])
        word = str(one["properties"].get("verdict") or "")
        if one["geometry"]["type"] == "Point":
            x, y = at(one["geometry"]["coordinates"])
            shapes.append(Shape(x, y, "", label, word))
        else:
            rings = _rings(one["geometry"]["coordinates"])
            path = " ".join("M" + " L".join(f"{x} {y}" for x, y in map(at, ring)) + " Z" for ring in rings)
            shapes.append(Shape(0, 0, path, label, word))
    return Drawing(WIDTH, height, shapes, (west, south, east, north))


def _corners(coordinates: Any) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _corners(part)


def _rings(coordinates: Any) -> Iterator[Sequence[Sequence[float]]]:
    if coordinates and isinstance(coordinates[0][0], int | float):
        yield coordinates
        return
    for part in coordinates:
        yield from _rings(part)
