"""The density on a grid: what it integrates to, what it makes of edges, rare natures and strays."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.columns import Floats
from app.correlation.relief import CELL_M, LEAST, Relief, fit_relief
from tests.correlation.conftest import LATITUDE, LONGITUDE, place

SIDE_M = 8_000.0
# On the grid the least is kept as float32, like every value there.
LEAST_ON_GRID = float(np.float32(LEAST))


def square(count: int, seed: int = 1, side_m: float = SIDE_M) -> tuple[Floats, Floats]:
    """Points spread evenly over a square whose south-western corner is the origin."""
    random = np.random.default_rng(seed)
    return place_all(random.uniform(0, side_m, count), random.uniform(0, side_m, count))


def place_all(east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
    longitude, latitude = place(1.0, 1.0)
    return LONGITUDE + east_m * (longitude - LONGITUDE), LATITUDE + north_m * (latitude - LATITUDE)


def fit(
    longitude: Floats,
    latitude: Floats,
    nature: int | list[int] = 0,
    *,
    natures: int = 1,
    weight: Floats | None = None,
    area_m2: float = SIDE_M**2,
) -> Relief:
    of_each = np.broadcast_to(np.array(nature, dtype=np.int64), len(longitude))
    weights = np.ones(len(longitude)) if weight is None else weight
    found = fit_relief(longitude, latitude, of_each, weights, natures=natures, area_m2=area_m2)
    assert found is not None
    return found


def density(relief: Relief, east_m: float, north_m: float, nature: int = 0) -> float:
    where = place_all(np.array([east_m]), np.array([north_m]))
    return float(relief.at(*where, np.array([nature]))[0])


def integral(relief: Relief, nature: int = 0, area_m2: float = SIDE_M**2) -> float:
    """The mean of the density over the area, counting only what lies above the floor."""
    values = relief.values[nature]
    return float(values[values > LEAST_ON_GRID].sum()) * CELL_M**2 / area_m2


@pytest.mark.parametrize("count", [20_000, 200_000])
def test_it_integrates_to_about_one_over_an_even_city(count: int) -> None:
    assert integral(fit(*square(count))) == pytest.approx(1.0, abs=0.15)


def test_it_integrates_to_about_one_over_a_city_with_a_centre() -> None:
    random = np.random.default_rng(3)
    east, north = np.clip(random.normal(SIDE_M / 2, SIDE_M / 8, (2, 100_000)), 0, SIDE_M)
    found = fit(*place_all(east, north))
    assert integral(found) == pytest.approx(1.0, abs=0.15)
    assert density(found, SIDE_M / 2, SIDE_M / 2) > 5
    assert density(found, 200, 200) == LEAST_ON_GRID


def test_edges_of_an_even_city_are_not_taken_for_quiet_places() -> None:
    """1 up to the last cell but one; the last leans a little on the empty blocks beyond it."""
    found = fit(*square(400_000))
    along = np.arange(1_250, SIDE_M - 1_000, 500)
    inside = [density(found, east, north) for east in along for north in along]
    assert inside == pytest.approx([1.0] * len(inside), abs=0.07)
    for in_m, least in ((750.0, 0.9), (250.0, 0.65)):
        for other in (in_m, SIDE_M - in_m):
            edge = [density(found, *where) for each in along for where in ((each, other), (other, each))]
            assert min(edge) > least
            assert max(edge) < 1.07
    # The grid begins a cell before the city's south-west: there its cells are filled to the edge. Of the
    # smoothing window 0.70 lies in them, and 0.94 in them and the empty cells beside them.
    south_west = [density(found, *where) for each in along for where in ((each, 250.0), (250.0, each))]
    assert np.mean(south_west) == pytest.approx(0.70 / 0.94, abs=0.015)


def test_off_the_grid_and_where_nobody_calls_it_is_the_least() -> None:
    longitude, latitude = square(20_000)
    far = place_all(np.array([20_000.0]), np.array([0.0]))
    found = fit(np.append(longitude, far[0]), np.append(latitude, far[1]))
    assert density(found, 14_000, 4_000) == LEAST_ON_GRID
    assert density(found, -5_000, 4_000) == LEAST
    assert density(found, 4_000, 1e6) == LEAST
    assert found.values.min() == LEAST_ON_GRID
    with_nothing = found.at(np.array([np.nan]), np.array([np.nan]), np.array([0]))
    assert with_nothing.tolist() == [LEAST]


def test_a_rare_nature_leans_on_all_natures_together() -> None:
    """All calls come from the west; of the rare nature three came from one place in the east."""
    random = np.random.default_rng(5)
    count = 40_000
    east = SIDE_M * random.random(count) ** 2
    common = place_all(east, random.uniform(0, SIDE_M, count))
    rare = place_all(np.array([6_100.0, 6_200.0, 6_300.0]), np.array([4_100.0, 4_200.0, 4_200.0]))
    longitude, latitude = np.append(common[0], rare[0]), np.append(common[1], rare[1])
    found = fit(longitude, latitude, [0] * count + [1] * 3, natures=3)
    west, eastern = (500.0, 4_000.0), (7_200.0, 1_000.0)
    assert density(found, *west) > 2 * density(found, *eastern)
    assert density(found, *west, 1) == pytest.approx(density(found, *west), rel=0.1)
    assert density(found, 6_200, 4_200, 1) > density(found, *eastern, 1)
    # A nature without any call is all natures together.
    grid = found.values[0] > LEAST_ON_GRID
    assert found.values[2][grid] == pytest.approx(found.values[0][grid], rel=0.02)


def test_only_the_weight_of_calls_counts() -> None:
    longitude, latitude = square(20_000)
    half = fit(longitude, latitude, weight=np.full(20_000, 0.5))
    whole = fit(longitude, latitude)
    assert half.values == pytest.approx(whole.values, rel=0.3)
    weight = np.where(longitude < LONGITUDE + 0.05, 1.0, 0.0)
    gone = fit(longitude, latitude, weight=weight)
    kept = fit(longitude, latitude, weight=np.ones(20_000))
    assert density(gone, 7_500, 4_000) == LEAST_ON_GRID
    assert density(kept, 7_500, 4_000) > 0.7
    nothing = fit(longitude, latitude, weight=np.zeros(20_000))
    assert np.all(nothing.values == LEAST_ON_GRID)


def test_the_document_is_exact() -> None:
    found = fit(*square(5_000), [0, 1] * 2_500, natures=2)
    document = json.loads(json.dumps(found.to_document()))
    read = Relief.from_document(document)
    assert read.values.tobytes() == found.values.tobytes()
    assert read.values.shape == found.values.shape
    assert (read.west, read.south) == (found.west, found.south)
    assert (read.step_longitude, read.step_latitude) == (found.step_longitude, found.step_latitude)
    assert read.to_document() == found.to_document()
    where = square(500, seed=9)
    nature = np.arange(500) % 2
    assert read.at(*where, nature).tobytes() == found.at(*where, nature).tobytes()


@pytest.mark.parametrize("stray", [(0.0, 0.0), (-150.0, -90.0), (180.0, 90.0), (-74.0, 40.7)])
def test_strays_across_the_world_make_no_city(stray: tuple[float, float]) -> None:
    longitude, latitude = square(1_000)
    spread = np.append(longitude, stray[0]), np.append(latitude, stray[1])
    nature, weight = np.zeros(1_001, dtype=np.int64), np.ones(1_001)
    assert fit_relief(*spread, nature, weight, natures=1, area_m2=1e8) is None


def test_a_stray_that_fits_on_the_grid_changes_nothing_in_the_city() -> None:
    """A third of the way around the world, at the city's latitude."""
    longitude, latitude = square(20_000)
    strayed = fit(np.append(longitude, -179.9), np.append(latitude, 43.05))
    alone = fit(longitude, latitude)
    for east in np.arange(1000, SIDE_M - 1000, 250):
        assert density(strayed, east, 4_000) == pytest.approx(density(alone, east, 4_000), rel=0.25)
    assert density(strayed, -1e6, 4_000) == LEAST_ON_GRID


