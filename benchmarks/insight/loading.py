"""A year of a large city put into PostGIS as the product would leave it, but written by COPY and SQL.

Alerts and calls are those of the simulated city; every alert is an incident, its verdict and links follow the
simulation's truth, and people have worked on some of them: findings, evidence, follow-ups, missed gunfire.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import psycopg
from numpy.typing import NDArray
from shapely.geometry import mapping
from sqlalchemy import make_url

from app.adapters import preset_text
from app.core.settings import Settings
from app.correlation.background import Background
from app.correlation.parameters import Parameters
from app.correlation.rhythm import fit_rhythm
from app.db import Database
from app.domain.vocabulary import SourceKind
from app.rules.store import put_in_force
from app.simulate import CITY_LARGE, CLASSIFICATIONS, ORIGINS, Simulation, simulate
from app.simulate import NATURES as SIMULATED_NATURES
from app.simulate.cad import DISPOSITIONS, NATURE_CODES, PRIORITIES
from app.simulate.columns import LINES, NO_TIME
from app.sources.store import add_source

START = datetime(2025, 1, 1, 6, tzinfo=UTC)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TYPES = {"i": (">i8", "bigint"), "f": (">f8", "float8")}
_AT = "CASE WHEN {0} > 0 THEN 'epoch'::timestamptz + {0} * interval '1 microsecond' END"

ALERTS = f"""
INSERT INTO alerts (id, source_id, external_id, revision, fields_revision, fingerprint, status, started_at,
    published_at, longitude, latitude, uncertainty_m, rounds, classification, stored_at)
SELECT id + 1, 1, 'a-' || id, 1, 1, ''::bytea,
    CASE WHEN retracted > 0 THEN 'retracted' ELSE 'active' END, {_AT.format("started")},
    {_AT.format("published")}, longitude, latitude, uncertainty, rounds,
    (%(classifications)s::text[])[classification + 1], {_AT.format("published")}
FROM bench_alerts;
INSERT INTO alert_revisions (alert_id, revision, fingerprint, outcome, stored_at, record, raw)
SELECT id + 1, 1, int8send(id), 'accepted', {_AT.format("published")},
    jsonb_build_object('classification', (%(classifications)s::text[])[first_classification + 1],
        'status', 'active', 'rounds', rounds, 'longitude', longitude, 'latitude', latitude), '{{}}'
FROM bench_alerts;
INSERT INTO alert_revisions (alert_id, revision, fingerprint, outcome, stored_at, record, raw)
SELECT id + 1, 2, int8send(id), 'revised', {_AT.format("refined")},
    jsonb_build_object('classification', (%(classifications)s::text[])[classification + 1],
        'status', 'active', 'rounds', rounds, 'longitude', longitude, 'latitude', latitude), '{{}}'
FROM bench_alerts WHERE refined > 0;
INSERT INTO incidents (id, number, founding_alert_id, verdict, probability_reported, needs_review, reason,
    started_at, ended_at, published_at, closes_at, decided_at, uncertainty_m, rounds, classification,
    alert_count, call_count, cad_record_count, disposition, rules_version, window_covered, created_at,
    updated_at, longitude, latitude)
SELECT id, '2025-' || lpad(id::text, 6, '0'), id,
    CASE WHEN status = 'retracted' OR classification IN ('fireworks', 'not_gunfire', 'test') THEN 'withdrawn'
        WHEN reported > 0 THEN 'reported' ELSE 'unreported' END,
    CASE WHEN reported > 0 THEN 0.97 ELSE 0.03 END, false, 'measured', started_at, started_at, published_at,
    started_at + interval '15 minutes', started_at + interval '15 minutes', uncertainty_m, rounds,
    classification, 1, 0, 0,
    CASE id %% 20 WHEN 0 THEN 'confirmed' WHEN 7 THEN 'unfounded' WHEN 13 THEN 'unconfirmed' END,
    %(version)s, true, published_at, published_at, longitude, latitude
FROM (SELECT a.*, b.reported FROM alerts a JOIN bench_alerts b ON b.id + 1 = a.id ORDER BY a.id) AS a;
UPDATE alerts SET incident_id = id;
INSERT INTO incident_zones (incident_id, zone_id, known_at)
SELECT i.id, z.id, i.created_at FROM incidents i JOIN zones z ON z.kind <> 'coverage'
    AND ST_Covers(z.area, i.position);
"""
CALLS = f"""
INSERT INTO calls (id, source_id, external_id, revision, fields_revision, fingerprint, received_at,
    longitude, latitude, uncertainty_m, line, nature_code, nature, origin, priority, disposition, responders,
    dispatched_at, arrived_at, cleared_at, stored_at)
