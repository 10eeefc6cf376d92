import numpy as np
import pytest
import shapely

from app.domain.geodesy import geodesic_m
from app.domain.vocabulary import ZoneKind
from app.simulate import CITY_DEFAULT, CITY_LARGE
from app.simulate.layout import lay_out
from app.simulate.plane import Plane
from app.simulate.streets import addresses

CITIES = pytest.mark.parametrize("city", [CITY_DEFAULT, CITY_LARGE], ids=lambda city: city.name)


@CITIES
def test_zones_tile_the_city(city):
    layout = lay_out(city)
    geometries = [zone.geometry for zone in layout.zones]
    whole = shapely.union_all(geometries)
    assert len({zone.name for zone in layout.zones}) == city.zone_count
    assert all(geometry.is_valid for geometry in geometries)
    assert shapely.coverage_is_valid(geometries)
    assert sum(geometry.area for geometry in geometries) == pytest.approx(whole.area, rel=1e-9)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0


@CITIES
def test_coverage_is_some_of_the_zones(city):
    layout = lay_out(city)
    inside = [
        zone
        for zone in layout.zones
        if layout.coverage.geometry.contains(zone.geometry.representative_point())
    ]
    assert len(inside) == city.coverage_zone_count < len(layout.zones)
    assert layout.coverage.kind is ZoneKind.COVERAGE
    assert layout.coverage.geometry.is_valid
    assert shapely.contains_xy(layout.covered, layout.hot_spots.east_m, layout.hot_spots.north_m).all()
    assert layout.hot_spots.share.sum() == pytest.approx(1)


def test_cameras_stand_in_the_city():
    layout = lay_out(CITY_DEFAULT)
    outline = shapely.union_all([zone.geometry for zone in layout.zones]).buffer(1e-5)
    assert len({camera.external_id for camera in layout.cameras}) == CITY_DEFAULT.camera_count
    assert all(shapely.contains_xy(outline, camera.longitude, camera.latitude) for camera in layout.cameras)
    assert all(0 <= camera.direction_deg < 360 for camera in layout.cameras)


@pytest.mark.parametrize("latitude", [-33.0, 0.0, 43.1, 60.0])
def test_plane_keeps_lengths_and_comes_back(latitude):
    plane = Plane(-87.1, latitude)
    rng = np.random.default_rng(1)
    east_m, north_m = rng.uniform(-10_000, 10_000, (2, 200))
    longitude, latitude_back = plane.to_degrees(east_m, north_m)
    again = plane.to_metres(longitude, latitude_back)
    assert np.abs(again[0] - east_m).max() < 0.15
    assert np.abs(again[1] - north_m).max() < 0.15
    for left in range(0, 200, 2):
        right = left + 1
        expected = np.hypot(east_m[left] - east_m[right], north_m[left] - north_m[right])
        found = geodesic_m(longitude[left], latitude_back[left], longitude[right], latitude_back[right])
        assert found == pytest.approx(expected, rel=0.003, abs=0.3)


def test_addresses():
    plane = Plane(-87.1, 43.1)
    here, nowhere = addresses(plane, np.array([-87.12, np.nan]), np.array([43.11, np.nan]))
    assert nowhere is None
    assert here is not None
    assert here.startswith("1600 block of W ")
