"""GET /v1/incidents/{id}/report.pdf, .html, .json: who gets it, and how it is kept."""

import re
import sys
from hashlib import sha256

import orjson
import pytest
from sqlalchemy import update

from app.db.models import Incident
from app.incidents.report.canonical import canonical

FORMS = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}


def report(service, form, incident="1", who="analyst", **options):
    return service.get(f"/v1/incidents/{incident}/report.{form}", who, **options)


@pytest.mark.parametrize(("form", "media_type"), FORMS.items())
def test_every_form_is_there_and_never_kept(still, form, media_type):
    answer = report(still, form)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "private, no-store"
    number = still.get("/v1/incidents/1").json()["number"]
    assert answer.headers["content-disposition"] == f'inline; filename="incident-{number}.{form}"'
    same = report(still, form, number, headers={"if-none-match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert report(still, form).content == answer.content


def test_the_hash_can_be_computed_again_from_the_bytes(still):
    body = report(still, "json").content
    document = orjson.loads(body)
    (inner,) = re.fullmatch(rb'\{"report":(.*),"sha256":"[0-9a-f]{64}"\}', body, re.DOTALL).groups()
    assert sha256(inner).hexdigest() == document["sha256"]
    assert canonical(document["report"]) == inner
    assert document["sha256"] in report(still, "html").text


def test_the_page_may_only_show_itself(still):
    policy = report(still, "html").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_as_of(still):
    now = still.clock().isoformat()
    then = report(still, "json", params={"as_of": now}).json()["report"]
    assert then["as_of"] is not None
    assert report(still, "json", params={"as_of": "2020-01-01T00:00:00Z"}).status_code == 404
    assert report(still, "pdf", params={"as_of": "2120-01-01T00:00:00Z"}).status_code == 400
    assert report(still, "html", params={"at": now}).status_code == 400


@pytest.mark.parametrize("form", FORMS)
def test_a_key_without_one_of_the_scopes_gets_none(still, form):
    needed = ["incidents:read", "incidents:review", "calls:read", "alerts:read", "places:read"]
    for left_out in needed[1:]:
        key = still.key("analyst", scopes=[scope for scope in needed if scope != left_out])
        headers = {"authorization": f"Bearer {key}"}
        answer = still.client.get(f"/v1/incidents/1/report.{form}", headers=headers)
        assert answer.status_code == 403, left_out


def test_one_that_is_not_there(still):
    answer = report(still, "pdf", "4711")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:earshot:problem:not-found"


def test_a_merged_one_leads_to_the_one_that_survives(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=1))
    for form in FORMS:
        answer = report(night, form, "3")
        assert answer.status_code == 308
        assert answer.headers["location"] == f"/v1/incidents/1/report.{form}"


def test_without_what_makes_pdfs_it_says_what_to_install(still, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    answer = report(still, "pdf")
    assert answer.status_code == 501
    assert answer.json()["type"] == "urn:earshot:problem:not-installed"
    assert "earshot[report]" in answer.json()["detail"]
    assert report(still, "html").status_code == 200
