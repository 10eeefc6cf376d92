"""/v1/incidents: the list, one of them, and what analysts decide about its calls."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import IncidentReader, Reviewer
from app.access.once import MayRepeat
from app.access.roles import READ_CALLS, REVIEW
from app.core.answers import (
    MEDIA_TYPES,
    Form,
    chosen_form,
    json_answer,
    moved_answer,
    written_answer,
)
from app.core.bodies import document_of
from app.domain.parameters import AS_OF, read_parameters
from app.incidents.documents import INCIDENT_FIELDS
from app.incidents.filters import INCIDENT_PARAMETERS, incident_filters
from app.incidents.queries import DEFAULT_SORT, SORTS, Redirect, find_incident, list_incidents
from app.incidents.reviews import decide_link
from app.records.described import responses, taken, written
from app.records.lists import Listing, answer_list, documented, feature, form_parameter
from app.records.one_incident import find_of_incident
from app.records.schemas import Incident, IncidentList, LinkReview, LinkReviewed

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])

LISTING = Listing(
    name="incidents",
    fields=INCIDENT_FIELDS,
    nested=("alerts",),
    filters=(*INCIDENT_PARAMETERS, AS_OF),
    sorts=(DEFAULT_SORT, *(name for name in SORTS if name != DEFAULT_SORT)),
)
_ONE = (AS_OF, form_parameter((Form.JSON, Form.GEOJSON)))
_REVIEW = LinkReview.model_json_schema(ref_template="#/components/schemas/{model}")


@router.get(
    "",
    summary="List incidents",
    responses=responses(IncidentList, LISTING.forms),
    openapi_extra=documented(LISTING.parameters),
)
def get_incidents(request: Request, _reader: IncidentReader) -> Response:
    """Incidents by verdict, time, place and more; newest first unless told. Merged ones are left out."""
    return answer_list(
        request,
        LISTING,
        lambda session, asked: list_incidents(
            session, incident_filters(asked.values), asked.sort, asked.limit, asked.cursor, asked.fields
        ),
    )


@router.get(
    "/{incident_id}",
    summary="Show one incident",
    responses={
        **responses(Incident, (Form.JSON, Form.GEOJSON)),
        308: {"description": "It was merged: `Location` is the one that survives."},
    },
    openapi_extra=documented(_ONE),
)
def get_incident(incident_id: str, request: Request, reader: IncidentReader) -> Response:
    """All of an incident, by id or number. Without `calls:read` there are only counts of calls.

    What analysts found, with their notes, is there only with `incidents:review`.
    """
    values = read_parameters(_ONE, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), (Form.JSON, Form.GEOJSON))
    sees_calls, reviews = READ_CALLS in reader.scopes, REVIEW in reader.scopes
    found = find_of_incident(
        request,
        values,
        incident_id,
        lambda session: find_incident(session, incident_id, with_calls=sees_calls, with_dispositions=reviews),
    )
    if isinstance(found, Response):
        return found
    if form is Form.GEOJSON:
        shown = {**feature(LISTING, found, INCIDENT_FIELDS), "as_of": found["as_of"]}
        return json_answer(request, shown, media_type=MEDIA_TYPES[form])
    return json_answer(request, found, has_people=sees_calls or reviews)


@router.post(
    "/{incident_id}/links/{call_id}",
    summary="Confirm or reject a call as a report",
    responses={
        **written(LinkReviewed),
        308: {"description": "It was merged: `Location` is the one that survives."},
    },
    openapi_extra=taken(_REVIEW),
)
def post_link(
    incident_id: str,
    call_id: Annotated[str, Path(description="The call's id, as the incident shows it.")],
    request: Request,
    reviewer: Reviewer,
    once: MayRepeat,
    review: Annotated[LinkReview, Depends(document_of(LinkReview))],
) -> Response:
    """Say whether a call reports the incident; `automatic` takes that back. The verdict follows at once."""

    def write(session: Session) -> Response:
        done = decide_link(
            session,
            incident_id,
            call_id,
            review.decision,
            review.note,
            actor=reviewer.actor,
            now=request.app.state.clock(),
        )
        if isinstance(done, Redirect):
            return moved_answer(f"/v1/incidents/{done.incident_id}/links/{call_id}")
        return written_answer(done)

    return once.answer(reviewer, write)
