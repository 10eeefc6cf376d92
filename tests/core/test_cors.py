"""Pages of other origins: who may read maps, and nothing but maps, and never by a cookie."""

import pytest
from starlette.testclient import TestClient

from app.core.origins import read_origins
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import Clock

OURS = "https://maps.example.org"
PREFLIGHT = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}


@pytest.fixture
def ask(sqlite_settings: Settings):
    """Ask a service with these origins."""
    apps = []

    def client(origins: str | None) -> TestClient:
        settings = Settings(database_url=sqlite_settings.database_url, cors_origins=origins, _env_file=None)
        apps.append(create_app(settings, clock=Clock(), with_worker=False))
        return TestClient(apps[-1], raise_server_exceptions=False)

    yield client
    for app in apps:
        app.state.database.dispose()


def told(answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_unless_named_no_other_page_may(ask):
    client = ask(None)
    for method in ("GET", "OPTIONS"):
        assert told(client.request(method, "/ogc", headers={"origin": OURS, **PREFLIGHT})) == {}


@pytest.mark.parametrize(
    ("path", "status"), [("/ogc", 401), ("/ogc/collections/incidents/items", 401), ("/ogc/none", 404)]
)
def test_pages_of_an_origin_that_is_named_may_ask_for_maps_with_a_key(ask, path, status):
    client = ask(f"https://other.example, {OURS}")
    before = client.options(path, headers={"origin": OURS, **PREFLIGHT})
    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == OURS
    assert "authorization" in before.headers["access-control-allow-headers"].lower()
    assert before.headers["access-control-allow-methods"] == "GET, HEAD"
    answer = client.get(path, headers={"origin": OURS})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == OURS
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in {**told(before), **told(answer)}


def test_no_other_origin_no_other_method_no_other_path(ask):
    client = ask(OURS)
    for origin in ("https://evil.example", f"{OURS}.evil.example", "http://maps.example.org", "null"):
        assert client.options("/ogc", headers={"origin": origin, **PREFLIGHT}).status_code == 400
        assert "access-control-allow-origin" not in told(client.get("/ogc", headers={"origin": origin}))
    asked = {"origin": OURS, **PREFLIGHT, "access-control-request-method": "POST"}
    assert client.options("/ogc", headers=asked).status_code == 400
    for path in ("/v1/incidents", "/ogcx", "/livez", "/", "/v1/ogc"):
        assert told(client.get(path, headers={"origin": OURS})) == {}
        assert told(client.options(path, headers={"origin": OURS, **PREFLIGHT})) == {}


def test_every_origin_where_that_is_said(ask):
    client = ask("*")
    assert (
        client.get("/ogc", headers={"origin": "https://any.example"}).headers["access-control-allow-origin"]
        == "*"
    )
    assert "access-control-allow-credentials" not in told(client.get("/ogc", headers={"origin": OURS}))


def test_origins_are_as_browsers_send_them():
    assert read_origins(" https://a.example,http://127.0.0.1:8080 ,https://[::1]:3,*,") == (
        "https://a.example",
        "http://127.0.0.1:8080",
        "https://[::1]:3",
        "*",
    )
    for wrong in (
        "a.example",
        "https://a.example/",
        "https://A.example",
        "null",
        "https://*.example",
        "ftp://a",
    ):
        with pytest.raises(ValueError, match="is no origin such as"):
            read_origins(wrong)
    assert Settings(cors_origins="", _env_file=None).cors_origins is None
    with pytest.raises(ValueError, match="no origin"):
        Settings(cors_origins="https://a.example/x", _env_file=None)
