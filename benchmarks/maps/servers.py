"""What is measured, and the floor: the least server about one statement that builds the answer."""

import os
from datetime import timedelta
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs

import psycopg
from anyio import to_thread
from fastapi import FastAPI

from app.core.logs import configure_logs
from app.core.settings import Settings
from app.main import create_app
from benchmarks.maps.filling import BEGIN, SOUTH, SPAN_DEG, WEST, YEARS

CONNECTIONS = 8
_EDGE = SPAN_DEG * 0.05**0.5
BOX = (WEST + 0.1, SOUTH + 0.1, WEST + 0.1 + _EDGE, SOUTH + 0.1 + _EDGE)
MONTH = (BEGIN + timedelta(days=800), BEGIN + timedelta(days=830))
LAST = BEGIN + timedelta(days=365 * YEARS)
_TIMES = ("started_at", "ended_at", "published_at", "closes_at", "decided_at", "updated_at")
_TEXTS = ("number", "verdict", "reason", "address", "classification", "disposition", "rules_version")
_OTHERS = (
    *("probability_reported", "needs_review", "longitude", "latitude", "uncertainty_m", "rounds"),
    *("full_auto", "high_capacity", "multiple_shooters", "alert_count", "call_count", "cad_record_count"),
    "first_call_lag_s",
)
_ZONES = (
    "array_to_string(ARRAY(SELECT zones.name FROM incident_zones JOIN zones ON zones.id = zone_id"
    " WHERE incident_id = incidents.id ORDER BY zones.kind, zones.name, zones.id), '; ')"
)


def settings() -> Settings:
    """Of the database that the environment names."""
    found = Settings(
        database_url=os.environ["BENCH_DATABASE_URL"],
        pool_size=CONNECTIONS,
        log_level="warning",
        _env_file=None,
    )
    configure_logs(found)
    return found


def earshot() -> FastAPI:
    """Ours: a key, the parameters, the links, the count, the entity tag."""
    return create_app(settings(), with_worker=False)


def floor() -> Any:
    """No key, no parameters, no count, no tag: a prepared statement, and its answer as it is."""
    idle: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for _ in range(CONNECTIONS):
        options = "-c timezone=UTC -c jit=off"
        idle.put(psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True, options=options))

    def ask(case: str, limit: int) -> bytes:
        connection = idle.get()
        try:
            row = connection.execute(statement(case, limit), prepare=True).fetchone()
        finally:
            idle.put(connection)
        assert row is not None
        return str(row[0]).encode()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del receive
        if scope["type"] != "http":
            return
        query = parse_qs(scope["query_string"].decode())
        body = await to_thread.run_sync(ask, query["case"][0], int(query["limit"][0]))
        headers = [(b"content-type", b"application/geo+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def statement(case: str, limit: int) -> str:
    """The floor's statement: the same properties of the same rows in the same order."""
    where = {
        "all": "",
        "deep": f" AND (started_at, id) < ('{deep_place()}', 1000000000)",
        "month": f" AND started_at BETWEEN '{MONTH[0]}' AND '{MONTH[1]}'",
        "box": " AND ST_Intersects(position, ST_MakeEnvelope({}, {}, {}, {}, 4326)::geography)".format(*BOX),
    }[case]
    members = [f"'\"{name}\":' || coalesce(to_json({name})::text, 'null')" for name in _TEXTS]
    members += [f"'\"{name}\":' || coalesce({name}::text, 'null')" for name in _OTHERS]
    members += [
        f'\'"{name}":"\' || to_char({name}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') || \'"\'' for name in _TIMES
    ]
    members.append(f"'\"zones\":' || to_json({_ZONES})::text")
    feature = (
        '\'{"type":"Feature","id":"\' || id || \'","geometry":{"type":"Point","coordinates":[\''
        " || longitude || ',' || latitude || ']},\"properties\":{' || "
        + " || ',' || ".join(members)
        + " || '}}'"
    )
    rows = (
        f"SELECT {feature} AS feature FROM incidents WHERE merged_into_id IS NULL{where}"
        f" ORDER BY started_at DESC, id DESC LIMIT {limit}"
    )
    return (
        "SELECT '{\"type\":\"FeatureCollection\",\"features\":[' || string_agg(feature, ',') || ']}'"
        f" FROM ({rows}) AS page"
    )


def deep_place() -> str:
    """Where page 90 of 1,000 begins among 100,000 incidents: a tenth of the time from the beginning."""
    return (BEGIN + timedelta(days=365 * YEARS) * 0.11).isoformat()
