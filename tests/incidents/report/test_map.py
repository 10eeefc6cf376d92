"""The drawings: true to scale, in order, well-formed whatever a name says, and alone."""

import math
import re
from xml.etree import ElementTree

import pytest

from app.domain.geodesy import geodesic_m
from app.incidents.report.map import HEIGHT, WIDTH, Frame, draw_close_up, draw_map
from app.incidents.report.shots_drawing import draw_sequence
from app.incidents.report.svg import Labels

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg, css, tag="circle"):
    root = ElementTree.fromstring(svg)
    return [each.attrib for each in root.iter(f"{SVG}{tag}") if each.get("class") == css]


def map_of(report):
    return draw_map(report, title="map", text="a map")


@pytest.mark.parametrize(("east", "north"), [(0.01, 0.0), (0.0, 0.01), (-0.012, 0.007)])
@pytest.mark.parametrize("latitude", [0.0, 43.0, -33.9, 68.0])
def test_the_plane_is_true_to_scale(east, north, latitude):
    frame = Frame(longitude=-87.94, latitude=latitude, units_per_m=0.25)
    x, y = frame.point(-87.94 + east, latitude + north)
    told_m = math.hypot(x - WIDTH / 2, y - HEIGHT / 2) / 0.25
    assert told_m == pytest.approx(geodesic_m(-87.94, latitude, -87.94 + east, latitude + north), rel=2e-3)
    assert (x > WIDTH / 2) == (east > 0)
    assert (y < HEIGHT / 2) == (north > 0)


def test_circles_hold_the_place_with_95_percent(golden):
    report = golden["report"]
    units_per_m = HEIGHT / 2 / report["map"]["extent"]["reach_m"]
    circles = drawn(map_of(report), "alert")
    radii = [float(circle["r"]) for circle in circles]
    assert radii == pytest.approx([2.4477 * 25 * units_per_m] * 2, abs=0.01)
    assert ["stroke-dasharray" in circle for circle in circles] == [False, True], "the second is assumed"
    assert len(drawn(map_of(report), "call", "path")) == 3
    assert len(drawn(map_of(report), "sight")) + len(drawn(map_of(report), "sight", "path")) == 2
    assert len(drawn(map_of(report), "camera", "path")) == 3
    assert len(drawn(map_of(report), "evidence", "path")) == 1
    report["map"]["evidence"] = None
    assert drawn(map_of(report), "evidence", "path") == []


def test_the_scale_bar_is_as_long_as_it_says(golden):
    report = golden["report"]
    svg = map_of(report)
    (bar,) = drawn(svg, "scale", "path")
    places = [float(x) for x in re.findall(r"[ML](\d+\.?\d*) ", bar["d"])]
    length_m = (max(places) - min(places)) * report["map"]["extent"]["reach_m"] / (HEIGHT / 2)
    assert length_m == pytest.approx(500, rel=1e-3)
    assert ">500 m</text>" in svg


def test_shots_are_numbered_in_order_and_joined_only_to_the_next(golden):
    account = golden["report"]["shots"][0]
    svg = draw_close_up(account, title="shots", text="shots")
    assert re.findall(r'class="shot-name".*?>(\d+)</text>', svg) == ["1", "2", "3", "5", "6"]
    assert len(drawn(svg, "order", "path")) == 3, "4 has no place"
    assert drawn(svg, "doubt") == []
    forensic = draw_close_up(golden["report"]["shots"][2], title="shots", text="shots")
    assert len(drawn(forensic, "doubt")) == 6


def test_each_account_has_a_lane_and_each_shot_a_mark(golden):
    report = golden["report"]
    svg = draw_sequence(report["shots"], report["incident"]["started_at"], title="shots", text="shots")
    assert len(drawn(svg, "tick", "path")) == 18
    assert re.findall(r">Account (\w)</text>", svg) == ["A", "B", "C"], "D lists no shot"


def test_drawings_are_well_formed_and_alone_whatever_names_say(hostile):
    report = hostile["report"]
    started_at = report["incident"]["started_at"]
    drawings = [map_of(report), draw_sequence(report["shots"], started_at, title="<&>", text="\"'")]
    drawings += [draw_close_up(each, title="x", text="y") for each in report["shots"] if each["shots"]]
    for svg in drawings:
        tags = {each.tag for each in ElementTree.fromstring(svg).iter()}
        known = {"svg", "title", "desc", "defs", "clipPath", "rect", "g", "path", "circle", "text"}
        assert tags <= {f"{SVG}{name}" for name in known}
        assert " style=" not in svg
        assert "href" not in svg


def test_two_alerts_at_one_spot_and_one_far_across_the_date_line(golden):
    frame = Frame(longitude=179.999, latitude=-17.0, units_per_m=0.1)
    x, _ = frame.point(-179.999, -17.0)
    assert x - WIDTH / 2 == pytest.approx(0.1 * geodesic_m(179.999, -17.0, -179.999, -17.0), rel=1e-3)
    report = golden["report"]
    report["positions"][1] |= {name: report["positions"][0][name] for name in ("longitude", "latitude")}
    assert map_of(report).count('class="alert-name"') == 2


def test_labels_leave_each_other_room():
    labels = Labels(200, 100)
    placed = [labels.place((100, 50), "label", 10, 14) for _ in range(20)]
    boxes = [(x, y - 10, x + 25, y + 2) for x, y in filter(None, placed)]
    assert 2 <= len(boxes) < 20
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart
