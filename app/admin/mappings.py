"""/v1/sources/{source}/mapping: how a feed's records are read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Administrator
from app.adapters import MappingError
from app.admin.schemas import MappingDocument, NewMapping
from app.core.answers import Form, json_answer, written_answer
from app.core.bodies import document_of
from app.core.described import responses, taken, written
from app.core.errors import InvalidParameterError, NotFoundError, UnusableRecordError
from app.db import Database
from app.db.models import Source
from app.domain.parameters import read_parameters
from app.sources.rejects import count_waiting
from app.sources.store import change_mapping, find_source

router = APIRouter(prefix="/v1/sources", tags=["administration"])


@router.get(
    "/{source}/mapping", summary="Show a source's mapping", responses=responses(MappingDocument, (Form.JSON,))
)
def get_mapping(source: str, request: Request, _administrator: Administrator) -> Response:
    """The mapping as it was written (TOML), and how many records wait for a better one."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    with database.read() as session:
        found = _source(session, source)
        document = {"source": source, "mapping": found.mapping, "waiting": count_waiting(session, found.id)}
    return json_answer(request, document)


@router.put(
    "/{source}/mapping",
    summary="Change a source's mapping",
    responses=written(MappingDocument),
    openapi_extra=taken(NewMapping.model_json_schema()),
)
def put_mapping(
    source: str,
    request: Request,
    administrator: Administrator,
    asked: Annotated[NewMapping, Depends(document_of(NewMapping))],
) -> Response:
    """Read the feed's records so from now on. What is stored stays as it is; rejects can be tried again."""
    database: Database = request.app.state.database
    now = request.app.state.clock()
    with database.write() as session:
        found = _source(session, source)
        try:
            change_mapping(session, source, asked.mapping, actor=administrator.actor, now=now)
        except (MappingError, InvalidParameterError) as error:
            reasons = [{"pointer": "/mapping", "reason": str(error)}]
            raise UnusableRecordError(f"the mapping cannot be used: {error}", errors=reasons) from error
        waiting = count_waiting(session, found.id)
    return written_answer({"source": source, "mapping": asked.mapping, "waiting": waiting})


def _source(session: Session, name: str) -> Source:
    try:
        return find_source(session, name)
    except InvalidParameterError as error:
        raise NotFoundError(f"there is no source {name[:64]!r}") from error
