from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.db import Database
from app.db.models import AuditEntry, Reject
from app.sources.rejects import purge_rejects

OFFSETLESS = {"external_id": "1", "received_at": "2026-07-01T02:00:00", "narrative": "\x1b[31mred"}


@pytest.fixture
def refused(earshot_on_both, add_sources, lines):
    add_sources(earshot_on_both)
    file = lines("c.ndjson", OFFSETLESS, {"received_at": "2026-07-01T02:00:00Z"})
    earshot_on_both("import", "calls", str(file), "--source", "cad")
    return earshot_on_both


def with_zone(earshot, tmp_path):
    text = earshot("source", "presets", "--show", "generic-calls-ndjson").stdout
    (tmp_path / "m.toml").write_text('time_zone = "America/Chicago"\n' + text)
    return earshot("source", "change-mapping", "cad", "--mapping", "m.toml")


def test_looking_at_rejects(refused):
    found = refused.json("rejects", "list")
    assert found["waiting"] == 2
    by_id = {item["external_id"]: item for item in found["rejects"]}
    assert by_id["1"]["line"] == 1
    assert by_id["1"]["errors"][0]["pointer"] == "/received_at"
    assert "raw" not in by_id["1"]
    said = refused("rejects", "show", str(by_id["1"]["id"])).stdout
    assert '"external_id":"1"' in said
    assert "\x1b" not in said
    assert "\\u001b" in refused.json("rejects", "show", str(by_id["1"]["id"]))["raw"]
    assert refused.json("rejects", "list", "--source", "sensors")["rejects"] == []


def test_every_look_is_in_the_audit_trail(refused, settings):
    refused("rejects", "list")
    refused("rejects", "show", "1")
    database = Database(settings)
    with database.read() as session:
        reads = session.scalars(
            select(AuditEntry.target).where(AuditEntry.action == "rejects.read").order_by(AuditEntry.id)
        ).all()
    database.dispose()
    assert reads == ["rejects", "reject:1"]


def test_trying_again_with_another_mapping(refused, tmp_path):
    assert refused.json("rejects", "retry")["resolved"] == 0
    assert "2 rejects wait: earshot rejects retry --source cad" in with_zone(refused, tmp_path).stdout
    counts = refused.json("rejects", "retry", "--source", "cad")
    assert counts == {
        "tried": 2,
        "resolved": 1,
        "rejected": 1,
        "new": 1,
        "duplicate": 0,
        "revised": 0,
        "stale": 0,
        "conflict": 0,
        "skipped": 0,
    }
    assert refused.json("rejects", "list")["waiting"] == 1
    assert len(refused.json("rejects", "list", "--all")["rejects"]) == 2
    assert refused.json("source", "show", "cad")["records"] == 1
    assert "0 of 1 could be used now" in refused("rejects", "retry").stdout


def test_one_alone(refused, tmp_path):
    with_zone(refused, tmp_path)
    ids = {item["external_id"]: str(item["id"]) for item in refused.json("rejects", "list")["rejects"]}
    assert refused.json("rejects", "retry", "--id", ids[None])["resolved"] == 0
    assert refused.json("rejects", "retry", "--id", ids["1"])["resolved"] == 1
    assert refused.json("rejects", "retry", "--id", ids["1"])["tried"] == 0


def test_old_ones_go(refused, settings):
    assert refused.json("rejects", "purge") == {"deleted": 0, "older_than_days": 30}
    database = Database(settings)
    now = datetime.now(UTC)
    with database.write() as session:
        session.execute(update(Reject).where(Reject.id == 1).values(stored_at=now - timedelta(days=31)))
    assert refused.json("rejects", "purge")["deleted"] == 1
    with database.write() as session:
        assert purge_rejects(session, now + timedelta(days=2), 1) == 1
        assert session.scalar(select(func.count()).select_from(Reject)) == 0
    database.dispose()


def test_no_rejects(earshot):
    assert "No rejects" in earshot("rejects", "list").stdout
    assert "No rejects wait" in earshot("rejects", "retry").stdout
