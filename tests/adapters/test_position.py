from collections.abc import Callable
from typing import Any

import pytest

from app.adapters import FeedMapping, Parsed, preset_text
from app.adapters.position import Bounds, locate
from app.adapters.results import Result
from tests.adapters.conftest import NOW, reasons

BOX = Bounds(west=-88.15, south=42.8, east=-87.8, north=43.25)
BOTH = {"/longitude", "/latitude"}


@pytest.mark.parametrize(
    ("longitude", "latitude", "reason"),
    [
        (-87.9, 91, "-90 to 90"),
        (181, 43, "-180 to 180"),
        (0, 0, "placeholder"),
        ("0.0", "0", "placeholder"),
        (-87.9, ..., "no usable latitude"),
        ("", 43, "no usable longitude"),
        (-87.9, "north", "not a number"),
        (True, 43, "not a number"),
    ],
)
def test_both_coordinates_or_neither(
    alert: Callable[..., Result], longitude: Any, latitude: Any, reason: str
) -> None:
    result = alert(longitude=longitude, latitude=latitude)
    assert isinstance(result, Parsed)
    assert (result.record.longitude, result.record.latitude) == (None, None)
    assert any(reason in found for found in reasons(result).values())
    assert set(reasons(result)) <= BOTH


def test_no_position_is_no_problem(alert: Callable[..., Result]) -> None:
    assert reasons(alert(longitude=..., latitude=None)) == {}


def test_the_equator_and_the_meridian_are_places(alert: Callable[..., Result]) -> None:
    result = alert(longitude=0, latitude=51.5)
    assert isinstance(result, Parsed)
    assert (result.record.longitude, result.record.latitude) == (0.0, 51.5)


def test_bounds() -> None:
    assert locate(-88.15, 43.25, BOX) == ((-88.15, 43.25), [])
    position, problems = locate(-88.16, 43.0, BOX)
    assert position == (None, None)
    assert {problem.pointer for problem in problems} == BOTH
    assert all("outside" in problem.reason and "swapped" not in problem.reason for problem in problems)


@pytest.mark.parametrize(("longitude", "latitude"), [(43.0, -87.9)])
def test_swapped_is_said_and_never_corrected(longitude: float, latitude: float) -> None:
    position, problems = locate(longitude, latitude, BOX)
    assert position == (None, None)
    assert all("swapped" in problem.reason for problem in problems)


def test_swapped_beyond_the_globe_is_said_too() -> None:
    box = Bounds(west=100, south=10, east=120, north=20)
    _, problems = locate(15, 110, box)
    assert all("swapped" in problem.reason for problem in problems)


@pytest.mark.parametrize(
    ("geometry", "found", "warned"),
    [
        ({"type": "Point", "coordinates": [-87.9, 43.0]}, (-87.9, 43.0), False),
        ({"type": "Point", "coordinates": [-87.9, 43.0, 200]}, (-87.9, 43.0), False),
        (None, (None, None), False),
        ({"type": "Point", "coordinates": []}, (None, None), False),
        ({"type": "Point", "coordinates": ["x", 43]}, (None, None), True),
        ({"type": "Point", "coordinates": [1]}, (None, None), True),
        ({"type": "Polygon", "coordinates": []}, (None, None), True),
        ("POINT (1 2)", (None, None), True),
    ],
)
def test_geojson_geometry(geometry: Any, found: tuple[float | None, float | None], warned: bool) -> None:
    mapping = FeedMapping.from_toml(preset_text("generic-alerts-geojson"))
    feature = {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"external_id": "A", "started_at": "2026-07-04T21:04:05Z"},
    }
    result = mapping.apply(feature, ordinal=0, line=None, now=NOW)
    assert isinstance(result, Parsed)
    assert (result.record.longitude, result.record.latitude) == found
    assert bool(result.warnings) is warned
