"""POST /v1/alerts/{source}, /v1/calls/{source} and /v1/sources/{source}/heartbeat."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.access.guard import CHALLENGE, presented_key
from app.access.keys import KeyRing
from app.core.clock import Clock
from app.core.errors import (
    MalformedBodyError,
    NotFoundError,
    UnauthenticatedError,
    UnusableRecordError,
)
from app.core.http import problem_response
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.domain.time import EPOCH, TimeError, format_millis, parse_instant
from app.domain.vocabulary import SourceKind
from app.intake.authentication import (
    WRONG_SIGNATURE,
    is_signed,
    known_principal,
    require_own_source,
    verify_signature,
)
from app.intake.bodies import DamagedGzipError, read_body, require_known_encoding
from app.intake.completeness import state_heartbeat
from app.intake.parse import Batch, malformed, parse_batch
from app.intake.stream import NdjsonExchange
from app.intake.writer import Delivery, Writer
from app.sources.feeds import NAME_PATTERN, Feed, FeedCache


class StraightRoute(APIRoute):
    """A route that calls its endpoint with the source's name and the request, and nothing between.

    The intake takes a body as it is and has no dependencies; to solve none costs as much as to map an alert.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.endpoint(scope["path_params"]["source"], Request(scope, receive, send))
        await response(scope, receive, send)


router = APIRouter(prefix="/v1", tags=["intake"], route_class=StraightRoute)
NDJSON = "application/x-ndjson"
LARGE_BODY_BYTES = 65_536


