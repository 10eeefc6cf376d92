"""/v1/rules: the versioned parameters that decide, for administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Administrator
from app.access.once import MayRepeat
from app.core.answers import Form, json_answer, written_answer
from app.core.bodies import read_document
from app.db import Database
from app.domain.parameters import read_parameters
from app.domain.time import format_millis
from app.records.described import responses, taken, written
from app.records.rules_schemas import RulesDocument, RulesList, RulesVersion
from app.rules.documents import parameters_of
from app.rules.store import (
    RulesInForce,
    find_rules,
    list_rules,
    rules_in_force,
    rules_now,
    store_rules,
    use_rules,
    version_in_force,
)

router = APIRouter(prefix="/v1/rules", tags=["rules"])
_JSON = (Form.JSON,)


@router.get("", summary="List rules", responses=responses(RulesList, _JSON))
def get_rules(request: Request, _administrator: Administrator) -> Response:
    """Every version, the newest first, and which one decides."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.read() as session:
        versions = list_rules(session)
    rules = [
        {
            "version": each["version"],
            "in_force": each["in_force"],
            "effective_at": None if each["effective_at"] is None else format_millis(each["effective_at"]),
            "created_at": format_millis(each["created_at"]),
            "background": each["basis"],
        }
        for each in versions
    ]
    return json_answer(request, {"rules": rules, "links": {"next": None}})


@router.get("/in-force", summary="Show the rules in force", responses=responses(RulesDocument, _JSON))
def get_rules_in_force(request: Request, _administrator: Administrator) -> Response:
    """The parameters that decide now."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.read() as session:
        rules = rules_now(session)
    return json_answer(request, _document(rules, in_force=True))


@router.get("/{version}", summary="Show one version", responses=responses(RulesDocument, _JSON))
def get_version(version: str, request: Request, _administrator: Administrator) -> Response:
    """A version's parameters and what its background was fitted from."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.read() as session:
        rules = find_rules(session, version)
        in_force = version_in_force(session) == version
    return json_answer(request, _document(rules, in_force=in_force))


@router.post(
    "",
    status_code=201,
    summary="Store rules",
    responses=written(RulesVersion, 201),
    openapi_extra=taken({"type": "object", "title": "Parameters"}),
)
def post_rules(
    request: Request,
    administrator: Administrator,
    once: MayRepeat,
    document: Annotated[Any, Depends(read_document)],
) -> Response:
    """Check parameters and store them as a version, with the background in force; they decide nothing yet.

    What is not named keeps its default. Rules that cannot apply are refused with the reason.
    """
    parameters = parameters_of(document)
    now = request.app.state.clock()

    def write(session: Session) -> Response:
        current = rules_in_force(session, now)
        fitted = current.background if current.has_fitted_background else None
        rules = store_rules(session, parameters, fitted, now=now)
        return written_answer({"version": rules.version, "in_force": rules.version == current.version}, 201)

    return once.answer(administrator, write)


@router.post("/{version}/use", summary="Put rules in force", responses=written(RulesVersion))
def post_use(version: str, request: Request, administrator: Administrator, once: MayRepeat) -> Response:
    """Let a stored version decide from now on; every alert is judged again."""

    def write(session: Session) -> Response:
        use_rules(session, version, actor=administrator.actor, now=request.app.state.clock())
        return written_answer({"version": version, "in_force": True})

    return once.answer(administrator, write)


def _document(rules: RulesInForce, *, in_force: bool) -> dict[str, Any]:
    background = rules.background
    return {
        "version": rules.version,
        "in_force": in_force,
        "parameters": rules.parameters.to_document(),
        "background": {
            "basis": background.basis,
            "fitted": rules.has_fitted_background,
            "calls": background.calls,
            "area_m2": background.area_m2,
            "rate_s_m2": dict(background.rate_s_m2),
        },
    }
