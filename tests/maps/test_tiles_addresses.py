"""How tiles are found and asked for: the requirements of OGC API - Tiles, and whatever may be wrong."""

import math
from itertools import chain

import mapbox_vector_tile
import pytest

from app.maps.tiles.remembered import RememberedTiles
from tests.records.conftest import HOME

TILES = "/ogc/collections/incidents/tiles"
SET = f"{TILES}/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
POINTS = ["incidents", "alerts", "calls", "cameras"]
EVERY = [*POINTS, "zones", "coverage"]


def at_home(zoom):
    """`zoom/row/column` of the tile that everything of `maps` lies in."""
    column = (HOME[0] + 180) / 360 * 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(HOME[1]))) / math.pi) / 2 * 2**zoom
    return f"{zoom}/{int(row)}/{int(column)}"


def link(document, rel, media=None):
    for one in document["links"]:
        if one["rel"].rpartition("/")[2] == rel and media in (None, one["type"]):
            return one["href"]
    raise AssertionError(f"no link {rel}")


@pytest.mark.parametrize("name", EVERY)
def test_tiles_are_found_by_following_links(maps, name):
    """/req/geodata-tilesets/desc-links, /req/tilesets-list/tileset-links, /req/tileset/desc."""
    collection = maps.get(f"/ogc/collections/{name}").json()
    listed = maps.get(link(collection, "tilesets-vector", "application/json")).json()
    (one,) = listed["tilesets"]
    assert {"title", "dataType", "crs", "tileMatrixSetURI", "links"} <= set(one)
    tileset = maps.get(link(one, "self")).json()
    assert tileset["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    scheme = maps.get(link(tileset, "tiling-scheme")).json()
    assert scheme["id"] == "WebMercatorQuad"
    zoom, row, column = at_home(12).split("/")
    template = link(tileset, "item", MVT)
    tile = maps.get(template.format(tileMatrix=zoom, tileRow=row, tileCol=column))
    assert tile.status_code == 200
    assert tile.headers["content-type"] == MVT
    (layer,) = tileset["layers"]
    read = mapbox_vector_tile.decode(tile.content)
    assert list(read) == [layer["id"]] == [name]
    told = set(chain(*(feature["properties"] for feature in read[name]["features"])))
    assert told <= set(layer["propertiesSchema"]["properties"])
    west, south = tileset["boundingBox"]["lowerLeft"]
    longitude, latitude = tileset["centerPoint"]["coordinates"]
    assert west <= longitude
    assert south <= latitude


def test_the_tile_matrix_set_is_that_of_the_standard(maps):
    """OGC 17-083r4, annex D.1, and /req/tileset/tileset-tiling-scheme."""
    (one,) = maps.get("/ogc/tileMatrixSets").json()["tileMatrixSets"]
    told = maps.get(link(one, "self")).json()
    assert told["uri"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
    first, *_, last = told["tileMatrices"]
    assert (first["id"], last["id"], len(told["tileMatrices"])) == ("0", "24", 25)
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-12)
    assert last["cellSize"] == pytest.approx(0.00933069192931055, rel=1e-12)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.342789244, 20037508.342789244])
    assert last["matrixWidth"] == last["matrixHeight"] == 2**24
    assert link(maps.get("/ogc").json(), "tiling-schemes")


def test_the_conformance_classes_are_told_of(maps):
    classes = maps.get("/ogc/conformance").json()["conformsTo"]
    tiles = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"):
        assert f"{tiles}/{name}" in classes


def test_openapi_tells_of_every_route(maps):
    """/req/oas30/oas-impl: what can be asked for is described, with its parameters."""
    described = maps.get("/ogc/api").json()["paths"]
    place = "/{tileMatrix}/{tileRow}/{tileCol}"
    for name in EVERY:
        tile = described[f"/collections/{name}/tiles/{{tileMatrixSetId}}{place}"]["get"]
        assert list(tile["responses"]["200"]["content"]) == [MVT]
        assert "204" in tile["responses"]
        named = {one["name"] for one in tile["parameters"]}
        assert {"tileMatrixSetId", "tileMatrix", "tileRow", "tileCol", "filter", "properties"} <= named
        assert not {"limit", "cursor", "bbox", "sortby"} & named
    ids = [path["get"]["operationId"] for path in described.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", [f"{SET}/tilejson", f"{SET}?f=tilejson"])
def test_tilejson_tells_where_the_tiles_are(maps, path):
    answer = maps.get(path, "viewer")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["tilejson"], told["scheme"], told["minzoom"], told["maxzoom"]) == ("3.0.0", "xyz", 0, 16)
    (template,) = told["tiles"]
    assert template.startswith("http://")
    zoom, row, column = at_home(12).split("/")
    read = mapbox_vector_tile.decode(maps.get(template.format(z=zoom, y=row, x=column)).content)
    (layer,) = told["vector_layers"]
    (feature, *_) = read[layer["id"]]["features"]
    assert set(feature["properties"]) <= set(layer["fields"])
    assert {"count", "unreported", "withdrawn"} <= set(layer["fields"])


