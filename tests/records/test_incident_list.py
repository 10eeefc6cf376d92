"""GET /v1/incidents: filters, order, paging, forms and refusals, on both databases."""

import csv
import io
import json
import shutil
import subprocess
from urllib.parse import quote

import pytest
from sqlalchemy import event

from tests.conftest import skip_or_fail
from tests.records.conftest import at


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["incidents"]]


FILTERS = [
    ("", "87654321"),
    ("verdict=reported", "21"),
    ("verdict=reported,withdrawn", "721"),
    ("verdict=reported&verdict=indeterminate", "621"),
    (f"from={at(7200)}", "8765432"),
    (f"from={at(7200.001)}", "876543"),
    (f"to={at(7200)}", "1"),
    (f"from={at(7200)}&to={at(4 * 7200)}", "432"),
    (f"from={at(7200)}&to={at(7200)}", ""),
    ("from=2026-07-01T00:00:00-05:00&to=2026-07-01T02:00:01-05:00", "32"),
    ("min_rounds=3", "85421"),
    ("max_rounds=3", "8741"),
    ("min_rounds=3&max_rounds=12", "8421"),
    ("classification=single_gunshot", "1"),
    ("classification=single_gunshot,fireworks", "1"),
    ("zone=District 2", "21"),
    ("zone=dIstrict%202", "21"),
    ("zone=4", "3"),
    ("zone=3", "2"),
    ("bbox=-87.9385,43,-87.9365,43.02", "43"),
    ("bbox=-87.94,43.01,-87.94,43.01", "1"),
    ("bbox=170,-10,-170,10", ""),
    ("near=-87.94,43.01,100", "21"),
    ("near=-87.94,43.01,80", "1"),
    ("needs_review=true", "2"),
    ("needs_review=false", "8765431"),
    ("disposition=confirmed", "1"),
    ("disposition=confirmed,unfounded", "21"),
    ("disposition=none", "876543"),
    ("disposition=none,confirmed", "8765431"),
    ("q=2026-000003", "3"),
    ("q=center_st", "8752"),
    ("q=100%25", "3"),
    ("q=%25", "3"),
    ("q=e_st", "3"),
    ("q=A-5", "6"),
    ("q=/", ""),
    ("sort=started_at", "12345678"),
    ("sort=rounds", "71482536"),
    ("sort=-rounds", "52841763"),
    ("verdict=unreported&min_rounds=4&bbox=-88,43,-87,44", "5"),
]


def test_every_filter(still):
    for query, expected in FILTERS:
        found = ids(still.get(f"/v1/incidents?{query.replace('+', '%2B')}", "viewer"))
        if query.startswith("sort=") and "rounds" in query:
            assert sorted(found) == sorted(expected), query
            continue
        assert "".join(found) == expected, query


def test_a_plus_that_an_address_turned_into_a_blank_is_still_an_offset(still):
    assert ids(still.get("/v1/incidents?to=2026-07-01T05:00:00+00:00")) == ["1"]


SORTS = ("started_at", "updated_at", "rounds", "probability_reported")


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("way", ["", "-"])
def test_paging_neither_skips_nor_doubles(still, name, way):
    whole = still.get(f"/v1/incidents?sort={way}{name}").json()["incidents"]
    known = [item[name] for item in whole if item[name] is not None]
    assert known == sorted(known, reverse=bool(way))
    assert [item[name] for item in whole][len(known) :] == [None] * (len(whole) - len(known))
    for limit in (1, 2, 3, 8):
        paged = still.all_pages(f"/v1/incidents?sort={way}{name}&limit={limit}", "incidents")
        assert paged == whole, limit


def test_the_last_page_leads_nowhere(still):
    assert still.get("/v1/incidents?limit=8").json()["links"] == {"next": None}
    assert still.get("/v1/incidents?limit=8&f=geojson").json()["links"] == []
    assert "link" not in still.get("/v1/incidents?limit=8&f=csv").headers


def test_the_next_page_keeps_filters_and_form(still):
    path = "/v1/incidents?verdict=unreported&limit=1&f=geojson&fields=id,verdict"
    seen = []
    while path:
        answer = still.get(path).json()
        seen += [(item["id"], item["properties"]["verdict"]) for item in answer["features"]]
        path = next((link["href"] for link in answer["links"] if link["rel"] == "next"), None)
    assert seen == [(number, "unreported") for number in "8543"]


