"""GET /v1/stream: who asks for what, and from where on."""

import random
from collections.abc import Iterable

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import IncidentReader, requires
from app.access.roles import READ_INCIDENTS
from app.core.errors import InvalidParameterError
from app.db import Database
from app.db.models import Zone
from app.domain.ids import read_id
from app.domain.parameters import Parameter, read_parameters, words_parameter, yes_or_no
from app.events import EventType
from app.events.log import is_in_log, newest_event_id
from app.incidents.filters import INCIDENT_PARAMETERS, incident_filters
from app.incidents.queries import find_zone_ids
from app.stream.blocks import first_block, reset_block
from app.stream.described import LAST_EVENT_ID, RESPONSES
from app.stream.hub import Hub
from app.stream.response import EventStream
from app.stream.selection import Selection

# Streams that ended together come back over some seconds.
_RETRY_MS = (2_000, 4_000)
_NO_ID = "is no id of an event: expected the digits of the last `id` that came"
_require_reader = requires(READ_INCIDENTS)


def _event_id(text: str) -> int:
    number = read_id(text.strip())
    if number is None:
        raise ValueError(_NO_ID)
    return number


PARAMETERS: tuple[Parameter, ...] = (
    *INCIDENT_PARAMETERS,
    words_parameter("type", "Only these kinds of events.", EventType),
    Parameter(
        name="historical",
        description="`false` leaves out events of incidents that were over 6 hours before.",
        read=yes_or_no,
        schema={"type": "boolean", "default": True},
    ),
    Parameter(
        name="last_event_id",
        description="Begin after this event, 0: with the first; unless told, with what happens from now on.",
        read=_event_id,
        schema={"type": "integer", "minimum": 0},
    ),
)
router = APIRouter(prefix="/v1", tags=["incidents"])


@router.get(
    "/stream",
    summary="Hear of incidents as they happen",
    status_code=200,
    response_class=EventStream,
    responses=RESPONSES,
    openapi_extra={"parameters": [*(parameter.document() for parameter in PARAMETERS), LAST_EVENT_ID]},
)
def get_stream(request: Request, _reader: IncidentReader) -> Response:
    """Server-sent events: each change of an incident that matches the filters, or did before it.

    The answer goes on until the client leaves. Who comes back with the last id that came misses nothing.
    """
    values = read_parameters(PARAMETERS, request.query_params.multi_items())
    filters = incident_filters(values)
    asked = _asked_by_header(request)
    asked = values.get("last_event_id") if asked is None else asked
    hub: Hub = request.app.state.stream
    hub.require_room()
    database: Database = request.app.state.database
    with database.read() as session:
        zones = _zone_names(session, find_zone_ids(session, filters.zone)) if filters.zone else frozenset()
        is_known = asked is not None and is_in_log(session, asked)
        position = asked if asked is not None and is_known else newest_event_id(session)
    selection = Selection(
        filters=filters,
        zones=zones,
        types=frozenset(values.get("type", ())),
        with_historical=values.get("historical", True),
    )
    first = first_block(position, random.randint(*_RETRY_MS))  # noqa: S311 - no secret
    if asked is not None and not is_known:
        first += reset_block(position, asked, request.app.state.clock())
    return EventStream(hub, selection, position, first, lambda: _require_reader(request))


def _asked_by_header(request: Request) -> int | None:
    told = request.headers.get(LAST_EVENT_ID["name"])
    if told is None:
        return None
    try:
        return _event_id(told)
    except ValueError as error:
        raise InvalidParameterError(
            f"Last-Event-ID: {error}", errors=[{"pointer": "/header/last-event-id", "reason": str(error)}]
        ) from None


def _zone_names(session: Session, zone_ids: Iterable[int]) -> frozenset[str]:
    return frozenset(session.scalars(select(Zone.name).where(Zone.id.in_(zone_ids))))
