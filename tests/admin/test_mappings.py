"""/v1/sources/{source}/mapping: a mapping is shown, mended, and what waited for it is tried again."""

import orjson
import pytest

from app.admin import schemas
from tests.records.conftest import KEEPING, call

PATH = "/v1/sources/dispatch/mapping"


def put(office, mapping, path=PATH, who="admin"):
    content = orjson.dumps({"mapping": mapping})
    return office.ask("PUT", path, who, content=content, headers={"content-type": "application/json"})


@pytest.fixture
def mapped(office):
    """The service, with its mapping put back afterwards."""
    yield office
    assert put(office, KEEPING).status_code == 200


def test_the_mapping_is_shown_as_it_was_written(office):
    answer = office.get(PATH, "admin")
    shown = schemas.MappingDocument.model_validate_json(answer.content, strict=True)
    assert (shown.source, shown.mapping) == ("dispatch", KEEPING)


def test_a_mended_mapping_lets_what_was_refused_be_used(mapped):
    record = {**call(700, 0), "received_at": None, "came_in": call(700, 0)["received_at"]}
    assert mapped.send("/v1/calls/dispatch", "cad", record).status_code == 422
    (reject,) = [
        one
        for one in mapped.get("/v1/rejects", "admin").json()["rejects"]
        if one["external_id"] == record["external_id"]
    ]
    answer = put(mapped, KEEPING.replace('received_at = "received_at"', 'received_at = "came_in"'))
    assert answer.status_code == 200, answer.text
    waiting = schemas.MappingDocument.model_validate_json(answer.content, strict=True).waiting
    tried = mapped.ask("POST", f"/v1/rejects/{reject['id']}/retry", "admin").json()
    assert (tried["resolved"], tried["new"]) == (1, 1)
    assert mapped.get(PATH, "admin").json()["waiting"] == waiting - 1
    entry = mapped.get("/v1/audit", "admin", params={"action": "source.change-mapping"}).json()["entries"][0]
    assert entry["target"] == "source:dispatch"


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("kind = ", "TOML"),
        (KEEPING.replace('kind = "calls"', 'kind = "alerts"'), ""),
        (KEEPING + '\n[nonsense]\na = "b"\n', "nonsense"),
        ("", ""),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_with_the_reason(office, mapping, said):
    answer = put(office, mapping)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["errors"][0]["pointer"] == "/mapping"
    assert said in problem["errors"][0]["reason"]
    assert office.get(PATH, "admin").json()["mapping"] == KEEPING


def test_an_unknown_source_is_not_found(office):
    for path in ("/v1/sources/nobody/mapping", "/v1/sources/%00/mapping"):
        assert office.get(path, "admin").status_code == 404
        assert put(office, KEEPING, path).status_code == 404


def test_a_mapping_is_for_administrators(office):
    for who in ("viewer", "analyst", "vendor", "cad"):
        assert office.get(PATH, who).status_code == 403
        assert put(office, KEEPING, who=who).status_code == 403
