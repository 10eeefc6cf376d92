"""The work that follows an incident: /v1/incidents/{id}/follow-ups and /v1/follow-ups."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Reviewer
from app.access.once import MayRepeat
from app.core.answers import Form, json_answer, moved_answer, written_answer
from app.core.bodies import document_of
from app.core.described import MERGED, responses, taken, written
from app.core.errors import UnusableRecordError
from app.domain.parameters import AS_OF, Parameter, instant, read_parameters, words, words_parameter
from app.domain.vocabulary import FollowUpKind, FollowUpState
from app.incidents.follow_ups import (
    DEFAULT_SORT,
    FOLLOW_UP_FIELDS,
    SORTS,
    FollowUpFilters,
    change_follow_up,
    create_follow_up,
    find_follow_ups,
    list_follow_ups,
)
from app.incidents.queries import Redirect
from app.records.follow_up_schemas import (
    ChangedFollowUp,
    FollowUp,
    FollowUpList,
    IncidentFollowUps,
    NewFollowUp,
)
from app.records.lists import Asked, Listing, answer_list, documented
from app.records.one_incident import find_of_incident

router = APIRouter(prefix="/v1", tags=["follow-ups"])
_TIME = {"type": "string", "format": "date-time"}
_TEMPLATE = "#/components/schemas/{model}"

LISTING = Listing(
    name="follow_ups",
    fields=FOLLOW_UP_FIELDS,
    nested=("results",),
    filters=(
        words_parameter("state", "One or several states.", FollowUpState),
        words_parameter("kind", "One or several kinds.", FollowUpKind),
        Parameter(name="assignee", description="Whose they are, as it was written.", read=words),
        Parameter(name="due_from", description="Due at or after this time.", read=instant, schema=_TIME),
        Parameter(name="due_to", description="Due before this time.", read=instant, schema=_TIME),
        AS_OF,
    ),
    sorts=(DEFAULT_SORT, *(name for name in SORTS if name != DEFAULT_SORT)),
    forms=(Form.JSON, Form.CSV),
)


@router.get(
    "/follow-ups",
    summary="List follow-ups",
    responses=responses(FollowUpList, LISTING.forms),
    openapi_extra=documented(LISTING.parameters),
)
def get_follow_ups(request: Request, _reviewer: Reviewer) -> Response:
    """Follow-ups by state, kind, assignee and when they are due; the newest first unless told."""
    return answer_list(
        request,
        LISTING,
        lambda session, asked: list_follow_ups(
            session, _filters(asked), asked.sort, asked.limit, asked.cursor
        ),
        has_people=True,
    )


@router.get(
    "/incidents/{incident_id}/follow-ups",
    summary="List an incident's follow-ups",
    responses={**responses(IncidentFollowUps, (Form.JSON,)), **MERGED},
    openapi_extra=documented((AS_OF,)),
)
def get_incident_follow_ups(incident_id: str, request: Request, _reviewer: Reviewer) -> Response:
    """All that was suggested, opened, done or dismissed about it, each with its history."""
    values = read_parameters((AS_OF,), request.query_params.multi_items())
    found = find_of_incident(
        request, values, incident_id, lambda session: find_follow_ups(session, incident_id), "/follow-ups"
    )
    return found if isinstance(found, Response) else json_answer(request, found, has_people=True)


@router.post(
    "/incidents/{incident_id}/follow-ups",
    status_code=201,
    summary="Make a follow-up",
    responses={**written(FollowUp, 201), **MERGED},
    openapi_extra=taken(NewFollowUp.model_json_schema(ref_template=_TEMPLATE)),
)
def post_follow_up(
    incident_id: str,
    request: Request,
    reviewer: Reviewer,
    once: MayRepeat,
    told: Annotated[NewFollowUp, Depends(document_of(NewFollowUp))],
) -> Response:
    """Make one: outreach, a canvass, a camera pull, a search for evidence."""

    def write(session: Session) -> Response:
        done = create_follow_up(
            session,
            incident_id,
            told.kind,
            told.model_dump(exclude={"kind"}),
            actor=reviewer.actor,
            now=request.app.state.clock(),
        )
        if isinstance(done, Redirect):
            return moved_answer(f"/v1/incidents/{done.incident_id}/follow-ups")
        return written_answer(done, 201)

    return once.answer(reviewer, write)


@router.patch(
    "/follow-ups/{follow_up_id}",
    summary="Change a follow-up",
    responses=written(FollowUp),
    openapi_extra=taken(ChangedFollowUp.model_json_schema(ref_template=_TEMPLATE)),
)
def patch_follow_up(
    follow_up_id: str,
    request: Request,
    reviewer: Reviewer,
    once: MayRepeat,
    told: Annotated[ChangedFollowUp, Depends(document_of(ChangedFollowUp))],
) -> Response:
    """Change its state, assignee, time, note or results; what is not named stays. Each change is kept."""
    fields: dict[str, Any] = told.model_dump(exclude_unset=True)
    if not fields:
        reason = "name at least one of state, assignee, due_at, note, results"
        raise UnusableRecordError(reason, errors=[{"pointer": "", "reason": reason}])

    def write(session: Session) -> Response:
        done = change_follow_up(
            session, follow_up_id, fields, actor=reviewer.actor, now=request.app.state.clock()
        )
        return written_answer(done)

    return once.answer(reviewer, write)


def _filters(asked: Asked) -> FollowUpFilters:
    values = asked.values
    return FollowUpFilters(
        states=values.get("state", ()),
        kinds=values.get("kind", ()),
        assignee=values.get("assignee"),
        due_from=values.get("due_from"),
        due_to=values.get("due_to"),
    )
