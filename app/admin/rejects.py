"""/v1/rejects: what could not be used. It may hold anything, so each look is in the audit trail."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Administrator
from app.access.keys import Principal
from app.admin.paging import A_PAGE, PAGE, documented
from app.admin.schemas import RejectDocument, RejectList, RetryDocument
from app.audit import append_audit
from app.core.answers import Form, json_answer, next_link, written_answer
from app.core.described import responses, written
from app.core.errors import NotFoundError
from app.db import Database
from app.db.models import Reject
from app.domain.ids import read_id
from app.domain.parameters import Parameter, read_parameters, words, yes_or_no
from app.domain.time import format_millis
from app.sources.rejects import count_waiting, find_reject, page_of_rejects
from app.sources.store import find_source

router = APIRouter(prefix="/v1/rejects", tags=["administration"])

Retry = Callable[..., dict[str, int]]
_PARAMETERS = (
    Parameter(name="source", description="Only those of this source.", read=words),
    Parameter(
        name="resolved",
        description="Also those that a retry has resolved; false unless told.",
        read=yes_or_no,
        schema={"type": "boolean", "default": False},
    ),
    *PAGE,
)


@router.get(
    "",
    summary="List rejects",
    responses=responses(RejectList, (Form.JSON,)),
    openapi_extra=documented(_PARAMETERS),
)
def get_rejects(request: Request, administrator: Administrator) -> Response:
    """What could not be used and why, the newest first, without the bodies."""
    asked = read_parameters(_PARAMETERS, request.query_params.multi_items())
    database: Database = request.app.state.database
    name = asked.get("source")
    with database.write() as session:
        source_id = None if name is None else find_source(session, name).id
        page = page_of_rejects(
            session,
            source_id=source_id,
            with_resolved=asked.get("resolved", False),
            limit=asked.get("limit", A_PAGE),
            cursor=asked.get("cursor"),
        )
        waiting = count_waiting(session, source_id)
        target = "rejects" if name is None else f"source:{name}"
        _audit_reading(request, session, administrator, target, len(page.items))
    rejects = [_document(item, item["source"]) for item in page.items]
    links = {"next": next_link(request, page.next_cursor)}
    return json_answer(request, {"rejects": rejects, "waiting": waiting, "links": links}, has_people=True)


@router.get("/{reject_id}", summary="Show one reject", responses=responses(RejectDocument, (Form.JSON,)))
def get_reject(reject_id: str, request: Request, administrator: Administrator) -> Response:
    """A reject with its body as it came; it may hold names and words of callers."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.write() as session:
        reject, source = find_reject(session, _number(reject_id))
        values = {column.name: getattr(reject, column.name) for column in Reject.__table__.c}
        text = reject.raw.decode("utf-8", "replace")
        document = {**_document(values, source), "raw": text, "raw_bytes": len(reject.raw)}
        _audit_reading(request, session, administrator, f"reject:{reject.id}", 1)
    return json_answer(request, document, has_people=True)


@router.post("/{reject_id}/retry", summary="Try a reject again", responses=written(RetryDocument))
def post_retry(reject_id: str, request: Request, administrator: Administrator) -> Response:
    """Map it with its source's mapping of today, and store what works now. Repeating it changes nothing."""
    retry: Retry = request.app.state.retry_rejects
    return written_answer(retry(reject_id=_number(reject_id), actor=administrator.actor))


def _number(text: str) -> int:
    """An id from an address. Raises NotFoundError."""
    number = read_id(text)
    if number is None:
        raise NotFoundError(f"there is no reject {text[:64]!r}")
    return number


def _audit_reading(request: Request, session: Session, reader: Principal, target: str, count: int) -> None:
    append_audit(
        session,
        at=request.app.state.clock(),
        actor=reader.actor,
        action="rejects.read",
        target=target,
        detail={"count": count},
    )


def _document(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    resolved_at = values["resolved_at"]
    return {
        "id": str(values["id"]),
        "source": source,
        "stored_at": format_millis(values["stored_at"]),
        **{name: values[name] for name in ("origin", "content_type", "line", "external_id", "errors")},
        "resolved_at": None if resolved_at is None else format_millis(resolved_at),
    }
