"""CQL2: what a filter finds, in text and JSON, against what plain Python finds; and what is refused."""

import orjson
import pytest

from tests.maps.conftest import found, items
from tests.records.conftest import HOME

NIGHT = "TIMESTAMP('2026-07-01T05:00:00Z')"
CASES = {
    "verdict = 'reported'": lambda p: p["verdict"] == "reported",
    "'reported' <> verdict": lambda p: p["verdict"] != "reported",
    "rounds > 3 AND rounds <= 40": lambda p: p["rounds"] is not None and 3 < p["rounds"] <= 40,
    "NOT (rounds = 3)": lambda p: p["rounds"] is not None and p["rounds"] != 3,
    "3 < rounds": lambda p: p["rounds"] is not None and p["rounds"] > 3,
    "rounds BETWEEN 3 AND 12": lambda p: p["rounds"] is not None and 3 <= p["rounds"] <= 12,
    "rounds NOT BETWEEN 3 AND 12": lambda p: p["rounds"] is not None and not 3 <= p["rounds"] <= 12,
    "rounds IN (1, 12)": lambda p: p["rounds"] in (1, 12),
    "rounds IS NULL OR rounds = 40": lambda p: p["rounds"] in (None, 40),
    "rounds IS NOT NULL": lambda p: p["rounds"] is not None,
    "rounds <= alert_count": lambda p: p["rounds"] is not None and p["rounds"] <= p["alert_count"],
    "address LIKE '1%'": lambda p: (p["address"] or "").startswith("1"),
    "address LIKE '%center_st'": lambda p: False,
    r"address LIKE '%W CENTER\_S_'": lambda p: (p["address"] or "").endswith("W CENTER_ST"),
    "CASEI(address) LIKE CASEI('%CENTER%')": lambda p: p["address"] is not None,
    "CASEI(address) = CASEI('100 w center_st')": lambda p: p["address"] == "100 W CENTER_ST",
    "zones LIKE '%Thi%'": lambda p: p["zones"] == "Third",
    "needs_review": lambda p: p["needs_review"],
    "needs_review = false": lambda p: not p["needs_review"],
    "full_auto = true": lambda p: p["full_auto"] is True,
    f"started_at > {NIGHT}": lambda p: p["started_at"] > "2026-07-01T05:00:00.000Z",
    f"started_at = {NIGHT}": lambda p: p["started_at"] == "2026-07-01T05:00:00.000Z",
    f"started_at <> {NIGHT}": lambda p: p["started_at"] != "2026-07-01T05:00:00.000Z",
    f"started_at BETWEEN {NIGHT} AND DATE('2026-07-01')": lambda p: p["started_at"] >= "2026-07-01T05",
    f"T_BEFORE(started_at, {NIGHT})": lambda p: p["started_at"] < "2026-07-01T05:00:00.000Z",
    f"T_AFTER(started_at, {NIGHT})": lambda p: p["started_at"] > "2026-07-01T05:00:00.000Z",
    f"T_AFTER({NIGHT}, started_at)": lambda p: p["started_at"] < "2026-07-01T05:00:00.000Z",
    "T_INTERSECTS(started_at, DATE('2026-07-01'))": lambda p: True,
    "T_DISJOINT(started_at, DATE('2026-07-01'))": lambda p: False,
    f"T_DURING(started_at, INTERVAL({NIGHT[10:-1]}, '..'))": lambda p: (
        p["started_at"] > "2026-07-01T05:00:00.000Z"
    ),
    f"S_INTERSECTS(geometry, POINT({HOME[0]} {HOME[1]}))": lambda p: p["longitude"] == HOME[0],
    f"S_INTERSECTS(BBOX({HOME[0]}, 43, {HOME[0] + 0.0015}, 43.1), geometry)": lambda p: (
        p["longitude"] is not None and p["longitude"] <= HOME[0] + 0.0015
    ),
    "S_WITHIN(geometry, POLYGON((-88 43, -87.9375 43, -87.9375 43.1, -88 43.1, -88 43)))": lambda p: (
        p["longitude"] is not None and p["longitude"] < -87.9375
    ),
    f"S_DISJOINT(geometry, POINT({HOME[0]} {HOME[1]}))": lambda p: (
        p["longitude"] is not None and p["longitude"] != HOME[0]
    ),
}


@pytest.mark.parametrize("condition", CASES)
def test_a_filter_finds_what_it_says(maps, condition):
    wanted = [int(one["id"]) for one in items(maps)["features"] if CASES[condition](one["properties"])]
    assert found(maps, condition) == sorted(wanted)


