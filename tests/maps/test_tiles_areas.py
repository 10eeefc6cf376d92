"""Areas in tiles: cut at the tile's edge, valid, and as large as plain reckoning says, on both databases."""

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from sqlalchemy import insert

from app.db.models import Zone
from app.domain.tiles import Tile
from app.maps.tiles.layers import MARGIN
from tests.records.conftest import T0

SIZE = 4096
RING = [[-88.1, 42.9], [-87.8, 42.9], [-87.8, 43.2], [-88.1, 43.2], [-88.1, 42.9]]
HOLE = [[-88.0, 43.0], [-88.0, 43.1], [-87.9, 43.1], [-87.9, 43.0], [-88.0, 43.0]]
ISLANDS = [
    [[[-88.05, 43.0], [-88.0, 43.0], [-88.02, 43.07], [-88.05, 43.0]]],
    [[[-87.9, 43.1], [-87.85, 43.1], [-87.85, 43.15], [-87.9, 43.1]]],
]
CAP = [[-180, 70], [180, 70], [180, 90], [-180, 90], [-180, 70]]
BOW = [[-87.75, 43.0], [-87.65, 43.1], [-87.65, 43.0], [-87.75, 43.1], [-87.75, 43.0]]
ZONES = {
    "Ring": {"type": "Polygon", "coordinates": [RING, HOLE]},
    "Islands": {"type": "MultiPolygon", "coordinates": ISLANDS},
    "Cap": {"type": "Polygon", "coordinates": [CAP]},
    "Bow": {"type": "Polygon", "coordinates": [BOW]},
}


@pytest.fixture(scope="module")
def zones(maps):
    """The zones of maps, and more: one covers the pole, one crosses itself."""
    with maps.database.write() as session:
        for number, (name, geometry) in enumerate(ZONES.items(), 101):
            shape = shapely.geometry.shape(geometry)
            edges = dict(zip(("west", "south", "east", "north"), shape.bounds, strict=True))
            row = {"id": number, "kind": "beat", "name": name, "geometry": geometry, "properties": {}}
            session.execute(insert(Zone).values(**row, **edges, updated_at=T0))
            parts = shapely.MultiPolygon(shapely.get_parts(shape).tolist())
            maps.database.dialect.store_area(session, number, parts.wkt)
    return maps


def tile_at(zoom, longitude, latitude):
    x, y = _world(np.array([[longitude, latitude]]), zoom)[0] // SIZE
    return Tile(zoom, int(y), int(x))


def _world(degrees, zoom):
    """Degrees in a zoom's whole numbers, not yet whole."""
    across = SIZE * 2**zoom
    bounded = np.clip(degrees[:, 1], -85.06, 85.06)
    north = np.arctanh(np.sin(np.radians(bounded)))
    return np.column_stack([(degrees[:, 0] + 180) / 360 * across, (0.5 - north / (2 * np.pi)) * across])


def wanted(name, tile):
    """The area's part in a tile and its margin, before anything is rounded."""
    moved = shapely.transform(
        shapely.make_valid(shapely.geometry.shape(ZONES[name])),
        lambda degrees: _world(degrees, tile.zoom) - [tile.column * SIZE, tile.row * SIZE],
    )
    return shapely.intersection(moved, shapely.box(-MARGIN, -MARGIN, SIZE + MARGIN, SIZE + MARGIN))


def told(service, tile, **query):
    path = f"/ogc/collections/zones/tiles/WebMercatorQuad/{tile.zoom}/{tile.row}/{tile.column}"
    answer = service.get(path, params=query)
    if answer.status_code == 204:
        return {}
    assert answer.status_code == 200, answer.text
    read = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    return {
        feature["properties"]["name"]: shapely.geometry.shape(feature["geometry"])
        for feature in read["zones"]["features"]
    }


PLACES = [
    *((zoom, -87.95, 43.05) for zoom in (6, 9, 11, 12, 13, 16)),
    (10, -88.1, 42.9),
    (12, -87.8, 43.2),
    (2, 10.0, 80.0),
    (5, 179.9, 84.0),
    (0, 0.0, 0.0),
    (15, -88.02, 43.05),
    (12, -87.72, 43.03),
    (10, -87.7, 43.05),
]


@pytest.mark.parametrize(("zoom", "longitude", "latitude"), PLACES)
def test_areas_are_cut_at_the_tile_and_as_large_as_they_are(zones, zoom, longitude, latitude):
    tile = tile_at(zoom, longitude, latitude)
    found = told(zones, tile)
    for name in ZONES:
        part = wanted(name, tile)
        # Corners are rounded to whole numbers, so each length of edge may move by as much.
        slack = part.length + 4
        if part.area <= slack:
            continue
        assert found[name].is_valid, name
        assert abs(found[name].area - part.area) <= slack, name
        assert shapely.symmetric_difference(found[name], part).area <= slack, name
        west, north, east, south = found[name].bounds
        assert min(west, north) >= -MARGIN
        assert max(east, south) <= SIZE + MARGIN
    assert not [name for name in ZONES if name in found and wanted(name, tile).area == 0]


def test_a_hole_is_no_area_and_its_tile_is_empty_of_it(zones):
    within = told(zones, tile_at(16, -87.95, 43.05))
    assert "Ring" not in within
    assert "Ring" in told(zones, tile_at(16, -88.06, 43.05))


def test_zones_are_told_with_id_kind_and_name_and_filtered(zones):
    tile = tile_at(9, -87.95, 43.05)
    assert set(told(zones, tile, kind="beat")) == {"Ring", "Islands"}
    assert set(told(zones, tile, filter="name LIKE 'Th%'")) == {"Third"}
    path = f"/ogc/collections/zones/tiles/WebMercatorQuad/{tile.zoom}/{tile.row}/{tile.column}"
    read = mapbox_vector_tile.decode(zones.get(path).content)["zones"]["features"]
    items = zones.get("/ogc/collections/zones/items").json()["features"]
    kinds = {int(one["id"]): one["properties"]["kind"] for one in items}
    assert {one["id"]: one["properties"]["kind"] for one in read}.items() <= kinds.items()


def test_both_ways_to_encode_areas_tell_the_same(zones, monkeypatch):
    dialect = zones.client.app.state.database.dialect
    for place in [*PLACES[1:7], PLACES[-1]]:
        tile = tile_at(*place)
        own = told(zones, tile)
        with monkeypatch.context() as patched:
            patched.setattr(dialect.TILES, "tile_of_areas", lambda *_: None)
            other = told(zones, tile)
        assert set(own) == set(other)
        for name, polygons in own.items():
            assert abs(polygons.area - other[name].area) <= polygons.length + 4, name
