"""GET /v1/incidents/{id}/cameras: what may have been recorded, as a list to hand to a video system."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import IncidentReader, PlaceReader
from app.access.roles import WRITE_PLACES
from app.core.answers import (
    MEDIA_TYPES,
    Form,
    chosen_form,
    csv_body,
    json_answer,
    tagged,
)
from app.core.described import MERGED, responses
from app.domain.areas import FARTHEST_M
from app.domain.parameters import AS_OF, Parameter, read_parameters, whole_number
from app.incidents.cameras import (
    AFTER_S,
    BEFORE_S,
    CAMERA_COLUMNS,
    NEAREST,
    CameraQuestion,
    find_cameras,
)
from app.records.lists import MOST_A_PAGE, documented, form_parameter
from app.records.one_incident import find_of_incident
from app.records.work_schemas import NearCameras

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
_FORMS = (Form.JSON, Form.CSV)
MOST_SECONDS = 86_400


def _number(name: str, description: str, least: int, most: int, default: int | None) -> Parameter:
    known = {} if default is None else {"default": default}
    schema = {"type": "integer", "minimum": least, "maximum": most, **known}
    return Parameter(name=name, description=description, read=whole_number(least, most), schema=schema)


PARAMETERS = (
    _number("limit", f"So many of the nearest; {NEAREST} unless told.", 1, MOST_A_PAGE, None),
    _number("radius", "All within so many metres instead.", 1, int(FARTHEST_M), None),
    _number("before_s", "Seconds to pull before the first shot.", 0, MOST_SECONDS, BEFORE_S),
    _number("after_s", "Seconds to pull after the last alert.", 0, MOST_SECONDS, AFTER_S),
    AS_OF,
    form_parameter(_FORMS),
)


@router.get(
    "/{incident_id}/cameras",
    summary="List the cameras about an incident",
    responses={**responses(NearCameras, _FORMS), **MERGED},
    openapi_extra=documented(PARAMETERS),
)
def get_incident_cameras(
    incident_id: str, request: Request, _reader: IncidentReader, reader: PlaceReader
) -> Response:
    """The nearest cameras, whether each looks at the incident, and what to pull from it until when."""
    values = read_parameters(PARAMETERS, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), _FORMS)
    question = CameraQuestion(
        limit=values.get("limit"),
        radius_m=values.get("radius"),
        before_s=values.get("before_s", BEFORE_S),
        after_s=values.get("after_s", AFTER_S),
    )
    with_contacts = WRITE_PLACES in reader.scopes
    found = find_of_incident(
        request,
        values,
        incident_id,
        lambda session: find_cameras(session, incident_id, question, with_contacts=with_contacts),
        "/cameras",
    )
    if isinstance(found, Response):
        return found
    if form is Form.CSV:
        body = csv_body(CAMERA_COLUMNS, found["cameras"])
        return tagged(request, body, media_type=MEDIA_TYPES[Form.CSV], has_people=True)
    return json_answer(request, found, has_people=True)
