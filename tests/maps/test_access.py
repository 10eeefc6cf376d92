"""Who may see which collection, and what nobody sees on a map."""

import pytest

from tests.maps.conftest import items
from tests.records.conftest import CALLER, NARRATIVE, PHONE

EVERY = ["incidents", "alerts", "calls", "zones", "coverage", "cameras"]
PAGES = ["", "/", "/api", "/conformance", "/collections", "/tileMatrixSets", "/styles"]
_TILES = "/tiles/WebMercatorQuad"
OF_ONE = ["", "/queryables", "/sortables", "/schema", "/items", "/tiles", _TILES, f"{_TILES}/tilejson"]


@pytest.mark.parametrize(("who", "seen"), [("viewer", ["incidents"]), ("analyst", EVERY), ("admin", EVERY)])
def test_a_key_sees_the_collections_of_its_scopes_and_hears_of_no_other(maps, who, seen):
    listed = [one["id"] for one in maps.get("/ogc/collections", who).json()["collections"]]
    assert listed == seen
    described = maps.get("/ogc/api", who).json()["paths"]
    assert {path.split("/")[2] for path in described if path.startswith("/collections/")} == set(seen)
    ids = {name: [one["id"] for one in items(maps, name)["features"]] for name in EVERY}
    for name in EVERY:
        (first, *_) = ids[name]
        for path in [*OF_ONE, f"/items/{first}"]:
            status = maps.get(f"/ogc/collections/{name}{path}", who).status_code
            assert status == (200 if name in seen else 404), (name, path)


@pytest.mark.parametrize("path", [*PAGES, *(f"/collections/incidents{path}" for path in OF_ONE)])
def test_nobody_gets_in_without_a_key_that_may_read(maps, path):
    assert maps.get(f"/ogc{path}", None).status_code == 401
    assert maps.get(f"/ogc{path}", "vendor").status_code == 403
    assert maps.get(f"/ogc{path}", "cad").status_code == 403


def test_a_viewer_is_told_of_no_collection_of_calls(maps):
    for path in [*PAGES, "/collections/nix"]:
        for form in ("json", "html"):
            text = maps.get(f"/ogc{path}", "viewer", params={"f": form}).text
            assert "collections/calls" not in text
            assert "Calls for service" not in text


@pytest.mark.parametrize("form", ["geojson", "html"])
def test_people_are_on_no_map(maps, form):
    for name in EVERY:
        text = maps.get(f"/ogc/collections/{name}/items", "admin:pii", params={"f": form}).text
        for secret in (CALLER, PHONE, NARRATIVE, "Thaddeus", "Mabel"):
            assert secret not in text, name


def test_calls_are_never_kept(maps):
    for path in ("items", "items/1"):
        answer = maps.get(f"/ogc/collections/calls/{path}")
        assert answer.headers["cache-control"] == "private, no-store"
    assert maps.get("/ogc/collections/incidents/items").headers["cache-control"] == "private, no-cache"


def test_calls_tell_where_they_came_from_but_not_of_whom(maps):
    (first, *_) = items(maps, "calls", sortby="received_at")["features"]
    assert first["properties"]["source"] == "dispatch"
    assert first["geometry"]["type"] == "Point"
    assert not {"caller", "narrative", "warnings"} & set(first["properties"])
