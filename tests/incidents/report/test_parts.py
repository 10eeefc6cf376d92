"""What the report's data are made of: coarse calls, revisions told apart, arithmetic on shots."""

import json
import math
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from app.correlation.parameters import Parameters
from app.domain.geodesy import geodesic_m
from app.domain.revisions import FINAL_REVISION
from app.domain.vocabulary import ShotsProvenance, Verdict
from app.incidents.report.blocks import moment, span
from app.incidents.report.calls import cell_of, coarse_words
from app.incidents.report.canonical import canonical
from app.incidents.report.extent import extent_of, outlines
from app.incidents.report.method import what_would_change
from app.incidents.report.revisions import revision_documents
from app.incidents.report.sequence import account_documents, label_of
from app.incidents.shots import Shot, ShotAccount

T0 = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)


def test_a_cell_holds_its_points_and_is_about_200_m_everywhere():
    random = Random(7)
    for _ in range(200):
        longitude, latitude = random.uniform(-180, 180), random.uniform(-75, 75)
        cell = cell_of(longitude, latitude)
        assert cell["west"] - 1e-6 <= longitude <= cell["east"] + 1e-6
        assert cell["south"] - 1e-6 <= latitude <= cell["north"] + 1e-6
        middle = (cell["south"] + cell["north"]) / 2
        assert geodesic_m(cell["west"], middle, cell["east"], middle) == pytest.approx(200, rel=0.01)
        assert geodesic_m(0, cell["south"], 0, cell["north"]) == pytest.approx(200, rel=0.01)


def test_points_of_one_cell_cannot_be_told_apart():
    cell = cell_of(-87.94, 43.01)
    inside = [(cell["west"] + 1e-5, cell["south"] + 1e-5), (cell["east"] - 1e-5, cell["north"] - 1e-5)]
    assert [cell_of(*point) for point in inside] == [cell, cell]


def test_the_reason_is_as_coarse_as_the_calls():
    told = "A shots fired call 32 s after and 1,151 m away reports it."
    assert coarse_words(told) == "A shots fired call 32 s after and about 1,150 m away reports it."
    silent = (
        "No citizen call within 15 min and 2,000 m explains it; call feed complete to 2026-07-01 02:31:40Z."
    )
    assert coarse_words(silent) == silent


def body(revision, outcome, **record):
    fields = {"started_at": "2026-07-01T03:00:00Z", "status": "active", "classification": "single_gunshot"}
    return {"revision": revision, "outcome": outcome, "stored_at": T0, "record": {**fields, **record}}


def kinds(*rows):
    return [each["kind"] for each in revision_documents(rows)]


def test_retracted_reclassified_and_not_applied_are_told_apart():
    bare = {"started_at": None, "classification": "unclassified", "status": "retracted"}
    rows = [
        body(1, "accepted", rounds=2),
        body(3, "revised", rounds=3),
        body(2, "stale", rounds=9, classification="fireworks"),
        body(4, "revised", rounds=3, classification="fireworks"),
        body(5, "revised", **bare),
        body(6, "revised", rounds=3, classification="single_gunshot"),
    ]
    assert kinds(*rows) == [
        *("received", "revised", "not_applied", "reclassified", "retracted", "reinstated"),
    ]
    told = revision_documents(rows)
    assert told[0]["changes"] == []
    assert told[1]["changes"] == [{"field": "rounds", "before": 2, "after": 3}]
    assert {"field": "rounds", "before": 3, "after": 9} in told[2]["changes"], "against what held"
    assert told[3]["changes"][0]["field"] == "classification"
    assert told[4]["changes"] == [{"field": "status", "before": "active", "after": "retracted"}]
    assert told[5]["changes"][0] == {"field": "status", "before": "retracted", "after": "active"}


def test_a_body_that_comes_below_a_retraction_does_not_bring_the_alert_back():
    rows = [
        body(FINAL_REVISION, "accepted", started_at=None, status="retracted"),
        body(0, "accepted", rounds=4),
    ]
    assert kinds(*rows) == ["retracted", "revised"]
    assert revision_documents(rows)[1]["changes"] == []


def test_a_conflict_tells_what_it_said():
    rows = [body(0, "accepted", shots=[{"offset_s": 0.0}]), body(0, "conflict", shots=[{"offset_s": 0.5}])]
    assert kinds(*rows) == ["received", "not_applied"]
    assert revision_documents(rows)[1]["changes"] == [{"field": "shots", "before": 1, "after": 1}]


