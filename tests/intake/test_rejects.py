"""Rejects of every format, refused through the real doors and tried again with a better mapping."""

import gzip
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from app.adapters import preset_text
from app.db.models import Alert, Call, Change, CoveredStretch, Reject, Source
from app.domain.vocabulary import SourceKind
from app.intake.files import import_file
from app.intake.rejects import retry_rejects
from app.sources.feeds import feed_of
from app.sources.store import change_mapping, find_source

IDS_NAMED_OTHERWISE = {
    "csv": b"number,received_at\n1,2026-07-01T02:00:00Z\n2,2026-07-01T02:01:00Z\n",
    "json": b'[{"number":"1","received_at":"2026-07-01T02:00:00Z"},'
    b'{"number":"2","received_at":"2026-07-01T02:01:00Z"}]',
    "ndjson": b'{"number":"1","received_at":"2026-07-01T02:00:00Z"}\n'
    b'{"number":"2","received_at":"2026-07-01T02:01:00Z"}\n',
    "geojson": b'{"type":"FeatureCollection","features":['
    b'{"type":"Feature","geometry":{"type":"Point","coordinates":[-87.9,43.0]},'
    b'"properties":{"number":"1","received_at":"2026-07-01T02:00:00Z"}},'
    b'{"type":"Feature","geometry":null,"properties":{"number":"2","received_at":"2026-07-01T02:01:00Z"}}]}',
    "xml": b"<calls><call><number>1</number><received_at>2026-07-01T02:00:00Z</received_at></call>"
    b"<call><number>2</number><received_at>2026-07-01T02:01:00Z</received_at></call></calls>",
}


def mapping(form: str, external_id: str, *more: str) -> str:
    inside = "properties." if form == "geojson" else ""
    lines = [
        'kind = "calls"',
        f'format = "{form}"',
        *(['records = "calls.call"'] if form == "xml" else []),
        *more,
        "[fields]",
        # An expression rather than a column, so that its lack refuses rows and not the file.
        f'external_id = "{inside}{external_id} || {inside}{external_id}"',
        f'received_at = "{inside}received_at"',
        *(['disposition = "disposition"'] if form != "xml" else []),
    ]
    return "\n".join(lines)


@pytest.fixture
def take_in(database, clock, add_feed, tmp_path: Path):
    """Import a file into a new or known call source."""

    def take(text: str, content: bytes, *, new: bool = True, as_of=None):
        if new:
            add_feed("cad", SourceKind.CALLS, text)
        path = tmp_path / "file"
        path.write_bytes(content)
        with database.read() as session:
            feed = feed_of(session, find_source(session, "cad"), clock())
        return import_file(database, clock, feed, path, as_of=as_of, actor="test", progress=lambda _: None)

    return take


@pytest.fixture
def change(database, clock):
    def change_to(text: str, name: str = "cad") -> None:
        with database.write() as session:
            change_mapping(session, name, text, actor="test", now=clock())

    return change_to


@pytest.fixture
def retry(database, clock):
    def again() -> dict[str, int]:
        return retry_rejects(database, clock, source_id=None, reject_id=None, actor="test").document()

    return again


@pytest.fixture
def stored(database):
    def ids(model=Call) -> list[str]:
        with database.read() as session:
            return list(session.scalars(select(model.external_id).order_by(model.external_id)))

    return ids


@pytest.mark.parametrize("form", IDS_NAMED_OTHERWISE)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_elements_of_every_format(form, pack, take_in, change, retry, stored):
    counts = take_in(mapping(form, "wrong"), pack(IDS_NAMED_OTHERWISE[form]))
    assert (counts["rejected"], counts["new"]) == (2, 0)
    assert retry()["resolved"] == 0
    change(mapping(form, "number"))
    done = retry()
    assert (done["tried"], done["resolved"], done["rejected"], done["new"]) == (2, 2, 0, 2)
    assert stored() == ["1", "2"]
    assert retry()["tried"] == 0


def test_what_the_mapping_now_leaves_out_is_resolved_too(take_in, change, retry, stored):
    take_in(mapping("csv", "wrong"), IDS_NAMED_OTHERWISE["csv"])
    change(mapping("csv", "number", "where = \"number == '1'\""))
    done = retry()
    assert (done["resolved"], done["skipped"], done["new"]) == (2, 1, 1)
    assert stored() == ["1"]


def test_one_reject_that_is_still_wrong_tells_why_now(take_in, change, retry, database):
    content = b"number,received_at\n1,2026-07-01T02:00:00\n"
    take_in(mapping("csv", "wrong"), content)
    change(mapping("csv", "number"))
    assert retry()["rejected"] == 1
    with database.read() as session:
        reject = session.scalars(select(Reject)).one()
    assert [error["pointer"] for error in reject.errors] == ["/received_at"]
    assert reject.external_id == "1"
    assert reject.resolved_at is None