SELECT id + 1, 2, 'c-' || id, 1, 1, ''::bytea, {_AT.format("received")},
    nullif(longitude, 'NaN'), nullif(latitude, 'NaN'), uncertainty, (%(lines)s::text[])[line + 1],
    (%(codes)s::text[])[nature_code + 1], (%(natures)s::text[])[nature + 1],
    (%(origins)s::text[])[origin + 1], (%(priorities)s::text[])[priority + 1],
    (%(dispositions)s::text[])[disposition + 1], (%(responders)s::text[])[nature_code + 1]::jsonb,
    {_AT.format("dispatched")}, {_AT.format("arrived")}, {_AT.format("cleared")}, {_AT.format("received")}
FROM bench_calls ORDER BY id;
INSERT INTO links (incident_id, call_id, probability, decision, is_decisive, known_at)
SELECT alert + 1, id + 1, 0.97, 'automatic', false, {_AT.format("received")} FROM bench_calls WHERE alert >= 0
    AND NOT sensor > 0;
INSERT INTO cad_records (incident_id, call_id, known_at)
SELECT alert + 1, id + 1, {_AT.format("received")} FROM bench_calls WHERE alert >= 0 AND sensor > 0;
"""
WORK = """
INSERT INTO disposition_changes (id, incident_id, disposition, evidence, actor, decided_at)
SELECT id, id, disposition, CASE disposition WHEN 'confirmed' THEN jsonb_build_object('casings', id %% 9,
        'evidence_position', jsonb_build_object('longitude', longitude + 0.0001, 'latitude', latitude,
            'uncertainty_m', 5)) ELSE '{}' END, 'bench', started_at + interval '3 hours'
FROM incidents WHERE disposition IS NOT NULL AND verdict <> 'withdrawn';
INSERT INTO disposition_alerts (disposition_id, alert_id, place)
SELECT id, incident_id, 0 FROM disposition_changes;
INSERT INTO follow_ups (id, incident_id, alert_id, kind, state, results, is_touched, created_by, created_at,
    updated_at)
SELECT id, id, id, (ARRAY['outreach', 'canvass', 'evidence_search', 'camera_pull'])[1 + id / 50 %% 4], 'done',
    CASE id / 50 %% 4 WHEN 0 THEN '{"doors": 20, "surveys": 4}'::jsonb WHEN 2 THEN '{"casings": 2}'::jsonb
        ELSE '{"outcome": "nothing"}'::jsonb END,
    true, 'bench', started_at + interval '2 days', started_at + interval '4 days'
FROM incidents WHERE id %% 50 = 1 AND verdict = 'unreported';
INSERT INTO follow_up_changes (follow_up_id, actor, changed_at, fields)
SELECT id, 'bench', updated_at, '{"state": "done"}' FROM follow_ups;
INSERT INTO missed_gunfire (happened_at, longitude, latitude, evidence, actor, created_at)
SELECT started_at + interval '2 hours', longitude, latitude, '{"casings": 2}', 'bench',
    started_at + interval '1 day'
FROM incidents WHERE id %% 500 = 3;
"""
ZONE = """
INSERT INTO zones (kind, name, geometry, west, south, east, north, properties, updated_at, area)
VALUES (%s, %s, %s, %s, %s, %s, %s, '{}', %s, ST_Multi(ST_GeomFromText(%s, 4326))::geography)
"""
COVERED = "INSERT INTO covered_stretches (source_id, kind, from_at, through_at) VALUES (2, 'import', %s, %s)"
INDEXES = ("ix_calls_position", "ix_calls_received_at_id", "ix_calls_source_id_received_at")


def load_city(url: str, days: float) -> str:
    """Fill an empty, migrated database; answers in a line what is in it."""
    run = simulate(CITY_LARGE, seed=1, start=START, days=days)
    version = _prepare(url, run)
    words: dict[str, Any] = {
        "version": version,
        "classifications": [word.value for word in CLASSIFICATIONS],
        "lines": [line.value for line in LINES],
        "natures": [nature.value for nature in SIMULATED_NATURES],
        "origins": [origin.value for origin in ORIGINS],
        "codes": [code.code for code in NATURE_CODES],
        "responders": [orjson.dumps(code.responders).decode() for code in NATURE_CODES],
        "priorities": list(PRIORITIES),
        "dispositions": list(DISPOSITIONS),
    }
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        _copy(connection, "bench_alerts", _alert_columns(run))
        _copy(connection, "bench_calls", _call_columns(run))
        made = {name: _definition(connection, name) for name in INDEXES}
        for name in made:
            connection.execute(f"DROP INDEX {name}")
        for script in (ALERTS, CALLS, WORK):
            for statement in filter(str.strip, script.split(";\n")):
                connection.execute(statement, words)
        for definition in made.values():
            connection.execute(definition)
        for name in ("bench_alerts", "bench_calls"):
            connection.execute(f"DROP TABLE {name}")
        connection.execute("VACUUM (ANALYZE)")
    return f"{run.alerts.count:,} incidents, {run.calls.count:,} calls"


def _prepare(url: str, run: Simulation) -> str:
    """Sources, zones, what the feed covers, and rules; the name of the rules."""
    database = Database(Settings(database_url=url, time_zone=CITY_LARGE.time_zone, _env_file=None))
    now = run.end + timedelta(days=1)
    background = _background(run)
    with database.write() as session:
        for name, kind in (("acoustic", SourceKind.ALERTS), ("cad", SourceKind.CALLS)):
            mapping_text = preset_text(f"generic-{kind.value}-ndjson")
            add_source(
                session,
                name=name,
                kind=kind,
                mapping=mapping_text,
                require_signature=False,
                actor="bench",
                now=now,
            )
        rules = put_in_force(session, Parameters(), background, actor="bench", now=now)
        connection = session.connection()
        for zone in (*run.zones, run.coverage):
            shape = (orjson.dumps(mapping(zone.geometry)).decode(), *zone.geometry.bounds)
            connection.exec_driver_sql(ZONE, (zone.kind.value, zone.name, *shape, now, zone.geometry.wkt))
        connection.exec_driver_sql(COVERED, (run.start, run.end))
    database.dispose()
    return rules.version


def _background(run: Simulation) -> Background:
    """Even rates, and the feed's rhythm, which tells how long a silence is a gap."""
    received = run.calls.received_at_us
    covered = [(int(received[0]), int(received[-1]))]
    return Background(
        rate_s_m2={nature.value: 1e-12 for nature in SIMULATED_NATURES},
        area_m2=None,
        calls=run.calls.count,
        basis="measured",
        source_rhythm_s={"cad": fit_rhythm(received, covered, CITY_LARGE.time_zone)},
        time_zone=CITY_LARGE.time_zone,
    )


