"""GET /v1/audit: who did what to what."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import Administrator
from app.admin.paging import A_PAGE, PAGE, documented
from app.admin.schemas import AuditList
from app.audit.queries import Wanted, search_audit
from app.core.answers import Form, json_answer, next_link
from app.core.described import responses
from app.db import Database
from app.domain.parameters import Parameter, instant, read_parameters, words

router = APIRouter(prefix="/v1/audit", tags=["administration"])

_TIME = {"type": "string", "format": "date-time"}
_PARAMETERS = (
    Parameter(name="actor", description="Who: `key:…`, `cli:…` or `system`.", read=words),
    Parameter(name="action", description="What: `key.create`, or `key` for all about keys.", read=words),
    Parameter(name="target", description="To what: `call:17`, or `call` for all calls.", read=words),
    Parameter(name="from", description="From this time on.", read=instant, schema=_TIME),
    Parameter(name="to", description="Before this time.", read=instant, schema=_TIME),
    *PAGE,
)


@router.get(
    "",
    summary="Search the audit trail",
    responses=responses(AuditList, (Form.JSON,)),
    openapi_extra=documented(_PARAMETERS),
)
def get_audit(request: Request, _administrator: Administrator) -> Response:
    """Entries that all conditions fit, the newest first."""
    asked = read_parameters(_PARAMETERS, request.query_params.multi_items())
    wanted = Wanted(
        actor=asked.get("actor"),
        action=asked.get("action"),
        target=asked.get("target"),
        from_at=asked.get("from"),
        before=asked.get("to"),
    )
    database: Database = request.app.state.database
    with database.read() as session:
        page = search_audit(session, wanted, asked.get("limit", A_PAGE), asked.get("cursor"))
    document = {"entries": page.items, "links": {"next": next_link(request, page.next_cursor)}}
    return json_answer(request, document, has_people=True)
