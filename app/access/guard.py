"""Who is asking, as FastAPI dependencies: one for each scope that a route can need."""

from base64 import b64decode
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from app.access.keys import KeyRing, Principal
from app.access.own_pages import is_from_page, is_write, require_own_page
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
from app.access.sessions import COOKIE, Sessions, SignedIn
from app.core.clock import Clock
from app.core.errors import ForbiddenError, SessionLockedError, UnauthenticatedError

# Chromium looks at the first only, and asks the person who opens /ogc for a key only if that is Basic.
CHALLENGE = {"WWW-Authenticate": 'Basic realm="earshot", Bearer realm="earshot"'}
_CHALLENGE_TO_PAGES = {"WWW-Authenticate": 'Bearer realm="earshot"'}


class Guard:
    """Finds out who sends a request: from its Authorization header, else from the console's cookie."""

    def __init__(self, keys: KeyRing, sessions: Sessions, clock: Clock) -> None:
        self.keys = keys
        self.sessions = sessions
        self.clock = clock

    def principal(self, request: Request) -> Principal:
        """Whoever the header or the cookie names. Raises UnauthenticatedError, and what `session` does.

        The cookie goes before Basic: a browser that was once given a password sends it with every request. It
        would read on after the session locked, and could not write before.
        """
        if COOKIE in request.cookies and _is_bare_or_basic(request):
            return self.session(request).principal
        key = presented_key(request)
        if key is not None:
            now = self.clock()
            principal = self.keys.cached(key, now) or self.keys.check(key, now)
            if principal is None:
                raise UnauthenticatedError("this key is unknown, revoked or expired", headers=CHALLENGE)
            return principal
        raise UnauthenticatedError(
            "send a key as `Authorization: Bearer KEY`, or as the password of HTTP Basic",
            headers=_CHALLENGE_TO_PAGES if is_from_page(request) else CHALLENGE,
        )

    def known(self, request: Request) -> Principal | None:
        """Whom a key names that was checked a moment ago; None: `principal` finds out, and may wait."""
        key = None if COOKIE in request.cookies else presented_key(request)
        return None if key is None else self.keys.cached(key, self.clock())

    def session(self, request: Request) -> SignedIn:
        """The session that the cookie names; a write moves its idle clock.

        Raises UnauthenticatedError, SessionLockedError, and ForeignPageError for a write of another site.
        """
        if is_write(request):
            require_own_page(request)
        token, now = request.cookies.get(COOKIE, ""), self.clock()
        try:
            found = self.sessions.require(token, now)
        except (UnauthenticatedError, SessionLockedError) as error:
            error.headers.update(_CHALLENGE_TO_PAGES)
            raise
        if is_write(request):
            self.sessions.move(token, found, now)
        return found


def _is_bare_or_basic(request: Request) -> bool:
    header = request.headers.get("authorization")
    return header is None or header.partition(" ")[0].lower() == "basic"


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
