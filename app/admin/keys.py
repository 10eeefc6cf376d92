"""/v1/keys: what machines and people sign in with."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.access.guard import Administrator
from app.access.keys import create_key, find_key, list_keys, revoke_key
from app.admin.schemas import CreatedKey, KeyList, NewKey
from app.core.answers import Form, json_answer, written_answer
from app.core.bodies import document_of
from app.core.described import responses, taken, written
from app.db import Database
from app.db.models import Key
from app.domain.parameters import read_parameters
from app.domain.time import format_millis

router = APIRouter(prefix="/v1/keys", tags=["administration"])


@router.get("", summary="List keys", responses=responses(KeyList, (Form.JSON,)))
def get_keys(request: Request, _administrator: Administrator) -> Response:
    """Every key without its secret, revoked and expired ones too, oldest first."""
    read_parameters((), request.query_params.multi_items())
    database: Database = request.app.state.database
    now = request.app.state.clock()
    with database.read() as session:
        keys = [_document(key, source, now) for key, source in list_keys(session)]
    return json_answer(request, {"keys": keys, "links": {"next": None}}, has_people=True)


@router.post(
    "",
    status_code=201,
    summary="Create a key",
    responses=written(CreatedKey, 201),
    openapi_extra=taken(NewKey.model_json_schema()),
)
def post_key(
    request: Request,
    administrator: Administrator,
    asked: Annotated[NewKey, Depends(document_of(NewKey))],
) -> Response:
    """Create a key and answer it in full, this once: an `Idempotency-Key` is not heeded here.

    An answer that could be had again would have to be kept, and the key with it.
    """
    database: Database = request.app.state.database
    now = request.app.state.clock()
    with database.write() as session:
        key = create_key(
            session,
            role=asked.role,
            source_name=asked.source,
            name=asked.name,
            scopes=asked.scopes,
            expires_at=asked.expires_at,
            actor=administrator.actor,
            now=now,
        )
        document = _document(*find_key(session, key.split("_")[1]), now)
    return written_answer({**document, "key": key}, 201)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key", response_class=Response)
def delete_key(key_id: str, request: Request, administrator: Administrator) -> Response:
    """Make a key useless, with the sessions that it began. It stays in the list."""
    database: Database = request.app.state.database
    with database.write() as session:
        key, _ = find_key(session, key_id)
        if key.revoked_at is None:
            revoke_key(session, key_id, actor=administrator.actor, now=request.app.state.clock())
    return Response(status_code=204, headers={"Cache-Control": "private, no-store"})


def _document(key: Key, source: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "source": source,
        "scopes": key.scopes,
        "created_at": format_millis(key.created_at),
        "expires_at": None if key.expires_at is None else format_millis(key.expires_at),
        "revoked_at": None if key.revoked_at is None else format_millis(key.revoked_at),
        "valid": key.revoked_at is None and (key.expires_at is None or key.expires_at > now),
    }
