"""Trying rules before they are stored: whether they can apply, and which verdicts they would change."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Administrator
from app.admin.schemas import RulesCheck, TrialDocument, TrialRequest
from app.core.answers import written_answer
from app.core.bodies import document_of, read_document
from app.core.described import taken, written
from app.core.errors import BusyError, UnusableRecordError
from app.db import Database
from app.domain.time import format_millis
from app.rules.documents import differences, parameters_of
from app.rules.store import RulesInForce, assemble, find_rules, rules_now

router = APIRouter(prefix="/v1/rules", tags=["rules"])

Compare = Callable[..., dict[str, Any]]
LONGEST_TRIAL = timedelta(days=92)
_one_at_a_time = Lock()


@router.post(
    "/check",
    summary="Check rules",
    responses=written(RulesCheck),
    openapi_extra=taken({"type": "object", "title": "Parameters"}),
)
def post_check(
    request: Request, _administrator: Administrator, document: Annotated[Any, Depends(read_document)]
) -> Response:
    """Say whether parameters can apply, and what they would change of those in force. Stores nothing."""
    parameters = parameters_of(document)
    database: Database = request.app.state.database
    with database.read() as session:
        now = rules_now(session)
    rules = assemble(parameters, now.background if now.has_fitted_background else None)
    changed = differences(now.parameters, parameters)
    return written_answer(
        {
            "version": rules.version,
            "in_force": now.version,
            "changes": {name: {"from": before, "to": after} for name, (before, after) in changed.items()},
        }
    )


@router.post(
    "/trial",
    summary="Try rules",
    responses=written(TrialDocument),
    openapi_extra=taken(TrialRequest.model_json_schema()),
)
def post_trial(
    request: Request,
    _administrator: Administrator,
    asked: Annotated[TrialRequest, Depends(document_of(TrialRequest))],
) -> Response:
    """Judge a stretch of up to 92 days under other rules and count which verdicts would change.

    Nothing is written. One trial runs at a time; meanwhile another is told to come again (503).
    """
    compare: Compare = request.app.state.compare_rules
    database: Database = request.app.state.database
    _require_stretch(asked.from_at, asked.to)
    if not _one_at_a_time.acquire(blocking=False):
        raise BusyError("another trial of rules is under way")
    try:
        with database.read() as session:
            now = rules_now(session)
            rules = _rules_asked(session, asked, now)
            found = compare(session, rules, request.app.state.clock(), asked.from_at, asked.to)
    finally:
        _one_at_a_time.release()
    for direction in found["changes"]:
        for example in direction["examples"]:
            example["started_at"] = format_millis(example["started_at"])
    return written_answer({"version": rules.version, "in_force": now.version, **found})


def _require_stretch(from_at: datetime, to: datetime) -> None:
    problem = None
    if to <= from_at:
        problem = "must be later than from"
    elif to - from_at > LONGEST_TRIAL:
        problem = f"may be {LONGEST_TRIAL.days} days after from at most; the command line has no such limit"
    if problem is not None:
        raise UnusableRecordError(
            "the stretch cannot be tried", errors=[{"pointer": "/to", "reason": problem}]
        )


def _rules_asked(session: Session, asked: TrialRequest, now: RulesInForce) -> RulesInForce:
    if (asked.parameters is None) == (asked.version is None):
        raise UnusableRecordError("name either parameters or a version")
    if asked.version is not None:
        return find_rules(session, asked.version)
    fitted = now.background if now.has_fitted_background else None
    return assemble(parameters_of(asked.parameters), fitted)
