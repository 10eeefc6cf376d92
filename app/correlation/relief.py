"""Where calls come from: their density on a grid of 500 m, relative to an even spread over the same area."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.domain.geodesy import EQUATORIAL_RADIUS_M

CELL_M = 500.0
# However quiet a place, and wherever nobody ever called from: never less than this share of the even spread.
LEAST = 0.1
_BANDWIDTH_CELLS = 1.0
_REACH_CELLS = 3
# A cell is taken to have had so many calls of the coarser picture; smoothing makes it about three calls.
_SHRINK_CALLS = 0.25
# Nobody's city: a grid larger than this is made of stray geocodes.
_MOST_CELLS = 1_000_000


class Relief(NamedTuple):
    """Relative densities of shape (natures, rows, columns), from the south-western corner (degrees)."""

    west: float
    south: float
    step_longitude: float
    step_latitude: float
    values: Floats

    def at(self, longitude: Floats, latitude: Floats, nature: Integers) -> Floats:
        """The density of a nature at each place, relative to the even spread; LEAST off the grid."""
        from app.correlation.loops.city import densities  # noqa: PLC0415 - brings in the compiler

        return densities(longitude, latitude, nature, self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a stored relief."""
        flat = np.frombuffer(b64decode(document["values"]), dtype="<f4").astype(np.float64)
        return cls(
            document["west"],
            document["south"],
            document["step_longitude"],
            document["step_latitude"],
            flat.reshape(document["shape"]),
        )

    def to_document(self) -> dict[str, Any]:
        """The relief as a JSON document; the values as little-endian float32 in base64."""
        return {
            "west": self.west,
            "south": self.south,
            "step_longitude": self.step_longitude,
            "step_latitude": self.step_latitude,
            "shape": list(self.values.shape),
            "values": b64encode(self.values.astype("<f4").tobytes()).decode(),
        }


def fit_relief(
    longitude: Floats, latitude: Floats, nature: Integers, weight: Floats, *, natures: int, area_m2: float
) -> Relief | None:
    """Smooth the weighted calls of each nature (arrays of shape (n,)); None when they span no city.

    Relative to as many calls spread evenly over `area_m2`.

    Each nature leans on all natures together, and those on the even spread over the cells in which anybody
    called. At the edge only the part of the smoothing window that lies in such cells counts.
    """
    step_latitude = float(np.degrees(CELL_M / EQUATORIAL_RADIUS_M))
    middle = float(np.clip(np.median(latitude), -85, 85))
    step_longitude = step_latitude / float(np.cos(np.radians(middle)))
    west, south = float(np.min(longitude)) - step_longitude, float(np.min(latitude)) - step_latitude
    row = np.floor((latitude - south) / step_latitude).astype(np.int64)
    column = np.floor((longitude - west) / step_longitude).astype(np.int64)
    rows, columns = int(row.max()) + 2, int(column.max()) + 2
    if rows * columns > _MOST_CELLS:
        return None
    place = row * columns + column
    each = nature * (rows * columns) + place
    counts: Floats = np.bincount(each, weight, natures * rows * columns).astype(np.float64)
    counts = counts.reshape(natures, rows, columns)
    seen = _smooth(_filled(np.add.reduce(counts, axis=0) > 0).astype(np.float64))
    cells = area_m2 / CELL_M**2
    even: Floats = np.ones((rows, columns))
    of_all = _relative(np.add.reduce(counts, axis=0), cells, seen, even)
    values = np.maximum(np.stack([_relative(own, cells, seen, of_all) for own in counts]), LEAST)
    # As it will be read again, so that the first run after the fit decides as every later one.
    return Relief(west, south, step_longitude, step_latitude, values.astype("<f4").astype(np.float64))


def _relative(counts: Floats, cells: float, seen: Floats, coarser: Floats) -> Floats:
    """Smoothed counts over those of an even spread over so many cells, leaning on a coarser picture."""
    even = float(counts.sum()) / cells
    smoothed = np.divide(_smooth(counts), seen, out=np.zeros_like(counts), where=seen > 1e-6)
    known: Floats = (smoothed + _SHRINK_CALLS * coarser) / (even + _SHRINK_CALLS)
    return np.where(seen > 1e-6, known, LEAST)


def _filled(cells: Booleans) -> Booleans:
    """Those cells and the holes between them: a city's empty blocks belong to it, its surroundings do not."""
    return cells | ~_near(~_near(cells))


def _near(cells: Booleans) -> Booleans:
    """Those cells and their eight neighbours."""
    padded = np.pad(cells, 1)
    shifts = [(up, side) for up in (0, 1, 2) for side in (0, 1, 2)]
    rows, columns = cells.shape
    near: Booleans = np.any([padded[up : up + rows, side : side + columns] for up, side in shifts], axis=0)
    return near


def _smooth(cells: Floats) -> Floats:
    """A Gaussian of one cell's width along both axes; what would fall off the grid is lost."""
    offsets = np.arange(-_REACH_CELLS, _REACH_CELLS + 1)
    kernel = np.exp(-((offsets / _BANDWIDTH_CELLS) ** 2) / 2)
    kernel /= kernel.sum()
    for _ in range(2):
        padded = np.pad(cells, ((_REACH_CELLS, _REACH_CELLS), (0, 0)))
        total = np.zeros_like(cells)
        for weight, start in zip(kernel.tolist(), range(len(kernel)), strict=True):
            total += weight * padded[start : start + len(cells)]
        cells = np.ascontiguousarray(total.T)
    return cells
