"""The abstract test suite of OGC API - Features, Part 1 (17-069r4, Annex A): core, GeoJSON, HTML, OpenAPI."""

from urllib.parse import urlsplit

import pytest

from tests.maps.conftest import items
from tests.records.conftest import at

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
COLLECTIONS = ["incidents", "alerts", "calls", "zones", "coverage", "cameras"]


def rels(document):
    return {link["rel"] for link in document["links"]}


def landing_page(maps):
    """/req/core/root-op, root-success: links to the API, the conformance and the collections."""
    answer = maps.get("/ogc/")
    assert answer.status_code == 200
    assert {"service-desc", "service-doc", "conformance", "data", "self", "alternate"} <= rels(answer.json())


def api_definition(maps):
    """/req/core/api-definition-op, -success: what `service-desc` leads to has the type that it says."""
    for link in maps.get("/ogc").json()["links"]:
        if link["rel"] in ("service-desc", "service-doc"):
            answer = maps.get(link["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(link["type"].partition(";")[0])


def conformance(maps):
    """/req/core/conformance-op, -success: the classes, core among them."""
    classes = maps.get("/ogc/conformance").json()["conformsTo"]
    assert CORE in classes
    assert {CORE.replace("core", name) for name in ("geojson", "html", "oas30")} <= set(classes)


def http(maps):
    """/req/core/http: HTTP 1.1 methods and codes; what is not there is 404."""
    assert maps.get("/ogc/nix").status_code == 404
    assert maps.get("/ogc/collections/nix/items").status_code == 404
    assert maps.ask("POST", "/ogc/collections", "analyst").status_code == 405


def query_param_unknown(maps):
    """/req/core/query-param-unknown: 400 for a parameter that the API does not name."""
    assert maps.get("/ogc/collections/zones/items?nix=1").status_code == 400


def query_param_invalid(maps):
    """/req/core/query-param-invalid: 400 for a value that is none."""
    assert maps.get("/ogc/collections/zones/items?limit=nix").status_code == 400


def crs84(maps):
    """/req/core/crs84: longitude and latitude unless told."""
    for feature in items(maps, "cameras")["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert -90 < longitude < -85
        assert 40 < latitude < 45


def collections_metadata(maps):
    """/req/core/fc-md-op, -success, -links, -items, -items-links: every collection, with its links."""
    document = maps.get("/ogc/collections").json()
    assert {"self", "alternate"} <= rels(document)
    assert [one["id"] for one in document["collections"]] == COLLECTIONS
    for one in document["collections"]:
        media = {link["type"] for link in one["links"] if link["rel"] == "items"}
        assert media == {"application/geo+json", "text/html"}
        assert {"title", "description", "itemType", "crs"} <= set(one)


def collections_extent(maps):
    """/req/core/fc-md-extent, -multi: the least box that holds every feature, and the times."""
    for one in maps.get("/ogc/collections").json()["collections"]:
        ((west, south, east, north),) = one["extent"]["spatial"]["bbox"]
        assert west <= east
        assert south <= north
        box = f"{west},{south},{east},{north}"
        placed = [f for f in items(maps, one["id"])["features"] if f["geometry"] is not None]
        assert items(maps, one["id"], bbox=box)["numberMatched"] == len(placed)
        assert ("temporal" in one["extent"]) == (one["id"] != "cameras")
    times = maps.get("/ogc/collections/incidents").json()["extent"]["temporal"]["interval"]
    assert times == [[at(0).replace("+00:00", ".000Z"), at(7 * 7200).replace("+00:00", ".000Z")]]


def collection_metadata(maps):
    """/req/core/sfc-md-op, -success: the same as in the list."""
    for one in maps.get("/ogc/collections").json()["collections"]:
        alone = maps.get(f"/ogc/collections/{one['id']}").json()
        assert {name: alone[name] for name in one if name != "links"} == {
            name: value for name, value in one.items() if name != "links"
        }
        assert {link["href"] for link in one["links"]} <= {link["href"] for link in alone["links"]} | {
            f"http://testserver/ogc/collections/{one['id']}"
        }


def features_operation(maps):
    """/req/core/fc-op, fc-response: features of each collection."""
    for name in COLLECTIONS:
        assert items(maps, name)["features"]


def limit(maps):
    """/req/core/fc-limit-definition, fc-limit-response-1: never more features than asked for."""
    for asked in (1, 2, 5):
        assert len(items(maps, limit=asked)["features"]) == asked
    (parameter,) = [one for one in parameters_of(maps) if one["name"] == "limit"]
    assert parameter["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100}


def bounding_box(maps):
    """/req/core/fc-bbox-definition, fc-bbox-response: what meets the box; what has no place meets none."""
    (parameter,) = [one for one in parameters_of(maps) if one["name"] == "bbox"]
    assert parameter["schema"]["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]
    assert (parameter["style"], parameter["explode"]) == ("form", False)
    everywhere = items(maps, bbox="-180,-90,180,90")["features"]
    assert len(everywhere) == 7
    assert all(feature["geometry"] for feature in everywhere)


def date_time(maps):
    """/req/core/fc-time-definition, fc-time-response: what meets the time."""
    assert any(one["name"] == "datetime" for one in parameters_of(maps))
    assert items(maps, datetime=f"{at(7200).replace('+00:00', 'Z')}/..")["numberMatched"] == 7


def links_of_features(maps):
    """/req/core/fc-links, fc-rel-type: self, alternate, next; each with rel and type."""
    page = items(maps, limit=3)
    assert {"self", "alternate", "next"} <= rels(page)
    assert all(link["rel"] and link["type"] for link in page["links"])
    (own,) = [link["href"] for link in page["links"] if link["rel"] == "self"]
    assert maps.get(own).json()["features"] == page["features"]


def time_stamp(maps):
    """/req/core/fc-timeStamp: there is none, so that an unchanged page has an unchanged tag."""
    assert "timeStamp" not in items(maps)


def number_matched(maps):
    """/req/core/fc-numberMatched: without regard to the limit."""
    assert items(maps, limit=2)["numberMatched"] == 8


def number_returned(maps):
    """/req/core/fc-numberReturned: of this page."""
    page = items(maps, limit=3)
    assert page["numberReturned"] == len(page["features"]) == 3


def feature(maps):
    """/req/core/f-op, f-success, f-links: one feature with self, alternate and collection."""
    for name in COLLECTIONS:
        listed = items(maps, name)["features"][0]
        one = maps.get(f"/ogc/collections/{name}/items/{listed['id']}").json()
        assert one["id"] == listed["id"]
        assert {"self", "alternate", "collection"} <= rels(one)


def geojson(maps):
    """/req/geojson/definition, content: the media type, FeatureCollection and Feature of RFC 7946."""
    for name in COLLECTIONS:
        answer = maps.get(f"/ogc/collections/{name}/items")
        assert answer.headers["content-type"] == "application/geo+json"
        page = answer.json()
        assert page["type"] == "FeatureCollection"
        for one in page["features"]:
            assert one["type"] == "Feature"
            assert isinstance(one["id"], str)
            assert set(one) == {"type", "id", "geometry", "properties"}
            if one["geometry"]:
                assert one["geometry"]["type"] in ("Point", "Polygon", "MultiPolygon")
        one = maps.get(f"/ogc/collections/{name}/items/{page['features'][0]['id']}")
        assert one.headers["content-type"] == "application/geo+json"


def html(maps):
    """/req/html/definition, content: every resource as a page, by Accept and by `f`."""
    for path in ("", "/conformance", "/collections", "/collections/zones", "/collections/zones/items"):
        for asked in ({"headers": {"accept": "text/html,*/*;q=0.8"}}, {"params": {"f": "html"}}):
            answer = maps.get(f"/ogc{path}", **asked)
            assert answer.headers["content-type"].startswith("text/html")
            assert "<h1>" in answer.text


def openapi(maps):
    """/req/oas30/oas-definition, oas-impl: an OpenAPI 3.0 document, and each path in it answers."""
    answer = maps.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    assert document["openapi"].startswith("3.0.")
    (server,) = document["servers"]
    for path, methods in document["paths"].items():
        number = "0" if "{" in path else ""
        asked = urlsplit(server["url"]).path + path.replace("{featureId}", number)
        status = str(maps.get(asked).status_code)
        assert status in methods["get"]["responses"]
        assert status == ("404" if number else "200"), path
    names = [methods["get"]["operationId"] for methods in document["paths"].values()]
    assert len(names) == len(set(names))
    page = document["components"]["parameters"]["limit"]
    assert page in document["paths"]["/collections/incidents/items"]["get"]["parameters"]


REQUIREMENTS = [
    landing_page,
    api_definition,
    conformance,
    http,
    query_param_unknown,
    query_param_invalid,
    crs84,
    collections_metadata,
    collections_extent,
    collection_metadata,
    features_operation,
    limit,
    bounding_box,
    date_time,
    links_of_features,
    time_stamp,
    number_matched,
    number_returned,
    feature,
    geojson,
    html,
    openapi,
]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda check: check.__doc__.partition(":")[0])
def test_requirement(maps, requirement):
    requirement(maps)


def parameters_of(maps):
    paths = maps.get("/ogc/api").json()["paths"]
    return paths["/collections/incidents/items"]["get"]["parameters"]
