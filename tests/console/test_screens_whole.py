"""Whole screens: axe has nothing serious to say, nothing sticks out at any size, no other host is asked."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.console.built import FOLDER
from app.db.models import KeySession
from tests.browser import browsing
from tests.conftest import NOW, skip_or_fail
from tests.console.city import enter, serving_city, settle
from tests.console.watch import CALLER, LONGITUDE, NARRATIVE, row

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = FOLDER.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
PANES = ("sources", "rejects", "keys", "rules", "audit")
SIZES = {"laptop": (1280, 720), "wall": (3840, 2160), "phone": (390, 844)}
# What a box that scrolls or that is meant for a screen reader holds is not out of sight.
STICKING_OUT = """() => {
    const held = (element) => {
        for (let up = element.parentElement; up; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (/auto|scroll/.test(style.overflowX) || style.clip === "rect(0px, 0px, 0px, 0px)") return true;
            if (/hidden|clip/.test(style.overflowX) && up.matches("svg, .map-box, .chart")) return true;
        }
        return false;
    };
    return [...document.body.querySelectorAll("*")].filter((element) => {
        const box = element.getBoundingClientRect();
        if (!box.width || !box.height || !element.checkVisibility({checkVisibilityCSS: true})) return false;
        if (element.matches(".hidden-visually") || element.closest("svg") !== null) return false;
        return (box.right > innerWidth + 1 || box.left < -1) && !held(element);
    }).map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`);
}"""
LEAST_FONT_PX = 10.5
FONT_SIZES = """(drawer) => [...drawer.querySelectorAll("p, li, dd, dt, button, b, span")]
    .filter((element) => element.textContent.trim())
    .map((element) => parseFloat(getComputedStyle(element).fontSize))"""
# To another screen without loading the page again.
GO = "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }"


@pytest.fixture(scope="module")
def city(kept, migrated_file, tmp_path_factory):
    with serving_city(kept, migrated_file, tmp_path_factory.mktemp("city")) as served:
        yield served


@pytest.fixture(scope="module")
def axe():
    if not AXE.is_file():
        skip_or_fail("browser", "axe is not there: make setup")
    return AXE.read_text()


def complaints(page: Page, axe: str) -> list[str]:
    """What axe finds serious or critical."""
    settle(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "it looked at something"
    return [
        f"{page.url} {violation['id']}: {node['target']} {node['html'][:120]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def screens(city) -> list[str]:
    """The address of every screen."""
    panes = [f"/operations?pane={pane}" for pane in PANES]
    return [f"/{city.query}", f"/incidents/{city.busiest()}{city.query}", f"/insight{city.query}", *panes]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, city, axe, theme):
    asked: list[str] = []
    with browsing(chromium, color_scheme=theme) as context:
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(city.url)
        expect(page.get_by_label("Key")).to_be_visible()
        found = complaints(page, axe)
        page.close()
        first, *others = screens(city)
        page = enter(context, city, city.admin, first)
        expect(page.locator(".queue-row").first).to_be_visible()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        found += complaints(page, axe)
        for path in others:
            page.evaluate(GO, path)
            expect(page.locator("h1, .drawer h2").first).to_be_attached()
            found += complaints(page, axe)
        with city.database.write() as session:
            session.execute(update(KeySession).values(active_at=NOW))
        # Whatever the page asks by itself may have locked it already: then nothing else can be clicked.
        page.get_by_role("button", name="Search").dispatch_event("click")
        expect(page.get_by_role("dialog", name="Locked")).to_be_visible()
        found += complaints(page, axe)
    assert not found, "\n".join(found)
    # Pages, data and map workers: all from the one server.
    assert not [url for url in asked if not url.startswith((city.url, "blob:", "data:"))]


def test_a_viewer_who_looks_everywhere_is_sent_nothing_of_calls(context, city):
    east = 0.23457
    city.alert("Mulberry", minutes_ago=30, east=east)
    city.call("near-mulberry", minutes_ago=29, east=east, address="17 Callers Lane", nature_code="ODD 47")
    secrets = (
        *CALLER.values(),
        NARRATIVE,
        "near-mulberry",
        "ODD 47",
        "Callers Lane",
        f"{LONGITUDE + east + 0.001:.4f}",
    )
    # All of it is there, for those who may see it.
    key = city.key_for_callers()
    calls = city.ask("/v1/calls?q=near-mulberry", key).json()["calls"]
    told = city.ask(f"/v1/calls/{calls[0]['id']}", key).text
    assert [secret for secret in secrets if secret not in told] == []

    heard: list[tuple[str, str]] = []

    def overhear(response):
        if not re.search(r"/v1/stream|/assets/", response.url):
            heard.append((response.url, response.text()))

    context.on("response", overhear)
    page = enter(context, city, city.viewer, "/?q=Mulberry")
    row(page, "Mulberry").click()
    expect(page.get_by_role("region", name="Verdict")).to_be_visible()
    seen = [page.content()]
    for path in screens(city):
        page.evaluate(GO, path)
        settle(page)
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")
        settle(page)
        seen.append(page.content())
    assert len(heard) > 8
    for secret in secrets:
        assert not [url for url, body in heard if secret in body], secret
        assert not [text for text in seen if secret in text], secret


@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out(chromium, city, size):
    width, height = SIZES[size]
    with browsing(chromium, viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        page.goto(city.url)
        expect(page.get_by_label("Key")).to_be_visible()
        assert page.evaluate(STICKING_OUT) == []
        page.close()
        first, incident, *others = screens(city)
        page = enter(context, city, city.admin, first)
        for path in (first, *others):
            page.evaluate(GO, path)
            settle(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate(STICKING_OUT) == [], path
        page.goto(city.url + incident)
        drawer = page.get_by_role("complementary")
        expect(drawer.get_by_role("region", name="Verdict")).to_be_visible()
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(STICKING_OUT) == []
        box = drawer.bounding_box()
        assert box["width"] >= min(width, 380)
        assert box["x"] + box["width"] <= width + 1
        assert min(drawer.evaluate(FONT_SIZES)) >= LEAST_FONT_PX
