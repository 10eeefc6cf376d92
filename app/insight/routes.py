"""/v1/insight: what many incidents say together."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import CallReader, IncidentReader
from app.core.answers import MEDIA_TYPES, Form, chosen_form, csv_body, json_answer, tagged
from app.core.described import responses
from app.core.settings import Settings
from app.db import Database
from app.domain.parameters import Parameter, read_parameters
from app.insight import reporting, response
from app.insight.questions import (
    FORMS,
    REPORTING_PARAMETERS,
    RESPONSE_PARAMETERS,
    reporting_question,
    response_question,
)
from app.insight.reporting import measure_reporting
from app.insight.response import measure_response
from app.insight.schemas import Reporting, ResponseTimes

router = APIRouter(prefix="/v1/insight", tags=["insight"])


def _documented(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    return {"parameters": [parameter.document() for parameter in parameters]}


@router.get(
    "/reporting",
    summary="Which share of the gunfire was reported",
    responses=responses(Reporting, FORMS),
    openapi_extra=_documented(REPORTING_PARAMETERS),
)
def get_reporting(request: Request, _reader: IncidentReader) -> Response:
    """Reported and unreported incidents by zone, time or kind, and calls of shots without an alert."""
    values = read_parameters(REPORTING_PARAMETERS, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), FORMS)
    question = reporting_question(values)
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    with database.read() as session:
        document = measure_reporting(session, question, settings.zone)
    if form is Form.CSV:
        return _table(request, csv_body(reporting.CSV_FIELDS, reporting.csv_rows(document)))
    return json_answer(request, document)


@router.get(
    "/response",
    summary="How quickly somebody knew and came",
    responses=responses(ResponseTimes, FORMS),
    openapi_extra=_documented(RESPONSE_PARAMETERS),
)
def get_response(request: Request, _reader: CallReader) -> Response:
    """From the first shot to publication, first call, dispatch and arrival; the alert against the call."""
    values = read_parameters(RESPONSE_PARAMETERS, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), FORMS)
    question = response_question(values)
    database: Database = request.app.state.database
    with database.read() as session:
        document = measure_response(session, question)
    if form is Form.CSV:
        return _table(request, csv_body(response.CSV_FIELDS, response.csv_rows(document)))
    return json_answer(request, document)


def _table(request: Request, body: bytes) -> Response:
    return tagged(request, body, media_type=MEDIA_TYPES[Form.CSV], has_people=False)
