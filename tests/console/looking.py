"""What of the colours of the map can be seen."""

import time

from playwright.sync_api import Page

from tests.browser import count_pixels, pixels

# Of 255, for each of red, green and blue: edges are softened.
NEAR = 14
A_MARK_PX = 60
COLOUR = """name => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    return [1, 3, 5].map((from) => parseInt(pen.fillStyle.slice(from, from + 2), 16));
}"""
# A pulse around what is new has its verdict's colour, too.
WITHOUT_PULSES = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".pulse { display: none }");
    document.adoptedStyleSheets.push(sheet);
}"""


def in_the_middle(page: Page) -> tuple[int, int, int]:
    """The colour of the map's middle, where the only incident is."""
    box = page.get_by_role("region", name="Map", exact=True).bounding_box()
    assert box is not None
    middle = {"x": round(box["x"] + box["width"] / 2), "y": round(box["y"] + box["height"] / 2)}
    red, green, blue = pixels(page, clip={**middle, "width": 1, "height": 1})[0, 0]
    return int(red), int(green), int(blue)


def coloured(page: Page, name: str | tuple[int, int, int], *, near: int = NEAR) -> int:
    """How many pixels of the map have a colour, given as such or by the style sheet's name for it."""
    colour = page.evaluate(COLOUR, name) if isinstance(name, str) else name
    box = page.get_by_role("region", name="Map", exact=True).bounding_box()
    assert box is not None
    return count_pixels(page, colour, near, clip=box)


def drawn(page: Page, name: str | tuple[int, int, int], *, least: int = A_MARK_PX, near: int = NEAR) -> None:
    """Wait until the map shows so many pixels of a colour: of a verdict, one mark."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if coloured(page, name, near=near) > least:
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing on the map is {name}")
