"""`earshot export`: which features, where to, and what is left when something goes wrong."""

import csv
import io
import json
import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from app.cli import exported
from app.db import Database
from app.domain.vocabulary import ExportForm
from app.maps.exports import reading
from tests.records.conftest import CALLER, NARRATIVE, PHONE

pytestmark = pytest.mark.slow
FORMS = [form.value for form in ExportForm]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(reading, "A_PART", 2)


def ids(city, collection, *options):
    done = city.earshot("export", collection, *options)
    return [feature["id"] for feature in done.document["features"]]


def audited(city, count=1):
    """The newest entries of exports, the last first."""
    database = Database(city.settings)
    with database.read() as session:
        rows = session.execute(
            text(
                "SELECT actor, target, detail FROM audit_entries WHERE action = 'export'"
                " ORDER BY id DESC LIMIT :n"
            ),
            {"n": count},
        ).all()
    database.dispose()
    return [
        (row.actor, row.target, row.detail if isinstance(row.detail, dict) else json.loads(row.detail))
        for row in rows
    ]


def telling(monkeypatch, tell):
    """Have something happen whenever a part has been read."""

    @contextmanager
    def progress(_name):
        yield lambda done, _all: tell(done)

    monkeypatch.setattr(exported, "progress_of_steps", progress)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--verdict", "unreported"),
        ("--verdict", "reported", "--verdict", "withdrawn"),
        ("--from", "2026-07-01T07:00:00Z"),
        ("--from", "2026-07-01T05:00:00Z", "--to", "2026-07-01T07:00:00Z"),
        ("--to", "2026-07-02"),
        ("--min-rounds", "3"),
        ("--zone", "Third"),
        ("--zone", "=beat", "--min-rounds", "4"),
        ("--needs-review",),
    ],
    ids=" ".join,
)
def test_conditions_mean_what_they_mean_in_the_list(city, options):
    listed = city.earshot.json("incidents", "list", *options)["incidents"]
    assert ids(city, "incidents", *options) == [one["id"] for one in listed]
    if options != ("--needs-review",):
        assert listed


@pytest.mark.parametrize(
    ("collection", "options", "wanted"),
    [
        ("incidents", ("--max-rounds", "3"), lambda p: (p["rounds"] or 99) <= 3),
        (
            "incidents",
            ("--classification", "single_gunshot"),
            lambda p: p["classification"] == "single_gunshot",
        ),
        (
            "incidents",
            ("--bbox", "-87.9385,43,-87.9355,43.1"),
            lambda p: -87.9385 < (p["longitude"] or 0) < -87.9355,
        ),
        ("incidents", ("--near", "-87.94,43.01,100"), lambda p: -87.9415 < (p["longitude"] or 0) < -87.9388),
        (
            "incidents",
            ("--filter", "rounds > 3 AND verdict = 'reported'"),
            lambda p: (p["rounds"] or 0) > 3 and p["verdict"] == "reported",
        ),
        (
            "incidents",
            ("--filter", '{"op":"=","args":[{"property":"rounds"},40]}'),
            lambda p: p["rounds"] == 40,
        ),
        (
            "incidents",
            ("--filter", "rounds < 40", "--verdict", "unreported"),
            lambda p: (p["rounds"] or 99) < 40 and p["verdict"] == "unreported",
        ),
        ("alerts", ("--status", "retracted"), lambda p: p["status"] == "retracted"),
        (
            "alerts",
            ("--source", "sensors", "--from", "2026-07-02"),
            lambda p: p["started_at"] >= "2026-07-02",
        ),
        ("alerts", ("--classification", "single_gunshot"), lambda p: p["classification"] == "single_gunshot"),
        ("calls", ("--origin", "sensor"), lambda p: p["origin"] == "sensor"),
        (
            "calls",
            ("--nature", "shots_fired", "--to", "2026-07-01T04:00:00Z"),
            lambda p: p["received_at"] < "2026-07-01T04",
        ),
        ("calls", ("--line", "other"), lambda p: p["line"] == "other"),
        ("zones", ("--bbox", "179,-17,180,-16"), lambda p: p["name"] in ("Far", "=Beat")),
        ("cameras", ("--filter", "direction_deg IS NULL"), lambda p: p["direction_deg"] is None),
        ("coverage", ("--filter", "name = 'All'"), lambda p: p["name"] == "All"),
    ],
)
def test_other_conditions(city, collection, options, wanted):
    expected = [one["id"] for one in city.told[collection] if wanted(one["properties"])]
    assert ids(city, collection, *options) == expected
    assert bool(expected) == ("--line" not in options)
    assert len(expected) < len(city.told[collection]) or collection == "coverage"


def test_order_limit_and_properties(city):
    rounds = {one["id"]: one["properties"]["rounds"] for one in city.told["incidents"]}
    most = ids(city, "incidents", "--sortby", "-rounds")
    known = [rounds[one] for one in most if rounds[one] is not None]
    assert known == sorted(known, reverse=True)
    assert len(known) < len(most)
    assert [rounds[one] for one in most[len(known) :]] == [None] * (len(most) - len(known))
    assert ids(city, "incidents", "--sortby", "-rounds", "--limit", "3") == most[:3]
    done = city.earshot("export", "incidents", "--properties", "verdict,number", "--limit", "1")
    (feature,) = done.document["features"]
    assert list(feature["properties"]) == ["number", "verdict"]
    assert feature["geometry"] is not None
    table = city.earshot("export", "incidents", "--format", "csv", "--properties", "rounds").stdout
    header, *lines = csv.reader(io.StringIO(table))
    assert header == ["id", "rounds", "longitude", "latitude"]
    assert len(lines) == len(rounds)
    assert city.earshot("export", "zones", "--properties", "name", "--format", "csv").stdout.startswith(
        "id,name,WKT"
    )


def test_what_was_known_then(city):
    before = city.earshot("export", "incidents", "--as-of", "2026-07-01", "--format", "csv")
    assert len(before.stdout.splitlines()) == 1
    assert "no incidents are like that" in before.stderr
    answer = city.earshot.json("export", "calls", "--as-of", "2026-07-05", "--out", "then.csv")
    assert answer["as_of"] == "2026-07-05T00:00:00.000Z"
    assert answer["features"] == len(city.told["calls"])
    later = city.earshot("export", "alerts", "--as-of", "2999-01-01", exit_code=1)
    assert "lies in the future" in later.stderr
    assert "--as-of" in city.earshot("export", "zones", "--as-of", "2026-07-05", exit_code=2).stderr


@pytest.mark.parametrize("form", FORMS)
def test_one_state_whatever_is_written_meanwhile(city, form, monkeypatch, tmp_path):
    writer = Database(city.settings)
    statements = iter(
        [
            "UPDATE incidents SET address = 'meanwhile'",
            f"DELETE FROM incident_zones WHERE incident_id = {city.told['incidents'][-1]['id']}",
        ]
    )

    parts = []

    def write(done):
        parts.append(done)
        statement = next(statements, None)
        if statement is not None:
            with writer.write() as session:
                session.execute(text(statement))

    before = {one["id"]: one["properties"]["address"] for one in city.told["incidents"]}
    with writer.read() as session:
        zones = session.execute(text("SELECT incident_id, zone_id, known_at FROM incident_zones")).all()
    with monkeypatch.context() as patched:
        telling(patched, write)
        city.earshot("export", "incidents", "--out", f"out.{form}")
    with writer.write() as session:
        changed = session.scalar(text("SELECT count(*) FROM incidents WHERE address = 'meanwhile'"))
        for number, address in before.items():
            session.execute(
                text("UPDATE incidents SET address = :address WHERE id = :id"),
                {"address": address, "id": int(number)},
            )
        session.execute(text("DELETE FROM incident_zones"))
        for row in zones:
            session.execute(
                text("INSERT INTO incident_zones (incident_id, zone_id, known_at) VALUES (:i, :z, :k)"),
                {"i": row[0], "z": row[1], "k": row[2]},
            )
    writer.dispose()
    assert parts == [*range(2, len(before), 2), len(before)], "a few at a time"
    assert changed >= len(before)
    assert b"meanwhile" not in Path(f"out.{form}").read_bytes()
    city.earshot("export", "incidents", "--out", "after.geojson")
    assert json.loads(Path("after.geojson").read_bytes())["features"] == city.told["incidents"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (OSError(28, "No space left"), 1)])
def test_what_is_interrupted_leaves_nothing_behind(city, form, error, code, monkeypatch, tmp_path):
    seen = []

    def interrupt(done):
        seen.append([path.name for path in Path().iterdir() if path.name.startswith(".earshot-export-")])
        if done > 2:
            raise error

    entries = audited(city, 100)
    kept = tmp_path / f"kept.{form}"
    kept.write_bytes(b"of yesterday")
    telling(monkeypatch, interrupt)
    for name, options in (("new", ()), ("kept", ("--force",))):
        done = city.earshot("export", "incidents", "--out", f"{name}.{form}", *options, exit_code=code)
        if error is not KeyboardInterrupt:
            assert "No space left" in done.stderr
    assert seen[0], "it is written beside the target"
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert kept.read_bytes() == b"of yesterday"
    assert audited(city, 100) == entries, "nothing has left"


@pytest.mark.parametrize("form", ["geojson", "csv", "parquet"])
def test_a_disk_that_is_full_is_said(city, form, monkeypatch, tmp_path):
    class Full(io.BytesIO):
        def write(self, content):
            if self.tell() > 400:
                raise OSError(28, "No space left", "part")
            return super().write(content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda _path, _mode: Full())
        done = city.earshot("export", "incidents", "--out", f"x.{form}", exit_code=1)
    assert "part: No space left" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_left_through_a_pipe_that_broke_is_on_record(city, monkeypatch):
    def broken(done):
        if done > 2:
            raise BrokenPipeError

    telling(monkeypatch, broken)
    city.earshot("export", "calls", "--out", "-", exit_code=1)
    ((_, target, detail),) = audited(city)
    assert (target, detail["features"], detail["complete"]) == (
        "collection:calls",
        len(city.told["calls"]),
        False,
    )


