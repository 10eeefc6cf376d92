"""GET /v1/sources: the feeds and how they are doing."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import SourceReader
from app.core.answers import json_answer
from app.core.clock import Clock
from app.db import Database
from app.domain.parameters import read_parameters
from app.domain.time import to_micros
from app.incidents.documents import plain
from app.records.described import responses
from app.records.schemas import SourceList
from app.rules.store import RulesInForce, rules_now
from app.sources.health import SourceHealth, source_health

router = APIRouter(prefix="/v1/sources", tags=["sources"])
SILENT_AFTER = timedelta(hours=24)


@router.get("", summary="List sources with their health", responses=responses(SourceList, ()))
def get_sources(request: Request, _reader: SourceReader) -> Response:
    """Every feed by name: what came last, up to when it is complete, its gaps, what could not be used."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    now = clock()
    with database.read() as session:
        rules = rules_now(session)
        healths = source_health(session, rules.background, rules.parameters, now)
    sources = [source_document(health, status_of(health, rules, now)) for health in healths]
    return json_answer(request, {"sources": sources, "links": {"next": None}})


def source_document(health: SourceHealth, status: str) -> dict[str, Any]:
    """A feed's health as JSON."""
    document = {name: plain(value) for name, value in asdict(health).items()}
    gaps = [{"from": plain(low), "through": plain(high)} for low, high in health.gaps]
    return {**document, "gaps": gaps, "status": status}


def status_of(health: SourceHealth, rules: RulesInForce, now: datetime) -> str:
    """`silent`: its own rhythm expects too many records since the last; without a rhythm, after a day."""
    if health.disabled_at is not None:
        return "disabled"
    if health.last_received_at is None:
        return "never"
    silence = (to_micros(health.last_received_at), to_micros(now))
    if health.name in rules.background.source_rhythm_s:
        missing = rules.background.expected_calls(health.name, *silence)
        return "silent" if missing >= rules.parameters.gap_expected_calls else "ok"
    return "silent" if now - health.last_received_at > SILENT_AFTER else "ok"
