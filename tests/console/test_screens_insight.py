"""The figures on the screen are the API's, can be saved, and are shown by role."""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import browsing
from tests.console.city import WatchedCity, enter, serving_city

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DASH = "–"
STEPS = {
    "publication": "Alert published",
    "first_call": "First call",
    "dispatch": "Dispatch",
    "arrival": "Arrival",
}


@pytest.fixture(scope="module")
def city(kept, migrated_file, tmp_path_factory):
    with serving_city(kept, migrated_file, tmp_path_factory.mktemp("city")) as served:
        yield served


@pytest.fixture(scope="module")
def insight(chromium, city):
    """The page of figures over the city's days, as an analyst sees it."""
    with browsing(chromium) as context:
        yield enter(context, city, city.analyst, f"/insight{city.query}")


def figure(page: Page, title: str) -> Locator:
    return page.locator(".figure").filter(has=page.get_by_role("heading", name=title, exact=True))


def cells(table: Locator) -> list[list[str]]:
    """The rows of a table without its head."""
    expect(table.locator("tbody tr").first).to_be_attached()
    rows: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    return rows


def asked(city: WatchedCity, name: str, key: str | None = None, **more: str) -> dict:
    told = "&".join(f"{field}={value}" for field, value in {**city.span, **more}.items())
    answer = city.ask(f"/v1/insight/{name}?{told}", key or city.analyst)
    assert answer.status_code == 200, answer.text
    return answer.json()


def percents(row: dict) -> list[str]:
    """A share and its interval, as people read them."""
    if row["share"] is None:
        return ["too few", DASH]
    return [f"{row['share']:.1%}".replace("%", " %"), f"{row['low'] * 100:.1f} to {row['high'] * 100:.1f} %"]


def span(seconds: float) -> str:
    """As the console tells lengths of time under an hour."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")


def row_of(name: str, row: dict) -> list[str]:
    counts = [f"{row[field]:,}" for field in ("numerator", "denominator")]
    others = [f"{row[field]:,}" for field in ("unreported", "indeterminate")]
    return [name, *counts, *percents(row), *others]


def district_names(city: WatchedCity) -> list[str]:
    """Those of all districts that the map shows."""
    found = city.ask("/ogc/collections/zones/items?limit=1000&f=json", city.analyst).json()["features"]
    return [zone["properties"]["name"] for zone in found if zone["properties"]["kind"] == "district"]


def size_of(png: bytes) -> tuple[int, int]:
    """Its width and height."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_zones_are_those_of_the_api(insight, city):
    shown = cells(figure(insight, "Share reported by zone").locator("table"))
    answer = asked(city, "reporting", by="zone", zone_kind="district")
    assert len(answer["rows"]) > 3
    told = [row_of(row["group"] or "In no zone", row) for row in answer["rows"]]
    assert shown[: len(told)] == told
    assert any(row["share"] is not None for row in answer["rows"])
    # Those in which nothing was heard are there, too.
    silent = sorted(set(district_names(city)) - {row["group"] for row in answer["rows"]})
    assert shown[len(told) :] == [[name, "0", "0", "no shooting", DASH, "0", "0"] for name in silent]


def test_zones_without_a_share_are_drawn_as_not_told(insight, city):
    rows = [row for row in asked(city, "reporting", by="zone", zone_kind="district")["rows"] if row["group"]]
    few = sum(row["share"] is None for row in rows)
    silent = len(district_names(city)) - len(rows)
    assert few, "some have too few"
    assert silent, "in some nothing was heard"
    part = figure(insight, "Share reported by zone")
    map_of_zones = part.locator(".chart svg").last
    expect(map_of_zones.locator("path[fill='url(#not-told)'], [fill='url(#not-told)'] path")).to_have_count(
        few
    )
    expect(map_of_zones.locator("[data-mark='geo'] path")).to_have_count(len(rows) + silent)
    expect(part.get_by_text("cannot be told: too few were decided")).to_be_visible()
    expect(part.get_by_text("no shooting in this period")).to_be_visible()
    # Its PNG is the legend and the map.
    boxes = [drawing.bounding_box() for drawing in part.locator(".chart svg").all()]
    assert len(boxes) == 2
    with insight.expect_download() as waiting:
        part.get_by_role("button", name="PNG").click()
    assert size_of(waiting.value.path().read_bytes()) == (
        round(max(box["width"] for box in boxes) * 2),
        round(sum(box["height"] for box in boxes) * 2),
    )


