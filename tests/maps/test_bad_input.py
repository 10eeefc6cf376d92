"""Parameters that are wrong: 400 with the reason, on every route."""

import pytest

REFUSED = [
    ("bbox", "-87,43,-88", "four numbers"),
    ("bbox", "-88,43,-87,44,1", "four numbers"),
    ("bbox", "-88,NaN,-87,44", "four numbers"),
    ("bbox", "-88,inf,-87,44", "four numbers"),
    ("bbox", "a,b,c,d", "four numbers"),
    ("bbox", "", "four numbers"),
    ("bbox", "-88,44,-87,43", "lies north"),
    ("bbox", "-188,43,-87,44", "longitude -188"),
    ("bbox", "-88,43,-87,94", "latitude 94"),
    ("bbox", "-88,43,9,-87,44,1", "lower height"),
    ("bbox-crs", "http://www.opengis.net/def/crs/EPSG/0/4326", "none of"),
    ("crs", "EPSG:3857", "none of"),
    ("crs", "nix", "none of"),
    ("filter-crs", "http://www.opengis.net/def/crs/EPSG/0/3857", "none of"),
    ("filter-lang", "ecql", "none of"),
    ("datetime", "yesterday", "not a date and time"),
    ("datetime", "2026-07-01", "not a date and time"),
    ("datetime", "2026-07-01T00:00:00", "no offset"),
    ("datetime", "2026-07-02T00:00:00Z/2026-07-01T00:00:00Z", "ends before"),
    ("datetime", "2026-07-01T00:00:00Z/2026-07-02T00:00:00Z/..", "not a date and time"),
    ("datetime", "", "not a date and time"),
    ("limit", "0", "whole number"),
    ("limit", "-1", "whole number"),
    ("limit", "ten", "whole number"),
    ("limit", "1.5", "whole number"),
    ("properties", "nix", "no property 'nix'"),
    ("properties", "narrative", "no property 'narrative'"),
    ("sortby", "nix", "none of"),
    ("sortby", "verdict", "none of"),
    ("sortby", "rounds,started_at", "one property at a time"),
    ("cursor", "nix", "none that a list"),
    ("cursor", "WyJpZCIsMSwxXQ", "another sort"),
    ("nix", "1", "no such parameter"),
    ("verdict", "nix", "none of pending"),
    ("rounds", "three", "is a number"),
    ("rounds", "nan", "number"),
    ("needs_review", "yes", "true or false"),
    ("started_at", "now", "not a date and time"),
    ("address", "", "empty"),
    ("address", "a\x00b", "control characters"),
    ("f", "csv", "none of"),
]


@pytest.mark.parametrize(("name", "text", "reason"), REFUSED)
def test_a_wrong_parameter_is_named_with_the_reason(maps, name, text, reason):
    answer = maps.get("/ogc/collections/incidents/items", params={name: text})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]
    if name != "cursor":
        assert answer.json()["errors"][0]["pointer"] == f"/query/{name}"


def test_web_mercator_boxes_are_in_metres(maps):
    query = {"bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/3857", "bbox": "0,0,1e12,1"}
    answer = maps.get("/ogc/collections/incidents/items", params=query)
    assert answer.status_code == 400
    assert "metre" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["", "/api", "/conformance", "/collections", "/collections/incidents", "/collections/zones/schema"],
)
def test_other_routes_take_only_a_form(maps, path):
    assert maps.get(f"/ogc{path}", params={"nix": 1}).status_code == 400
    assert maps.get(f"/ogc{path}", params={"f": "csv"}).status_code == 400
    assert maps.get(f"/ogc{path}", headers={"accept": "image/png"}).status_code == 406


def test_a_larger_limit_than_there_is_counts_as_the_largest(maps):
    assert maps.get("/ogc/collections/incidents/items", params={"limit": 10_001}).status_code == 200
    assert maps.get("/ogc/collections/incidents/items", params={"limit": 10**9}).status_code == 200


def test_what_is_only_read_cannot_be_written(maps):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = maps.ask(method, "/ogc/collections/incidents/items", "admin")
        assert answer.status_code == 405
