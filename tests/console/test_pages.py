"""The console's page and files: what browsers are told with them, and what is not to be had."""

import gzip
import re

import anyio
import pytest

from app.console.built import BuiltConsole
from app.console.pages import PAGES, Console
from app.core.errors import SettingsError
from app.core.settings import Settings
from tests.console.conftest import OWN

SCRIPT = b"console.log('" + b"x" * 5_000 + b"')"
ADDRESSES = [path.replace("{incident_id}", "17") for path in PAGES]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy_of(answer):
    rules = answer.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (rule.partition(" ") for rule in rules)}


@pytest.fixture
def folder(tmp_path):
    """A built console, with secrets around it."""
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>Earshot</title>")
    (built / "assets" / "main-a1b2.js").write_bytes(SCRIPT)
    (built / "assets" / "icon-c3d4.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (built / "assets" / "tone-e5f6.mp3").write_bytes(b"\xff\xfb")
    (tmp_path / "secret.txt").write_text("secret")
    return built


@pytest.fixture
def browser(desk, folder):
    """Somebody who is not signed in."""
    before = desk.app.state.console
    desk.app.state.console = Console(desk.settings, BuiltConsole(folder))
    yield desk.browser()
    desk.app.state.console = before


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_screen_has_an_address(browser, path):
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>Earshot</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert browser.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert browser.head(path).content == b""


@pytest.mark.parametrize("path", [*ADDRESSES, "/assets/main-a1b2.js", "/assets/icon-c3d4.svg"])
def test_browsers_load_nothing_from_elsewhere_and_run_nothing_inline(browser, path):
    answer = browser.get(path)
    assert policy_of(answer) == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers.get_list("referrer-policy") == ["same-origin"]
    assert "geolocation=()" in answer.headers["permissions-policy"]


def test_every_other_answer_keeps_its_headers(browser):
    for path in ("/livez", "/console/settings", "/assets/nix.js", "/v1/incidents"):
        answer = browser.get(path)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


@pytest.mark.parametrize("encoding", ["gzip", "br, gzip;q=0.5", "identity", "gzip;q=0", ""])
def test_files_are_kept_for_ever_and_packed_for_those_who_unpack(browser, encoding):
    with browser.stream("GET", "/assets/main-a1b2.js", headers={"accept-encoding": encoding}) as answer:
        sent = b"".join(answer.iter_raw())
    packed = "gzip" in encoding and encoding[-3:] != "q=0"
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(sent) if packed else sent) == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    again = browser.get("/assets/main-a1b2.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_small_files_and_pictures_have_their_type(browser):
    assert browser.get("/assets/icon-c3d4.svg").headers["content-type"] == "image/svg+xml"
    sound = browser.get("/assets/tone-e5f6.mp3")
    assert (sound.headers["content-type"], sound.content) == ("audio/mpeg", b"\xff\xfb")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/nix.js",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/main-a1b2.js%00",
        "/assets/./main-a1b2.js/",
        "/assets/" + "x" * 5_000,
        "/index.html",
        "/favicon.ico",
        "/incidents",
        "/insight/x",
    ],
)
def test_nothing_else_is_to_be_had(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:earshot:problem:not-found"
    assert "secret" not in answer.text


def test_pages_are_only_read(browser):
    for path in ("/", "/assets/main-a1b2.js"):
        assert browser.post(path, headers=OWN).status_code == 405


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_console_that_was_not_built_says_how(desk, tmp_path, path):
    before = desk.app.state.console
    desk.app.state.console = Console(desk.settings, BuiltConsole(tmp_path))
    try:
        answer = desk.browser().get(path)
        assert desk.browser().get("/assets/main-a1b2.js").status_code == 404
    finally:
        desk.app.state.console = before
    assert answer.status_code == 200
    assert "make setup" in answer.text
    assert policy_of(answer) == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search("<script|<style|style=|http://|https://", answer.text)


def test_a_build_is_seen_without_a_new_start(tmp_path):
    built = BuiltConsole(tmp_path)
    assert built.page() is None
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("one")
    assert built.page().body == b"one"
    (tmp_path / "assets" / "a.js").write_text("two")
    assert built.asset("a.js").body == b"two"


def test_what_anybody_may_know(desk, open_desk):
    told = desk.browser().get("/console/settings").json()
    assert told == {
        "agency_name": None,
        "notice": None,
        "time_zone": "UTC",
        "version": desk.app.version,
        "basemap": None,
    }
    served = open_desk(
        agency_name="Springfield PD", console_notice="For official use.", time_zone="America/Chicago"
    )
    told = served.browser().get("/console/settings").json()
    assert (told["agency_name"], told["notice"]) == ("Springfield PD", "For official use.")
    assert told["time_zone"] == "America/Chicago"


# basemaps


@pytest.mark.parametrize(
    ("chosen", "origins"),
    [
        ({"kind": "raster", "url": "https://tiles.example/{z}/{x}/{y}.png"}, "https://tiles.example"),
        ({"kind": "vector", "url": "http://10.0.0.5:8080/style.json"}, "http://10.0.0.5:8080"),
        (
            {
                "kind": "vector",
                "url": "https://maps.example/style",
                "hosts": "https://fonts.example, https://*.t.example",
            },
            "https://maps.example https://fonts.example https://*.t.example",
        ),
        ({"kind": "pmtiles", "url": "/elsewhere/city.pmtiles"}, ""),
    ],
)
def test_browsers_may_ask_for_the_basemap_that_was_chosen(open_desk, chosen, origins):
    served = open_desk(**{f"console_basemap_{name}": value for name, value in chosen.items()})
    browser = served.browser()
    basemap = browser.get("/console/settings").json()["basemap"]
    assert basemap == {"kind": chosen["kind"], "url": chosen["url"], "attribution": None}
    policy = policy_of(browser.get("/"))
    assert policy["connect-src"] == f"'self' {origins}".strip()
    assert policy["img-src"] == f"'self' data: blob: {origins}".strip()
    assert policy["script-src"] == "'self'"


@pytest.fixture
def archive(tmp_path):
    file = tmp_path / "city.pmtiles"
    file.write_bytes(bytes(range(256)) * 4)
    return file


def test_an_archive_of_ours_is_served_in_ranges_to_who_is_signed_in(desk, open_desk, archive):
    served = open_desk(console_basemap_file=archive, console_basemap_attribution="© OpenStreetMap")
    browser = served.browser()
    assert browser.get("/console/settings").json()["basemap"] == {
        "kind": "pmtiles",
        "url": "/console/basemap.pmtiles",
        "attribution": "© OpenStreetMap",
    }
    assert policy_of(browser.get("/"))["connect-src"] == "'self'"
    address = "/console/basemap.pmtiles"
    assert browser.get(address).status_code == 401
    assert browser.post("/console/session", json={"key": desk.key("viewer")}).status_code == 200
    whole = browser.get(address)
    assert (whole.status_code, len(whole.content)) == (200, 1024)
    part = browser.get(address, headers={"range": "bytes=16-31"})
    assert (part.status_code, part.content) == (206, bytes(range(16, 32)))
    assert part.headers["content-range"] == "bytes 16-31/1024"
    assert part.headers["cache-control"] == "private, no-cache"
    assert browser.get(address, headers={"range": "bytes=-8"}).content == bytes(range(248, 256))
    assert browser.get(address, headers={"range": "bytes=2000-"}).status_code == 416
    assert browser.get(address, headers={"range": "lines=1-2"}).status_code in (200, 400)
    fresh = {"if-range": whole.headers["etag"], "range": "bytes=0-0"}
    assert browser.get(address, headers=fresh).content == b"\x00"
    assert len(browser.get(address, headers={**fresh, "if-range": '"old"'}).content) == 1024
    head = browser.head(address)
    assert (head.status_code, head.content) == (200, b"")


def test_who_asks_for_the_head_of_an_archive_does_not_have_it_read(desk, open_desk, archive, monkeypatch):
    read = []
    opened = anyio.open_file
    monkeypatch.setattr(
        "anyio.open_file", lambda *given, **named: read.append(given) or opened(*given, **named)
    )
    key = {"authorization": f"Bearer {desk.key('viewer')}"}
    browser = open_desk(console_basemap_file=archive).browser()
    head = browser.head("/console/basemap.pmtiles", headers=key)
    assert (head.status_code, head.headers["content-length"], read) == (200, "1024", [])
    assert len(browser.get("/console/basemap.pmtiles", headers=key).content) == 1024
    assert len(read) == 1


def test_without_an_archive_there_is_none(desk):
    assert desk.signed_in().get("/console/basemap.pmtiles").status_code == 404


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"kind": "raster"}, "BASEMAP_URL"),
        ({"url": "https://tiles.example"}, "BASEMAP_KIND"),
        ({"kind": "raster", "url": "ftp://tiles.example"}, "https://"),
        ({"kind": "raster", "url": "//tiles.example/x"}, "https://"),
        ({"kind": "raster", "url": "https://tiles.example; script-src *"}, "https://"),
        ({"kind": "raster", "url": "https://a b/"}, "https://"),
        ({"kind": "raster", "url": "https://user:secret@tiles.example/"}, "https://"),
        ({"kind": "raster", "url": "tiles.example"}, "https://"),
        ({"kind": "vector", "url": "https://a.example", "hosts": "*"}, "BASEMAP_HOSTS"),
        ({"kind": "vector", "url": "https://a.example", "hosts": "https://b.example/path"}, "BASEMAP_HOSTS"),
        ({"file": "/nowhere/city.pmtiles"}, "no file"),
        ({"file": "/etc/hostname", "kind": "raster"}, "PMTiles"),
        ({"file": "/etc/hostname", "url": "https://a.example", "kind": "pmtiles"}, "not both"),
    ],
)
def test_a_basemap_that_cannot_be_refuses_to_start(chosen, said):
    named = {f"console_basemap_{name}": value for name, value in chosen.items()}
    with pytest.raises(SettingsError, match=re.escape(said)):
        Console(Settings(_env_file=None, **named))
