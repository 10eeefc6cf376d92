"""Which pages of other origins may read maps in a browser (the Fetch standard's CORS). Pure ASGI."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

MAPS = "/ogc"
_MOST_AGE_S = 3_600


class MapsForPages:
    """Lets pages of the origins read maps with a key that they send; never with a cookie."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._maps = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "HEAD"],
            allow_headers=["Authorization", "If-None-Match"],
            expose_headers=["Content-Crs", "ETag", "Retry-After", "X-Request-Id"],
            max_age=_MOST_AGE_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_map = scope["type"] == "http" and (scope["path"] + "/").startswith(f"{MAPS}/")
        await (self._maps if is_map else self._app)(scope, receive, send)