def test_a_row_that_does_not_fit_its_header_cannot_be_tried_alone(take_in, change, retry, database):
    take_in(mapping("csv", "number"), b"number,received_at\n1,2,3\n")
    change(mapping("csv", "number", 'delimiter = ";"'))
    assert retry()["rejected"] == 1
    with database.read() as session:
        reject = session.scalars(select(Reject)).one()
    assert "the row has 3 columns" in reject.errors[0]["reason"]


def test_a_body_is_read_as_a_whole(service, change, retry, stored):
    body = {"data": [{"external_id": "A-1", "started_at": "2026-07-01T02:00:00Z"}, {"external_id": "A-2"}]}
    assert service.post("alerts/sensors", json=body).status_code == 422
    assert retry()["resolved"] == 0
    text = preset_text("generic-alerts-json")
    change(re.sub(r"^(format = .*)$", r'\1\nrecords = "data"', text, count=1, flags=re.M), "sensors")
    done = retry()
    assert done["resolved"] == 1
    assert stored(Alert) == ["A-1"]
    (_, rest) = service.rejects()
    assert (rest.external_id, rest.resolved_at) == ("A-2", None)


def test_a_body_that_was_refused_for_its_mapping(service, change, retry, stored):
    text = preset_text("generic-alerts-json")
    with_records = re.sub(r"^(format = .*)$", r'\1\nrecords = "data"', text, count=1, flags=re.M)
    change(with_records, "sensors")
    body = {"external_id": "A-1", "started_at": "2026-07-01T02:00:00Z"}
    assert service.post("alerts/sensors", json=body).status_code == 400
    assert service.post("alerts/sensors", content=b"{broken", headers={"Content-Type": "application/json"})
    change(text, "sensors")
    done = retry()
    assert (done["tried"], done["resolved"]) == (2, 1)
    assert stored(Alert) == ["A-1"]


def test_a_line_of_a_stream(service, change, retry, stored):
    lines = b'{"id":"C-1","received_at":"2026-07-01T02:00:00Z"}\n{broken\n'
    service.post("calls/cad", content=lines, headers={"Content-Type": "application/x-ndjson"})
    change(preset_text("generic-calls-json").replace('= "external_id"', '= "id"'), "cad")
    done = retry()
    assert (done["tried"], done["resolved"]) == (2, 1)
    assert stored() == ["C-1"]


def test_a_retried_record_is_as_old_as_its_file(take_in, change, retry, database, clock):
    """A snapshot imported later, or dated later, must win over one that is merely retried later."""
    row = b"number,received_at,disposition\n1,2026-07-01T02:00:00Z,%s\n"
    dated = clock()
    take_in(mapping("csv", "wrong"), row % b"old", as_of=dated)
    clock.advance(3600)
    change(mapping("csv", "number"))
    take_in("", row % b"new", new=False, as_of=clock())
    clock.advance(3600)
    done = retry()
    assert (done["resolved"], done["stale"]) == (1, 1)
    with database.read() as session:
        assert session.scalars(select(Call.disposition)).one() == "new"


def test_a_retry_wakes_the_worker_and_says_nothing_of_completeness(take_in, change, retry, database):
    take_in(mapping("csv", "wrong"), IDS_NAMED_OTHERWISE["csv"])
    change(mapping("csv", "number"))
    with database.read() as session:
        before = len(session.scalars(select(CoveredStretch)).all())
        assert session.scalars(select(Change)).all() == []
    retry()
    with database.read() as session:
        assert len(session.scalars(select(CoveredStretch)).all()) == before
        assert session.scalars(select(Source.pushed_through)).all() == [None]
        assert len(session.scalars(select(Change)).all()) == 1


def test_one_that_the_database_cannot_hold_does_not_keep_the_others(
    take_in, change, retry, database, monkeypatch, stored
):
    from sqlalchemy.exc import DataError

    from app.intake import rejects

    take_in(mapping("csv", "wrong"), IDS_NAMED_OTHERWISE["csv"])
    change(mapping("csv", "number"))
    store = rejects.store_items

    def picky(session, items, **options):
        if any(item.parsed.record.external_id == "1" for item in items):
            raise DataError("INSERT", {}, ValueError("no"))
        store(session, items, **options)

    monkeypatch.setattr(rejects, "store_items", picky)
    done = retry()
    assert (done["tried"], done["resolved"], done["new"]) == (2, 1, 1)
    assert stored() == ["2"]
