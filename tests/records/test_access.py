"""Who may do what: a table over every route there is, so that a new one without an entry fails."""

import re
from base64 import b64encode
from datetime import timedelta

import pytest
from starlette.routing import BaseRoute

from app.access.keys import revoke_key

EVERYBODY = "open"
WHO = ("viewer", "analyst", "admin", "vendor", "cad")
_VIEWERS = {"viewer", "analyst", "admin"}
_ANALYSTS = {"analyst", "admin"}
_OWN_SOURCE = "its own source only: tests/intake"
_PAGES = ("/incidents", "/insight", "/operations", "/assets")
_TESTED_BY_ITS_PACKAGE = (*_PAGES, "/ogc", "/console", "/public", "/v1/stream")

TABLE: dict[tuple[str, str], object] = {
    ("GET", "/openapi.json"): EVERYBODY,
    ("GET", "/livez"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/docs"): EVERYBODY,
    ("GET", "/docs/start.js"): EVERYBODY,
    ("GET", "/docs/static/{name}"): EVERYBODY,
    ("GET", "/metrics"): {"admin"},
    ("POST", "/v1/alerts/{source}"): _OWN_SOURCE,
    ("POST", "/v1/calls/{source}"): _OWN_SOURCE,
    ("POST", "/v1/sources/{source}/heartbeat"): _OWN_SOURCE,
    ("GET", "/v1/incidents"): _VIEWERS,
    ("GET", "/v1/incidents/{incident_id}"): _VIEWERS,
    ("GET", "/v1/insight/reporting"): _VIEWERS,
    ("GET", "/v1/insight/response"): _ANALYSTS,
    ("GET", "/v1/insight/follow-ups"): _ANALYSTS,
    ("GET", "/v1/insight/scorecard"): _VIEWERS,
    ("GET", "/v1/insight/sensitivity"): _VIEWERS,
    ("GET", "/v1/zones"): _ANALYSTS,
    ("POST", "/v1/zones"): _ANALYSTS,
    ("GET", "/v1/cameras"): _ANALYSTS,
    ("POST", "/v1/cameras"): _ANALYSTS,
    ("GET", "/v1/alerts"): _ANALYSTS,
    ("GET", "/v1/alerts/{alert_id}"): _ANALYSTS,
    ("GET", "/v1/alerts/{alert_id}/audio"): _ANALYSTS,
    ("GET", "/v1/calls"): _ANALYSTS,
    ("GET", "/v1/calls/{call_id}"): _ANALYSTS,
    ("GET", "/v1/sources"): _ANALYSTS,
    ("POST", "/v1/incidents/{incident_id}/links/{call_id}"): _ANALYSTS,
    ("POST", "/v1/incidents/{incident_id}/disposition"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/timeline"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/shots"): _ANALYSTS,
    ("POST", "/v1/incidents/{incident_id}/shots"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/cameras"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/report.pdf"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/report.html"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/report.json"): _ANALYSTS,
    ("GET", "/v1/incidents/{incident_id}/follow-ups"): _ANALYSTS,
    ("POST", "/v1/incidents/{incident_id}/follow-ups"): _ANALYSTS,
    ("GET", "/v1/follow-ups"): _ANALYSTS,
    ("PATCH", "/v1/follow-ups/{follow_up_id}"): _ANALYSTS,
    ("GET", "/v1/missed-gunfire"): _ANALYSTS,
    ("POST", "/v1/missed-gunfire"): _ANALYSTS,
    ("POST", "/v1/missed-gunfire/{missed_id}/withdrawal"): _ANALYSTS,
    ("GET", "/v1/keys"): {"admin"},
    ("POST", "/v1/keys"): {"admin"},
    ("DELETE", "/v1/keys/{key_id}"): {"admin"},
    ("GET", "/v1/audit"): {"admin"},
    ("GET", "/v1/sources/{source}/mapping"): {"admin"},
    ("PUT", "/v1/sources/{source}/mapping"): {"admin"},
    ("GET", "/v1/rejects"): {"admin"},
    ("GET", "/v1/rejects/{reject_id}"): {"admin"},
    ("POST", "/v1/rejects/{reject_id}/retry"): {"admin"},
    ("POST", "/v1/rules/check"): {"admin"},
    ("POST", "/v1/rules/trial"): {"admin"},
    ("GET", "/v1/rules"): {"admin"},
    ("POST", "/v1/rules"): {"admin"},
    ("GET", "/v1/rules/in-force"): {"admin"},
    ("GET", "/v1/rules/{version}"): {"admin"},
    ("POST", "/v1/rules/{version}/use"): {"admin"},
}
EXAMPLES = {
    "{incident_id}": "1",
    "{alert_id}": "1",
    "{call_id}": "1",
    "{follow_up_id}": "1",
    "{missed_id}": "1",
    "{key_id}": "222222222222",
    "{reject_id}": "1",
    "{source}": "sensors",
    "{name}": "swagger-ui.css",
    "{version}": "r-000000000000",
}


def routes_of(routes: list[BaseRoute], prefix: str = "") -> set[tuple[str, str]]:
    """Every method and path, those of included routers too."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            found |= routes_of(included.routes, prefix + route.include_context.prefix)
        else:
            methods = (getattr(route, "methods", None) or {"MOUNT"}) - {"HEAD", "OPTIONS"}
            found |= {(method, prefix + route.path) for method in methods}
    return found


def test_every_route_is_in_the_table(still):
    there = routes_of(still.client.app.routes)
    assert ("GET", "/v1/incidents") in there
    described = still.client.app.openapi()["paths"]
    assert {(method.upper(), path) for path, methods in described.items() for method in methods} <= there
    ours = {entry for entry in there if entry[1] != "/" and not entry[1].startswith(_TESTED_BY_ITS_PACKAGE)}
    assert sorted(ours - set(TABLE)) == [], "say here who may use it"
    assert sorted(set(TABLE) - there) == []


def test_every_route_lets_in_whom_it_should(still):
    for (method, template), allowed in TABLE.items():
        if allowed == _OWN_SOURCE:
            continue
        path = re.sub(r"\{\w+\}", lambda part: EXAMPLES[part[0]], template)
        anybody = still.client.request(method, path)
        assert anybody.status_code == (200 if allowed == EVERYBODY else 401), path
        if allowed == EVERYBODY:
            continue
        assert anybody.headers["www-authenticate"].startswith("Basic")
        for who in WHO:
            answer = still.ask(method, path, who)
            if who in allowed:
                # What is posted here has no body, so whoever may post is told that.
                assert answer.status_code in (200, 404, 415), (path, who)
            else:
                assert answer.status_code == 403, (path, who)
                assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_may_carry_fewer_scopes_than_its_role(service):
    bearer = {"authorization": f"Bearer {service.key('admin', scopes=['incidents:read'])}"}
    assert service.client.get("/v1/incidents", headers=bearer).status_code == 200
    for path in ("/v1/alerts", "/v1/calls", "/v1/sources", "/v1/zones", "/metrics"):
        assert service.client.get(path, headers=bearer).status_code == 403


def test_keys_expire_and_are_revoked(service):
    key = service.key("viewer", expires_at=service.clock() + timedelta(hours=1))
    bearer = {"authorization": f"Bearer {key}"}
    assert service.client.get("/v1/incidents", headers=bearer).status_code == 200
    service.clock.advance(3600)
    assert service.client.get("/v1/incidents", headers=bearer).status_code == 401
    other = service.key("viewer")
    bearer = {"authorization": f"Bearer {other}"}
    assert service.client.get("/v1/incidents", headers=bearer).status_code == 200
    with service.database.write() as session:
        revoke_key(session, other.split("_")[1], actor="test", now=service.clock())
    assert service.client.get("/v1/incidents", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic", "Basic !!!", "Basic eDp5", "Digest x", "Bearer earshot_a_b"],
)
def test_what_is_no_key_is_not_let_in(still, header):
    answer = still.client.get("/v1/incidents", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_map_clients_sign_in_by_basic_but_only_to_read(still):
    def basic(who):
        return {"authorization": "Basic " + b64encode(f"qgis:{still.key_of(who)}".encode()).decode()}

    assert still.client.get("/v1/incidents?f=geojson", headers=basic("viewer")).status_code == 200
    refused = still.client.post("/v1/alerts/sensors", headers=basic("vendor"), content=b"{}")
    assert refused.status_code == 401


def test_a_key_in_the_address_is_no_key(still):
    answer = still.client.get(f"/v1/incidents?key={still.key_of('admin')}")
    assert answer.status_code == 401
