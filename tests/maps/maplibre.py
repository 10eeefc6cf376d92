"""A page with MapLibre GL in Chromium, from an origin of its own, and what is drawn where."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from tests.browser import browsing, pixels
from tests.conftest import skip_or_fail

PAGE = Path(__file__).with_name("maplibre.html")
LIBRARY = Path(__file__).parents[2] / "app" / "console" / "web" / "node_modules" / "maplibre-gl" / "dist"
# Small, because it is drawn without a graphics card.
SIZE_PX = {"width": 480, "height": 360}
# Of 255: what blending and anti-aliasing may take a colour away by.
SAME = 3
Colour = tuple[int, int, int]


class Shelf(SimpleHTTPRequestHandler):
    """The page, and the library's files beside it."""

    extensions_map: ClassVar[dict[str, str]] = {
        ".html": "text/html",
        ".mjs": "text/javascript",
        ".css": "text/css",
    }

    def translate_path(self, path: str) -> str:
        name = path.partition("?")[0].rpartition("/")[2]
        return str(LIBRARY / name if path.startswith("/library/") else PAGE)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Drawing:
    """A map as it is drawn. Places are [longitude, latitude] in degrees; colours red, green, blue."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: NDArray[np.uint8] = np.zeros((0, 0, 3), np.uint8)

    def draw(self, service: str, key: str, **options: Any) -> "Drawing":
        """Draw until nothing more comes, and look. An error of MapLibre's is raised."""
        told = [service, key, options]
        self.page.evaluate("([service, key, options]) => draw(service, key, options)", told)
        return self.look()

    def look(self) -> "Drawing":
        """See what is there when nothing more comes."""
        self.page.evaluate("() => settled()")
        self.seen = pixels(self.page)
        return self

    def pixel_of(self, place: list[float]) -> tuple[int, int]:
        """Column and row of a place."""
        at = self.page.evaluate("(place) => { const at = drawn.project(place); return [at.x, at.y] }", place)
        return round(at[0]), round(at[1])

    def colour_at(self, place: list[float], right: int = 0, down: int = 0) -> Colour:
        """The colour at a place, or so many pixels beside it."""
        column, row = self.pixel_of(place)
        red, green, blue = self.seen[row + down, column + right]
        return int(red), int(green), int(blue)

    def counted(self, colour: Colour, place: list[float], radius_px: int, within: int = SAME) -> int:
        """How many pixels about a place have a colour, give or take."""
        column, row = self.pixel_of(place)
        top, left = max(row - radius_px, 0), max(column - radius_px, 0)
        about = self.seen[top : row + radius_px + 1, left : column + radius_px + 1]
        return int((np.abs(about.astype(int) - np.array(colour)).max(axis=2) <= within).sum())

    def strays(self, paper: Colour, places: list[list[float]], radius_px: int) -> int:
        """How many pixels are not as the paper, though no place is near."""
        off = np.abs(self.seen.astype(int) - np.array(paper)).max(axis=2) > SAME
        for column, row in map(self.pixel_of, places):
            top, left = max(row - radius_px, 0), max(column - radius_px, 0)
            off[top : row + radius_px + 1, left : column + radius_px + 1] = False
        return int(off.sum())

    def share_of(self, colour: Colour) -> float:
        """How much of the picture has a colour, give or take."""
        off = np.abs(self.seen.astype(int) - np.array(colour)).max(axis=2)
        return float((off <= SAME).mean())


def is_like(colour: Colour, other: Colour) -> bool:
    """Whether two colours are the same, give or take."""
    return all(abs(one - two) <= SAME for one, two in zip(colour, other, strict=True))


@contextmanager
def shelf() -> Iterator[str]:
    """The address of the page."""
    if not LIBRARY.is_dir():
        skip_or_fail("browser", f"MapLibre GL is not at {LIBRARY}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shelf))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def drawing(chromium: Browser, page_address: str) -> Iterator[Drawing]:
    """The page, open."""
    with browsing(chromium, viewport=SIZE_PX) as context:
        page = context.new_page()
        page.goto(page_address)
        page.wait_for_function("window.ready")
        yield Drawing(page)
