import json
import shutil
import sqlite3
import stat
import sys

import pytest

from app.cli.opening import make_current
from app.core.errors import NotReadyError
from app.core.settings import Settings
from app.db import Database, migration
from tests.cli.conftest import CommandLine


def names(earshot):
    return [item["name"] for item in earshot.json("source", "list")["sources"]]


def test_every_command_makes_the_embedded_database(tmp_path):
    earshot = CommandLine({})
    done = earshot("source", "list", "--json")
    assert done.document == {"sources": []}
    assert done.stderr == "Made the database var/earshot.db.\n"
    assert (tmp_path / "var" / "earshot.db").is_file()
    assert earshot("source", "list", "--json").stderr == ""


def test_a_sound_database(earshot_on_both, add_sources):
    add_sources(earshot_on_both)
    state = earshot_on_both.json("db", "check")
    assert state["ok"] is True
    assert state["revision"] == state["needed_revision"] == migration.head_revision()
    assert state["counts"]["sources"] == 2
    assert "as they should be" in earshot_on_both("db", "check").stdout
    assert earshot_on_both.json("db", "upgrade") == {"from": state["revision"], "to": state["revision"]}
    assert set(earshot_on_both.json("db", "vacuum")) == {"bytes_before", "bytes_after"}


def test_a_database_that_differs_from_the_models(earshot, sqlite_settings):
    with sqlite3.connect(sqlite_settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TABLE cameras")
    connection.close()
    state = earshot.json("db", "check", exit_code=1)
    assert state["ok"] is False
    assert "cameras" in " ".join(state["differences"])


def test_a_database_that_is_behind(earshot, sqlite_settings):
    database = Database(sqlite_settings)
    migration.downgrade(database, "base")
    database.dispose()
    done = earshot("db", "upgrade")
    assert "before: empty" in done.stdout
    assert earshot.json("db", "check")["ok"] is True


@pytest.mark.postgis
def test_postgresql_is_migrated_only_when_asked_to(postgresql_settings):
    earshot = CommandLine({"EARSHOT_DATABASE_URL": postgresql_settings.database_url})
    database = Database(postgresql_settings)
    try:
        migration.downgrade(database, "base")
        with pytest.raises(NotReadyError):
            make_current(database)
        assert "earshot db upgrade" in earshot("source", "list", exit_code=1).stderr
        assert "earshot db upgrade" in earshot("db", "check", exit_code=1).stdout
    finally:
        earshot("db", "upgrade")
        database.dispose()
    assert names(earshot) == []


def test_a_backup_and_its_restoring(earshot, add_sources, tmp_path, sqlite_settings):
    add_sources(earshot)
    made = earshot.json("db", "backup", "b.backup")
    backup = tmp_path / "b.backup"
    assert made == {"file": "b.backup", "bytes": backup.stat().st_size}
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert "--force" in earshot("db", "backup", "b.backup", exit_code=1).stderr
    earshot("db", "backup", "b.backup", "--force")
    assert list(tmp_path.glob("*.part*")) == []
    earshot("source", "add", "late", "--mapping", "preset:generic-calls-json")
    assert "--force" in earshot("db", "restore", "b.backup", exit_code=1).stderr
    assert names(earshot) == ["cad", "late", "sensors"]
    # Somebody else has the database open: the restoring is seen as one change.
    other = Database(sqlite_settings)
    assert migration.is_current(other)
    earshot("db", "restore", "b.backup", "--force")
    assert migration.is_current(other)
    other.dispose()
    assert names(earshot) == ["cad", "sensors"]
    elsewhere = CommandLine({"EARSHOT_DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere/new.db"})
    assert elsewhere.json("db", "restore", "b.backup")["current"] is True
    assert names(elsewhere) == ["cad", "sensors"]


def test_a_damaged_backup_is_refused(earshot, tmp_path, add_sources):
    add_sources(earshot)
    earshot("db", "backup", "b.backup")
    damaged = bytearray((tmp_path / "b.backup").read_bytes())
    damaged[8192:12288] = b"x" * 4096
    (tmp_path / "b.backup").write_bytes(damaged)
    done = earshot("db", "restore", "b.backup", "--force", exit_code=1)
    assert "damaged" in done.stderr or "no backup" in done.stderr
    assert names(earshot) == ["cad", "sensors"]


def test_a_backup_of_a_newer_version_is_refused(earshot, tmp_path):
    earshot("db", "backup", "b.backup")
    with sqlite3.connect(tmp_path / "b.backup") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "does not know" in earshot("db", "restore", "b.backup", "--force", exit_code=1).stderr


@pytest.mark.postgis
@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not installed")
def test_a_backup_of_postgresql(postgresql_settings, add_sources, tmp_path, shooting):
    earshot = CommandLine({"EARSHOT_DATABASE_URL": postgresql_settings.database_url})
    add_sources(earshot)
    earshot("import", "alerts", str(shooting[0]), "--source", "sensors")
    earshot("db", "backup", "b.dump")
    assert stat.S_IMODE((tmp_path / "b.dump").stat().st_mode) == 0o600
    earshot("source", "add", "late", "--mapping", "preset:generic-calls-json")
    assert "--force" in earshot("db", "restore", "b.dump", exit_code=1).stderr
    earshot("db", "restore", "b.dump", "--force")
    assert names(earshot) == ["cad", "sensors"]
    assert earshot.json("db", "check")["counts"]["alerts"] == 2
    (tmp_path / "no.dump").write_text("nothing")
    assert "pg_restore failed" in earshot("db", "restore", "no.dump", "--force", exit_code=1).stderr


def test_without_the_programs_it_says_so(tmp_path, monkeypatch):
    from app.db.backup import BackupError
    from app.db.postgresql_dump import back_up

    monkeypatch.setenv("PATH", str(tmp_path))
    url = "postgresql://u:hush@127.0.0.1:1/x"
    database = Database(Settings(database_url=url, _env_file=None))
    with pytest.raises(BackupError, match="install PostgreSQL's client programs"):
        back_up(database, tmp_path / "b", overwrite=False)
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "b.part").exists()


def test_a_password_is_no_argument(tmp_path, monkeypatch):
    from app.db.postgresql_dump import back_up

    program = tmp_path / "pg_dump"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([sys.argv, os.environ['PGPASSWORD']], open('{tmp_path}/seen', 'w'))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    database = Database(Settings(database_url="postgresql://u:hush@127.0.0.1:1/x", _env_file=None))
    back_up(database, tmp_path / "b", overwrite=False)
    arguments, password = json.loads((tmp_path / "seen").read_text())
    assert password == "hush"
    assert "hush" not in " ".join(arguments)
    assert "--dbname=postgresql://u@127.0.0.1:1/x" in arguments
