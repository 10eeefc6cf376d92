import sqlite3
import subprocess
import sys

import pytest

from app.cli.edge import explain
from app.core.errors import InvalidParameterError

NAMED = ("source", "add", "x")


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (("source", "list"), {"EARSHOT_PORT": "abc"}, "EARSHOT_PORT"),
        (("source", "list"), {"EARSHOT_FOO": "1"}, "EARSHOT_FOO"),
        (("source", "show", "nobody"), {}, "there is no source 'nobody' (known: none yet)"),
        ((*NAMED, "--mapping", "missing.toml"), {}, "missing.toml: No such file"),
        ((*NAMED, "--mapping", "preset:generic-calls-jsn"), {}, "did you mean 'generic-calls-json'"),
        ((*NAMED, "--mapping", "wrong.toml"), {}, "wrong.toml: [fields] received_at: is missing"),
        ((*NAMED, "--mapping", "binary"), {}, "binary is no text"),
        ((*NAMED, "--mapping", "preset:eido", "--kind", "alerts"), {}, "the mapping is for calls"),
        (("import", "calls", "f.ndjson", "--source", "nobody"), {}, "there is no source 'nobody'"),
        (("key", "create", "--role", "vendor"), {}, "needs a source"),
        (("key", "revoke", "abc"), {}, "earshot key list"),
        (("incidents", "show", "2026-1"), {}, "there is no incident '2026-1'"),
        (("incidents", "list", "--zone", "Nowhere"), {}, "there is no zone 'Nowhere'"),
        (("rejects", "show", "7"), {}, "there is no reject 7"),
        (("rejects", "retry", "--id", "7"), {}, "there is no reject 7"),
        (("correlate", "--from", "2026-02-01", "--to", "2026-01-01"), {}, "--from lies after --to"),
        (("serve", "--host", "0.0.0.0"), {}, "EARSHOT_BEHIND_TLS_PROXY"),
        (("simulate", "--out", "o", "--city", "wrong.toml"), {}, "wrong.toml: unknown setting"),
        (("db", "restore", "binary"), {}, "there is already a database"),
        (("db", "restore", "binary", "--force"), {}, "binary is no backup of Earshot"),
        (("db", "restore", "missing", "--force"), {}, "missing: No such file"),
        (
            ("source", "list"),
            {"EARSHOT_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"},
            "the database cannot be used",
        ),
        (("source", "list"), {"EARSHOT_DATABASE_URL": "sqlite:///binary"}, "not a database"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_what_goes_wrong_is_one_line_on_standard_error(
    arguments, environment, says, as_json, earshot, tmp_path
):
    (tmp_path / "wrong.toml").write_text('kind = "calls"\nformat = "csv"\n[fields]\nexternal_id = "id"\n')
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "f.ndjson").write_text("")
    json_flag = ["--json"] if as_json and arguments[0] != "serve" else []
    done = earshot(*arguments, *json_flag, exit_code=1, **environment)
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("correlate", "--from", "2026-07-04T21:04:05"), "a time with an offset"),
        (("incidents", "list", "--to", "yesterday"), "nor a date"),
        (("key", "create", "--role", "boss"), "boss"),
        (("key", "create", "--role", "viewer", "--expires", "soon"), "nor a span, like 30d or 12h"),
        (("source", "check", "file.csv"), "expected NAME FILE"),
        (("nonsense",), "No such command"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments, says, earshot):
    done = earshot(*arguments, exit_code=2)
    assert says in " ".join(done.stderr.replace("│", " ").split())


def test_a_database_of_a_newer_version_is_refused(earshot, sqlite_settings):
    path = sqlite_settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "a newer Earshot" in earshot("source", "list", exit_code=1).stderr


def test_what_nobody_foresaw_is_one_line_too():
    said = explain(KeyError("x"))
    assert "KeyError" in said
    assert "EARSHOT_LOG_LEVEL=debug" in said


def test_an_error_names_the_places_in_the_input():
    error = InvalidParameterError("wrong", errors=[{"pointer": "/a", "reason": "is missing"}])
    assert explain(error) == "wrong; /a: is missing"


def test_with_debug_the_traceback_is_shown(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "source", "show", "nobody"],
        env={"PATH": "/usr/bin:/bin", "EARSHOT_LOG_LEVEL": "debug"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
