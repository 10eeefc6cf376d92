"""/v1/rules: administrators look at what decides, store another version, and put it in force."""

import pytest
from sqlalchemy import func, select

from app.db.models import AuditEntry, Change, Rules, RulesUse
from app.records import rules_schemas
from tests.records.test_link_reviews import pointers, problem

WIDER = {"window_after_s": 1200}


def get(service, path=""):
    answer = service.get(f"/v1/rules{path}", "admin")
    assert answer.status_code == 200, answer.text
    return answer.json()


def store(service, document):
    return service.send("/v1/rules", "admin", document)


def use(service, version):
    return service.ask("POST", f"/v1/rules/{version}/use", "admin")


def rows(service):
    with service.database.read() as session:
        return [
            session.scalar(select(func.count()).select_from(model)) for model in (Rules, RulesUse, Change)
        ]


def test_before_anything_is_judged_the_defaults_decide(service):
    assert get(service) == {"rules": [], "links": {"next": None}}
    shown = get(service, "/in-force")
    assert shown["in_force"] is True
    assert shown["parameters"]["window_after_s"] == 900.0
    assert shown["background"]["fitted"] is False
    assert rows(service) == [0, 0, 0], "looking stores nothing"


def test_what_is_shown_is_what_the_schema_says(night):
    listed = night.get("/v1/rules", "admin")
    rules_schemas.RulesList.model_validate_json(listed.content, strict=True)
    (only,) = listed.json()["rules"]
    assert only["in_force"] is True
    for path in ("in-force", only["version"]):
        answer = night.get(f"/v1/rules/{path}", "admin")
        rules_schemas.RulesDocument.model_validate_json(answer.content, strict=True)
        assert answer.json()["version"] == only["version"]
    tag = night.get("/v1/rules/in-force", "admin").headers["etag"]
    again = night.get("/v1/rules/in-force", "admin", headers={"if-none-match": tag})
    assert again.status_code == 304


def test_nothing_takes_effect_before_use_and_then_every_alert_is_judged_again(night):
    before = get(night, "/in-force")["version"]
    uses = rows(night)[1]
    answer = store(night, WIDER)
    assert answer.status_code == 201, answer.text
    rules_schemas.RulesVersion.model_validate_json(answer.content, strict=True)
    version = answer.json()["version"]
    assert answer.json()["in_force"] is False
    assert rows(night)[1:] == [uses, 0]
    night.judge()
    assert get(night, "/in-force")["version"] == before
    assert {item["rules_version"] for item in night.get("/v1/incidents").json()["incidents"]} == {before}
    stored = get(night, f"/{version}")
    assert (stored["in_force"], stored["parameters"]["window_after_s"]) == (False, 1200.0)

    night.clock.advance(60)
    answer = use(night, version)
    assert (answer.status_code, answer.json()) == (200, {"version": version, "in_force": True})
    assert get(night, "/in-force") == {**stored, "in_force": True}
    night.judge()
    incidents = night.get("/v1/incidents").json()["incidents"]
    assert {item["rules_version"] for item in incidents} == {version}
    first = night.get("/v1/incidents/1").json()
    assert first["closes_at"] == "2026-07-01T03:20:00.000Z"
    assert [change["rules_version"] for change in first["history"]] == [before, version]
    assert [row["in_force"] for row in get(night)["rules"]] == [
        row["version"] == version for row in get(night)["rules"]
    ]
    with night.database.read() as session:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.target, AuditEntry.actor).where(
                AuditEntry.action == "rules.use"
            )
        ).all()
    assert [entry.target for entry in entries] == [f"rules:{before}", f"rules:{version}"]
    assert entries[-1].actor.startswith("key:")

    assert use(night, before).status_code == 200, "and back"
    night.judge()
    assert {item["rules_version"] for item in night.get("/v1/incidents").json()["incidents"]} == {before}


def test_storing_twice_gives_the_same_version(night):
    first, second = store(night, WIDER), store(night, {"window_after_s": 1200.0})
    assert first.json() == second.json()
    assert rows(night)[0] == 2
    now = get(night, "/in-force")
    same = store(night, now["parameters"])
    assert same.json() == {"version": now["version"], "in_force": True}
    assert store(night, {}).json() == same.json()
    assert rows(night)[0] == 2


def test_using_what_is_in_force_is_harmless(night):
    version = get(night, "/in-force")["version"]
    before = night.get("/v1/incidents/1").json()
    assert use(night, version).status_code == 200
    night.judge()
    assert night.get("/v1/incidents/1").json() == before


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({"windw_after_s": 900}, ["/windw_after_s"]),
        ({"window_after_s": 0}, ["/window_after_s"]),
        ({"window_after_s": "900", "gate_m": True}, ["/window_after_s", "/gate_m"]),
        ({"nature_share": {"weapon": "x", "arson": 0.1}}, ["/nature_share/weapon", "/nature_share/arson"]),
        ({"prior_reported": 0.999}, ["/prior_reported"]),
        ([], [""]),
        ("r-000000000000", [""]),
        (None, [""]),
    ],
)
def test_what_cannot_apply_is_refused_with_the_place(night, document, wrong):
    before = rows(night)
    assert pointers(problem(store(night, document), 422, "unusable-record")) == wrong
    assert rows(night) == before


@pytest.mark.parametrize("body", [b"", b"{", b'{"gate_m": NaN}', b'{"gate_m": Infinity}', b"gate_m = 1"])
def test_what_is_no_json_is_refused(night, body):
    problem(store(night, body), 400, "malformed-body")


def test_a_stranger_s_rules_are_not_even_read(night):
    for path in ("/v1/rules", "/v1/rules/r-000000000000/use"):
        problem(night.send(path, None, b"{"), 401, "unauthenticated")
        for who in ("viewer", "analyst", "vendor", "cad"):
            problem(night.send(path, who, b"{"), 403, "forbidden")
    problem(night.send("/v1/rules", "admin", b" " * 100_001), 413, "too-large")


@pytest.mark.parametrize("version", ["r-000000000000", "r-", "nix", "%00", "r-00000000000%00", "9" * 300])
def test_a_version_that_there_is_not(night, version):
    problem(night.get(f"/v1/rules/{version}", "admin"), 404, "not-found")
    problem(use(night, version), 404, "not-found")


@pytest.mark.parametrize("path", ["", "/in-force", "/r-000000000000"])
def test_parameters_are_checked(night, path):
    answer = night.get(f"/v1/rules{path}?limit=5", "admin")
    assert pointers(problem(answer, 400, "invalid-parameter")) == ["/query/limit"]