WRONG = [
    ("verdict=maybe", "verdict"),
    ("verdict=", "verdict"),
    ("verdict=reported,", "verdict"),
    ("from=2026-07-01T00:00:00", "from"),
    ("from=yesterday", "from"),
    ("from=2026-02-30T00:00:00Z", "from"),
    ("from=", "from"),
    ("to=0000-01-01T00:00:00Z", "to"),
    ("min_rounds=-1", "min_rounds"),
    ("min_rounds=3.5", "min_rounds"),
    ("min_rounds=99999999999999999999", "min_rounds"),
    ("max_rounds=many", "max_rounds"),
    ("classification=bang", "classification"),
    ("zone=", "zone"),
    ("zone=%00", "zone"),
    ("bbox=1,2,3", "bbox"),
    ("bbox=1,2,3,4,5,6", "bbox"),
    ("bbox=nan,0,1,1", "bbox"),
    ("bbox=-inf,0,inf,1", "bbox"),
    ("bbox=1e999,0,1,1", "bbox"),
    ("bbox=-181,0,0,1", "bbox"),
    ("bbox=0,-91,1,0", "bbox"),
    ("bbox=0,1,1,0", "bbox"),
    ("bbox=a,b,c,d", "bbox"),
    ("near=1,2", "near"),
    ("near=0,0,0", "near"),
    ("near=0,0,-5", "near"),
    ("near=0,0,100001", "near"),
    ("near=0,0,nan", "near"),
    ("near=0,91,5", "near"),
    ("needs_review=yes", "needs_review"),
    ("disposition=closed", "disposition"),
    ("q=", "q"),
    ("q=%00", "q"),
    ("q=" + "x" * 201, "q"),
    ("sort=address", "sort"),
    ("sort=started_at&sort=rounds", "sort"),
    ("fields=id,narrative", "fields"),
    ("fields=", "fields"),
    ("limit=0", "limit"),
    ("limit=1001", "limit"),
    ("limit=-1", "limit"),
    ("limit=ten", "limit"),
    ("limit=1&limit=2", "limit"),
    ("f=shp", "f"),
    ("verdicts=reported", "verdicts"),
    ("offset=10", "offset"),
    ("as_of=2026-07-01T00:00:00", "as_of"),
    ("%00=1", "?"),
]


