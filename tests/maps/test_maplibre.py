"""MapLibre GL in Chromium, on a page of another origin: the right colours at the right places."""

import pytest
from sqlalchemy import update

from app.db.models import Incident
from tests.maps.conftest import items
from tests.maps.maplibre import drawing, is_like, shelf
from tests.maps.overheard import overhearing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHITE, GREY = (255, 255, 255), (200, 200, 200)
COLOURS = {
    "pending": (120, 0, 120),
    "reported": (0, 0, 200),
    "unreported": (200, 0, 0),
    "indeterminate": (0, 150, 150),
    "withdrawn": (90, 90, 0),
}


@pytest.fixture(scope="module")
def scene(maps, chromium):
    """A map to draw on, and the service that it may read from; every verdict is somewhere."""
    with maps.database.write() as session:
        for incident_id, verdict in ((4, "pending"), (5, "indeterminate")):
            session.execute(update(Incident).where(Incident.id == incident_id).values(verdict=verdict))
    with shelf() as page_address:
        settings = maps.settings.model_copy(update={"cors_origins": page_address})
        with overhearing(settings) as heard, drawing(chromium, page_address) as canvas:
            yield canvas, heard


def placed(maps):
    """The verdict of each incident that has a place, and where."""
    return [
        (one["properties"]["verdict"], one["geometry"]["coordinates"])
        for one in items(maps, limit=1000)["features"]
        if one["geometry"]
    ]


def css(colour):
    return f"rgb{colour}"


def of_geojson(address):
    """A style of a client's own, over GeoJSON."""
    by_verdict = [part for verdict, colour in COLOURS.items() for part in (verdict, css(colour))]

    def source(collection):
        return {"type": "geojson", "data": f"{address}/ogc/collections/{collection}/items?limit=1000"}

    return {
        "version": 8,
        "sources": {"incidents": source("incidents"), "zones": source("zones")},
        "layers": [
            {"id": "paper", "type": "background", "paint": {"background-color": css(WHITE)}},
            {"id": "zones", "type": "fill", "source": "zones", "paint": {"fill-color": css(GREY)}},
            {
                "id": "incidents",
                "type": "circle",
                "source": "incidents",
                "paint": {
                    "circle-radius": 6,
                    "circle-color": ["match", ["get", "verdict"], *by_verdict, css((0, 0, 0))],
                },
            },
        ],
    }


def test_geojson_is_drawn_where_it_is_in_the_colour_of_its_verdict(maps, scene):
    canvas, heard = scene
    seen = canvas.draw(
        heard.address,
        maps.key_of("analyst"),
        style=of_geojson(heard.address),
        center=[-87.936, 43.01],
        zoom=15,
    )
    assert {verdict for verdict, _ in placed(maps)} == set(COLOURS)
    for verdict, place in placed(maps):
        assert is_like(seen.colour_at(place), COLOURS[verdict]), (verdict, place)
    assert seen.strays(GREY, [place for _, place in placed(maps)], radius_px=8) == 0


def test_areas_are_drawn_to_their_edges(maps, scene):
    canvas, heard = scene
    style = of_geojson(heard.address)
    seen = canvas.draw(heard.address, maps.key_of("analyst"), style=style, center=[-87.95, 43.05], zoom=11)
    for place, colour in (
        ([-87.99, 43.01], GREY),
        ([-87.99, 43.085], GREY),
        ([-88.01, 43.05], WHITE),
        ([-87.95, 43.06], WHITE),
        ([-87.95, 42.99], WHITE),
    ):
        assert is_like(seen.colour_at(place), colour), place


def test_a_viewers_map_has_no_zones(maps, scene):
    canvas, heard = scene
    style = of_geojson(heard.address)
    with pytest.raises(Exception, match="404"):
        canvas.draw(heard.address, maps.key_of("viewer"), style=style, center=[-87.936, 43.01], zoom=15)
    canvas.page.wait_for_function("drawn.areTilesLoaded()")
    seen = canvas.look()
    for verdict, place in placed(maps):
        assert is_like(seen.colour_at(place), COLOURS[verdict]), (verdict, place)
    assert seen.strays(WHITE, [place for _, place in placed(maps)], radius_px=8) == 0


def test_without_a_key_nothing_is_drawn(maps, scene):
    canvas, heard = scene
    with pytest.raises(Exception, match="401"):
        canvas.draw(heard.address, "wrong", style=of_geojson(heard.address), center=[-87.936, 43.01], zoom=15)
    assert canvas.look().share_of(WHITE) == 1