def test_tilejson_hands_filters_on(maps):
    query = {"filter": "rounds > 3 AND verdict = 'reported'", "properties": "number"}
    told = maps.get(f"{SET}/tilejson", params=query).json()
    assert "number" in told["vector_layers"][0]["fields"]
    assert "rounds" not in told["vector_layers"][0]["fields"]
    zoom, row, column = at_home(12).split("/")
    body = maps.get(told["tiles"][0].format(z=zoom, y=row, x=column)).content
    (feature,) = mapbox_vector_tile.decode(body)["incidents"]["features"]
    assert feature["properties"] == {"number": "2026-000002"}
    assert maps.get(f"{SET}/tilejson", params={"filter": "rounds >"}).status_code == 400
    assert maps.get(f"{SET}/tilejson", params={"nix": "1"}).status_code == 400
    assert maps.get(f"{SET}?f=nix").status_code == 400


def test_pages_for_people_lead_there(maps):
    for path in (TILES, SET, "/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad", "/ogc/styles"):
        page = maps.get(path, params={"f": "html"})
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("12/4096/0", "tileRow: expected a whole number from 0 to 4,095"),
        ("12/0/4096", "tileCol: expected a whole number from 0 to 4,095"),
        ("0/1/1", "tileRow: expected a whole number from 0 to 0"),
        ("25/0/0", "tileMatrix: expected a whole number from 0 to 24"),
        ("-1/0/0", "tileMatrix"),
        ("12/-1/0", "tileRow"),
        ("12/0/1.5", "tileCol"),
        ("twelve/0/0", "tileMatrix"),
        ("12/0/0x10", "tileCol"),
        ("12/0/ 1", "tileCol"),
        ("12/0/\u0661", "tileCol"),
        ("12/0/1e3", "tileCol"),
        (f"12/{'9' * 400}/0", "tileRow"),
        ("12/1;DROP TABLE incidents/0", "tileRow"),
        ("12/0/%00", "tileCol"),
    ],
)
def test_a_tile_that_is_none_is_refused_with_the_reason(maps, place, reason):
    """/req/core/tc-error, with 400 for whatever lies outside the tile matrix set."""
    answer = maps.get(f"{SET}/{place}")
    assert answer.status_code == 400, answer.text
    assert reason in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"].startswith("/path/tile")


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/collections/nix/tiles/WebMercatorQuad/0/0/0",
        f"{TILES}/WorldCRS84Quad/0/0/0",
        f"{TILES}/webmercatorquad",
        f"{TILES}/nix/tilejson",
        "/ogc/tileMatrixSets/nix",
        f"{SET}/0/0",
        f"{SET}/0/0/0/0",
    ],
)
def test_what_is_not_there_is_not_found(maps, path):
    assert maps.get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limit", "5"),
        ("bbox", "-88,43,-87,44"),
        ("sortby", "rounds"),
        ("cursor", "x"),
        ("crs", "nix"),
        ("nix", "1"),
        ("properties", "narrative"),
        ("verdict", "nix"),
        ("filter", "nix = 1"),
        ("filter", "verdict ="),
        ("datetime", "yesterday"),
        ("f", "png"),
    ],
)
def test_a_wrong_parameter_is_named(maps, name, text):
    answer = maps.get(f"{SET}/{at_home(12)}", params={name: text})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"/query/{name}"


def test_a_key_gets_tiles_of_what_it_may_see(maps):
    for name in EVERY:
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{at_home(12)}"
        assert maps.get(path, "analyst").status_code == 200
        assert maps.get(path, "viewer").status_code == (200 if name == "incidents" else 404)
        assert maps.get(path, "vendor").status_code == 403
        assert maps.get(path, None).status_code == 401


def test_an_unchanged_tile_is_not_sent_again(maps):
    path = f"{SET}/{at_home(12)}"
    first = maps.get(path, headers={"accept-encoding": "identity"})
    assert first.headers["cache-control"] == "private, no-cache"
    tag = {"accept-encoding": "identity", "if-none-match": first.headers["etag"]}
    again = maps.get(path, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    names = ",".join(maps.get("/ogc/collections/incidents/schema").json()["properties"])
    everything = names.removeprefix("id,").removesuffix(",geometry")
    packed = maps.get(path, params={"properties": everything}, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(mapbox_vector_tile.decode(packed.content)["incidents"]["features"]) == 7


def test_calls_are_never_kept_and_tell_nothing_of_people(maps):
    for place in (at_home(12), "12/0/0"):
        answer = maps.get(f"/ogc/collections/calls/tiles/WebMercatorQuad/{place}", "admin:pii")
        assert answer.headers["cache-control"] == "private, no-store"
        assert not {b"caller", b"narrative"} & set(answer.content.split())


def test_an_empty_tile_has_no_content(maps):
    for name in EVERY:
        answer = maps.get(f"/ogc/collections/{name}/tiles/WebMercatorQuad/12/0/0")
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_tile_that_took_long_is_remembered_and_the_oldest_is_forgotten():
    made = []

    def make(name):
        made.append(name)
        return name.encode()

    lasting, passing = RememberedTiles(per_second_s=1e9, most=2), RememberedTiles(per_second_s=0.0)
    for tiles, times in ((lasting, 1), (passing, 3)):
        for _ in range(3):
            assert tiles.get("a", lambda: make("a")) == b"a"
        assert made == ["a"] * times
        assert tiles.knows("a") == (tiles is lasting)
        made.clear()
    lasting.get("b", lambda: make("b"))
    lasting.get("a", lambda: make("a"))
    lasting.get("c", lambda: make("c"))
    assert made == ["b", "c"]
    assert [lasting.knows(name) for name in "abc"] == [True, False, True]
