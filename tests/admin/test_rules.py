"""Rules are tried before they are stored: whether they can apply, and what they would change."""

import pytest

from app.admin import rules as routes
from app.admin import schemas

NIGHT = {"from": "2026-06-30T00:00:00Z", "to": "2026-07-03T00:00:00Z"}
NARROW = {"window_after_s": 60}


def check(office, document):
    return office.send("/v1/rules/check", "admin", document)


def trial(office, **asked):
    return office.send("/v1/rules/trial", "admin", asked)


def in_force(office):
    return office.get("/v1/rules/in-force", "admin").json()["version"]


def test_rules_that_can_apply_are_held_against_those_in_force(office):
    answer = check(office, {"window_after_s": 1200})
    assert answer.status_code == 200
    schemas.RulesCheck.model_validate_json(answer.content, strict=True)
    told = answer.json()
    assert told["changes"] == {"window_after_s": {"from": 900.0, "to": 1200.0}}
    assert told["in_force"] == in_force(office) != told["version"]
    same = check(office, {}).json()
    assert (same["version"], same["changes"]) == (same["in_force"], {})
    versions = [each["version"] for each in office.get("/v1/rules", "admin").json()["rules"]]
    assert versions == [told["in_force"]], "nothing is stored"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"window_after": 1200}, "/window_after"),
        ({"window_after_s": "long"}, "/window_after_s"),
        ({"window_after_s": -1}, "/window_after_s"),
        ({"nature_share": {"nix": 1}}, "/nature_share/nix"),
        ([], ""),
    ],
)
def test_rules_that_cannot_apply_are_refused_with_every_place(office, document, pointer):
    answer = check(office, document)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_a_trial_counts_what_would_change_and_writes_nothing(office):
    before = office.get("/v1/incidents", "analyst").json()
    answer = trial(office, parameters=NARROW, **NIGHT)
    assert answer.status_code == 200, answer.text
    schemas.TrialDocument.model_validate_json(answer.content)
    found = answer.json()
    assert found["incidents"] == 8
    (change,) = found["changes"]
    assert (change["from"], change["to"], change["count"]) == ("reported", "unreported", 2)
    assert {example["number"] for example in change["examples"]} <= {
        incident["number"] for incident in before["incidents"]
    }
    assert found["unchanged"] == 6
    assert office.get("/v1/incidents", "analyst").json() == before
    assert trial(office, version=found["in_force"], **NIGHT).json()["changes"] == []
    short = {"from": "2026-07-01T02:00:00Z", "to": "2026-07-01T04:00:00Z"}
    assert trial(office, parameters=NARROW, **short).json()["incidents"] == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"parameters": {}}, 422),
        (NIGHT, 422),
        ({**NIGHT, "parameters": {}, "version": "r-000000000000"}, 422),
        ({**NIGHT, "version": "r-000000000000"}, 404),
        ({**NIGHT, "parameters": {"nix": 1}}, 422),
        ({"from": NIGHT["to"], "to": NIGHT["from"], "parameters": {}}, 422),
        ({"from": "2026-01-01T00:00:00Z", "to": NIGHT["to"], "parameters": {}}, 422),
        ({"from": "2026-07-01", "to": NIGHT["to"], "parameters": {}}, 422),
        ({**NIGHT, "parameters": [], "nix": 1}, 422),
    ],
)
def test_trials_that_cannot_be_are_refused(office, asked, status):
    assert trial(office, **asked).status_code == status


def test_one_trial_at_a_time(office):
    assert routes._one_at_a_time.acquire(blocking=False)
    try:
        answer = trial(office, parameters={}, **NIGHT)
    finally:
        routes._one_at_a_time.release()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert trial(office, parameters={}, **NIGHT).status_code == 200
    assert trial(office, parameters={"nix": 1}, **NIGHT).status_code == 422
    assert trial(office, parameters={}, **NIGHT).status_code == 200, "a refused one lets the next in"
