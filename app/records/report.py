"""GET /v1/incidents/{id}/report.pdf, .html, .json: the incident's report."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import AlertReader, CallReader, PlaceReader, Reviewer
from app.core.answers import tagged
from app.core.described import MERGED, REFUSALS
from app.core.http import PROBLEM_TYPE
from app.domain.parameters import AS_OF, read_parameters
from app.domain.vocabulary import ReportForm
from app.incidents.report.document import find_report
from app.incidents.report.forms import MEDIA_TYPES, file_name, write_report
from app.incidents.report.html import content_security_policy
from app.records.lists import documented
from app.records.one_incident import find_of_incident
from app.records.schemas import Schema

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
_PARAMETERS = (AS_OF,)
_REFUSED = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


class IncidentReport(Schema):
    """A report's data, and SHA-256 over their canonical spelling (docs/report.md)."""

    report: dict[str, Any]
    sha256: str


def _responses(form: ReportForm, *refusals: tuple[int, str]) -> dict[int | str, dict[str, Any]]:
    media_type, _, _ = MEDIA_TYPES[form].partition(";")
    said = {**{code: REFUSALS[code] for code in (400, 401, 403, 404)}, **dict(refusals)}
    return {
        200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": "Here it is."},
        304: {"description": "The client has it already."},
        **MERGED,
        **{code: {**_REFUSED, "description": text} for code, text in said.items()},
    }


@router.get(
    "/{incident_id}/report.pdf",
    summary="Show an incident's report as a PDF",
    response_class=Response,
    responses=_responses(ReportForm.PDF, (501, "What makes PDFs is not installed.")),
    openapi_extra=documented(_PARAMETERS),
)
def get_report_pdf(
    incident_id: str,
    request: Request,
    _reviewer: Reviewer,
    _calls: CallReader,
    _alerts: AlertReader,
    _places: PlaceReader,
) -> Response:
    """The report as a tagged PDF (PDF/UA-1). The same data give the same bytes; nothing tells who called."""
    return _answer(request, incident_id, ReportForm.PDF)


@router.get(
    "/{incident_id}/report.html",
    summary="Show an incident's report as a page",
    response_class=Response,
    responses=_responses(ReportForm.HTML),
    openapi_extra=documented(_PARAMETERS),
)
def get_report_html(
    incident_id: str,
    request: Request,
    _reviewer: Reviewer,
    _calls: CallReader,
    _alerts: AlertReader,
    _places: PlaceReader,
) -> Response:
    """The report as one page without script, which loads nothing and prints well."""
    return _answer(request, incident_id, ReportForm.HTML)


@router.get(
    "/{incident_id}/report.json",
    summary="Show the data of an incident's report",
    response_class=Response,
    responses={
        **_responses(ReportForm.JSON),
        200: {"model": IncidentReport, "description": "Here it is."},
    },
    openapi_extra=documented(_PARAMETERS),
)
def get_report_json(
    incident_id: str,
    request: Request,
    _reviewer: Reviewer,
    _calls: CallReader,
    _alerts: AlertReader,
    _places: PlaceReader,
) -> Response:
    """The data that the other forms show, in their canonical spelling, with their hash."""
    return _answer(request, incident_id, ReportForm.JSON)


def _answer(request: Request, incident_id: str, form: ReportForm) -> Response:
    values = read_parameters(_PARAMETERS, request.query_params.multi_items())
    time_zone = request.app.state.settings.zone.key
    found = find_of_incident(
        request,
        values,
        incident_id,
        lambda session: find_report(session, incident_id, time_zone=time_zone),
        f"/report.{form.value}",
    )
    if isinstance(found, Response):
        return found
    headers = {"Content-Disposition": f'inline; filename="{file_name(found, form)}"'}
    if form is ReportForm.HTML:
        headers["Content-Security-Policy"] = content_security_policy()
    body = write_report(found, form)
    return tagged(request, body, media_type=MEDIA_TYPES[form], has_people=True, headers=headers)
