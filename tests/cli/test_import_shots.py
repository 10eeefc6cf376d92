"""`earshot import shots` and `earshot incidents shots`."""

import json

import pytest

HEAD = "external_id,provenance,reference,rounds,offset_s,longitude,latitude,shooter\n"


@pytest.fixture
def heard(earshot_on_both, add_sources, shooting):
    add_sources(earshot_on_both)
    earshot_on_both("import", "alerts", str(shooting[0]), "--source", "sensors")
    return earshot_on_both


@pytest.fixture
def file(tmp_path):
    def write(content, name="shots.csv"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def take(earshot, path, exit_code=0):
    return earshot.json("import", "shots", path, "--source", "sensors", exit_code=exit_code)


def test_a_file_of_shots(heard, file, shooting):
    path = file(
        HEAD + "A-1,forensic_report,LAB 1,3,0.5,-87.94,43.03,A\n"
        "A-2,investigative_summary,,,0.0,,,\n"
        "A-1,forensic_report,LAB 1,,-0.25,-87.0,43.03,\n"
        "A-1,forensic_report,LAB 1,3,0,,,B\n"
        "A-9,forensic_report,LAB 1,,0,,,\n"
        "A-2,forensic_report,,2,,,,\n"
        "A-2,forensic_report,LAB 2,2,nan,,,\n"
    )
    found = take(heard, path)
    assert {name: found[name] for name in ("new", "duplicate", "rejected", "shots")} == {
        "new": 3,
        "duplicate": 0,
        "rejected": 2,
        "shots": 4,
    }
    assert found["errors"] == [
        "line 6: sensors has no alert 'A-9'",
        "line 8: offset_s is not a number",
    ]
    assert found["warnings"] == [
        "line 4: offset_s 0.25 s before the alert's first shot",
        "line 4: its place was left out: more than 2,000 m from the alert",
    ]
    assert take(heard, path)["duplicate"] == 3
    said = heard("import", "shots", path, "--source", "sensors")
    assert said.stdout == "shots.csv: 3 duplicate, 2 rejected (0 shots).\n"
    assert "line 6: sensors has no alert" in said.stderr
    heard("import", "calls", str(shooting[1]), "--source", "cad")
    heard("correlate")
    number = "2026-000001"
    document = heard.json("incidents", "shots", number)
    (own, lab) = document["accounts"]
    assert (own["rounds"], lab["rounds"], lab["reference"]) == (6, 3, "LAB 1")
    assert [(shot["offset_s"], shot["shooter"]) for shot in lab["shots"]] == [
        (-0.25, None),
        (0, "B"),
        (0.5, "A"),
    ]
    said = heard("incidents", "shots", number).stdout
    assert "Forensic report LAB 1 of alert A-1, by cli:" in said
    assert "2026-07-01 01:59:59.750" in said
    assert "It lists no shots." in said
    assert "no incident" in heard("incidents", "shots", "99", exit_code=1).stderr


def test_reports_as_json(heard, file):
    report = {"external_id": "A-1", "provenance": "forensic_report", "rounds": 1}
    path = file(
        {
            "reports": [
                {**report, "source": "sensors", "shots": [{"offset_s": 0}]},
                {**report, "reference": "x", "offset_s": 1},
                {**report, "reference": "x", "offset_s": 0},
                {**report, "shots": [{"offset_s": "soon"}]},
                {**report, "reference": "y", "caliber": 9},
            ]
        },
        "shots.json",
    )
    found = take(heard, path)
    assert (found["new"], found["rejected"], found["shots"]) == (2, 2, 3)
    assert found["errors"] == [
        "item 4: shots/0/offset_s is not a number",
        "item 5: caliber known are provenance, reference, rounds, shooters, note, shots",
    ]
    assert found["warnings"] == ["item 2: rounds 1 rounds, but 2 shots are listed"]


def test_rows_that_contradict_each_other(heard, file):
    path = file(HEAD + "A-1,forensic_report,,3,0,,,\nA-1,forensic_report,,4,1,,,\n")
    assert take(heard, path, exit_code=1)["errors"] == [
        "line 3: rounds '4', but '3' before it in the same report"
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        ("external_id,offset_s\nA-1,0\n", "no column 'provenance'"),
        ("external_id,provenance,lon\nA-1,forensic_report,1\n", "there is no column 'lon'"),
        (HEAD + "A-1,forensic_report,,,0,,,\n,forensic_report,,,1,,,\n", "alert at line 3"),
        (HEAD + "A-1,forensic_report,,,0,,,\nA-1,forensic_report\n", "line 3: the row has 2 columns"),
        ("[", "the file is no JSON"),
        ("[NaN]", "the file is no JSON"),
        ("{}", "expected a list of reports"),
        ("[1]", "expected a list of reports"),
    ],
)
def test_a_file_that_cannot_be_taken_apart_files_nothing(earshot, file, content, reason):
    assert reason in earshot("import", "shots", file(content), "--source", "sensors", exit_code=1).stderr
