"""GET /v1/calls and /v1/calls/{id}. Reading who called, and what they said, is written down."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import CallReader
from app.access.roles import ADMINISTER, READ_CALLERS
from app.audit import append_audit
from app.core.answers import json_answer
from app.core.errors import NotFoundError
from app.db import Database
from app.domain.parameters import AS_OF, read_parameters
from app.records.described import responses
from app.records.documents import CALL_FIELDS
from app.records.filters import CALL_PARAMETERS, record_filters
from app.records.lists import Listing, answer_list, documented
from app.records.queries import CALLS, find_call, list_records
from app.records.schemas import Call, CallList

router = APIRouter(prefix="/v1/calls", tags=["calls"])

LISTING = Listing(
    name="calls",
    fields=CALL_FIELDS,
    nested=("warnings",),
    filters=(*CALL_PARAMETERS, AS_OF),
    sorts=tuple(CALLS.sorts),
)


@router.get(
    "",
    summary="List calls",
    responses=responses(CallList, LISTING.forms),
    openapi_extra=documented(LISTING.parameters),
)
def get_calls(request: Request, _reader: CallReader) -> Response:
    """Calls by time, place, source, nature and more; never with the people in them."""
    return answer_list(
        request,
        LISTING,
        lambda session, asked: list_records(
            session, CALLS, record_filters(asked.values), asked.sort, asked.limit, asked.cursor
        ),
        has_people=True,
    )


@router.get("/{call_id}", summary="Show one call", responses=responses(Call, ()))
def get_call(call_id: str, request: Request, reader: CallReader) -> Response:
    """A call with every body about it. Caller and narrative need `calls:pii`, and each read is audited."""
    read_parameters((), request.query_params.multi_items())
    with_people = READ_CALLERS in reader.scopes
    with_raw = ADMINISTER in reader.scopes
    database: Database = request.app.state.database
    unit_of_work = database.write() if with_people else database.read()
    with unit_of_work as session:
        found = find_call(session, call_id, with_people=with_people, with_raw=with_raw)
        if found is not None and with_people:
            append_audit(
                session,
                at=request.app.state.clock(),
                actor=reader.actor,
                action="call.read-pii",
                target=f"call:{found['id']}",
            )
    if found is None:
        raise NotFoundError(f"there is no call {call_id[:64]!r}")
    return json_answer(request, found, has_people=True)