class Intake:
    """What the routes need, made once by `create_app`."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        feeds: FeedCache,
        keys: KeyRing,
        writer: Writer,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.feeds = feeds
        self.keys = keys
        self.writer = writer
        self.metrics = metrics

    async def feed(self, name: str) -> Feed:
        """The source of a request; a look-up that is not remembered goes to a thread."""
        if NAME_PATTERN.fullmatch(name) is None:
            raise NotFoundError(f"there is no source {name[:64]!r}")
        cached = self.feeds.cached(name)
        return cached if cached is not None else await run_in_threadpool(self.feeds.load, name, self.clock())

    async def admit(self, request: Request, kind: SourceKind | None, source: str) -> Feed | None:
        """Let a bearer key in (kind None: of whatever the source carries); None: signed, its body decides."""
        key = presented_key(request)
        if key is None:
            if is_signed(request.headers):
                return None
            raise UnauthenticatedError(
                "send the source's key as a bearer token, or sign the webhook", headers=CHALLENGE
            )
        now = self.clock()
        principal = known_principal(request, self.keys, now)
        principal = principal or await run_in_threadpool(self.keys.check, key, now)
        if principal is None:
            raise UnauthenticatedError("this key is unknown, revoked or expired", headers=CHALLENGE)
        feed = await self.feed(source)
        if feed.require_signature and is_signed(request.headers):
            return None
        require_own_source(principal, kind or feed.kind, feed)
        feed.require(kind or feed.kind)
        return feed

    async def admit_signed(self, request: Request, kind: SourceKind | None, source: str, body: bytes) -> Feed:
        """Let a signed body in; an unknown source is answered like a wrong signature, which tells nothing."""
        try:
            feed = await self.feed(source)
        except NotFoundError:
            raise UnauthenticatedError(WRONG_SIGNATURE, headers=CHALLENGE) from None
        verify_signature(feed, request.headers, body, self.clock(), self.settings.webhook_tolerance_s)
        feed.require(kind or feed.kind)
        return feed

    async def store(self, delivery: Delivery) -> None:
        """Wait until the delivery is committed."""
        await self.writer.submit(delivery)
        for item in delivery.items:
            self.metrics.records.labels(delivery.feed.name, item.outcome.value).inc()
        if delivery.refusals:
            self.metrics.records.labels(delivery.feed.name, "rejected").inc(len(delivery.refusals))


@router.post("/alerts/{source}", status_code=202, summary="Take in one alert or an array")
async def post_alerts(source: str, request: Request) -> Response:
    """One alert or several, from a vendor; answered only once they are stored."""
    return await _take_in(request, SourceKind.ALERTS, source)


@router.post("/calls/{source}", status_code=202, summary="Take in one call, an array, or a stream of lines")
async def post_calls(source: str, request: Request) -> Response:
    """One call or several, from a call centre; NDJSON is answered line by line while it comes in."""
    return await _take_in(request, SourceKind.CALLS, source)


@router.post("/sources/{source}/heartbeat", status_code=202, summary="Say up to when a feed is complete")
async def post_heartbeat(source: str, request: Request) -> Response:
    """`{"through": time}`: every record up to that time has been sent."""
    intake: Intake = request.app.state.intake
    feed = await intake.admit(request, None, source)
    body = await read_body(request, intake.settings.body_limit_bytes)
    admitted = feed or await intake.admit_signed(request, None, source, body)
    through = _through(body)
    delivery = Delivery(admitted, [])
    delivery.on_stored = lambda session, now: state_heartbeat(session, admitted, through, now)
    await intake.store(delivery)
    return _json(202, {"source": admitted.name, "through": format_millis(through)})


async def _take_in(request: Request, kind: SourceKind, source: str) -> Response:
    intake: Intake = request.app.state.intake
    feed = await intake.admit(request, kind, source)
    content_type = request.headers.get("content-type")
    if feed is not None and kind is SourceKind.CALLS and (content_type or "").startswith(NDJSON):
        require_known_encoding(request)
        return NdjsonExchange(request, feed, intake.store, intake.clock, intake.settings.body_limit_bytes)
    try:
        body = await read_body(request, intake.settings.body_limit_bytes)
    except DamagedGzipError as error:
        # What was signed is the body that cannot be had, so a signed one has nobody to vouch for it.
        if feed is not None:
            await _keep_malformed(intake, feed, error.received, error.detail, content_type)
        raise
    if feed is None:
        feed = await intake.admit_signed(request, kind, source, body)
    try:
        batch = await _parse(feed, body, content_type, intake)
    except MalformedBodyError as error:
        await _keep_malformed(intake, feed, body, error.detail, content_type)
        raise
    if batch.items or batch.refusals:
        await intake.store(Delivery(feed, batch.items, batch.refusals, content_type))
    return _answer(batch)


async def _keep_malformed(
    intake: Intake, feed: Feed, body: bytes, reason: str, content_type: str | None
) -> None:
    await intake.store(Delivery(feed, [], [malformed(body, reason)], content_type))


async def _parse(feed: Feed, body: bytes, content_type: str | None, intake: Intake) -> Batch:
    """A large body is mapped in a thread, so that small ones need not wait for it."""
    arguments = feed, body, content_type, intake.clock(), intake.settings.batch_limit
    if len(body) < LARGE_BODY_BYTES:
        return parse_batch(*arguments)
    return await run_in_threadpool(parse_batch, *arguments)


def _answer(batch: Batch) -> Response:
    results = batch.documents()
    rejected = sum(result["status"] == "rejected" for result in results)
    if not batch.is_single:
        return _json(207 if rejected else 202, {"results": results})
    if not rejected:
        return _json(202, results[0])
    problem = UnusableRecordError(
        "; ".join(error["reason"] for error in results[0]["errors"]), errors=results[0]["errors"]
    )
    return problem_response(problem)


def _through(body: bytes) -> datetime:
    try:
        document = orjson.loads(body)
        through = parse_instant(document["through"])
        if through < EPOCH:
            raise TimeError(f"{through.isoformat()} lies before 1970")
        return through
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the body is no JSON: {error}") from error
    except (TimeError, KeyError, TypeError, AttributeError) as error:
        reason = (
            str(error) if isinstance(error, TimeError) else 'expected {"through": "2026-07-04T21:04:05Z"}'
        )
        raise UnusableRecordError(reason, errors=[{"pointer": "/through", "reason": reason}]) from error


def _json(status: int, document: Any) -> Response:
    return Response(orjson.dumps(document), status_code=status, media_type="application/json")
