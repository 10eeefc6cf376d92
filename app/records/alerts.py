"""GET /v1/alerts, /v1/alerts/{id}, and the way to a recording, which is written down."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import AlertReader
from app.access.roles import ADMINISTER
from app.audit import append_audit
from app.core.answers import json_answer
from app.core.errors import NotFoundError
from app.db import Database
from app.domain.parameters import AS_OF, read_parameters
from app.records.described import responses
from app.records.documents import ALERT_FIELDS
from app.records.filters import ALERT_PARAMETERS, record_filters
from app.records.lists import Listing, answer_list, documented
from app.records.queries import ALERTS, find_alert, find_audio_url, list_records
from app.records.schemas import Alert, AlertList

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

LISTING = Listing(
    name="alerts",
    fields=ALERT_FIELDS,
    nested=("shots", "warnings"),
    filters=(*ALERT_PARAMETERS, AS_OF),
    sorts=tuple(ALERTS.sorts),
)


@router.get(
    "",
    summary="List alerts",
    responses=responses(AlertList, LISTING.forms),
    openapi_extra=documented(LISTING.parameters),
)
def get_alerts(request: Request, _reader: AlertReader) -> Response:
    """Alerts by time, place, source and more; newest first unless told."""
    return answer_list(
        request,
        LISTING,
        lambda session, asked: list_records(
            session, ALERTS, record_filters(asked.values), asked.sort, asked.limit, asked.cursor
        ),
    )


@router.get("/{alert_id}", summary="Show one alert", responses=responses(Alert, ()))
def get_alert(alert_id: str, request: Request, reader: AlertReader) -> Response:
    """An alert with every body that ever came about it."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.read() as session:
        found = find_alert(session, alert_id, with_raw=ADMINISTER in reader.scopes)
    if found is None:
        raise _no_alert(alert_id)
    return json_answer(request, found)


@router.get(
    "/{alert_id}/audio",
    summary="Go to an alert's recording",
    responses={303: {"description": "`Location` is the recording."}},
)
def get_audio(alert_id: str, request: Request, reader: AlertReader) -> Response:
    """Leads to the recording; who went there is in the audit trail."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.write() as session:
        url = find_audio_url(session, alert_id)
        if url is None or urlsplit(url).scheme not in ("http", "https"):
            raise NotFoundError(f"alert {alert_id[:64]!r} has no recording")
        append_audit(
            session,
            at=request.app.state.clock(),
            actor=reader.actor,
            action="alert.read-audio",
            target=f"alert:{int(alert_id)}",
        )
    return Response(status_code=303, headers={"Location": url, "Cache-Control": "private, no-store"})


def _no_alert(alert_id: str) -> NotFoundError:
    return NotFoundError(f"there is no alert {alert_id[:64]!r}")
