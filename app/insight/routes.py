"""/v1/insight: what many incidents say together."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import CallReader, IncidentReader, Reviewer
from app.access.roles import READ_CALLS
from app.core.answers import MEDIA_TYPES, Form, chosen_form, csv_body, json_answer, tagged
from app.core.described import responses
from app.core.settings import Settings
from app.db import Database
from app.db.database import as_of
from app.domain.parameters import Parameter, moment_asked, read_parameters
from app.insight import (
    follow_up_questions,
    follow_ups,
    reporting,
    response,
    scorecard_questions,
    scorecard_table,
    sensitivity_answers,
)
from app.insight.follow_up_questions import follow_up_question
from app.insight.follow_up_schemas import FollowUpEffect
from app.insight.follow_ups import measure_follow_ups
from app.insight.questions import (
    FORMS,
    REPORTING_PARAMETERS,
    RESPONSE_PARAMETERS,
    reporting_question,
    response_question,
)
from app.insight.reporting import measure_reporting
from app.insight.response import measure_response
from app.insight.schemas import Reporting, ResponseTimes, SensitivityTable
from app.insight.scorecard import measure_scorecard
from app.insight.scorecard_questions import scorecard_question
from app.insight.scorecard_schemas import Scorecard
from app.insight.sensitivity import measure_sensitivity
from app.insight.sensitivity_answers import sensitivity_question, widened, without_few
from app.rules.store import rules_now

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
    with _reading(request, values) as session:
        document = measure_reporting(session, question, settings.zone, settings.holidays)
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
    with _reading(request, values) as session:
        document = measure_response(session, question)
    if form is Form.CSV:
        return _table(request, csv_body(response.CSV_FIELDS, response.csv_rows(document)))
    return json_answer(request, document)


@router.get(
    "/sensitivity",
    summary="How the share reported depends on a fixed window",
    responses=responses(SensitivityTable, FORMS),
    openapi_extra=_documented(sensitivity_answers.PARAMETERS),
)
def get_sensitivity(request: Request, reader: IncidentReader) -> Response:
    """Incidents or alerts with a call within minutes and metres, calls with an alert, and chance.

    For keys without calls:read over whole months, and counts of fewer than 5 are null.
    """
    values = read_parameters(sensitivity_answers.PARAMETERS, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), FORMS)
    question = sensitivity_question(values)
    settings: Settings = request.app.state.settings
    if READ_CALLS not in reader.scopes:
        question = widened(question, settings.zone)
    with _reading(request, values) as session:
        document = measure_sensitivity(session, question, rules_now(session)).document()
    if READ_CALLS not in reader.scopes:
        document = without_few(document)
    if form is Form.CSV:
        return _table(
            request, csv_body(sensitivity_answers.CSV_FIELDS, sensitivity_answers.csv_rows(document))
        )
    return json_answer(request, document)


@router.get(
    "/scorecard",
    summary="What the vendor's alerts are worth",
    responses=responses(Scorecard, FORMS),
    openapi_extra=_documented(scorecard_questions.PARAMETERS),
)
def get_scorecard(request: Request, _reader: IncidentReader) -> Response:
    """Coverage, retractions, confirmations, location error, delay and missed gunfire, by source or month."""
    values = read_parameters(scorecard_questions.PARAMETERS, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), FORMS)
    question = scorecard_question(values)
    settings: Settings = request.app.state.settings
    with _reading(request, values) as session:
        document = measure_scorecard(session, question, settings.zone)
    if form is Form.CSV:
        return _table(request, csv_body(scorecard_table.CSV_FIELDS, scorecard_table.csv_rows(document)))
    return json_answer(request, document)


@router.get(
    "/follow-ups",
    summary="What follow-ups brought, and reporting around outreach",
    responses=responses(FollowUpEffect, FORMS),
    openapi_extra=_documented(follow_up_questions.PARAMETERS),
)
def get_follow_up_effect(request: Request, _reviewer: Reviewer) -> Response:
    """Follow-ups done and their results by zone, and the share reported before and after outreach there."""
    values = read_parameters(follow_up_questions.PARAMETERS, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), FORMS)
    question = follow_up_question(values)
    now = request.app.state.clock()
    with _reading(request, values) as session:
        document = measure_follow_ups(session, question, as_of(session) or now)
    if form is Form.CSV:
        return _table(request, csv_body(follow_ups.CSV_FIELDS, follow_ups.csv_rows(document)))
    return json_answer(request, document)


def _reading(request: Request, values: Mapping[str, Any]) -> AbstractContextManager[Session]:
    """A session on what was known at the time that `as_of` names."""
    database: Database = request.app.state.database
    return database.read(as_of=moment_asked(values, request.app.state.clock()))


def _table(request: Request, body: bytes) -> Response:
    return tagged(request, body, media_type=MEDIA_TYPES[Form.CSV], has_people=False)
