"""/livez, /readyz and /metrics."""

from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app


def test_a_service_on_a_migrated_database_is_live_and_ready(still):
    assert still.client.get("/livez").json() == {"status": "live"}
    answer = still.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})


def test_a_service_whose_writer_has_died_is_not_live(tmp_path, clock):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}", _env_file=None)
    app = create_app(settings, clock=clock, with_worker=False)
    writer = app.state.intake.writer
    with TestClient(app) as client:
        assert client.get("/livez").status_code == 200
        writer.stop()
        answer = client.get("/livez")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:earshot:problem:not-live"


def test_it_is_live_but_not_ready_on_an_empty_database(tmp_path, clock):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}", _env_file=None)
    app = create_app(settings, clock=clock, with_worker=False)
    with TestClient(app) as client:
        assert client.get("/livez").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reasons"] == [answer.json()["detail"]]
    assert "revision none" in answer.json()["detail"]


def test_it_is_live_but_not_ready_when_the_database_is_gone(clock):
    url = "postgresql://earshot:hunter2@127.0.0.1:1/nowhere"
    settings = Settings(database_url=url, pool_timeout_s=1, _env_file=None)
    app = create_app(settings, clock=clock, with_worker=False)
    with TestClient(app) as client:
        assert client.get("/livez").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["the database cannot be reached"]
    assert "hunter2" not in answer.text


def test_metrics_count_by_route_not_by_address(still):
    still.get("/v1/incidents/1")
    text = still.get("/metrics", "admin").text
    assert 'route="/v1/incidents/{incident_id}",status="200"' in text
    assert "earshot_request_duration_seconds_bucket" in text
