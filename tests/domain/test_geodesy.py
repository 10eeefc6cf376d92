"""Distances against GeographicLib."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from app.domain.geodesy import degrees_around, geodesic_m, is_position, near_distance_m

longitudes = st.floats(-180, 180, allow_subnormal=False)
latitudes = st.floats(-80, 80, allow_subnormal=False)
bearings = st.floats(0, 360, allow_subnormal=False)


def destination(longitude: float, latitude: float, bearing: float, distance_m: float) -> tuple[float, float]:
    end = Geodesic.WGS84.Direct(latitude, longitude, bearing, distance_m)
    return end["lon2"], end["lat2"]


@given(longitudes, latitudes, bearings, st.floats(1, 5_000))
def test_a_near_distance_is_the_geodesic_to_a_millionth(
    longitude: float, latitude: float, bearing: float, distance_m: float
) -> None:
    other_longitude, other_latitude = destination(longitude, latitude, bearing, distance_m)
    found = float(near_distance_m(*map(np.float64, (longitude, latitude, other_longitude, other_latitude))))
    exact = geodesic_m(longitude, latitude, other_longitude, other_latitude)
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-6)


def test_across_the_antimeridian() -> None:
    found = near_distance_m(
        np.array([179.99, -179.99]), np.zeros(2), np.array([-179.99, 179.99]), np.zeros(2)
    )
    exact = geodesic_m(179.99, 0, -179.99, 0)
    assert exact < 3_000
    np.testing.assert_allclose(found, [exact, exact], rtol=1e-6)


@given(longitudes, latitudes, longitudes, latitudes)
def test_the_same_either_way_to_the_bit(a: float, b: float, c: float, d: float) -> None:
    there, back = (
        near_distance_m(*map(np.float64, (a, b, c, d))),
        near_distance_m(*map(np.float64, (c, d, a, b))),
    )
    if abs(a - c) < 1:
        assert there == pytest.approx(float(back), rel=1e-9, abs=1e-6)


def test_shapes_broadcast_and_nothing_is_nowhere() -> None:
    found = near_distance_m(np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(3), np.array([0.0, 0.01, np.nan]))
    assert found.shape == (2, 3)
    assert found[0, 0] == 0
    assert np.isnan(found[:, 2]).all()


@given(longitudes, st.floats(-90, 90), bearings, st.floats(1, 300_000), st.floats(0, 1))
def test_the_box_holds_the_circle(
    longitude: float, latitude: float, bearing: float, radius_m: float, share: float
) -> None:
    half_width, half_height = degrees_around(latitude, radius_m)
    other_longitude, other_latitude = destination(longitude, latitude, bearing, radius_m * share)
    difference = (other_longitude - longitude + 180) % 360 - 180
    assert abs(difference) <= half_width
    assert abs(other_latitude - latitude) <= half_height


def test_the_box_is_no_wider_than_it_must_be() -> None:
    half_width, half_height = degrees_around(43.0, 1_000)
    assert geodesic_m(0, 43.0, half_width, 43.0) < 1_020
    assert geodesic_m(0, 43.0, 0, 43.0 + half_height) < 1_020
    assert degrees_around(89.999, 1_000)[0] == 180


@pytest.mark.parametrize(
    ("longitude", "latitude", "good"),
    [
        (0.0, 0.0, True),
        (-180.0, 90.0, True),
        (180.1, 0.0, False),
        (0.0, -90.1, False),
        (None, 0.0, False),
        (0.0, None, False),
        (math.nan, 0.0, False),
        (0.0, math.inf, False),
    ],
)
def test_what_is_a_position(longitude: float | None, latitude: float | None, good: bool) -> None:
    assert is_position(longitude, latitude) is good
