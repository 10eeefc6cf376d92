"""Rules by version: named by their content, the last put in force decides."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from app.core.errors import NotFoundError
from app.correlation.background import unknown_background
from app.correlation.background_fit import LocatedCalls, fit_background
from app.correlation.parameters import NATURES, Parameters, ParametersError
from app.db import Database
from app.db.models import AuditEntry, Rules, RulesUse
from app.db.models import Background as BackgroundRow
from app.rules.store import (
    RulesInForce,
    find_rules,
    list_rules,
    put_in_force,
    rules_in_force,
    rules_now,
    store_rules,
    use_rules,
)
from app.rules.store import _remembered as remembered
from tests.conftest import NOW, Clock

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


def test_storing_decides_nothing_and_is_idempotent(database: Database, clock: Clock) -> None:
    first = in_force(database, clock)
    with database.write() as session:
        stored = store_rules(session, Parameters(prior_reported=0.3), FITTED, now=clock())
    clock.advance(60)
    with database.write() as session:
        assert store_rules(session, Parameters(prior_reported=0.3), FITTED, now=clock()) == stored
    with database.read() as session:
        assert rules_now(session) == first
        assert session.scalar(select(func.count()).select_from(Rules)) == 2
        assert session.scalar(select(func.count()).select_from(BackgroundRow)) == 1
        assert session.scalar(select(func.count()).select_from(RulesUse)) == 1
        assert find_rules(session, stored.version) == stored
        created = session.scalar(select(Rules.created_at).where(Rules.version == stored.version))
    assert created == NOW


def test_the_list_tells_what_is_in_force_and_what_a_background_rests_on(
    database: Database, clock: Clock
) -> None:
    with database.read() as session:
        assert list_rules(session) == []
    first = in_force(database, clock)
    clock.advance(60)
    with database.write() as session:
        stored = store_rules(session, Parameters(), FITTED, now=clock())

    def listed() -> list[tuple[object, ...]]:
        names = ("version", "in_force", "effective_at", "created_at", "basis", "calls")
        with database.read() as session:
            return [tuple(row[name] for name in names) for row in list_rules(session)]

    later = NOW + timedelta(seconds=60)
    assert listed() == [
        (stored.version, False, None, later, "fitted", 500),
        (first.version, True, NOW, NOW, None, None),
    ]
    for version in (stored.version, first.version, stored.version):
        clock.advance(60)
        with database.write() as session:
            use_rules(session, version, actor="test", now=clock())
        assert [row[1] for row in listed()] == [row[0] == version for row in listed()]
    assert listed()[0][2] == NOW + timedelta(seconds=240)


@pytest.mark.parametrize("version", ["r-000000000000", "", "r-", "x", "r-\x00", "r-" + "0" * 500, "R-0"])
def test_a_version_that_there_is_not(database: Database, clock: Clock, version: str) -> None:
    for act in (
        lambda session: find_rules(session, version),
        lambda session: use_rules(session, version, actor="test", now=clock()),
    ):
        with pytest.raises(NotFoundError), database.write() as session:
            act(session)


def test_a_background_with_a_relief_is_read_as_it_was_stored(database: Database, clock: Clock) -> None:
    """A fitted one is rounded before it first decides, so that it decides alike after every start."""
    draw = np.random.default_rng(3)
    count = 3_000
    calls = LocatedCalls(
        received_micros=np.sort(draw.integers(0, 14 * 86_400 * 10**6, count)),
        longitude=-87.9 + draw.normal(0, 0.05, count),
        latitude=43.0 + draw.normal(0, 0.04, count),
        nature=draw.integers(0, len(NATURES), count),
        weight=np.ones(count),
    )
    fitted = fit_background(
        calls,
        covered=[(0, 14 * 86_400 * 10**6)],
        in_coverage=None,
        coverage_m2=None,
        rhythms={"cad": [0.01] * 168},
        time_zone="America/Chicago",
    )
    assert fitted.relief is not None
    with database.write() as session:
        stored = store_rules(session, Parameters(), fitted, now=clock())
    remembered.clear()
    with database.read() as session:
        found = find_rules(session, stored.version)
    assert found.background is not fitted
    where = (calls.received_micros, calls.longitude, calls.latitude, calls.nature)
    assert found.background.log_rate(*where).tobytes() == fitted.log_rate(*where).tobytes()


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