def test_the_headline_is_that_of_the_api(insight, city):
    totals = asked(city, "reporting", by="month")["totals"]
    share, interval = percents(totals)
    told = insight.locator(".headline-figure").inner_text()
    assert told == (
        f"Nobody reported {totals['unreported']} of {totals['denominator']} shootings; {share} were reported"
        f" (95 % interval {interval})."
    )


def test_response_times_are_those_of_the_api(insight, city):
    totals = asked(city, "response")["totals"]
    shown = {row[0]: row for row in cells(figure(insight, "Response times").locator("table"))}
    for name, word in STEPS.items():
        found = totals[name]
        assert shown[word][1] == (span(found["median"]["value"]) if found["median"] else DASH)
        assert shown[word][5:] == [f"{found['count']:,}", f"{found['missing']:,}"]
    assert totals["arrival"]["median"] is not None


def test_feeds_are_told_in_the_agencys_time(insight, city):
    feeds = city.ask("/v1/sources", city.analyst).json()["sources"]
    shown = {row[0]: row for row in cells(figure(insight, "Feeds over time").locator("table"))}
    assert shown.keys() == {feed["name"] for feed in feeds}
    for feed in feeds:
        told = "not told"
        if feed["watermark"] is not None:
            local = datetime.fromisoformat(feed["watermark"]).astimezone(ZoneInfo("America/Chicago"))
            told = f"{local:%a, {local.day} %b %Y %H:%M %Z}"
        assert shown[feed["name"]][2] == told
    assert {"not told"} < {row[2] for row in shown.values()}


def test_numbers_are_saved_as_csv(insight, city):
    with insight.expect_download() as waiting:
        figure(insight, "Share reported by zone").get_by_role("link", name="CSV").click()
    assert waiting.value.suggested_filename == "reported-by-zone.csv"
    saved = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    rows = asked(city, "reporting", by="zone", zone_kind="district")["rows"]
    assert [row["numerator"] for row in saved] == [str(row["numerator"]) for row in rows]
    assert [row["group"] for row in saved] == [row["group"] or "" for row in rows]


def test_pictures_are_saved_as_png(insight):
    part = figure(insight, "By rounds")
    box = part.locator(".chart svg").last.bounding_box()
    with insight.expect_download() as waiting:
        part.get_by_role("button", name="PNG").click()
    assert waiting.value.suggested_filename == "reported-by-rounds.png"
    png = waiting.value.path().read_bytes()
    assert size_of(png) == (round(box["width"] * 2), round(box["height"] * 2))
    assert len(png) > 5_000, "an empty picture packs to next to nothing"


def test_a_viewer_has_neither_response_times_nor_feeds(context, city):
    paths: list[str] = []
    context.on("request", lambda request: paths.append(request.url.removeprefix(city.url)))
    page = enter(context, city, city.viewer, f"/insight{city.query}")
    assert cells(figure(page, "Share reported by zone").locator("table"))
    expect(figure(page, "Fixed windows").or_(page.locator(".figure").last)).to_be_visible()
    expect(figure(page, "Response times")).to_have_count(0)
    expect(figure(page, "Feeds over time")).to_have_count(0)
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)
    assert not [path for path in paths if path.startswith(("/v1/insight/response", "/v1/sources"))]
    assert city.ask("/v1/insight/response", city.viewer).status_code == 403