def account(*shots, rounds=None):
    return ShotAccount(
        alert_id=1,
        source="sensors",
        alert_external_id="a",
        provenance=ShotsProvenance.FORENSIC_REPORT,
        reference=None,
        actor=None,
        stored_at=T0,
        rounds=rounds,
        shooters=None,
        note=None,
        shots=tuple(
            Shot(
                number=number,
                at=T0 + timedelta(seconds=offset_s),
                offset_s=offset_s,
                longitude=longitude,
                latitude=latitude,
                uncertainty_m=None,
                shooter=None,
            )
            for number, (offset_s, longitude, latitude) in enumerate(shots, 1)
        ),
    )


def test_gaps_and_distances_are_between_neighbours_and_of_nothing_else():
    shots = [(0.0, -87.94, 43.01), (0.1, -87.94, 43.011), (0.3, None, None), (0.35, -87.94, 43.01)]
    (told,) = account_documents([account(*shots, rounds=9)])
    assert [shot["gap_s"] for shot in told["shots"]] == [None, 0.1, 0.2, 0.05]
    assert [shot["distance_m"] for shot in told["shots"]] == [None, pytest.approx(111.1, abs=0.1), None, None]
    assert (told["shortest_gap_s"], told["longest_gap_s"], told["duration_s"]) == (0.05, 0.2, 0.35)
    assert (told["rounds"], told["shots_listed"], told["shots_located"]) == (9, 4, 3)


def test_an_account_without_shots_says_nothing_of_them():
    (told,) = account_documents([account()])
    assert [told[name] for name in ("duration_s", "shortest_gap_s", "longest_gap_s")] == [None] * 3


def test_accounts_have_letters():
    assert [label_of(place) for place in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def test_the_extent_holds_discs_and_what_lies_near():
    position = {"longitude": -87.94, "latitude": 43.01, "uncertainty_m": 25.0}
    assert extent_of([], [(-87.94, 43.01)]) is None
    close = extent_of([position], [])
    assert close is not None
    assert close.reach_m == 280.0
    wide = extent_of([position], [(-87.93, 43.015), (-80.0, 43.0)])
    assert wide is not None
    assert wide.south < 43.015 < wide.north
    assert wide.east > -87.93
    assert wide.reach_m < 2_800, "what is far away does not make it small"


def test_zones_are_cut_at_the_edge_of_the_map():
    extent = extent_of([{"longitude": -87.94, "latitude": 43.01, "uncertainty_m": 25.0}], [])
    assert extent is not None
    bow_tie = [[-88, 43], [-87, 44], [-87, 43], [-88, 44], [-88, 43]]
    far = [[0, 0], [1, 0], [1, 1], [0, 0]]
    zones = [
        {"kind": "beat", "name": name, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in (("broken", bow_tie), ("far", far))
    ]
    square = [[-88, 43], [-87.94, 43], [-87.94, 44], [-88, 44], [-88, 43]]
    zones.append({"kind": "beat", "name": "half", "geometry": {"type": "Polygon", "coordinates": [square]}})
    told = outlines(zones, extent)
    assert "far" not in [zone["name"] for zone in told]
    (half,) = [zone for zone in told if zone["name"] == "half"]
    points = [point for line in half["outline"] for point in line]
    assert all(x == -87.94 and extent.south <= y <= extent.north for x, y in points)


def test_the_canonical_spelling_does_not_depend_on_order():
    one = {"b": [1.5, None, "ä\u2028"], "a": {"d": 1e-7, "c": True}}
    other = {"a": {"c": True, "d": 1e-7}, "b": [1.5, None, "ä\u2028"]}
    assert (
        canonical(one) == canonical(other) == '{"a":{"c":true,"d":1e-07},"b":[1.5,null,"ä\u2028"]}'.encode()
    )
    assert json.loads(canonical(one)) == one
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": math.nan})


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_says_what_would_change_it(verdict):
    call = {"number": 1, "decision": "automatic", "without": {"decisive": True}}
    assert all(what_would_change(verdict.value, calls, Parameters()) for calls in ([], [call]))
    if verdict is Verdict.REPORTED:
        decisive = what_would_change(verdict.value, [call], Parameters())
        assert decisive == ["Had call 1 not been made, it would not count as reported."]
        confirmed = what_would_change(verdict.value, [{**call, "decision": "confirmed"}], Parameters())
        assert confirmed[0].startswith("An analyst confirmed call 1.")


def test_times_name_the_hour_that_the_clocks_repeat(zone):
    assert moment("2026-11-01T06:30:00.000Z", zone) == "2026-11-01 01:30:00 CDT"
    assert moment("2026-11-01T07:30:00.125Z", zone, millis=True) == "2026-11-01 01:30:00.125 CST"
    assert moment(None, zone) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.4, "0 s"),
        (-61.0, "-61 s"),
        (126.0, "2 min 06 s"),
        (3_600.0, "1 h 00 min"),
        (-90_000.0, "−1 d 1 h 00 min"),
    ],
)
def test_spans(value, words):
    assert span(value) == words


@pytest.fixture
def zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("America/Chicago")
