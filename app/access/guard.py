"""Who is asking, as FastAPI dependencies: one for each scope that a route can need."""

from base64 import b64decode
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from app.access.keys import KeyRing, Principal
from app.access.roles import (
    ADMINISTER,
    READ_ALERTS,
    READ_CALLS,
    READ_INCIDENTS,
    READ_PLACES,
    READ_SOURCES,
    REVIEW,
    WRITE_PLACES,
)
from app.core.clock import Clock
from app.core.errors import ForbiddenError, UnauthenticatedError

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="earshot", Basic realm="earshot"'}


class Guard:
    """Finds out who sends a request from its Authorization header."""

    def __init__(self, keys: KeyRing, clock: Clock) -> None:
        self.keys = keys
        self.clock = clock

    def principal(self, request: Request) -> Principal:
        """Whoever the header names; UnauthenticatedError without a good key."""
        key = presented_key(request)
        if key is None:
            raise UnauthenticatedError(
                "send a key as `Authorization: Bearer KEY`, or as the password of HTTP Basic",
                headers=CHALLENGE,
            )
        now = self.clock()
        principal = self.keys.cached(key, now) or self.keys.check(key, now)
        if principal is None:
            raise UnauthenticatedError("this key is unknown, revoked or expired", headers=CHALLENGE)
        return principal


def presented_key(request: Request) -> str | None:
    """The key that a request carries, if any; Basic only where nothing is written."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if scheme.lower() == "basic" and request.method in ("GET", "HEAD"):
        try:
            return b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except ValueError:
            return None
    return None


def requires(scope: str) -> Callable[[Request], Principal]:
    """A dependency that lets only keys with a scope pass."""

    def check(request: Request) -> Principal:
        guard: Guard = request.app.state.guard
        principal = guard.principal(request)
        if scope not in principal.scopes:
            raise ForbiddenError(f"this key's role ({principal.role.value}) does not include {scope}")
        return principal

    return check


IncidentReader = Annotated[Principal, Depends(requires(READ_INCIDENTS))]
PlaceReader = Annotated[Principal, Depends(requires(READ_PLACES))]
PlaceWriter = Annotated[Principal, Depends(requires(WRITE_PLACES))]
AlertReader = Annotated[Principal, Depends(requires(READ_ALERTS))]
CallReader = Annotated[Principal, Depends(requires(READ_CALLS))]
SourceReader = Annotated[Principal, Depends(requires(READ_SOURCES))]
Reviewer = Annotated[Principal, Depends(requires(REVIEW))]
Administrator = Annotated[Principal, Depends(requires(ADMINISTER))]
