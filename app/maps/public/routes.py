"""The routes under `/public/ogc`: those of `/ogc`, for everybody, from the edition of the hour."""

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.errors import BusyError, ProblemError
from app.core.http import problem_response
from app.maps.public.edition import READERS, ROOT
from app.maps.public.editions import Editions
from app.maps.routes import ENDPOINTS
from app.maps.sites import enter

MOST_WAITING = 32
MAX_AGE_S = 300
_EVERYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Crs, ETag, Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


class Feed:
    """The public feed: few of its requests work at a time, so that others have threads and a processor."""

    def __init__(self, editions: Editions) -> None:
        self._editions = editions
        self._limiter: CapacityLimiter | None = None
        self._inside = 0

    async def answer(self, endpoint: Callable[[Request], Response], request: Request) -> Response:
        """An answer for everybody, refusals too."""
        # Made here: a limiter belongs to the event loop that runs.
        self._limiter = self._limiter or CapacityLimiter(READERS)
        self._inside += 1
        try:
            if self._inside > READERS + MOST_WAITING:
                raise BusyError("too many are reading; try again")
            answer = await to_thread.run_sync(self._read, endpoint, request, limiter=self._limiter)
            answer.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
            answer.headers["Vary"] = "Accept, Accept-Encoding"
        except ProblemError as error:
            answer = problem_response(error)
            answer.headers["Cache-Control"] = "no-store"
        finally:
            self._inside -= 1
        answer.headers.update(_EVERYBODY)
        return answer

    def _read(self, endpoint: Callable[[Request], Response], request: Request) -> Response:
        site = self._editions.current()
        enter(request, site)
        try:
            return endpoint(request)
        except OperationalError as error:
            raise BusyError("this takes too long: ask for less, with fewer conditions") from error


def _route(path: str, endpoint: Callable[[Request], Response]) -> Route:
    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={**_EVERYBODY, **_PREFLIGHT})
        feed: Feed = request.app.state.public_feed
        return await feed.answer(endpoint, request)

    return Route(f"{ROOT}{path}", answer, methods=["GET", "OPTIONS"], include_in_schema=False)


ROUTES = [_route(path, endpoint) for path, endpoint in ENDPOINTS]