@pytest.mark.parametrize(
    ("tree", "condition"),
    [
        ({"op": "=", "args": [{"property": "verdict"}, "reported"]}, "verdict = 'reported'"),
        ({"op": "isNull", "args": [{"property": "rounds"}]}, "rounds IS NULL"),
        (
            {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [-88, 43, -87.9385, 44]}]},
            "S_INTERSECTS(geometry, BBOX(-88, 43, -87.9385, 44))",
        ),
        (
            {"op": "t_after", "args": [{"property": "started_at"}, {"timestamp": "2026-07-01T05:00:00Z"}]},
            f"T_AFTER(started_at, {NIGHT})",
        ),
    ],
)
def test_json_says_the_same_as_text(maps, tree, condition):
    told = items(maps, **{"filter": orjson.dumps(tree).decode(), "filter-lang": "cql2-json"}, limit=1000)
    assert sorted(int(one["id"]) for one in told["features"]) == found(maps, condition) != []


def test_areas_are_filtered_by_their_shape(maps):
    assert found(maps, "S_INTERSECTS(geometry, BBOX(-87.93, 43.08, -87.9, 43.1))", "zones") == []
    inside = "S_CONTAINS(geometry, POINT(-87.99 43.01))"
    assert found(maps, inside, "zones") == found(maps, "name = 'Third'", "zones") != []
    assert found(maps, "S_WITHIN(POINT(-87.99 43.01), geometry)", "zones") == found(maps, inside, "zones")
    assert found(maps, "S_INTERSECTS(geometry, BBOX(178, -18, -179, -16))", "zones") != []


DEEP = "(" * 40 + "rounds = 1" + ")" * 40
REFUSED = {
    "rounds =": "no CQL2 text from character",
    "": "no CQL2 text",
    "nix = 1": "no property 'nix'",
    "narrative = 'x'": "no property 'narrative'",
    "rounds = 'three'": "rounds is a number",
    "rounds = 1e999": "no possible number",
    "verdict = 3": "verdict is a text",
    "verdict = 'nix'": "none of pending",
    "verdict > 'a'": "has no order",
    "needs_review = 1": "true or false",
    "rounds": "rounds is a number",
    "started_at > 5": "expected TIMESTAMP",
    "started_at > TIMESTAMP('yesterday')": "is not a date and time",
    "started_at > DATE('2026-02-30')": "no possible date",
    "T_DURING(started_at, INTERVAL('2026-07-02', '2026-07-01'))": "ends before it begins",
    "T_DURING(rounds, INTERVAL('2026-07-01', '2026-07-02'))": "no time",
    "T_MEETS(started_at, INTERVAL('2026-07-01', '2026-07-02'))": "not supported",
    "rounds LIKE '1%'": "no text",
    "rounds + 1 = 2": "expected a property",
    "rounds = number": "cannot be compared",
    "pg_sleep(5) = 1": "expected a property",
    "S_INTERSECTS(geometry, POINT(43 -188))": "leaves the globe",
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))": "not valid",
    "S_INTERSECTS(geometry, BBOX(-87, 43, -86, 42))": "lies north",
    "S_INTERSECTS(verdict, POINT(0 0))": "needs the property geometry",
    "S_DWITHIN(geometry, POINT(0 0), 5, 'm')": "not supported",
    DEEP: "nested deeper",
    "NOT " * 40 + "rounds = 1": "nested deeper",
    "rounds IN (" + ",".join(["1"] * 600) + ")": "more than 500 conditions",
    "address = '" + "x" * 9000 + "'": "longer than",
    "address = 'a\x00b'": "zero character",
}


@pytest.mark.parametrize("condition", REFUSED, ids=lambda text: text[:40].replace("\x00", "0"))
def test_what_is_no_filter_is_refused_with_the_reason(maps, condition):
    answer = maps.get("/ogc/collections/incidents/items", params={"filter": condition})
    reason = REFUSED[condition]
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/query/filter"
    assert reason in error["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "1",
        "null",
        '"x"',
        "{}",
        '{"op": 1}',
        '{"op": "="}',
        '{"op": "=", "args": []}',
        '{"op": "and", "args": []}',
        '{"op": "=", "args": [{"property": 1}, 1]}',
        '{"op": "in", "args": [{"property": "rounds"}, 1]}',
        '{"op": "in", "args": [{"property": "rounds"}, []]}',
        '{"op": "in", "args": [{"property": "rounds"}, [{}]]}',
        '{"op": "like", "args": [{"property": "verdict"}, {"op": "casei"}]}',
        '{"op": "casei", "args": [{"property": "verdict"}]}',
        '{"op": "=", "args": [{"op": "casei", "args": "verdict"}, "x"]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": ["a", 1, 2, 3]}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point"}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, null]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type":"Point","coordinates":[]}]}',
        '{"op": "t_after", "args": [{"property": "started_at"}, {"interval": [1, 2]}]}',
        '{"op": "not", "args": [' * 200 + "true" + "]}" * 200,
    ],
    ids=lambda text: text[:40],
)
def test_json_that_is_no_filter_is_refused(maps, text):
    query = {"filter": text, "filter-lang": "cql2-json"}
    answer = maps.get("/ogc/collections/incidents/items", params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/query/filter"


def test_what_looks_like_sql_is_only_a_text(maps):
    assert found(maps, "address = 'x''; DROP TABLE incidents; --'") == []
    assert found(maps, "address LIKE '%'' OR 1=1 --'") == []
    assert len(items(maps)["features"]) == 8
