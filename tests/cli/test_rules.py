"""`earshot rules`: list, show, check, fit, background, use."""

import json

import pytest
from sqlalchemy import select

from app.correlation.parameters import Parameters
from app.db import Database
from app.db.models import Base

DERIVED = ("position", "area")
TAKE_A_FILE = [("rules", "check"), ("rules", "use"), ("correlate", "--dry-run", "--rules")]


def everything(settings):
    """Every row of every table."""
    database = Database(settings)
    with database.read() as session:
        rows = {
            table.name: sorted(
                repr(tuple(row))
                for row in session.execute(
                    select(*(c for c in table.c if c.name not in ("position", "area")))
                )
            )
            for table in Base.metadata.sorted_tables
        }
    database.dispose()
    return rows


@pytest.fixture
def rules_file(tmp_path):
    def write(text, name="rules.toml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_before_anything_is_stored_the_defaults_decide(earshot_on_both, settings):
    before = everything(settings)
    assert "the defaults decide" in earshot_on_both("rules", "list").stdout
    assert earshot_on_both.json("rules", "list") == {"rules": []}
    shown = earshot_on_both.json("rules", "show")
    assert shown["parameters"] == Parameters().to_document()
    assert shown["background"]["fitted"] is False
    assert everything(settings) == before


def test_checking_a_file_says_what_it_would_change_and_stores_nothing(judged, settings, rules_file):
    file = rules_file("window_after_s = 1200\nprior_reported = 0.25\n")
    before = everything(settings)
    found = judged.json("rules", "check", file)
    assert found["changes"] == {
        "window_after_s": {"from": 900.0, "to": 1200.0},
        "prior_reported": {"from": 0.2, "to": 0.25},
    }
    assert found["in_force"] == judged.json("rules", "show")["version"] != found["version"]
    said = judged("rules", "check", file).stdout
    assert "can apply" in said
    assert f"earshot correlate --dry-run --rules {file}" in said
    assert f"earshot rules use {file}" in said
    assert everything(settings) == before


def test_checking_what_is_in_force(judged_here, rules_file):
    said = judged_here("rules", "check", rules_file("gate_m = 2000\n")).stdout
    assert "those in force" in said
    found = judged_here.json("rules", "check", rules_file(json.dumps({"gate_m": 2000.0}), "rules.json"))
    assert (found["changes"], found["version"]) == ({}, found["in_force"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("windw_after_s = 900", "/windw_after_s: there is no such name; did you mean window_after_s?"),
        ("lag_shape = nan", "/lag_shape: must be a finite number"),
        ("gate_m = inf", "/gate_m: must be a finite number"),
        ('gate_m = "2 km"', "/gate_m: must be a number"),
        ("gate_m = true", "/gate_m: must be a number"),
        ("gate_m = -5", "/gate_m: gate_m must be a number from 0"),
        ("window_after_s = 0", "/window_after_s: window_after_s must be above 0"),
        ("prior_reported = 0.99", "too high for so few expected_calls"),
        ("[nature_share]\nweapon = 1", "nature_share needs a share"),
        ("[gate_m]\nx = [[{}]]", "/gate_m: must be a number"),
        ("", "the file is empty"),
        ("not TOML", "neither TOML nor JSON"),
        ("gate = 1\ngate_m = 'x'", "/gate_m: must be a number"),
    ],
)
@pytest.mark.parametrize("command", TAKE_A_FILE)
def test_what_cannot_apply_is_refused_with_the_reason(judged_here, rules_file, command, text, said):
    done = judged_here(*command, rules_file(text), exit_code=1)
    assert done.stdout == ""
    assert done.stderr.startswith("Error: these rules cannot apply; ")
    assert said in done.stderr
    assert len(judged_here.json("rules", "list")["rules"]) == 1


@pytest.mark.parametrize("command", TAKE_A_FILE)
def test_what_is_no_file_is_refused(judged_here, tmp_path, command):
    (tmp_path / "utf-16.toml").write_text("gate_m = 1", encoding="utf-16")
    for name, said in (("nix.toml", "No such file"), ("", "directory"), ("utf-16.toml", "no text in UTF-8")):
        done = judged_here(*command, str(tmp_path / name), exit_code=1)
        assert done.stderr.startswith("Error: ")
        assert said in done.stderr


def test_use_a_file_then_the_version_before(judged, rules_file):
    before = judged.json("rules", "show")["version"]
    done = judged.json("rules", "use", rules_file("[nature_share]\n" + shares(other=0.04, weapon=0.06)))
    assert done["before"] == before
    listed = {row["version"]: row["in_force"] for row in judged.json("rules", "list")["rules"]}
    assert listed == {before: False, done["version"]: True}
    assert judged.json("rules", "show")["parameters"]["nature_share"]["weapon"] == 0.06
    assert judged.json("rules", "show", before)["parameters"]["nature_share"]["weapon"] == 0.05
    assert {item["rules_version"] for item in incidents(judged)} == {before}, "not judged yet"
    assert judged.json("correlate")["changed"] == 2
    assert {item["rules_version"] for item in incidents(judged)} == {done["version"]}
    said = judged("rules", "use", before).stdout
    assert f"{before} are in force, instead of {done['version']}" in said
    assert "earshot correlate" in said
    assert "in force already" in judged("rules", "use", before).stdout
    judged("correlate")
    assert {item["rules_version"] for item in incidents(judged)} == {before}


def test_a_version_that_there_is_not(judged_here):
    for command in (
        ("rules", "show", "r-000000000000"),
        ("rules", "use", "r-000000000000"),
        ("correlate", "--dry-run", "--rules", "r-000000000000"),
    ):
        done = judged_here(*command, exit_code=1)
        assert "r-000000000000" in done.stderr
        assert "earshot rules list" in done.stderr


def test_the_list_is_the_newest_first_in_the_agency_s_time(judged_here, rules_file):
    judged_here("rules", "use", rules_file("gate_m = 1500\n"))
    listed = judged_here.json("rules", "list")["rules"]
    assert [row["in_force"] for row in listed] == [True, False]
    assert listed[0]["created_at"] >= listed[1]["created_at"]
    assert all(row["created_at"].endswith("Z") for row in listed)
    said = judged_here("rules", "list").stdout
    assert all(row["version"] in said for row in listed)
    assert "assumed" in said


def test_a_new_agency_is_told_why_there_is_no_background(earshot_on_both, settings):
    """Nothing at all, then a feed with a day of calls: a message, and nothing is stored."""
    before = everything(settings)
    done = earshot_on_both("rules", "background", exit_code=1)
    assert "too few located calls" in done.stderr
    done = earshot_on_both("rules", "fit", exit_code=1)
    assert "only 0.0 probable reports among 0 incidents" in done.stderr
    assert everything(settings) == before


def test_a_day_of_calls_is_too_little(judged, settings):
    before = everything(settings)
    assert "too few located calls" in judged("rules", "background", exit_code=1).stderr
    done = judged("rules", "fit", exit_code=1)
    assert "probable reports among 2 incidents; it takes 30" in done.stderr
    assert done.stdout == ""
    assert everything(settings) == before


def test_days_of_calls_give_an_even_background(earshot_on_both, add_sources, lines):
    """300 calls of three days bear no picture of time and place, but a rate."""
    add_sources(earshot_on_both)
    calls = [
        {
            "external_id": f"C-{n}",
            "received_at": f"2026-07-0{1 + n // 100}T{n % 100 // 5:02d}:{n % 5 * 12:02d}:00Z",
            "longitude": -87.94 + n % 20 / 500,
            "latitude": 43.03 + n // 20 / 500,
            "nature": "shots_fired" if n % 10 == 0 else "other",
            "origin": "citizen",
        }
        for n in range(300)
    ]
    earshot_on_both("import", "calls", str(lines("calls.ndjson", *calls)), "--source", "cad")
    done = earshot_on_both.json("rules", "background")
    assert done["calls"] >= 290
    assert done["version"] != done["in_force"]
    shown = earshot_on_both.json("rules", "show", done["version"])["background"]
    assert shown["basis"].startswith("uniform over the 1 km cells")
    assert (shown["relief"], shown["rhythm"]) == (None, None)
    assert list(shown["source_rhythm_s"]) == ["cad"]
    assert earshot_on_both.json("rules", "show")["background"]["fitted"] is False
    assert earshot_on_both.json("rules", "background")["version"] == done["version"], (
        "the same calls, the same"
    )
    said = earshot_on_both("rules", "background").stdout
    assert f"Stored as {done['version']}" in said
    assert f"earshot rules use {done['version']}" in said
    earshot_on_both("rules", "use", done["version"])
    assert earshot_on_both.json("rules", "show")["background"]["fitted"] is True
    assert "in force already" in earshot_on_both("rules", "background").stdout


def test_what_show_says_can_be_written_down_and_used(judged_here, rules_file):
    shown = judged_here.json("rules", "show")
    file = rules_file(json.dumps(shown["parameters"]), "rules.json")
    assert judged_here.json("rules", "check", file) == {
        "version": shown["version"],
        "in_force": shown["version"],
        "changes": {},
    }


def shares(**changes):
    found = {**Parameters().to_document()["nature_share"], **changes}
    return "\n".join(f"{name} = {share}" for name, share in found.items())


def incidents(earshot):
    return earshot.json("incidents", "list")["incidents"]