@pytest.mark.parametrize("path", ["/v1/incidents"])
def test_every_wrong_parameter_is_named(still, path):
    for query, name in WRONG:
        answer = still.get(f"{path}?{query}")
        assert answer.status_code == 400, (query, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "urn:earshot:problem:invalid-parameter"
        assert [error["pointer"] for error in problem["errors"]] == [f"/query/{name}"], query


def test_parameters_that_contradict_each_other(still):
    for query in (
        f"from={at(9)}&to={at(8)}".replace("+", "%2B"),
        "min_rounds=5&max_rounds=4",
        "fields=alerts&f=geojson",
        "fields=alerts&f=csv",
    ):
        answer = still.get(f"/v1/incidents?{query}")
        assert (answer.status_code, answer.json()["status"]) == (400, 400), query


def test_an_unknown_zone_is_answered_with_close_ones(still):
    answer = still.get("/v1/incidents?zone=Distrct 2")
    assert answer.status_code == 400
    assert "District 2" in answer.json()["detail"]
    assert "all" not in answer.json()["detail"].split()


def test_a_misspelt_parameter_is_answered_with_the_right_one(still):
    assert "did you mean verdict?" in still.get("/v1/incidents?verdicts=reported").json()["detail"]


def cursor_of(*parts):
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


CURSORS = [
    "",
    "x",
    "%00",
    "ünicode",
    "AAAA",
    "WyI=",
    cursor_of(),
    cursor_of("-started_at", 1),
    cursor_of("-started_at", 1, 2, 3),
    cursor_of("-rounds", 1, 2),
    cursor_of("-started_at", "now", 2),
    cursor_of("-started_at", 1.5, 2),
    cursor_of("-started_at", True, 2),
    cursor_of("-started_at", 10**30, 2),
    cursor_of("-started_at", 10**17 * 9, 2),
    cursor_of("-started_at", 1, -1),
    cursor_of("-started_at", 1, 2**63),
    cursor_of("-started_at", 1, "2"),
    cursor_of("-started_at", [1], 2),
    cursor_of("-started_at", {}, 2),
    "9" * 5000,
]


def test_a_cursor_that_is_none_is_refused(still):
    for cursor in CURSORS:
        answer = still.get(f"/v1/incidents?cursor={cursor}")
        assert answer.status_code == 400, (cursor, answer.text)
        assert "cursor" in answer.json()["detail"]
    of_rounds = still.get("/v1/incidents?sort=rounds&limit=1").json()["links"]["next"].partition("cursor=")[2]
    assert still.get(f"/v1/incidents?cursor={of_rounds}").status_code == 400
    assert still.get(f"/v1/incidents?sort=-rounds&cursor={of_rounds}").status_code == 400
    for sort, value in (("rounds", 1.5), ("rounds", 2**70), ("probability_reported", 1e300)):
        answer = still.get(f"/v1/incidents?sort={sort}&cursor={cursor_of(sort, value, 1)}")
        assert answer.status_code == 400, (sort, value)


ACCEPTS = [
    ("*/*", "application/json"),
    ("application/json", "application/json"),
    ("application/*", "application/json"),
    ("application/geo+json", "application/geo+json"),
    ("application/geo+json, */*;q=0.1", "application/geo+json"),
    ("application/geo+json;q=0.2, application/json;q=0.9", "application/json"),
    ("text/csv", "text/csv; charset=utf-8"),
    ("text/*", "text/csv; charset=utf-8"),
    ("text/html", "application/json"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
    ("application/json;q=0, text/csv", "text/csv; charset=utf-8"),
]


def test_the_form_is_negotiated(still):
    for accept, expected in ACCEPTS:
        answer = still.get("/v1/incidents", headers={"accept": accept})
        assert answer.headers["content-type"] == expected, accept
        assert "accept" in answer.headers["vary"].lower()
    for accept in ("image/png", "application/xml", "application/json;q=0", "*/*;q=0"):
        answer = still.get("/v1/incidents", headers={"accept": accept})
        assert answer.status_code == 406, accept
        assert answer.headers["content-type"] == "application/problem+json"
    answer = still.get("/v1/incidents?f=csv", headers={"accept": "image/png"})
    assert answer.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("form", ["json", "geojson", "csv"])
def test_a_client_that_has_it_gets_304(still, form):
    first = still.get(f"/v1/incidents?f={form}")
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    for told in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = still.get(f"/v1/incidents?f={form}", headers={"if-none-match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert still.get(f"/v1/incidents?f={form}", headers={"if-none-match": '"other"'}).status_code == 200


def test_fields_are_those_asked_for_in_that_order(still):
    first = still.get("/v1/incidents?fields=verdict,id,zones").json()["incidents"][0]
    assert list(first) == ["verdict", "id", "zones"]
    assert still.get("/v1/incidents?f=csv&fields=id,rounds&limit=2").text == "id,rounds\r\n8,3\r\n7,1\r\n"
    (feature,) = still.get("/v1/incidents?f=geojson&fields=number&limit=1").json()["features"]
    assert feature["properties"] == {"number": "2026-000008"}
    assert feature["id"] == "8"
    assert feature["geometry"] is not None


def test_geojson_is_flat_and_says_where_nothing_is_known(still):
    features = still.get("/v1/incidents?f=geojson").json()["features"]
    assert {feature["id"]: feature["geometry"] is None for feature in features}["6"] is True
    assert sum(feature["geometry"] is None for feature in features) == 1
    for feature in features:
        assert not [name for name, value in feature["properties"].items() if isinstance(value, list | dict)]
        assert feature["properties"]["alert_count"] == 1


def test_csv_runs_nothing_and_pages_by_its_header(still):
    rows = []
    path = "/v1/incidents?f=csv&limit=3"
    while path:
        answer = still.get(path)
        rows += list(csv.DictReader(io.StringIO(answer.text)))
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert [row["id"] for row in rows] == list("87654321")
    by_id = {row["id"]: row for row in rows}
    assert by_id["4"]["address"] == "'=HYPERLINK(1)"
    assert by_id["1"]["longitude"] == "-87.94"
    assert by_id["1"]["zones"] == "District 2"
    assert by_id["2"]["needs_review"] == "true"
    assert by_id["3"]["rounds"] == ""


def test_a_page_costs_the_same_queries_however_long_it_is(still):
    statements = []
    listening = still.client.app.state.database.reading_engine

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(listening, "before_cursor_execute", note)
    for limit in (1, 8):
        statements.clear()
        still.get(f"/v1/incidents?limit={limit}")
        selects = [statement for statement in statements if "SELECT" in statement and "keys" not in statement]
        assert len(selects) == 3, selects
    statements.clear()
    still.get("/v1/incidents?fields=id,verdict")
    assert not [statement for statement in statements if "FROM alerts" in statement]
    event.remove(listening, "before_cursor_execute", note)


@pytest.mark.gdal
def test_gdal_reads_it(still, tmp_path):
    if shutil.which("ogrinfo") is None:
        skip_or_fail("gdal", "there is no ogrinfo")
    file = tmp_path / "incidents.geojson"
    file.write_bytes(still.get("/v1/incidents?f=geojson").content)
    said = subprocess.run(["ogrinfo", "-al", "-so", str(file)], capture_output=True, text=True, check=True)
    assert "Feature Count: 8" in said.stdout
    assert "Geometry: Point" in said.stdout
    assert "started_at: DateTime" in said.stdout
    assert "needs_review: Integer(Boolean)" in said.stdout


def test_text_of_any_alphabet_is_looked_for(still):
    assert ids(still.get(f"/v1/incidents?q={quote('Straße ✓')}")) == []
