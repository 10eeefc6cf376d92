"""What is in tiles: the same on both databases, and as reckoned here feature by feature."""

import shutil
from collections import Counter
from collections.abc import Iterator

import pytest

from app.core.settings import Settings
from app.domain.tiles import Tile
from app.maps.tiles import queries
from app.maps.tiles.remembered import RememberedTiles, UnchangedTiles
from tests.conftest import Clock
from tests.maps import city
from tests.maps.conftest import items
from tests.records.conftest import Service, serving

pytestmark = pytest.mark.slow
FEATURES = city.features(city.rows())
TILES = "/ogc/collections/incidents/tiles/WebMercatorQuad"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def town(request, tmp_path_factory) -> Iterator[Service]:
    """The service with the incidents of `city`: once a module and database."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("town") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        settings = Settings(database_url=f"sqlite:///{path}", key_cache_s=0, _env_file=None)
    else:
        url = request.getfixturevalue("postgresql_url")
        settings = Settings(database_url=url, key_cache_s=0, _env_file=None)
        request.getfixturevalue("postgresql_kept").empty()
    with serving(settings, Clock()) as running:
        city.build(running.database)
        yield running


def body(service, tile, **query):
    answer = service.get(f"{TILES}/{tile.zoom}/{tile.row}/{tile.column}", params=query)
    assert answer.status_code in (200, 204), answer.text
    return answer.content


def found(service, tile, **query):
    return city.decoded(body(service, tile, **query))


@pytest.fixture
def without_memory(town):
    state = town.client.app.state
    tiles, unchanged_tiles = state.tiles, state.unchanged_tiles
    state.tiles, state.unchanged_tiles = RememberedTiles(per_second_s=0.0), UnchangedTiles(most_bytes=0)
    yield
    state.tiles, state.unchanged_tiles = tiles, unchanged_tiles


@pytest.mark.parametrize(("zoom", "most"), [(12, 100), (14, 30), (24, 20)])
def test_every_feature_is_told_at_its_place(town, zoom, most):
    # Those at the world's ends come first, then the city.
    every = sorted(city.tiles(zoom, FEATURES), key=lambda one: -one[1][-1]["id"])
    for tile, inside in every[:most]:
        told = found(town, tile)
        assert told.single == city.single(tile, inside), tile
        assert not told.clusters


@pytest.mark.parametrize("zoom", [0, 4, 11])
def test_far_off_they_are_clustered_and_each_is_counted_once(town, zoom):
    whole: Counter[str] = Counter()
    for tile, inside in city.tiles(zoom, FEATURES):
        told = found(town, tile)
        assert told == city.clustered(tile, inside), tile
        whole += told.counts()
    assert whole == Counter(row["verdict"] for row in FEATURES)


def test_too_many_for_a_tile_are_clustered_and_none_is_cut(town, monkeypatch, without_memory):
    tile, inside = max(city.tiles(12, FEATURES), key=lambda one: len(one[1]))
    assert len(inside) > 40
    monkeypatch.setattr(queries, "MOST_FEATURES", len(inside))
    assert found(town, tile).single == city.single(tile, inside)
    monkeypatch.setattr(queries, "MOST_FEATURES", len(inside) - 1)
    told = found(town, tile)
    assert told == city.clustered(tile, inside)
    assert told.counts() == Counter(row["verdict"] for row in inside)


@pytest.mark.parametrize(
    "query",
    [
        {"verdict": "unreported"},
        {"rounds": "5"},
        {"needs_review": "true"},
        {"filter": "rounds BETWEEN 3 AND 9 AND verdict <> 'reported'"},
        {"filter": "uncertainty_m IS NULL"},
        {"datetime": "2026-01-03T00:00:00Z/2026-02-01T00:00:00Z"},
        {"datetime": "../2026-01-20T00:00:00Z", "verdict": "pending"},
        {"filter": "S_WITHIN(geometry, POLYGON((-88 43, -87.9 43, -87.9 43.1, -88 43.1, -88 43)))"},
    ],
)
def test_filters_are_those_of_items(town, query):
    page = items(town, **query, limit=10_000, properties="")["features"]
    wanted = {int(feature["id"]) for feature in page}
    assert wanted
    left = [row for row in FEATURES if row["id"] in wanted]
    world = found(town, Tile(0, 0, 0), **query)
    assert world.counts() == Counter(row["verdict"] for row in left)
    for tile, inside in sorted(city.tiles(12, left), key=lambda one: -len(one[1]))[:6]:
        assert found(town, tile, **query).single == city.single(tile, inside)


def test_properties_can_be_chosen(town):
    tile, inside = max(city.tiles(12, FEATURES), key=lambda one: len(one[1]))
    names = ("number", "verdict", "started_at", "needs_review", "rounds")
    told = found(town, tile, properties=",".join(names))
    assert told.single == city.single(tile, inside, names)
    assert found(town, tile, properties="").single == city.single(tile, inside, ())


def test_times_and_joined_texts_are_told_as_in_geojson(town):
    tile, _ = max(city.tiles(12, FEATURES), key=lambda one: len(one[1]))
    names = [name for name in items(town, limit=1)["features"][0]["properties"] if name != "zones"]
    asked = ",".join([*names, "zones"])
    told = found(town, tile, properties=asked).single
    page = items(town, limit=10_000, properties=asked)["features"]
    of_items = {int(feature["id"]): feature["properties"] for feature in page}
    assert told
    for id_, (_, properties) in told.items():
        assert properties == {name: value for name, value in of_items[id_].items() if value is not None}


def test_both_ways_to_encode_a_tile_tell_the_same(town, monkeypatch):
    dialect = town.client.app.state.database.dialect
    for zoom in (11, 12):
        for tile, _ in city.tiles(zoom, FEATURES[:60]):
            own = found(town, tile)
            with monkeypatch.context() as patched:
                patched.setattr(dialect.TILES, "tile_of_points", lambda *_: None)
                assert found(town, tile) == own
