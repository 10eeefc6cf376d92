"""Signing in to the console and out of it, and the sign that somebody is there."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.access.guard import Guard
from app.access.own_pages import require_own_origin, require_own_page
from app.access.sessions import COOKIE, REMEMBERED_FOR, SignedIn, sign_in, sign_out, tidy_sessions
from app.access.tries import Tries
from app.console.schemas import Credentials, SessionDocument
from app.core.answers import written_answer
from app.core.bodies import document_of
from app.core.described import taken, written
from app.core.errors import ForbiddenError, UnauthenticatedError
from app.core.http import PROBLEM_TYPE
from app.core.logs import logger
from app.db import Database
from app.domain.time import format_millis
from app.domain.vocabulary import Role

router = APIRouter(tags=["console"], prefix="/console")

_PEOPLE = (Role.VIEWER, Role.ANALYST, Role.ADMIN)
_NEVER_KEPT = {"Cache-Control": "private, no-store"}
_log = logger(__name__)


@router.post(
    "/session",
    summary="Sign in with a key",
    response_model=None,
    responses={
        **written(SessionDocument),
        429: {"description": "Too many wrong keys came from this address.", "content": {PROBLEM_TYPE: {}}},
    },
    openapi_extra=taken(Credentials.model_json_schema()),
    dependencies=[Depends(require_own_origin)],
)
def post_session(
    request: Request, credentials: Annotated[Credentials, Depends(document_of(Credentials))]
) -> Response:
    """Begin a session for a person's key; its token goes into a cookie, in place of the one before."""
    guard: Guard = request.app.state.guard
    tries: Tries = request.app.state.tries
    database: Database = request.app.state.database
    address = request.client.host if request.client else "unknown"
    tries.take(address)
    now = guard.clock()
    principal = guard.keys.check(credentials.key.strip(), now)
    if principal is None:
        _log.warning("sign_in_refused", address=address)
        raise UnauthenticatedError("this key is unknown, revoked or expired")
    tries.give_back(address)
    if principal.role not in _PEOPLE:
        raise ForbiddenError(
            f"a key of role {principal.role.value} is a machine's: the console takes those of people,"
            f" of the roles {', '.join(_PEOPLE)}"
        )
    earlier = request.cookies.get(COOKIE)
    with database.write() as session:
        if earlier is not None:
            sign_out(session, earlier, because="signed in again", now=now)
        tidy_sessions(session, guard.sessions.times, now)
        token = sign_in(session, principal, address=address, now=now)
    if earlier is not None:
        guard.sessions.forget(earlier)
    answer = written_answer(_document(guard, guard.sessions.require(token, now)))
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(REMEMBERED_FOR.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=_is_secure(request),
    )
    return answer


@router.get(
    "/session",
    summary="Who is signed in",
    response_model=None,
    responses={
        200: {"model": SessionDocument, "description": "Signed in."},
        401: {"description": "Signed out, or locked: `type` says which.", "content": {PROBLEM_TYPE: {}}},
    },
)
def get_session(request: Request) -> Response:
    """The session of the cookie. Asking does not count as activity."""
    guard: Guard = request.app.state.guard
    return written_answer(_document(guard, guard.session(request)))


@router.delete("/session", summary="Sign out", response_class=Response, status_code=204)
def delete_session(request: Request) -> Response:
    """End the session of the cookie, locked or not."""
    token = request.cookies.get(COOKIE)
    if token is not None:
        require_own_page(request)
        guard: Guard = request.app.state.guard
        database: Database = request.app.state.database
        with database.write() as session:
            sign_out(session, token, because="signed out", now=guard.clock())
        guard.sessions.forget(token)
    answer = Response(status_code=204, headers=_NEVER_KEPT)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=_is_secure(request))
    return answer


@router.post(
    "/session/activity", summary="Say that somebody is there", response_class=Response, status_code=204
)
def post_activity(request: Request) -> Response:
    """Begin the time anew after which the session locks for want of activity."""
    guard: Guard = request.app.state.guard
    guard.session(request)
    return Response(status_code=204, headers=_NEVER_KEPT)


def _document(guard: Guard, found: SignedIn) -> dict[str, Any]:
    times = guard.sessions.times
    return {
        "role": found.principal.role.value,
        "scopes": sorted(found.principal.scopes),
        "name": found.name,
        "source": found.principal.source,
        "expires_at": format_millis(times.at_latest(found)),
        "locks_at": format_millis(times.when_idle(found)),
        "locks_after_s": int(times.idle.total_seconds()),
    }


def _is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, with us or with the proxy in front."""
    return request.url.scheme == "https" or bool(request.app.state.settings.behind_tls_proxy)
