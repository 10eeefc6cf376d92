"""GET /v1/incidents/{id}/timeline: what happened, in order."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import CallReader, Reviewer
from app.core.answers import Form, json_answer
from app.core.described import MERGED, responses
from app.domain.parameters import AS_OF, read_parameters
from app.incidents.timeline import find_timeline
from app.records.lists import documented
from app.records.one_incident import find_of_incident
from app.records.work_schemas import Timeline

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
_PARAMETERS = (AS_OF,)


@router.get(
    "/{incident_id}/timeline",
    summary="Show what happened, in order",
    responses={**responses(Timeline, (Form.JSON,)), **MERGED},
    openapi_extra=documented(_PARAMETERS),
)
def get_timeline(incident_id: str, request: Request, _reviewer: Reviewer, _reader: CallReader) -> Response:
    """Shots, alerts, calls, response, verdicts and what people did, each with who said so; no callers."""
    values = read_parameters(_PARAMETERS, request.query_params.multi_items())
    found = find_of_incident(
        request, values, incident_id, lambda session: find_timeline(session, incident_id), "/timeline"
    )
    return found if isinstance(found, Response) else json_answer(request, found, has_people=True)