@pytest.mark.parametrize("latitude", [-90.0, -89.99, 0.0, 71.0, 90.0])
def test_a_single_point_anywhere_is_a_city(latitude: float) -> None:
    for longitude in (-180.0, 0.0, 180.0):
        found = fit(np.array([longitude]), np.array([latitude]), area_m2=1e6)
        assert np.all(np.isfinite(found.values))
        assert found.values.min() >= LEAST_ON_GRID
        assert found.at(np.array([longitude]), np.array([latitude]), np.array([0]))[0] > LEAST


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60))
def test_the_order_of_calls_is_no_matter_for_the_bits(seed: int, count: int) -> None:
    """Weights are whole parts of 2^20, so that any order of adding gives the same sum."""
    random = np.random.default_rng(seed)
    longitude, latitude = square(count, seed)
    nature = random.integers(0, 3, count)
    weight = np.rint(random.random(count) * 2**20) / 2**20
    order = random.permutation(count)
    first = fit_relief(longitude, latitude, nature, weight, natures=3, area_m2=1e7)
    second = fit_relief(
        longitude[order], latitude[order], nature[order], weight[order], natures=3, area_m2=1e7
    )
    assert first is not None
    assert second is not None
    assert first.to_document() == second.to_document()
    assert np.all(np.isfinite(first.values))
    assert first.values.min() >= LEAST_ON_GRID
