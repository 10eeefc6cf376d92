"""Cells that stand for positions: the same for every database, and for every reading. Pure."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.correlation.columns import Floats, Integers
from app.domain.areas import Box

# The shortest degree of latitude there is, and the shortest a degree of longitude at the equator can be.
_LEAST_DEGREE_M = 110_574.0
_EQUATOR_DEGREE_M = 111_319.4
_DECIMALS = 7


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of one height from pole to pole, each cut into whole cells from -180 to 180 degrees.

    No cell is narrower or lower than `cell_m` metres, but at the poles, where a row may be one cell. None
    crosses the antimeridian.
    """

    cell_m: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return math.floor(180 * _LEAST_DEGREE_M / self.cell_m)

    def cells_in(self, row: int) -> int:
        """Into how many cells a row is cut."""
        return _cells_in(self.cell_m, self.rows, row)

    def cells_of(self, longitude: Floats, latitude: Floats) -> tuple[Integers, Integers]:
        """Row and column of each position, degrees; -1 and -1 for NaN. A position on an edge has one cell."""
        row, column = np.full(len(longitude), -1), np.full(len(longitude), -1)
        there = np.flatnonzero(~(np.isnan(longitude) | np.isnan(latitude)))
        row[there] = np.minimum((latitude[there] + 90) / 180 * self.rows, self.rows - 1).astype(np.int64)
        rows, which = np.unique(row[there], return_inverse=True)
        count = np.array([self.cells_in(int(one)) for one in rows], dtype=np.int64)[which]
        column[there] = np.floor((longitude[there] + 180) / 360 * count).astype(np.int64) % count
        return row, column

    def box_of(self, row: int, column: int) -> Box:
        """The edges of a cell."""
        count = self.cells_in(row)
        return Box(
            west=round(column / count * 360 - 180, _DECIMALS),
            south=round(row / self.rows * 180 - 90, _DECIMALS),
            east=round((column + 1) / count * 360 - 180, _DECIMALS),
            north=round((row + 1) / self.rows * 180 - 90, _DECIMALS),
        )


@lru_cache(maxsize=65_536)
def _cells_in(cell_m: int, rows: int, row: int) -> int:
    south, north = row / rows * 180 - 90, (row + 1) / rows * 180 - 90
    narrowest = math.cos(math.radians(min(max(abs(south), abs(north)), 90.0)))
    return max(1, math.floor(360 * _EQUATOR_DEGREE_M * narrowest / cell_m))