def test_who_exported_what_is_on_record(city, tmp_path):
    city.earshot(
        "export", "incidents", "--verdict", "unreported", "--bbox", "-90,40,-80,50", "--out", "x.parquet"
    )
    city.earshot("export", "calls", "--as-of", "2026-07-05", "--limit", "2")
    (calls, incidents) = audited(city, 2)
    assert calls[0].startswith("cli:")
    assert calls[1:] == (
        "collection:calls",
        {
            "format": "geojson",
            "features": 2,
            "file": None,
            "complete": True,
            "conditions": {"limit": 2, "as_of": "2026-07-05"},
        },
    )
    conditions = {"verdict": ["unreported"], "bbox": "-90,40,-80,50"}
    assert incidents[2]["conditions"] == conditions
    assert incidents[2]["file"] == str(tmp_path / "x.parquet")


@pytest.mark.parametrize("form", FORMS)
def test_calls_are_their_owners_alone_and_nobody_is_in_them(city, form, tmp_path):
    old = os.umask(0o022)
    try:
        for collection in ("calls", "alerts"):
            city.earshot("export", collection, "--out", f"{collection}.{form}")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / f"calls.{form}").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / f"alerts.{form}").stat().st_mode) == 0o644
    content = (tmp_path / f"calls.{form}").read_bytes()
    if form == "parquet":
        import pyarrow.parquet as pq

        content = str(pq.read_table(tmp_path / "calls.parquet").to_pydict()).encode()
    assert b"SHOTS FIRED" in content
    for secret in (CALLER, PHONE, NARRATIVE, "narrative", "caller"):
        assert secret.encode() not in content
    refused = city.earshot("export", "calls", "--properties", "narrative", exit_code=1)
    assert "there is no property 'narrative'" in refused.stderr


def test_where_it_goes(city, tmp_path):
    """By the name's ending, by default into the pipe or a file named as what is exported."""
    piped = city.earshot("export", "cameras")
    assert len(piped.document["features"]) == 2
    assert piped.stderr == "2 cameras.\n"
    assert city.earshot("export", "cameras", "--out", "-", "--format", "csv").stdout.startswith(
        "id,external_id"
    )
    assert city.earshot.json("export", "cameras")["file"] == str(tmp_path / "cameras.geojson")
    done = city.earshot("export", "cameras", "--format", "gpkg")
    assert done.stdout == ""
    assert f"Wrote {tmp_path / 'cameras.gpkg'}: 2 cameras (" in done.stderr
    city.earshot("export", "cameras", "--out", "a.PARQUET")
    assert (tmp_path / "a.PARQUET").read_bytes()[:4] == b"PAR1"
    city.earshot("export", "cameras", "--out", "b.data", "--format", "gpkg")
    assert (tmp_path / "b.data").read_bytes()[:6] == b"SQLite"
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    city.earshot("export", "cameras", "--out", "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("id,")


@pytest.mark.parametrize(
    ("options", "reason", "exit_code"),
    [
        (("--out", "there.csv"), "--force overwrites", 2),
        (("--out", "no/such/x.csv"), "there is no folder", 2),
        (("--out", "."), "no ordinary file", 2),
        (("--out", "/dev/null", "--force"), "no ordinary file", 2),
        (("--out", "-", "--format", "gpkg"), "needs a file", 2),
        (("--out", "-", "--json"), "name a file", 2),
        (("--format", "shp"), "--format", 2),
        (("--verdict", "guilty"), "--verdict", 2),
        (("--limit", "0"), "--limit", 2),
        (("--min-rounds", "9", "--max-rounds", "2"), "above max_rounds", 1),
        (("--from", "2026-07-02", "--to", "2026-07-01"), "lies before from", 1),
        (("--from", "yesterday"), "--from", 2),
        (("--bbox", "-88,91,-87,92"), "latitude", 1),
        (("--bbox", "1,2,3"), "four numbers", 1),
        (("--near", "1,2"), "expected 3 numbers", 1),
        (("--zone", "Nowhere"), "there is no zone", 1),
        (("--filter", "rounds >"), "no CQL2", 1),
        (("--filter", "caller = 'x'"), "there is no property", 1),
        (("--properties", "verdict,secret"), "there is no property 'secret'", 1),
        (("--sortby", "address"), "is none of", 1),
    ],
)
def test_what_cannot_be_is_refused(city, tmp_path, options, reason, exit_code):
    (tmp_path / "there.csv").write_text("mine")
    done = city.earshot("export", "incidents", *options, exit_code=exit_code, COLUMNS="300")
    assert reason in done.stderr
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_an_unknown_source_is_refused(city):
    assert "there is no source 'x'" in city.earshot("export", "calls", "--source", "x", exit_code=1).stderr
