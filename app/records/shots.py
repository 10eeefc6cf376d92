"""/v1/incidents/{id}/shots: what the alert told of each shot, and what was found out later."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Reviewer
from app.access.once import MayRepeat
from app.core.answers import Form, json_answer, moved_answer, written_answer
from app.core.bodies import read_large_document
from app.core.described import MERGED, responses, taken, written
from app.domain.parameters import AS_OF, read_parameters
from app.incidents.queries import Redirect
from app.incidents.shot_reports import post_shot_report
from app.incidents.shots import list_shots
from app.records.lists import documented
from app.records.one_incident import find_of_incident
from app.records.shots_schemas import FiledShots, IncidentShots, NewShotReport

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
_PARAMETERS = (AS_OF,)


@router.get(
    "/{incident_id}/shots",
    summary="List the accounts of an incident's shots",
    responses={**responses(IncidentShots, (Form.JSON,)), **MERGED},
    openapi_extra=documented(_PARAMETERS),
)
def get_shots(incident_id: str, request: Request, _reviewer: Reviewer) -> Response:
    """Every account with its provenance: the alerts' own, reports, and those that later ones superseded."""
    values = read_parameters(_PARAMETERS, request.query_params.multi_items())
    found = find_of_incident(
        request, values, incident_id, lambda session: list_shots(session, incident_id), "/shots"
    )
    return found if isinstance(found, Response) else json_answer(request, found, has_people=True)


@router.post(
    "/{incident_id}/shots",
    status_code=201,
    summary="File a report about an incident's shots",
    responses={**written(FiledShots, 201), **MERGED},
    openapi_extra=taken(NewShotReport.model_json_schema()),
)
def post_shots(
    incident_id: str,
    request: Request,
    reviewer: Reviewer,
    once: MayRepeat,
    document: Annotated[Any, Depends(read_large_document)],
) -> Response:
    """File an investigative summary or a forensic report about an alert's shots, whole or not at all.

    The alert, the incident's count of rounds and its verdict stay as they are.
    """

    def write(session: Session) -> Response:
        done = post_shot_report(
            session, incident_id, document, actor=reviewer.actor, now=request.app.state.clock()
        )
        if isinstance(done, Redirect):
            return moved_answer(f"/v1/incidents/{done.incident_id}/shots")
        return written_answer(done, 201)

    return once.answer(reviewer, write)
