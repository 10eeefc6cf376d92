"""`earshot incidents disposition` and the rest of what people do with an incident."""

import pytest


def number_of(earshot, verdict):
    return earshot.json("incidents", "list", "--verdict", verdict)["incidents"][0]["number"]


def test_a_disposition(judged):
    number = number_of(judged, "unreported")
    place = ("--evidence-at", "-87.9401,43.0302", "--evidence-uncertainty-m", "5")
    told = judged.json(
        "incidents", "disposition", number, "confirmed", "--casings", "2", "--note", "porch", *place
    )
    assert told["evidence"] == {"casings": 2}
    assert told["evidence_position"] == {"longitude": -87.9401, "latitude": 43.0302, "uncertainty_m": 5.0}
    assert told["actor"].startswith("cli:")
    assert "no disposition" in judged("incidents", "disposition", number, "none").stdout
    document = judged.json("incidents", "show", number)
    assert document["disposition"] is None
    assert [each["disposition"] for each in document["disposition_history"]] == ["confirmed", None]
    said = judged("incidents", "show", number).stdout
    assert "2 casings, at -87.940100, 43.030200" in said
    assert "taken back" in said


@pytest.mark.parametrize(
    "wrong",
    [
        ("maybe",),
        ("confirmed", "--casings", "-1"),
        ("confirmed", "--note", "x" * 2001),
        ("confirmed", "--evidence-at", "here"),
        ("confirmed", "--evidence-at", "nan,43"),
        ("confirmed", "--evidence-at", "0,0"),
        ("confirmed", "--evidence-uncertainty-m", "5"),
    ],
)
def test_a_wrong_disposition(judged, wrong):
    judged("incidents", "disposition", number_of(judged, "unreported"), *wrong, exit_code=2)


def test_a_disposition_of_no_incident(earshot):
    assert "no incident" in earshot("incidents", "disposition", "99", "confirmed", exit_code=1).stderr


def test_a_timeline(judged):
    number = number_of(judged, "reported")
    judged("incidents", "disposition", number, "unfounded")
    document = judged.json("incidents", "timeline", number)
    kinds = [entry["kind"] for entry in document["timeline"]]
    assert kinds[0] == "shot"
    assert kinds[-1] == "disposition"
    assert kinds.count("call") == 3
    said = judged("incidents", "timeline", number).stdout
    assert "shots_fired" in said
    assert "alert stored" in said
    assert judged.json("incidents", "timeline", document["incident_id"]) == document


def test_a_timeline_of_no_incident(earshot):
    assert "no incident" in earshot("incidents", "timeline", "99", exit_code=1).stderr


def test_cameras(judged, tmp_path):
    number = number_of(judged, "unreported")
    assert "no camera" in judged("incidents", "cameras", number).stdout
    file = tmp_path / "cameras.csv"
    file.write_text(
        "external_id,longitude,latitude,direction_deg,field_of_view_deg,range_m,retention_h,contact\n"
        "cam-1,-87.94,43.031,180,90,500,72,desk\ncam-2,-87.95,43.03,,,,,\n"
    )
    judged("import", "cameras", str(file))
    document = judged.json("incidents", "cameras", number)
    assert [camera["external_id"] for camera in document["cameras"]] == ["cam-1", "cam-2"]
    said = judged("incidents", "cameras", number, "--radius", "200").stdout
    assert "cam-1" in said
    assert "cam-2" not in said
    assert "2026-07-04 11:55:00" in said, "three days after the span begins"
    lines = judged("incidents", "cameras", number, "--csv").stdout.splitlines()
    assert lines[0].startswith("incident_id,incident_number,camera_id,external_id")
    assert len(lines) == 3
    judged("incidents", "cameras", number, "--csv", "--json", exit_code=2)
    judged("incidents", "cameras", number, "--radius", "0", exit_code=2)
    judged("incidents", "cameras", "99", exit_code=1)


def test_follow_ups(judged):
    number = number_of(judged, "unreported")
    follow_ups = ("incidents", "follow-ups")
    assert "No follow-ups yet" in judged(*follow_ups, "show", number).stdout
    assert "No follow-up is like that" in judged(*follow_ups, "list").stdout
    made = judged.json(
        *follow_ups, "add", number, "evidence_search", "--assignee", "Unit 7", "--due", "2026-07-05"
    )
    assert (made["state"], made["due_at"]) == ("open", "2026-07-05T00:00:00.000Z")
    judged(*follow_ups, "add", number, "canvass", "--note", "ask next door")
    said = judged(
        *follow_ups, "change", made["id"], "--state", "done", "--result", "casings=3", "--outcome", "found"
    ).stdout
    assert "evidence search, done" in said
    listed = judged.json(*follow_ups, "list", "--state", "done", "--due-before", "2026-07-06")
    assert [item["results"] for item in listed["follow_ups"]] == [{"casings": 3, "outcome": "found"}]
    assert listed["more"] is False
    assert judged.json(*follow_ups, "list", "--limit", "1")["more"] is True
    said = judged(*follow_ups, "show", number).stdout
    assert "Unit 7" in said
    assert "casings 3" in said
    assert "cli:" in said
    assert judged.json(*follow_ups, "list", "--kind", "canvass", "--assignee", "x")["follow_ups"] == []


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("change", "1"), 2),
        (("change", "1", "--result", "casings"), 2),
        (("change", "1", "--result", "casings=-1"), 2),
        (("change", "1", "--assignee", ""), 2),
        (("change", "1", "--result", "nix=1"), 1),
        (("change", "99", "--state", "done"), 1),
        (("change", "1", "--state", "suggested"), 2),
        (("add", "99", "canvass"), 1),
        (("show", "99"), 1),
    ],
)
def test_wrong_follow_ups(judged, arguments, exit_code):
    judged("incidents", "follow-ups", "add", number_of(judged, "unreported"), "evidence_search")
    judged("incidents", "follow-ups", *arguments, exit_code=exit_code)
