"""`earshot audit`: searching the trail, and telling when somebody changed it."""

import sqlite3

import pytest


@pytest.fixture
def trail(earshot):
    """Three keys made and one revoked."""
    keys = [earshot.json("key", "create", "--role", "viewer", "--name", f"desk {n}")["id"] for n in range(3)]
    earshot("key", "revoke", keys[0])
    return keys


def tamper(earshot, statement):
    """As somebody who owns the database could, past its triggers."""
    with sqlite3.connect(
        earshot.environment["EARSHOT_DATABASE_URL"].removeprefix("sqlite:///")
    ) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1
    connection.close()


def test_entries_are_found(earshot, trail):
    found = earshot.json("audit", "search", "--action", "key")["entries"]
    assert [entry["action"] for entry in found] == ["key.revoke", *["key.create"] * 3]
    assert {entry["actor"].partition(":")[0] for entry in found} == {"cli"}
    (revoked,) = earshot.json("audit", "search", "--target", f"key:{trail[0]}", "--limit", "1")["entries"]
    assert revoked["action"] == "key.revoke"
    shown = earshot("audit", "search", "--actor", found[0]["actor"], "--from", "2020-01-01")
    assert "key.revoke" in shown.stdout
    assert "desk 2" in shown.stdout
    assert earshot.json("audit", "search", "--to", "2020-01-01") == {"entries": [], "more": False}
    assert "No entry fits" in earshot("audit", "search", "--action", "call").stdout


def test_what_is_left_out_is_said(earshot, trail):
    assert earshot.json("audit", "search", "--limit", "2")["more"] is True
    assert "more than these 2" in earshot("audit", "search", "--limit", "2").stderr


def test_an_empty_trail_is_whole(earshot):
    assert earshot.json("audit", "verify") == {
        "whole": True,
        "entries": 0,
        "last_hash": "00" * 32,
        "broken_at": None,
        "reason": None,
    }


def test_a_trail_that_nobody_changed_is_whole(earshot_on_both):
    earshot = earshot_on_both
    for number in range(3):
        earshot("key", "create", "--role", "viewer", "--name", f"desk {number}")
    found = earshot.json("audit", "verify")
    assert (found["whole"], found["entries"]) == (True, 3)
    assert found["last_hash"] == earshot.json("audit", "search", "--limit", "1")["entries"][0]["hash"]
    assert found["last_hash"] in earshot("audit", "verify").stdout


@pytest.mark.parametrize(
    ("statement", "broken_at", "reason"),
    [
        ("UPDATE audit_entries SET actor = 'cli:nobody' WHERE id = 2", "2", "content"),
        ("UPDATE audit_entries SET detail = '{}' WHERE id = 2", "2", "content"),
        ("UPDATE audit_entries SET at = at + 1 WHERE id = 3", "3", "content"),
        ("DELETE FROM audit_entries WHERE id = 2", "3", "missing"),
        ("DELETE FROM audit_entries WHERE id = 1", "2", "missing"),
        ("UPDATE audit_entries SET hash = zeroblob(32) WHERE id = 1", "1", "content"),
    ],
)
def test_a_trail_that_somebody_changed_is_broken(earshot, trail, statement, broken_at, reason):
    tamper(earshot, statement)
    found = earshot.json("audit", "verify", exit_code=1)
    assert (found["whole"], found["broken_at"]) == (False, broken_at)
    assert reason in found["reason"]
    assert f"broken at entry {broken_at}" in earshot("audit", "verify", exit_code=1).stdout


def test_what_was_cut_off_at_the_end_is_told_by_the_last_hash_alone(earshot, trail):
    before = earshot.json("audit", "verify")
    tamper(earshot, "DELETE FROM audit_entries WHERE id = 4")
    after = earshot.json("audit", "verify")
    assert after["whole"] is True
    assert after["last_hash"] != before["last_hash"]
