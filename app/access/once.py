"""Writes that may be sent again: the same request with the same key is answered as it was the first time.

After the IETF's draft-ietf-httpapi-idempotency-key-header. The answer is kept in the transaction of the write
itself, so either both are there or neither is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.keys import Principal
from app.core.errors import InvalidParameterError, ReusedKeyError
from app.db import Database
from app.db.database import dialect_of
from app.db.models import AnsweredRequest

REMEMBERED_FOR = timedelta(days=7)
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Once:
    """A request, and the key under which its sender may send it again."""

    request: Request
    key: str | None

    def answer(self, principal: Principal, write: Callable[[Session], Response]) -> Response:
        """What `write` answers, committed; for a repeat what it answered then, and nothing is written.

        Two of one key at once wait for each other. What is refused or is no success is not kept. Raises
        ReusedKeyError for a key that came with another request.
        """
        database: Database = self.request.app.state.database
        with database.write() as session:
            if self.key is None:
                return write(session)
            earlier = self._begin(session, principal.actor)
            if earlier is not None:
                return _again(earlier)
            answer = write(session)
            self._keep(session, principal.actor, answer)
        return answer

    def _begin(self, session: Session, actor: str) -> AnsweredRequest | None:
        """Take the key, or find what it was answered with, once whoever has it now has ended."""
        digest = self._digest()
        mine = {"actor": actor, "key": self.key, "digest": digest, "status": 0, "body": b""}
        statement = (
            dialect_of(session)
            .insert_ignoring(AnsweredRequest.__table__)
            .values(**mine, answered_at=self.request.app.state.clock())
            .returning(AnsweredRequest.key)
        )
        if session.execute(statement).first() is not None:
            return None
        earlier = session.scalars(
            select(AnsweredRequest).where(AnsweredRequest.actor == actor, AnsweredRequest.key == self.key)
        ).one()
        if earlier.digest != digest:
            raise ReusedKeyError(
                "this Idempotency-Key came with another request before: take a new one for each"
            )
        return earlier

    def _keep(self, session: Session, actor: str, answer: Response) -> None:
        mine = (AnsweredRequest.actor == actor, AnsweredRequest.key == self.key)
        if not 200 <= answer.status_code < 300:
            session.execute(delete(AnsweredRequest).where(*mine))
            return
        session.execute(
            update(AnsweredRequest)
            .where(*mine)
            .values(
                status=answer.status_code,
                location=answer.headers.get("location"),
                body=bytes(answer.body),
            )
        )

    def _digest(self) -> bytes:
        """SHA-256 over what was asked; `read_document` has left that of the body."""
        url = self.request.url
        asked = f"{self.request.method} {url.path}?{url.query}\n".encode()
        return sha256(asked + getattr(self.request.state, "body_digest", b"")).digest()


def once(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A new one for each request, 1 to 255 printable ASCII characters: the same request"
            " with it again within 7 days is answered alike and writes nothing."
        ),
    ] = None,
) -> Once:
    """The dependency behind `MayRepeat`, to be named after that of the key."""
    if idempotency_key is not None and _KEY.fullmatch(idempotency_key) is None:
        raise InvalidParameterError("Idempotency-Key: expected 1 to 255 printable ASCII characters")
    return Once(request, idempotency_key)


def forget_answers(session: Session, now: datetime) -> None:
    """Delete answers that nobody will ask for again; they may quote what people wrote."""
    session.execute(delete(AnsweredRequest).where(AnsweredRequest.answered_at < now - REMEMBERED_FOR))


def _again(earlier: AnsweredRequest) -> Response:
    headers = {REPLAYED: "true", "Cache-Control": "private, no-store"}
    if earlier.location is not None:
        headers["Location"] = earlier.location
    return Response(earlier.body, earlier.status, media_type="application/json", headers=headers)


MayRepeat = Annotated[Once, Depends(once)]
