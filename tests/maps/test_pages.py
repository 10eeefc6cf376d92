"""Pages for people: escaped, self-contained, with a map of what is on them."""

import re

import pytest

from app.maps.drawing import WIDTH, draw
from tests.maps.conftest import items

PATHS = [
    "",
    "/api",
    "/conformance",
    "/collections",
    "/collections/incidents",
    "/collections/incidents/schema",
    "/collections/incidents/items",
    "/collections/zones/items",
    "/collections/cameras/items",
    "/collections/cameras/items/1",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_asks_nobody_else_and_runs_nothing(maps, path):
    answer = maps.get(f"/ogc{path}", params={"f": "html"})
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.findall(r"(?:src|url)\s*[=(]", answer.text)
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert links
    for link in links:
        assert link.startswith("http://testserver/ogc")
        assert maps.get(link.replace("&amp;", "&")).status_code == 200, link


def test_texts_are_escaped(maps):
    text = maps.get("/ogc/collections/cameras/items", params={"f": "html"}).text
    assert "Pier &lt;1&gt;" in text
    assert "<1>" not in text
    asked = maps.get("/ogc/collections/cameras/items", params={"f": "html", "name": '"><script>1</script>'})
    assert "<script" not in asked.text


def test_a_page_shows_what_the_features_are(maps):
    text = maps.get("/ogc/collections/incidents/items", params={"f": "html", "limit": 5}).text
    shown = items(maps, limit=5)["features"]
    for feature in shown:
        assert f">{feature['id']}</a>" in text
        assert feature["properties"]["number"] in text
    assert text.count("<circle") == sum(feature["geometry"] is not None for feature in shown)
    assert 'rel="next"' in text
    zones = maps.get("/ogc/collections/zones/items", params={"f": "html", "limit": 5000}).text
    assert zones.count('<path class="area"') == 2
    empty = maps.get("/ogc/collections/zones/items", params={"f": "html", "name": "nix"}).text
    assert "0 of 0 features" in empty
    assert "<svg" not in empty


def test_a_drawing_keeps_north_up_and_everything_inside():
    places = [(-88.0, 43.0), (-87.9, 43.0), (-87.9, 43.1)]
    features = [
        {"id": str(n), "properties": {"number": n}, "geometry": {"type": "Point", "coordinates": place}}
        for n, place in enumerate(places)
    ]
    drawing = draw(features, "number")
    first, second, third = drawing.shapes
    assert first.x < second.x == third.x
    assert third.y < second.y == first.y
    assert all(0 <= shape.x <= WIDTH and 0 <= shape.y <= drawing.height for shape in drawing.shapes)
    # A degree of longitude at 43° is as long as 0.73 degrees of latitude.
    assert (second.x - first.x) / (second.y - third.y) == pytest.approx(0.731, abs=0.005)
    assert draw([{"id": "1", "properties": {}, "geometry": None}], "number") is None
