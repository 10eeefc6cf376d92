"""Whether a request that a browser signs by its cookie comes from a page of ours.

Other sites can make a browser send a cookie, but neither a header of their own nor another origin than theirs
(OWASP's Cross-Site Request Forgery Prevention Cheat Sheet: custom request headers, fetch metadata, origin).
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from app.core.errors import ForeignPageError

HEADER = "X-Earshot-Console"
_READS = ("GET", "HEAD", "OPTIONS")
_PORTS = {"http": 80, "https": 443}


def is_write(request: Request) -> bool:
    """Whether a request may change anything."""
    return request.method not in _READS


def require_own_page(request: Request) -> None:
    """Refuse a write that lacks the console's header or comes from elsewhere. Raises ForeignPageError."""
    if request.headers.get(HEADER) != "1":
        raise ForeignPageError(f"a session by cookie writes only with the header `{HEADER}: 1`")
    require_own_origin(request)


def require_own_origin(request: Request) -> None:
    """Refuse what a browser says another site sent. Raises ForeignPageError."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site != "same-origin":
        raise ForeignPageError(f"the browser says that a page of another site sent this ({site})")
    origin = request.headers.get("origin")
    if origin is not None and _host(origin) != _host(f"{request.url.scheme}://{request.headers.get('host')}"):
        raise ForeignPageError(
            f"a page of {origin} sent this, which is not the host that was asked; a proxy in front must pass"
            " on the header Host as the browser sent it"
        )


def is_from_page(request: Request) -> bool:
    """Whether a script or stream of a page asks: a browser would answer Basic's challenge with a dialogue."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return HEADER in request.headers or mode != "navigate"


def _host(address: str) -> tuple[str, int | None] | None:
    """Host and port of an origin; behind a proxy the scheme may be another, and a default port unsaid."""
    try:
        parts = urlsplit(address)
        if parts.hostname is None:
            return None
        port = parts.port
    except ValueError:
        return None
    return parts.hostname, None if port in _PORTS.values() else port
