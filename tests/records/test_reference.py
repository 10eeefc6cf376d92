"""/openapi.json and /docs: the reference, without any other host."""

import re
import shutil
import subprocess
import threading
import time

import pytest
import uvicorn

from app.main import create_app
from tests.conftest import skip_or_fail

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def document(still):
    return still.client.get("/openapi.json").json()


def nodes(node):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_it_is_openapi_3_0_through_and_through(document):
    assert document["openapi"] == "3.0.3"
    for node in nodes(document):
        assert node.get("type") != "null", node
        assert not isinstance(node.get("type"), list), node
        assert "const" not in node, node
        if "$ref" in node:
            parent: object = document
            for step in node["$ref"].removeprefix("#/").split("/"):
                parent = parent[step]


def test_every_operation_says_how_to_sign_in_and_what_it_answers(document):
    assert document["security"] == [{"key": []}, {"basic": []}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert "422" not in operation["responses"] or "HTTPValidationError" not in str(operation), path
            if method == "get" and path.startswith(("/v1/incidents", "/v1/alerts", "/v1/calls", "/v1/zones")):
                ok = operation["responses"].get("200")
                is_json = ok is not None and not path.endswith((".pdf", ".html"))
                assert not is_json or "$ref" in str(ok["content"]["application/json"]) or "audio" in path
    assert document["paths"]["/livez"]["get"]["security"] == []


def test_every_parameter_of_the_lists_is_described(document):
    described = {item["name"]: item for item in document["paths"]["/v1/incidents"]["get"]["parameters"]}
    names = "verdict from to min_rounds max_rounds classification zone bbox near needs_review disposition q"
    assert set(described) == {*names.split(), "as_of", "sort", "fields", "limit", "cursor", "f"}
    assert described["verdict"]["schema"]["items"]["enum"][0] == "pending"
    assert described["limit"]["schema"]["maximum"] == 1000
    one = document["paths"]["/v1/incidents/{incident_id}"]["get"]["parameters"]
    named = [(item["name"], item["in"]) for item in one]
    assert named == [("incident_id", "path"), ("as_of", "query"), ("f", "query")]


def test_the_page_and_its_files_are_ours(still):
    page = still.client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
    assert "://" not in page.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert still.client.get(f"/{address}").status_code == 200, address
    assert not re.search(r"<script>|onload=|onclick=", page.text)
    for other in (
        "index.html",
        "swagger-initializer.js",
        "..%2f..%2f__init__.py",
        "%00",
        "oauth2-redirect.html",
    ):
        assert still.client.get(f"/docs/static/{other}").status_code == 404, other


@pytest.mark.browser
def test_a_browser_shows_every_operation_and_asks_no_other_host(sqlite_settings, clock, tmp_path):
    if CHROMIUM is None:
        skip_or_fail("browser", "there is no Chromium")
    app = create_app(sqlite_settings, clock=clock, with_worker=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        log = tmp_path / "net.json"
        shown = subprocess.run(
            [
                *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=15000"),
                *(
                    f"--user-data-dir={tmp_path / 'profile'}",
                    f"--log-net-log={log}",
                    "--disable-dev-shm-usage",
                ),
                *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr"),
                *("--dump-dom", f"http://127.0.0.1:{port}/docs"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    finally:
        server.should_exit = True
        thread.join()
        app.state.database.dispose()
    for title in ("List incidents", "Show one call", "Take in one alert or an array"):
        assert title in shown.stdout
    assert "Unable to render" not in shown.stdout
    assert "Content Security Policy" not in shown.stderr
    asked = set(re.findall(r'"url":"(https?://[^/"]+)/[^"]*(?:docs|swagger|openapi)', log.read_text()))
    assert asked == {f"http://127.0.0.1:{port}"}
    assert not re.findall(r'(?:src|href)="https?://(?!127\.0\.0\.1)[^"]*\.(?:js|css|png|woff)', shown.stdout)
