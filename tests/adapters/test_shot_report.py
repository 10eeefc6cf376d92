"""Reports about shots: whole or not at all, in order, and nothing in them that was not told."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.shot_report import MOST_SHOTS, RefusedReportError, ReportedShot, read_shot_report

HERE = (-87.94, 43.01)
FORENSIC = {"provenance": "forensic_report"}


def read(around=HERE, **fields):
    return read_shot_report({**FORENSIC, **fields}, around)


def refused(document):
    with pytest.raises(RefusedReportError) as caught:
        read_shot_report(document, HERE)
    return [each.pointer for each in caught.value.problems]


def warned(problems):
    return [each.pointer for each in problems]


def test_all_that_a_report_can_say():
    shot = {"offset_s": 0.25, "longitude": -87.941, "latitude": 43.011, "uncertainty_m": 3, "shooter": "B"}
    report, problems = read(
        reference="LAB 26-118", rounds=2, shooters=2, note="two\nweapons", shots=[shot, {"offset_s": 0}]
    )
    assert problems == []
    assert report.document() == {
        **FORENSIC,
        "reference": "LAB 26-118",
        "rounds": 2,
        "shooters": 2,
        "note": "two\nweapons",
        "shots": [
            {"offset_s": 0.0, **dict.fromkeys(("longitude", "latitude", "uncertainty_m", "shooter"))},
            shot,
        ],
    }


def test_what_it_does_not_say_stays_unsaid():
    report, problems = read(shots=[{"offset_s": 0, "shooter": "A"}, {"offset_s": 1, "shooter": "B"}])
    assert (report.rounds, report.shooters, problems) == (None, None, [])


@given(offsets=st.lists(st.floats(-3600, 3600), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_shots_come_in_order_and_none_is_lost(offsets):
    report, _ = read(shots=[{"offset_s": offset} for offset in offsets])
    assert [shot.offset_s for shot in report.shots] == sorted(offsets)
    backwards, _ = read(shots=[{"offset_s": offset} for offset in reversed(offsets)])
    assert backwards == report


def test_a_shot_before_the_first_is_kept_and_said():
    report, problems = read(shots=[{"offset_s": 0.5}, {"offset_s": -1.5}])
    assert report.shots[0].offset_s == -1.5
    assert [(each.pointer, each.reason) for each in problems] == [
        ("/shots/1/offset_s", "1.5 s before the alert's first shot")
    ]


def test_the_most_shots():
    shots = [{"offset_s": number / 100} for number in range(MOST_SHOTS)]
    report, problems = read(shots=shots)
    assert (len(report.shots), problems) == (MOST_SHOTS, [])
    assert refused({**FORENSIC, "shots": [*shots, {"offset_s": 0}]}) == ["/shots"]


@pytest.mark.parametrize(
    ("shot", "pointers", "kept"),
    [
        ({"longitude": -87.94, "latitude": 91}, ["/shots/0/latitude", "/shots/0/longitude"], {}),
        ({"longitude": 0, "latitude": 0}, ["/shots/0/longitude", "/shots/0/latitude"], {}),
        ({"longitude": -87.94}, ["/shots/0/longitude"], {}),
        ({"longitude": "east", "latitude": 43}, ["/shots/0/longitude", "/shots/0/latitude"], {}),
        ({"longitude": -87.94, "latitude": 43.03, "uncertainty_m": 2}, ["/shots/0"], {}),
        (
            {"longitude": -87.94, "latitude": 43.01, "uncertainty_m": -1},
            ["/shots/0/uncertainty_m"],
            {"longitude": -87.94, "latitude": 43.01},
        ),
        ({"shooter": "x" * 41}, ["/shots/0/shooter"], {}),
        ({"shooter": True}, ["/shots/0/shooter"], {}),
    ],
)
def test_a_wrong_field_becomes_null_and_is_said(shot, pointers, kept):
    report, problems = read(shots=[{"offset_s": 1, **shot}])
    assert warned(problems) == pointers
    assert report.shots == (ReportedShot(offset_s=1.0, **kept),)


def test_a_place_cannot_be_far_where_the_alert_has_none():
    report, problems = read(around=None, shots=[{"offset_s": 0, "longitude": 1, "latitude": 2}])
    assert (report.shots[0].longitude, problems) == (1.0, [])


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"rounds": -1}, "/rounds"),
        ({"rounds": 2.5}, "/rounds"),
        ({"shooters": 0}, "/shooters"),
        ({"rounds": 3}, "/rounds"),
        ({"shooters": 1, "shots": [{"offset_s": 0, "shooter": name} for name in "AB"]}, "/shooters"),
        ({"shots": [{"offset_s": 1}, {"offset_s": 1}]}, "/shots"),
    ],
)
def test_what_contradicts_itself_is_said(fields, pointer):
    report, problems = read(**{"shots": [{"offset_s": 0}, {"offset_s": 1}], **fields})
    assert warned(problems) == [pointer]
    assert len(report.shots) == 2, "what was listed stays"


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({}, [""]),
        ({"shots": []}, [""]),
        ({"provenance": "alert", "rounds": 1}, ["/provenance"]),
        ({"provenance": ["forensic_report"], "rounds": 1}, ["/provenance"]),
        ({"rounds": 1, "caliber": "9 mm"}, ["/caliber"]),
        ({"rounds": 1, "reference": "x" * 256}, ["/reference"]),
        ({"rounds": 1, "reference": "a\x00"}, ["/reference"]),
        ({"rounds": 1, "note": "x" * 2001}, ["/note"]),
        ({"shots": {"offset_s": 1}}, ["/shots"]),
        ({"shots": [1]}, ["/shots/0"]),
        ({"shots": [{"offset_s": 0}, {}]}, ["/shots/1/offset_s"]),
        (
            {"shots": [{"offset_s": "nan"}, {"offset_s": math.inf}]},
            ["/shots/0/offset_s", "/shots/1/offset_s"],
        ),
        ({"shots": [{"offset_s": 3601}]}, ["/shots/0/offset_s"]),
        ({"shots": [{"offset_s": 0, "lon": 1}]}, ["/shots/0/lon"]),
    ],
)
def test_a_report_that_cannot_be_whole_is_refused(fields, pointers):
    assert refused({**FORENSIC, **fields}) == pointers


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_report(document):
    assert refused(document) == [""]
