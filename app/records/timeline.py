"""GET /v1/incidents/{id}/timeline: what happened, in order."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import CallReader, Reviewer
from app.core.answers import Form, json_answer, moved_answer
from app.core.described import MERGED, responses
from app.core.errors import NotFoundError
from app.db import Database
from app.domain.parameters import read_parameters
from app.incidents.queries import Redirect
from app.incidents.timeline import find_timeline
from app.records.work_schemas import Timeline

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])


@router.get(
    "/{incident_id}/timeline",
    summary="Show what happened, in order",
    responses={**responses(Timeline, (Form.JSON,)), **MERGED},
)
def get_timeline(incident_id: str, request: Request, _reviewer: Reviewer, _reader: CallReader) -> Response:
    """Shots, alerts, calls, response, verdicts and what people did, each with who said so; no callers."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.read() as session:
        found = find_timeline(session, incident_id)
    if found is None:
        raise NotFoundError(f"there is no incident {incident_id[:64]!r}")
    if isinstance(found, Redirect):
        return moved_answer(f"/v1/incidents/{found.incident_id}/timeline")
    return json_answer(request, found, has_people=True)
