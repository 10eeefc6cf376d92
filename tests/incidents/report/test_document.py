"""The report's data: what was found right, the same on both databases, and nothing of callers."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, insert, select, update

from app.db.models import VERSIONS, Alert, Incident
from app.domain.vocabulary import ReportForm
from app.incidents.queries import Redirect
from app.incidents.report.canonical import canonical, hash_of
from app.incidents.report.document import find_report
from app.incidents.report.forms import write_report
from app.incidents.report.queries import find_former_alerts
from tests.incidents.report.scene import CALL_PLACE, MARKERS

ZONE = "America/Chicago"
BEFORE = datetime(2026, 7, 4, 12, 3, tzinfo=UTC)
FOUND_AT = datetime(2026, 7, 4, 12, 4, tzinfo=UTC)


def report_of(service, incident="1", as_of=None):
    with service.database.read(as_of=as_of) as session:
        return find_report(session, incident, time_zone=ZONE)


@pytest.fixture(scope="module")
def document(scene):
    return report_of(scene)


def test_it_is_what_was_found_right_on_both_databases(document, golden_document):
    report = {**document["report"], "software_version": golden_document["report"]["software_version"]}
    assert json.loads(canonical(report)) == golden_document["report"]
    assert hash_of(report) == golden_document["sha256"]


def test_it_is_the_same_again(scene, document):
    assert canonical(report_of(scene, document["report"]["incident"]["number"])) == canonical(document)


def test_the_hash_is_that_of_the_data(document):
    assert document["sha256"] == hash_of(json.loads(canonical(document))["report"])
    changed = {**document["report"], "time_zone": "UTC"}
    assert hash_of(changed) != document["sha256"]


def written_texts(document):
    yield canonical(document).decode()
    yield write_report(document, ReportForm.HTML).decode()
    pages = PdfReader(io.BytesIO(write_report(document, ReportForm.PDF))).pages
    yield " ".join(" ".join(page.extract_text() for page in pages).split())


def test_nothing_in_any_form_tells_who_called(document):
    secrets = (*MARKERS, *(f"{degrees:.5f}"[:-1] for degrees in CALL_PLACE), "ask the owner")
    for text in written_texts(document):
        assert [secret for secret in secrets if secret.lower() in text.lower()] == []
        assert "narrative" not in text


def test_calls_are_coarse_wherever_they_are_told(document):
    report = document["report"]
    assert [call["distance_m"] % 50 for call in report["calls"]] == [0, 0, 0]
    told = [entry["details"] for entry in report["timeline"] if entry["kind"] == "call"]
    for name in ("distance_m", "probability"):
        assert [details[name] for details in told] == [call[name] for call in report["calls"]]
    reasons = [report["verdict"]["reason"], *(change["reason"] for change in report["verdict"]["history"])]
    assert all("and about 250 m away" in reason for reason in reasons)
    for call in report["calls"]:
        terms = [*(term["value"] for term in call["evidence"]), call["total"]["value"]]
        assert [value % 0.5 for value in terms] == [0] * 6
        for share in (call["probability"], call["without"]["probability_reported"]):
            assert share == round(share, 2)


def test_what_was_known_before(scene, document):
    before = report_of(scene, as_of=FOUND_AT)["report"]
    assert before["as_of"] == "2026-07-04T12:04:00.000Z"
    assert (before["disposition"], before["dispositions"], before["follow_ups"]) == (None, [], [])
    assert document["report"]["as_of"] is None
    assert document["report"]["disposition"] == "confirmed"
    assert before["last_change"]["event"]["at"] <= before["as_of"]
    provenances = [account["provenance"] for account in before["shots"]]
    assert provenances == ["alert", "investigative_summary", "alert"], "the forensic report came later"


def test_an_incident_without_a_position(scene):
    document = report_of(scene, "2")
    report = document["report"]
    assert report["verdict"]["verdict"] == "indeterminate"
    assert (report["map"], report["positions"], report["calls"]) == (None, [], [])
    assert report["shots"][0]["shots"] == []
    html, pdf = list(written_texts(document))[1:]
    for text in (html, pdf):
        assert "there is no map" in " ".join(text.split())
        assert "No account lists single shots." in " ".join(text.split())


def test_an_incident_that_was_withdrawn(scene):
    document = report_of(scene, "3")
    report = document["report"]
    assert report["verdict"]["verdict"] == "withdrawn"
    assert report["standing"] == {
        "alerts": 1,
        "retracted": 1,
        "reclassified": 0,
        "alerts_retracted_now": 1,
        "unconfirmed": False,
        "unreported": False,
    }
    kinds = [revision["kind"] for revision in report["alerts"][0]["revisions"]]
    assert kinds == ["received", "retracted"]
    assert all("retracted by the vendor" in text for text in list(written_texts(document))[1:])


def test_an_alert_that_left_and_a_filing_that_was_replaced_are_told(scene, document):
    report = document["report"]
    (former,) = report["former_alerts"]
    assert (former["external_id"], former["status"]) == ("SST-7733", "retracted")
    assert former["incident_number"] != report["incident"]["number"]
    assert [revision["kind"] for revision in former["revisions"]] == ["received", "retracted"]
    assert report["standing"]["retracted"] == report["standing"]["alerts_retracted_now"] == 1
    assert report_of(scene, as_of=BEFORE)["report"]["former_alerts"] == []
    (replaced,) = report["replaced_accounts"]
    assert (replaced["reference"], replaced["rounds"], replaced["shots_listed"]) == ("IS-2026-118", 5, 5)
    html, pdf = list(written_texts(document))[1:]
    for text in (html, pdf):
        assert "SST-7733 of sensors, no longer part of this incident" in text
        assert "a first look" in text


def test_an_alert_that_is_yet_to_come_and_go_is_no_former_one(scene):
    versions = VERSIONS["alerts"]
    columns = [Alert.__table__.c[column.name] for column in versions.c if column.name in Alert.__table__.c]
    with scene.database.write() as session:
        alert = session.execute(select(*columns).where(Alert.external_id == "NOWHERE")).mappings().one()
        row = {**alert, "incident_id": 1}
        later = scene.clock() + timedelta(days=1)
        session.execute(insert(versions).values(**row, superseded_at=later))
    try:
        for as_of, former in ((scene.clock(), ["SST-7733"]), (None, ["SST-7733", "NOWHERE"])):
            with scene.database.read(as_of=as_of) as session:
                found = find_former_alerts(session, 1)
            assert [each["external_id"] for each in found] == former
    finally:
        with scene.database.write() as session:
            session.execute(delete(versions).where(versions.c.superseded_at == later))


def test_which_incident(scene):
    assert report_of(scene, "4711") is None
    with scene.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=1))
    try:
        assert report_of(scene, "3") == Redirect("1")
    finally:
        with scene.database.write() as session:
            session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=None))
