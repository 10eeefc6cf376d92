"""MapLibre GL in Chromium, on a page of another origin: the right colours at the right places."""

import pytest
from sqlalchemy import update

from app.db.models import Incident
from app.maps.tiles import colours
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
    seen = canvas.draw(heard.address, maps.key_of("analyst"), style=style, center=[-87.95, 43.05], zoom=10)
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
    seen = canvas.look()
    for verdict, place in placed(maps):
        assert is_like(seen.colour_at(place), COLOURS[verdict]), (verdict, place)
    assert seen.strays(WHITE, [place for _, place in placed(maps)], radius_px=8) == 0


def test_without_a_key_nothing_is_drawn(maps, scene):
    canvas, heard = scene
    with pytest.raises(Exception, match="401"):
        canvas.draw(heard.address, "wrong", style=of_geojson(heard.address), center=[-87.936, 43.01], zoom=15)
    assert canvas.look().share_of(WHITE) == 1


def rgb(hexadecimal):
    return tuple(int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5))


GROUND, CAMERA = rgb(colours.GROUND), rgb(colours.CAMERA)
OF_STYLE = {verdict.value: rgb(colour) for verdict, colour in colours.OF_VERDICTS.items()}
ALL_OF_THEM = {"center": [-87.936, 43.01], "zoom": 15}
BESIDE = [-87.936, 43.012]
PIER = [-87.9, 43.05]
FAR_DISTRICT, FAR_SEA = [179.25, -16.75], [178.9, -16.75]


def draw_style(maps, scene, who="analyst", **view):
    """Draw by the served style, which names the tiles by itself."""
    canvas, heard = scene
    return canvas.draw(heard.address, maps.key_of(who), style=f"{heard.address}/ogc/styles/earshot", **view)


def clusters(canvas):
    """Where each cluster that is drawn lies, and what it says of itself."""
    asked = "drawn.queryRenderedFeatures({layers: ['incidents-clustered']})"
    told = f"{asked}.map((one) => [one.geometry.coordinates, one.properties])"
    return sorted(canvas.page.evaluate(told), key=lambda one: one[0])


@pytest.mark.parametrize("who", ["analyst", "viewer"])
def test_the_style_draws_each_verdict_in_its_colour_and_nothing_elsewhere(maps, scene, who):
    seen = draw_style(maps, scene, who, **ALL_OF_THEM)
    for verdict, place in placed(maps):
        # A thin line has hardly a pixel of its very colour.
        counted = {name: seen.counted(colour, place, 10, within=10) for name, colour in OF_STYLE.items()}
        assert max(counted, key=counted.get) == verdict, (place, counted)
        assert counted[verdict], place
    paper = seen.colour_at(BESIDE)
    assert seen.strays(paper, [place for _, place in placed(maps)], radius_px=16) == 0


def test_verdicts_differ_in_shape_too(maps, scene):
    seen = draw_style(maps, scene, **ALL_OF_THEM)
    paper = seen.colour_at(BESIDE)
    middles = {verdict: seen.colour_at(place) for verdict, place in placed(maps)}
    for filled in ("unreported", "reported"):
        assert is_like(middles[filled], OF_STYLE[filled])
    for hollow in ("pending", "withdrawn"):
        assert is_like(middles[hollow], paper)


def test_the_style_begins_where_the_incidents_are(maps, scene):
    seen = draw_style(maps, scene)
    height, width, _ = seen.seen.shape
    for _, place in placed(maps):
        column, row = seen.pixel_of(place)
        assert 0 <= column < width
        assert 0 <= row < height
    places = [place for _, place in placed(maps)]
    assert seen.pixel_of(places[0])[0] - seen.pixel_of(places[-1])[0] > width / 20


def test_from_afar_clusters_stand_for_all(maps, scene):
    seen = draw_style(maps, scene, center=[-87.936, 43.01], zoom=7)
    verdicts = [verdict for verdict, _ in placed(maps)]
    ((place, told),) = clusters(seen)
    assert told == {"count": len(verdicts), **{name: verdicts.count(name) for name in COLOURS}}
    middle = [sum(at[side] for _, at in placed(maps)) / len(verdicts) for side in (0, 1)]
    # A pixel of a tile at zoom 7, of its 4,096.
    assert place == pytest.approx(middle, abs=360 / 2**7 / 4096)
    assert is_like(seen.colour_at(place), OF_STYLE["unreported"])
    rim = tuple(
        round(0.75 * ink + 0.25 * paper) for ink, paper in zip(rgb(colours.CLUSTER), GROUND, strict=True)
    )
    assert seen.counted(rim, place, 10) >= 20
    assert all(seen.counted(OF_STYLE[name], place, 10) == 0 for name in ("reported", "pending"))


def test_nearer_by_clusters_part(maps, scene):
    seen = draw_style(maps, scene, center=[-87.936, 43.01], zoom=10)
    told = [told for _, told in clusters(seen)]
    assert len(told) == 2
    verdicts = [verdict for verdict, _ in placed(maps)]
    for name in COLOURS:
        assert sum(one[name] for one in told) == verdicts.count(name)


def test_the_style_draws_zones_and_cameras_for_who_may_see_them(maps, scene):
    seen = draw_style(maps, scene, center=FAR_DISTRICT, zoom=9)
    ground, zone = seen.colour_at(FAR_SEA), seen.colour_at(FAR_DISTRICT)
    assert is_like(ground, GROUND)
    assert not is_like(zone, GROUND)
    assert seen.share_of(zone) > 0.05
    assert is_like(draw_style(maps, scene, center=PIER, zoom=14).colour_at(PIER), CAMERA)
    assert draw_style(maps, scene, "viewer", center=FAR_DISTRICT, zoom=9).share_of(GROUND) == 1
    assert draw_style(maps, scene, "viewer", center=PIER, zoom=14).share_of(GROUND) == 1


def test_tiles_are_asked_for_once_and_then_only_whether_they_changed(maps, scene):
    _, heard = scene
    draw_style(maps, scene, **ALL_OF_THEM)
    heard.asked.clear()
    draw_style(maps, scene, **ALL_OF_THEM)
    tiles = [path for path in heard.paths(200) if "/tiles/" in path]
    assert tiles == []
    assert [path for path in heard.paths(304) if "/incidents/tiles/" in path]
