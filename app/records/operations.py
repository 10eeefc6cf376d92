"""/livez, /readyz and /metrics: how the process is doing, for orchestrators and scrapers."""

from functools import lru_cache

import orjson
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from app.access.guard import Administrator
from app.core.errors import NotLiveError, NotReadyError
from app.core.http import PROBLEM_TYPE
from app.core.metrics import Metrics
from app.db import Database, migration

router = APIRouter(tags=["operations"])


@router.get(
    "/livez",
    summary="Whether the process answers and stores",
    responses={503: {"description": "The writer has died: start the process again."}},
)
def get_livez(request: Request) -> Response:
    """200 while the process can answer at all and its writer lives."""
    if not request.app.state.intake.writer.is_alive:
        raise NotLiveError("the writer has died; this process must be started again")
    return _json(200, {"status": "live"})


@router.get(
    "/readyz",
    summary="Whether requests can be served",
    responses={503: {"description": "Not now; `reasons` says why."}},
)
def get_readyz(request: Request) -> Response:
    """200 when the database can be reached and has the schema of this version."""
    reasons = _reasons(request.app.state.database)
    if not reasons:
        return _json(200, {"status": "ready", "reasons": []})
    problem = NotReadyError("; ".join(reasons)).document()
    return _json(503, {**problem, "reasons": reasons}, PROBLEM_TYPE)


@router.get("/metrics", summary="Counters and timings", response_class=Response)
def get_metrics(request: Request, _administrator: Administrator) -> Response:
    """The process's counters in the text format of Prometheus."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.expose(), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _reasons(database: Database) -> list[str]:
    """Why requests cannot be served; nothing of the database's address or its words."""
    try:
        revision = migration.current_revision(database)
    except SQLAlchemyError:
        return ["the database cannot be reached"]
    if revision != _head():
        return [f"the database is at revision {revision or 'none'}, this version needs {_head()}"]
    return []


@lru_cache(maxsize=1)
def _head() -> str | None:
    return migration.head_revision()


def _json(status: int, document: object, media_type: str = "application/json") -> Response:
    return Response(
        orjson.dumps(document), status, media_type=media_type, headers={"Cache-Control": "no-store"}
    )
