from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import orjson
import pytest

from app.domain.time import parse_instant
from app.domain.vocabulary import AlertStatus, Classification, Line, Nature, Origin
from app.simulate import CITY_DEFAULT, simulate
from tests.simulate.conftest import BUSY, START

ALERT_FIELDS = {
    "external_id", "revision", "revised_at", "started_at", "published_at", "longitude", "latitude",
    "uncertainty_m", "address", "rounds", "classification", "full_auto", "high_capacity", "multiple_shooters",
    "status", "shots", "shots_provenance",
}  # fmt: skip
CALL_FIELDS = {
    "external_id", "revised_at", "received_at", "longitude", "latitude", "uncertainty_m", "address", "line",
    "nature_code", "nature", "origin", "priority", "disposition", "responders", "dispatched_at", "arrived_at",
    "cleared_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def busy():
    """Ten days with one gap: about 2,000 alerts."""
    city = replace(BUSY, feeds=replace(BUSY.feeds, gaps_per_30_days=3.0))
    return simulate(city, seed=7, start=START, days=10)


@pytest.fixture(scope="module")
def sent(busy):
    return list(busy.deliveries())


def by_record(sent, kind):
    documents = defaultdict(list)
    for delivery in sent:
        if delivery.kind == kind:
            documents[delivery.document["external_id"]].append(delivery)
    return documents


def test_in_order_of_arrival_and_nothing_is_missing(busy, sent):
    assert all(left.at <= right.at for left, right in pairwise(sent))
    assert len(by_record(sent, "alert")) == busy.alerts.count
    assert len(by_record(sent, "call")) == busy.calls.count


def test_alert_documents_are_generic_json(sent):
    for delivery in sent:
        if delivery.kind != "alert":
            continue
        document = delivery.document
        assert orjson.loads(orjson.dumps(document)) == document
        assert document.keys() <= ALERT_FIELDS
        assert AlertStatus(document["status"])
        if "started_at" not in document:
            assert document["status"] == "retracted"
            continue
        assert Classification(document["classification"])
        started_at, published_at = (parse_instant(document[key]) for key in ("started_at", "published_at"))
        assert started_at < published_at < delivery.at
        assert document["rounds"] >= 1
        assert document["shots"] is None or len(document["shots"]) == document["rounds"]


def test_call_documents_are_generic_json_without_the_future(sent):
    for delivery in sent:
        if delivery.kind != "call":
            continue
        document = delivery.document
        assert document.keys() == CALL_FIELDS
        assert Line(document["line"])
        assert Nature(document["nature"])
        assert Origin(document["origin"])
        for key in ("received_at", "dispatched_at", "arrived_at", "cleared_at", "revised_at"):
            assert document[key] is None or parse_instant(document[key]) <= delivery.at
        assert (document["disposition"] is None) == (document["cleared_at"] is None)


def test_mishaps_of_the_alert_feed(sent):
    records = by_record(sent, "alert")
    repeated = revised = retracted = tombstones = late = reordered = 0
    for deliveries in records.values():
        documents = [orjson.dumps(delivery.document) for delivery in deliveries]
        repeated += len(set(documents)) < len(documents)
        revisions = [delivery.document["revision"] for delivery in deliveries]
        revised += max(revisions) > 1
        reordered += revisions != sorted(revisions)
        statuses = [delivery.document["status"] for delivery in deliveries]
        retracted += "retracted" in statuses
        tombstones += "started_at" not in deliveries[0].document
        first = next(delivery for delivery in deliveries if delivery.document["revision"] == 1)
        late += first.at - parse_instant(first.document["published_at"]) > timedelta(minutes=10)
    share = len(records) / 100
    assert 5 * share < repeated < 20 * share
    assert 40 * share < revised < 65 * share
    assert 0 < tombstones < retracted < 5 * share
    assert 0 < late < 5 * share
    assert reordered > 0


def test_what_is_refined_changes(sent):
    changed = Counter()
    for deliveries in by_record(sent, "alert").values():
        documents = {delivery.document["revision"]: delivery.document for delivery in deliveries}
        if len(documents) > 1 and "rounds" in documents[2]:
            changed["rounds"] += documents[1]["rounds"] != documents[2]["rounds"]
            changed["classification"] += documents[1]["classification"] != documents[2]["classification"]
    assert changed["rounds"] > 100
    assert changed["classification"] > 100


def test_mishaps_of_the_call_feed(sent):
    repeated = updated = late = reordered = 0
    records = by_record(sent, "call")
    for deliveries in records.values():
        documents = [orjson.dumps(delivery.document) for delivery in deliveries]
        repeated += len(set(documents)) < len(documents)
        revisions = [delivery.document["revised_at"] for delivery in deliveries]
        updated += len(set(revisions)) > 1
        reordered += revisions != sorted(revisions)
        late += deliveries[0].at - parse_instant(deliveries[0].document["received_at"]) > timedelta(minutes=9)
    assert updated == len(records)
    assert min(repeated, late, reordered) > 100
    assert any(record[0].document["longitude"] is None for record in records.values())


def test_the_gap_is_silent_and_heartbeats_are_not_otherwise(busy, sent):
    (gap,) = busy.feed_gaps
    beats = [delivery for delivery in sent if delivery.kind == "heartbeat"]
    assert all(delivery.document.keys() == {"through"} for delivery in beats)
    assert not [d for d in sent if d.kind != "alert" and gap[0] <= d.at < gap[1]]
    pauses = [right.at - left.at for left, right in pairwise(beats)]
    *regular, pause = sorted(pauses)
    assert set(regular) == {timedelta(minutes=1)}
    assert timedelta(hours=5) <= pause <= timedelta(hours=5, minutes=1)


@pytest.mark.parametrize("days", [1.0, 4.8, 10.0])
def test_what_was_known_is_what_was_delivered(busy, sent, days):
    moment = busy.start + timedelta(days=days)
    for kind, documents in (("alert", busy.alert_documents(moment)), ("call", busy.call_documents(moment))):
        known = {document["external_id"]: document for document in documents}
        expected: dict[str, dict[str, object]] = {}
        for delivery in sent:
            if delivery.kind != kind or delivery.at >= moment:
                continue
            held = expected.get(delivery.document["external_id"])
            if held is None or delivery.document["revised_at"] > held["revised_at"]:
                expected[delivery.document["external_id"]] = delivery.document
        assert known.keys() == expected.keys()
        for external_id, document in expected.items():
            found = known[external_id]
            assert document == {key: found[key] for key in document}
    assert list(busy.deliveries(since=moment)) == [delivery for delivery in sent if delivery.at >= moment]


def test_a_tombstone_whose_alert_came_is_a_whole_retraction(busy):
    finals = list(busy.alert_documents())
    assert finals == list(busy.alert_documents(until=busy.end + timedelta(days=2)))
    assert all(document.keys() == ALERT_FIELDS for document in finals)


def test_a_short_city_delivers():
    hour = simulate(CITY_DEFAULT, seed=1, start=parse_instant("2026-07-04T12:00:00Z"), days=1 / 24)
    assert {delivery.kind for delivery in hour.deliveries()} >= {"call", "heartbeat"}
