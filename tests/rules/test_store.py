"""Rules by version: named by their content, the last put in force decides."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.correlation.background import unknown_background
from app.correlation.parameters import Parameters, ParametersError
from app.db import Database
from app.db.models import AuditEntry, Rules, RulesUse
from app.rules.store import RulesInForce, put_in_force, rules_in_force, rules_now
from tests.conftest import Clock

FITTED = replace(unknown_background(), calls=500, basis="fitted", source_rhythm_s={"cad": [0.5] * 168})


def use(database: Database, clock: Clock, parameters: Parameters, background: object = None) -> RulesInForce:
    with database.write() as session:
        return put_in_force(session, parameters, background, actor="test", now=clock())  # type: ignore[arg-type]


def in_force(database: Database, clock: Clock) -> RulesInForce:
    with database.write() as session:
        return rules_in_force(session, clock())


def test_the_defaults_are_the_first_version(database: Database, clock: Clock) -> None:
    first = in_force(database, clock)
    assert first.parameters == Parameters()
    assert not first.has_fitted_background
    assert in_force(database, clock) == first
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(RulesUse)) == 1


def test_who_only_reads_gets_the_same_and_stores_nothing(database: Database, clock: Clock) -> None:
    with database.read() as session:
        defaults = rules_now(session)
        assert session.scalar(select(func.count()).select_from(Rules)) == 0
    assert in_force(database, clock) == defaults
    used = use(database, clock, Parameters(prior_reported=0.3), FITTED)
    with database.read() as session:
        assert rules_now(session) == used


def test_the_last_decides_though_the_clock_stands(database: Database, clock: Clock) -> None:
    one, other = Parameters(prior_reported=0.3), Parameters(prior_reported=0.1)
    use(database, clock, one)
    use(database, clock, other)
    assert in_force(database, clock).parameters == other
    use(database, clock, one)
    assert in_force(database, clock).parameters == one
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Rules)) == 2
        assert session.scalar(select(func.count()).select_from(RulesUse)) == 3
        assert (
            session.scalar(
                select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "rules.use")
            )
            == 3
        )


def test_a_version_is_named_by_its_content(database: Database, clock: Clock) -> None:
    plain = use(database, clock, Parameters())
    again = use(database, clock, Parameters())
    fitted = use(database, clock, Parameters(), FITTED)
    longer = use(database, clock, Parameters(window_after_s=1200.0), FITTED)
    assert plain.version == again.version
    assert len({plain.version, fitted.version, longer.version}) == 3
    found = in_force(database, clock)
    assert (found.version, found.parameters.window_after_s) == (longer.version, 1200.0)
    assert found.background == replace(FITTED, source_rhythm_s={"cad": [0.5] * 168})


def test_parameters_survive_as_a_document() -> None:
    parameters = Parameters(prior_reported=0.37, window_after_s=600.5)
    assert Parameters.from_document(parameters.to_document()) == parameters


@pytest.mark.parametrize(
    "document",
    [
        {"prior": 0.2},
        {"prior_reported": 0},
        {"prior_reported": 1},
        {"expected_calls": 0},
        {"window_after_s": 0},
        {"window_after_s": 7201},
        {"window_before_s": -1},
        {"lag_shape": float("nan")},
        {"gate_m": True},
        {"gate_m": "2000"},
        {"nature_share": {"shots_fired": 1.0}},
    ],
)
def test_what_cannot_apply_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ParametersError):
        Parameters.from_document(document)
