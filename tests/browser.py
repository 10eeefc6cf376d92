"""A real Chromium for tests of pages and maps: one for each test process, started by whoever needs it first.

Mark such tests `browser`. Take the fixture `context` (a new profile for each test; `context.new_page()`),
or `chromium` with `browsing()` for a profile that lasts a module. No other host than 127.0.0.1 can be
reached. A script that ends in an error, or that the page's own policy refuses, fails the test.
`pixels(page)` is what one sees; `count_pixels` counts a colour in it.
"""

import asyncio
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

WIDTH_PX, HEIGHT_PX = 1280, 800
FLAGS = (
    *("--no-sandbox", "--disable-dev-shm-usage"),
    # WebGL by the processor; what surrounds it is put together without it, for a third of the work.
    *(
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--disable-gpu-compositing",
    ),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
    *("--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
# The browser takes its own picture apart: no other reader of PNG is needed.
_DRAWN = """
    const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const drawing = canvas.getContext("2d", {willReadFrequently: true});
    drawing.drawImage(bitmap, 0, 0);
    const {data} = drawing.getImageData(0, 0, bitmap.width, bitmap.height);
"""
_DECODE = f"""async (png) => {{ {_DRAWN}
    let text = "";
    for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
    return [btoa(text), bitmap.width, bitmap.height];
}}"""
_COUNT = f"""async ([png, colour, near]) => {{ {_DRAWN}
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
        if (colour.every((wanted, part) => Math.abs(data[i + part] - wanted) <= near)) count++;
    return count;
}}"""


def chromium_path() -> str | None:
    """Where this machine has Chromium, if it does."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this test process."""
    from tests.conftest import skip_or_fail

    path = chromium_path()
    if path is None:
        skip_or_fail("browser", "there is no Chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        with _running(None):
            yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A profile of its own for one test."""
    with browsing(chromium) as opened:
        yield opened


@contextmanager
def browsing(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A new profile; at its end what went wrong in its pages is an AssertionError.

    Its user wants little motion, or half of the time went into pictures that nobody looks at.
    """
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    with _running(chromium._loop):
        size = {"width": WIDTH_PX, "height": HEIGHT_PX}
        context = chromium.new_context(**{"viewport": size, "reduced_motion": "reduce", **options})
        context.set_default_timeout(20_000)
        context.on("weberror", lambda found: complaints.append(str(found.error)))
        context.on("console", listen)
        try:
            yield context
        finally:
            context.close()
    assert not complaints, complaints


def pixels(page: Page, **options: Any) -> NDArray[np.uint8]:
    """What the page shows, or the `clip` of it: rows × columns × red, green, blue."""
    png = page.screenshot(**options)
    return decoded(page, png)


def count_pixels(page: Page, colour: tuple[int, int, int], near: int, **options: Any) -> int:
    """How many pixels of what the page shows, or of the `clip` of it, have a colour within `near` of 255."""
    png = page.screenshot(**options)
    counted: int = page.evaluate(_COUNT, [b64encode(png).decode(), list(colour), near])
    return counted


def decoded(page: Page, png: bytes) -> NDArray[np.uint8]:
    """A picture as rows × columns × red, green, blue."""
    data, width, height = page.evaluate(_DECODE, b64encode(png).decode())
    return np.frombuffer(b64decode(data), np.uint8).reshape(height, width, 4)[:, :, :3]


# The driver leaves its event loop marked as this thread's running one, and any other test of the process that
# runs a loop would be refused; so it is only there while a browser is being used.
@contextmanager
def _running(loop: asyncio.AbstractEventLoop | None) -> Iterator[None]:
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(before)
