"""Tiles: every place on Earth is in one tile of a zoom exactly, at the numbers that web Mercator says."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.tiles import EXTENT, MOST_ZOOM, Tile, place_in, scale_of, west_edge
from app.maps.crs import to_mercator

EDGE_M = math.pi * 6378137.0
LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


def holds(tile: Tile, longitude: float, latitude: float) -> bool:
    west, south, east, north = tile.bounds
    return west <= longitude < east and south <= latitude < north


def near(zoom: int, longitude: float, latitude: float) -> list[Tile]:
    """The tile that ordinary arithmetic finds, and its neighbours."""
    x, y = to_mercator(longitude, latitude)
    column = int((x + EDGE_M) / (2 * EDGE_M) * 2**zoom)
    row = int((EDGE_M - y) / (2 * EDGE_M) * 2**zoom)
    return [
        Tile(zoom, row + down, column + right)
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        if 0 <= row + down < 2**zoom and 0 <= column + right < 2**zoom
    ]


@given(zoom=st.integers(0, MOST_ZOOM), longitude=LONGITUDES, latitude=LATITUDES)
@example(zoom=0, longitude=180.0, latitude=90.0)
@example(zoom=24, longitude=180.0, latitude=-90.0)
@example(zoom=24, longitude=-180.0, latitude=90.0)
@example(zoom=12, longitude=west_edge(12, 1047), latitude=Tile(12, 1503, 0).north)
def test_a_place_is_in_one_tile_at_the_numbers_of_mercator(zoom, longitude, latitude):
    (tile,) = [tile for tile in near(zoom, longitude, latitude) if holds(tile, longitude, latitude)]
    x, y = place_in(scale_of(tile), longitude, latitude)
    assert 0 <= x < EXTENT
    assert 0 <= y < EXTENT
    east_m, north_m = to_mercator(longitude, latitude)
    size_m = 2 * EDGE_M / 2**zoom / EXTENT
    # to_mercator tells millimetres.
    within = size_m + 0.002
    assert abs((tile.column * EXTENT + x + 0.5) * size_m - EDGE_M - east_m) <= within
    assert abs(EDGE_M - (tile.row * EXTENT + y + 0.5) * size_m - north_m) <= within


@given(zoom=st.integers(0, MOST_ZOOM - 1), longitude=LONGITUDES, latitude=LATITUDES)
def test_a_tile_is_the_four_below_it(zoom, longitude, latitude):
    (above,) = [tile for tile in near(zoom, longitude, latitude) if holds(tile, longitude, latitude)]
    (below,) = [tile for tile in near(zoom + 1, longitude, latitude) if holds(tile, longitude, latitude)]
    assert (below.row // 2, below.column // 2) == (above.row, above.column)


def test_edges_are_those_of_the_standard():
    whole = Tile(0, 0, 0)
    assert (whole.west, whole.east) == (-180.0, 180.0)
    assert (whole.north, whole.south) == pytest.approx((85.0511287798066, -85.0511287798066), abs=1e-12)
    assert Tile(1, 0, 1).west == 0.0
    assert Tile(1, 1, 0).north == 0.0
