import json

from sqlalchemy import select

from app.db import Database
from app.db.models import AuditEntry

ALERTS = ("--kind", "alerts", "--mapping", "preset:generic-alerts-json")


def test_an_empty_database_says_what_to_do_next(earshot):
    assert "earshot source add" in earshot("source", "list").stdout
    assert earshot.json("source", "list") == {"sources": []}


def test_adding_prints_the_secret_and_the_next_command(earshot):
    said = earshot("source", "add", "sensors", *ALERTS).stdout
    assert "whsec_" in said
    assert "earshot key create --role vendor --source sensors" in said


def test_the_kind_comes_from_the_mapping(earshot):
    document = earshot.json("source", "add", "cad", "--mapping", "preset:generic-calls-csv")
    assert document["kind"] == "calls"
    assert document["secret"].startswith("whsec_")
    assert document["next"] == "earshot key create --role cad --source cad"


def test_a_mapping_of_ones_own(earshot, tmp_path):
    (tmp_path / "m.toml").write_text(earshot("source", "presets", "--show", "generic-calls-csv").stdout)
    earshot("source", "add", "cad", "--mapping", "m.toml")
    assert earshot.json("source", "show", "cad")["mapping"] == (tmp_path / "m.toml").read_text()


def test_the_life_of_a_source(earshot_on_both):
    earshot = earshot_on_both
    first = earshot.json("source", "add", "sensors", *ALERTS, "--require-signature")["secret"]
    second = earshot.json("source", "rotate-secret", "sensors")["secret"]
    assert second != first
    shown = earshot.json("source", "show", "sensors")
    assert shown["require_signature"] is True
    assert "secret" not in json.dumps(shown).replace("shown_secret", "")
    assert earshot.json("source", "disable", "sensors") == {"name": "sensors", "disabled": True}
    assert earshot.json("source", "list")["sources"][0]["disabled_at"] is not None
    assert "disabled" in earshot("source", "list").stdout
    earshot("source", "enable", "sensors")
    changed = earshot.json("source", "change-mapping", "sensors", "--mapping", "preset:generic-alerts-ndjson")
    assert changed == {"name": "sensors", "changed": True, "rejects": 0}
    assert 'format = "ndjson"' in earshot("source", "show", "sensors").stdout
    assert "whsec_" not in earshot("source", "show", "sensors").stdout


def test_the_audit_trail_names_the_person_and_no_secret(earshot, sqlite_settings, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    secret = earshot.json("source", "add", "sensors", *ALERTS)["secret"]
    key = earshot("key", "create", "--role", "vendor", "--source", "sensors").stdout.strip()
    database = Database(sqlite_settings)
    with database.read() as session:
        entries = session.scalars(select(AuditEntry)).all()
        written = [f"{item.actor} {item.action} {item.target} {item.detail}" for item in entries]
    database.dispose()
    assert {item.split()[0] for item in written} == {"cli:ada"}
    assert not any(secret in item or key in item or key.split("_", 2)[2] in item for item in written)


def test_the_presets_are_listed(earshot):
    names = [item["name"] for item in earshot.json("source", "presets")["presets"]]
    assert "preset:generic-alerts-json" in names
    assert "preset:eido" in earshot("source", "presets").stdout
