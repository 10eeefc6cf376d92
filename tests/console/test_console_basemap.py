"""A basemap under the incidents: archives of this machine, tiles and pictures of a host that was named."""

import json
import shutil
import struct
import threading
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mapbox_vector_tile
import pytest
from playwright.sync_api import expect

from app.core.settings import Settings
from tests.console.archives import PNG, VECTOR, Tile, tile_at, write_archive
from tests.console.looking import drawn
from tests.console.watch import LATITUDE, LONGITUDE, Watch, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ZOOM = 12
# As tools write them, by the alphabet: what lies lowest is not the first.
LAYERS = ("earth", "places", "roads", "water")
PICTURE = (40, 120, 200)
# On a dark screen: half as bright, and closer to grey.
DIMMED = (36, 60, 84)
AROUND = 3
WHOLE = 4096
EXACTLY = 4
WHOLE_MAP_PX = 300_000
# The least pixels, and how near to the colour: letters are thinner than a pixel.
SEEN = {"map-water": (40_000, 4), "map-way": (2_000, 4), "map-label": (60, 40)}


def streets(tile: Tile) -> bytes:
    """Land, water in the middle, a motorway across every eighth of the tile, and names of a town on it."""
    ways = [
        {"geometry": f"LINESTRING(0 {at}, {WHOLE} {at})", "properties": {"kind": "highway", "name": "Main"}}
        for at in range(WHOLE // 16, WHOLE, WHOLE // 8)
    ]
    towns = [
        {"geometry": f"POINT({x} {y})", "properties": {"kind": "locality", "name": "Northwood"}}
        for x in range(100, WHOLE, 200)
        for y in range(150, WHOLE, 200)
    ]
    land = {"geometry": f"POLYGON((0 0, 0 {WHOLE}, {WHOLE} {WHOLE}, {WHOLE} 0, 0 0))", "properties": {}}
    lake = {"geometry": f"POLYGON((0 0, 0 {WHOLE}, 1800 {WHOLE}, 1800 0, 0 0))", "properties": {}}
    drawn_on = {"earth": [land], "places": towns, "roads": ways, "water": [lake]}
    encoded: bytes = mapbox_vector_tile.encode(
        [{"name": name, "features": drawn_on[name]} for name in LAYERS]
    )
    return encoded


def picture(_tile: Tile) -> bytes:
    """A PNG of one pixel."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00" + bytes(PICTURE))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


@contextmanager
def tile_host():
    """Another host, which serves a TileJSON, vector tiles and pictures to pages of any origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/tiles.json":
                body = json.dumps(
                    {
                        "tilejson": "3.0.0",
                        "tiles": [f"{address}/{{z}}/{{x}}/{{y}}.mvt"],
                        "maxzoom": ZOOM,
                        "vector_layers": [{"id": name, "fields": {}} for name in LAYERS],
                    }
                ).encode()
            else:
                place, _, ending = self.path.rpartition(".")
                tile = Tile(*(int(part) for part in place.split("/")[1:]))
                body = picture(tile) if ending == "png" else streets(tile)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


def archive(folder, kind, body_of):
    middle = tile_at(LONGITUDE, LATITUDE, ZOOM)
    around = range(-AROUND, AROUND + 1)
    tiles = {
        (tile := Tile(ZOOM, middle.column + east, middle.row + south)): body_of(tile)
        for east in around
        for south in around
    }
    about = {"vector_layers": [{"id": name} for name in LAYERS], "attribution": "Survey of the city"}
    write_archive(folder / "city.pmtiles", kind, tiles, about)
    return {"FILE": str(folder / "city.pmtiles")}


@pytest.fixture(scope="module", params=["vector archive", "vector tiles", "archive of pictures", "pictures"])
def based(request, migrated_file, tmp_path_factory):
    """The service with a basemap of one kind; which hosts may be asked; whether it is of vectors."""
    folder = tmp_path_factory.mktemp("based")
    shutil.copy(migrated_file, folder / "earshot.db")
    with tile_host() as other:
        chosen = {
            "vector archive": lambda: archive(folder, VECTOR, streets),
            "vector tiles": lambda: {"KIND": "vector", "URL": f"{other}/tiles.json"},
            "archive of pictures": lambda: archive(folder, PNG, picture),
            "pictures": lambda: {"KIND": "raster", "URL": other + "/{z}/{x}/{y}.png"},
        }[request.param]()
        settings = Settings(database_url=f"sqlite:///{folder / 'earshot.db'}", _env_file=None)
        environment = {f"EARSHOT_CONSOLE_BASEMAP_{name}": value for name, value in chosen.items()}
        watch = Watch(settings, **environment)
        watch.unreported("Alder", east=0)
        hosts = (watch.url,) if "FILE" in chosen else (watch.url, other)
        yield watch, hosts, request.param.startswith("vector")
        watch.close()


def test_the_basemap_is_drawn_under_the_incidents(context, based):
    watch, hosts, is_vector = based
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = sign_in(context, watch, watch.analyst)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for name, (least, near) in SEEN.items() if is_vector else ():
            drawn(page, name, least=least, near=near)
        if not is_vector:
            drawn(page, PICTURE if theme == "light" else DIMMED, least=WHOLE_MAP_PX, near=EXACTLY)
        drawn(page, "unreported")
    expect(page.get_by_text("The basemap cannot be shown")).to_have_count(0)
    if hosts == (watch.url,):
        expect(page.get_by_text("Survey of the city")).to_be_visible()
    assert not [url for url in asked if not url.startswith((*hosts, "blob:", "data:"))]


def test_a_basemap_that_is_gone_is_told_and_the_rest_is_there(context, migrated_file, tmp_path):
    shutil.copy(migrated_file, tmp_path / "earshot.db")
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'earshot.db'}", _env_file=None)
    with tile_host() as other:
        gone = f"{other}/city.pmtiles"
    watch = Watch(settings, EARSHOT_CONSOLE_BASEMAP_KIND="pmtiles", EARSHOT_CONSOLE_BASEMAP_URL=gone)
    try:
        watch.unreported("Alder", east=0)
        page = sign_in(context, watch, watch.analyst)
        expect(page.get_by_text("The basemap cannot be shown")).to_be_visible()
        drawn(page, "unreported")
    finally:
        watch.close()