def _alert_columns(run: Simulation) -> dict[str, NDArray[Any]]:
    alerts = run.alerts
    return {
        "started": alerts.started_at_us,
        "published": alerts.published_at_us,
        "refined": alerts.refined_at_us,
        "retracted": alerts.retracted_at_us,
        "longitude": alerts.longitude,
        "latitude": alerts.latitude,
        "uncertainty": alerts.uncertainty_m,
        "rounds": alerts.rounds,
        "classification": alerts.classification,
        "first_classification": alerts.first_classification,
        "reported": run.truth.alert_reported,
    }


def _call_columns(run: Simulation) -> dict[str, NDArray[Any]]:
    calls, truth = run.calls, run.truth
    # The alert of a call: its own CAD record's, or the first one of the shooting that it reports.
    first_alert = np.full(len(truth.shooting_at_us), -1)
    first_alert[truth.alert_shooting[::-1]] = np.arange(run.alerts.count)[::-1]
    reports = np.where(truth.call_shooting >= 0, first_alert[truth.call_shooting], -1)
    return {
        "received": calls.received_at_us,
        "dispatched": calls.dispatched_at_us,
        "arrived": calls.arrived_at_us,
        "cleared": calls.cleared_at_us,
        "longitude": calls.longitude,
        "latitude": calls.latitude,
        "uncertainty": calls.uncertainty_m,
        "line": calls.line,
        "nature": calls.nature,
        "nature_code": calls.nature_code,
        "origin": calls.origin,
        "priority": calls.priority,
        "disposition": calls.disposition,
        "alert": np.where(truth.call_alert >= 0, truth.call_alert, reports),
        "sensor": truth.call_alert >= 0,
    }


def _definition(connection: psycopg.Connection[Any], index: str) -> str:
    row = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", (index,)).fetchone()
    assert row is not None
    return str(row[0])


def _copy(connection: psycopg.Connection[Any], table: str, columns: dict[str, NDArray[Any]]) -> None:
    """A table of numbers by COPY's binary format: the count of fields, then the length and bytes of each."""
    rows = {"id": np.arange(len(next(iter(columns.values())))), **columns}
    kinds = {name: _TYPES["f" if value.dtype.kind == "f" else "i"] for name, value in rows.items()}
    declared = ", ".join(f"{name} {kind[1]}" for name, kind in kinds.items())
    connection.execute(f"CREATE UNLOGGED TABLE {table} ({declared})")
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"{name}_length", ">i4"), (name, kind[0])]
    packed = np.empty(len(rows["id"]), dtype=fields)
    packed["fields"] = len(rows)
    for name, value in rows.items():
        packed[f"{name}_length"] = 8
        packed[name] = np.where(value == NO_TIME, 0, value) if value.dtype == np.int64 else value
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.write(_SIGNATURE)
        copy.write(packed.tobytes())
        copy.write(b"\xff\xff")
    connection.execute(f"ANALYZE {table}")
