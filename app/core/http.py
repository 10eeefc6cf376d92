"""What every request passes through: an id, a log line, the metrics, and one shape for errors. Pure ASGI."""

import logging
import random
import re
import time
from typing import Any, cast

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import BusyError, InvalidParameterError, ProblemError
from app.core.logs import cause_of, logger
from app.core.metrics import Metrics

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
PROBLEM_TYPE = "application/problem+json"
# In the scope of a HEAD request, for answers that would have no end.
IS_HEAD = "earshot.is_head"
# In the state of a request whose client takes nothing: the server need not be polite to it.
ABANDONED = "earshot_abandoned"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The system's own source would let the writer have the interpreter in every request.
_ids = random.Random()  # noqa: S311 - no secret
_log = logger(__name__)
_standard_log = logging.getLogger(__name__)


class HttpProblem(ProblemError):
    """An error that the framework itself found, such as a route that does not exist."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.code = status

    def document(self) -> dict[str, Any]:
        """The body; a route that is not there is answered like a thing that is not."""
        kind = {404: "not-found", 405: "method-not-allowed"}.get(self.code, f"http-{self.code}")
        return {
            "type": f"urn:earshot:problem:{kind}",
            "title": self.detail,
            "status": self.code,
            "detail": self.detail,
        }


class RequestMiddleware:
    """Names the request, answers what nobody caught with a bare id, logs one line, counts and times.

    HEAD is answered as GET is, without the body; no route needs to know.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        headers = [*SECURITY_HEADERS, (b"x-request-id", request_id.encode())]
        is_head = scope["method"] == "HEAD"
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in headers if header[0] not in said),
                ]
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        handled = {**scope, "method": "GET", IS_HEAD: True} if is_head else scope
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(handled, receive, send_with_id)
            except Exception:
                _log.exception("request_failed", method=scope["method"], path=scope["path"])
                if status:
                    raise
                await _answer_500(request_id)(scope, receive, send_with_id)
            finally:
                self._observe(handled, status, time.perf_counter() - started)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "other")
        # A stranger may invent methods; each would be a time series of its own.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, path, str(status)).inc()
        self._metrics.request_seconds.labels(method, path).observe(seconds)
        if not _standard_log.isEnabledFor(logging.INFO):
            return
        _log.info("request", method=method, route=path, status=status, ms=round(seconds * 1000, 1))


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error as application/problem+json."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(PoolTimeoutError, _on_busy)
    app.add_exception_handler(OperationalError, _on_busy)
    app.add_exception_handler(InternalError, _on_lost_connection)


def problem_response(error: ProblemError) -> Response:
    """An error as its answer."""
    document = error.document()
    return Response(
        orjson.dumps(document), status_code=document["status"], media_type=PROBLEM_TYPE, headers=error.headers
    )


async def _on_problem(_request: Request, error: Exception) -> Response:
    return problem_response(cast(ProblemError, error))


async def _on_validation(_request: Request, error: Exception) -> Response:
    found = cast(RequestValidationError, error).errors()
    problems = [{"pointer": "/" + "/".join(map(str, item["loc"])), "reason": item["msg"]} for item in found]
    names = ", ".join(str(item["loc"][-1]) for item in found)
    return problem_response(InvalidParameterError(f"wrong: {names}", errors=problems))


async def _on_http(_request: Request, error: Exception) -> Response:
    found = cast(HTTPException, error)
    problem = HttpProblem(found.status_code, str(found.detail))
    problem.headers = dict(found.headers or {})
    return problem_response(problem)


async def _on_busy(_request: Request, error: Exception) -> Response:
    _log.error("database_unreachable", error=cause_of(error))
    return problem_response(BusyError("the database does not answer right now"))


async def _on_lost_connection(request: Request, error: Exception) -> Response:
    """PostgreSQL ends a unit of work that stood still by an internal error; any other is a bug of ours."""
    if not cast(InternalError, error).connection_invalidated:
        raise error
    return await _on_busy(request, error)


def _answer_500(request_id: str) -> Response:
    document = {
        "type": "urn:earshot:problem:internal",
        "title": "Something went wrong",
        "status": 500,
        "detail": f"The log has the reason under {request_id}.",
    }
    return Response(orjson.dumps(document), status_code=500, media_type=PROBLEM_TYPE)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return f"{_ids.getrandbits(64):016x}"
