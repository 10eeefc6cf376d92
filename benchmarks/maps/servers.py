"""Servers of one process each: ours, ours without memory, the ordinary way, and the floor: one statement."""

import os
from collections.abc import Iterator
from datetime import datetime
from queue import SimpleQueue
from typing import Annotated, Any
from urllib.parse import parse_qs

import psycopg
from anyio import to_thread
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from app.core.logs import configure_logs
from app.core.settings import Settings
from app.db.models import Incident, IncidentZone, Zone
from app.domain.time import parse_instant
from app.main import create_app
from app.maps.tiles.remembered import RememberedTiles, UnchangedTiles
from benchmarks.maps import statements
from benchmarks.maps.cases import CONNECTIONS


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


def anew() -> FastAPI:
    """The same, that remembers nothing."""
    app = earshot()
    app.state.features = None
    app.state.tiles = RememberedTiles(per_second_s=0.0)
    app.state.unchanged_tiles = UnchangedTiles(most_bytes=0)
    return app


def floor() -> Any:
    """No key, no parameters, no count, no tag: a prepared statement, and its answer as it is."""
    idle: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for _ in range(CONNECTIONS):
        options = "-c timezone=UTC -c jit=off -c client_encoding=UTF8"
        idle.put(psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True, options=options))
    count = int(os.environ["BENCH_COUNT"])
    texts: dict[tuple[str, int], bytes] = {}

    def ask(case: str, limit: int) -> bytes:
        text = texts.get((case, limit))
        if text is None:
            told = statements.tile(limit) if case == "tile" else statements.page(case, limit, count)
            text = texts[case, limit] = told.encode()
        connection = idle.get()
        try:
            cursor = connection.cursor(binary=case == "tile").execute(text, prepare=True)
            body = cursor.pgresult.get_value(0, 0) if cursor.pgresult else None
        finally:
            idle.put(connection)
        assert body is not None
        return body

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


class Properties(BaseModel):
    """What a feature tells."""

    model_config = ConfigDict(from_attributes=True)
    number: str
    verdict: str
    probability_reported: float | None
    needs_review: bool
    reason: str
    started_at: datetime
    ended_at: datetime
    published_at: datetime | None
    closes_at: datetime
    decided_at: datetime
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    address: str | None
    rounds: int | None
    classification: str
    full_auto: bool | None
    high_capacity: bool | None
    multiple_shooters: bool | None
    zones: str = ""
    alert_count: int
    call_count: int
    cad_record_count: int
    first_call_lag_s: float | None
    disposition: str | None
    rules_version: str
    updated_at: datetime


class Feature(BaseModel):
    """A feature of an ordinary collection."""

    type: str = "Feature"
    id: str
    geometry: dict[str, Any]
    properties: Properties


class Features(BaseModel):
    """An ordinary collection."""

    type: str = "FeatureCollection"
    features: list[Feature]


def ordinary() -> FastAPI:
    """The ordinary way: ORM objects through a response model, pages by offset; no count, no key."""
    app = FastAPI()
    url = settings().database_url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0)

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    @app.get("/incidents")
    def incidents(
        opened: Annotated[Session, Depends(session)],
        limit: int = 10,
        offset: int = 0,
        bbox: str | None = None,
        datetime: str | None = None,
    ) -> Features:
        asked = select(Incident).where(Incident.merged_into_id.is_(None))
        if bbox:
            box = func.ST_MakeEnvelope(*map(float, bbox.split(",")), 4326)
            asked = asked.where(func.ST_Intersects(Incident.position, func.geography(box)))
        if datetime:
            first, last = map(parse_instant, datetime.split("/"))
            asked = asked.where(Incident.started_at.between(first, last))
        ordered = asked.order_by(Incident.started_at.desc(), Incident.id.desc())
        found = opened.scalars(ordered.offset(offset).limit(limit)).all()
        return Features(features=_features(opened, found))

    return app


def _features(session: Session, found: Any) -> list[Feature]:
    linked = select(IncidentZone.incident_id, Zone.name).join(Zone, Zone.id == IncidentZone.zone_id)
    names: dict[int, list[str]] = {}
    for incident_id, name in session.execute(
        linked.where(IncidentZone.incident_id.in_([one.id for one in found])).order_by(Zone.kind, Zone.name)
    ):
        names.setdefault(incident_id, []).append(name)
    features = []
    for one in found:
        properties = Properties.model_validate(one)
        properties.zones = "; ".join(names.get(one.id, []))
        place = {"type": "Point", "coordinates": [one.longitude, one.latitude]}
        features.append(Feature(id=str(one.id), geometry=place, properties=properties))
    return features
