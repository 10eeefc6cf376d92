"""The tiles of web Mercator: which piece of the world each is, and where a place lies in it. Pure.

They are those of the tile matrix set WebMercatorQuad (OGC 17-083r4, annex D.1): 2 ** zoom columns from west
to east, and as many rows from north to south.
"""

import math
from dataclasses import dataclass

# A tile's width and height in the whole numbers that places in it are told in.
EXTENT = 4096
MOST_ZOOM = 24
# Beyond every row: the map is a square that ends at 85.0511 degrees.
MOST_LATITUDE = 85.06
RADIANS_PER_DEGREE = math.pi / 180


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One tile. Its places are those from its west edge to before its east edge, and the same northwards."""

    zoom: int
    row: int
    column: int

    @property
    def west(self) -> float:
        """Its west edge, degrees."""
        return west_edge(self.zoom, self.column)

    @property
    def east(self) -> float:
        """Its east edge, degrees."""
        return west_edge(self.zoom, self.column + 1)

    @property
    def north(self) -> float:
        """Its north edge, degrees."""
        return north_edge(self.zoom, self.row)

    @property
    def south(self) -> float:
        """Its south edge, degrees."""
        return north_edge(self.zoom, self.row + 1)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, and where its places end in the east and the north; those at the map's ends reach on.

        So every place on Earth lies in one tile of a zoom exactly, poles and the antimeridian too.
        """
        last = 2**self.zoom - 1
        return (
            self.west,
            -91.0 if self.row == last else self.south,
            181.0 if self.column == last else self.east,
            91.0 if self.row == 0 else self.north,
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """How degrees become a tile's whole numbers: x from its west edge, y from its north edge southwards.

    x = floor((longitude + 180) * per_degree) - first_x
    y = floor(middle - ln(tan(latitude * half_radians + quarter_pi)) * per_radian) - first_y
    Both databases reckon just so, in this order, so that they agree to the bit.
    """

    per_degree: float
    first_x: int
    middle: float
    per_radian: float
    first_y: int


HALF_RADIANS = RADIANS_PER_DEGREE / 2
QUARTER_PI = math.pi / 4


def scale_of(tile: Tile) -> Scale:
    """A tile's scale."""
    across = EXTENT * 2**tile.zoom
    return Scale(
        per_degree=across / 360,
        first_x=tile.column * EXTENT,
        middle=across / 2,
        per_radian=across / (2 * math.pi),
        first_y=tile.row * EXTENT,
    )


def place_in(scale: Scale, longitude: float, latitude: float) -> tuple[int, int]:
    """Where a place of a tile lies in it, from 0 to EXTENT - 1."""
    bounded = min(max(latitude, -MOST_LATITUDE), MOST_LATITUDE)
    x = math.floor((longitude + 180.0) * scale.per_degree) - scale.first_x
    y = (
        math.floor(scale.middle - math.log(math.tan(bounded * HALF_RADIANS + QUARTER_PI)) * scale.per_radian)
        - scale.first_y
    )
    return min(max(x, 0), EXTENT - 1), min(max(y, 0), EXTENT - 1)


def west_edge(zoom: int, column: float) -> float:
    """Where a column begins, or a part of it, degrees."""
    return column / float(2**zoom) * 360.0 - 180.0


def north_edge(zoom: int, row: float) -> float:
    """Where a row begins, or a part of it, degrees."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
