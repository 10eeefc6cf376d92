"""The console's page at each of its addresses, its files, and what anybody may know of it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.access.guard import IncidentReader
from app.console.basemap import FILE_PATH, Basemap, chosen_basemap
from app.console.built import BuiltConsole, BuiltFile
from app.console.policy import page_headers
from app.console.schemas import ConsoleSettings
from app.core.answers import has_tag, takes_gzip
from app.core.errors import NotFoundError
from app.core.http import IS_HEAD
from app.core.settings import Settings

router = APIRouter(tags=["console"])

PAGES = ("/", "/incidents/{incident_id}", "/insight", "/operations")
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Earshot: not built yet</title>
</head>
<body>
<h1>The console is not built here</h1>
<p>Everything else runs: the API at <a href="/docs">/docs</a>, maps at <code>/ogc</code>.</p>
<p>To build these pages, run <code>make setup</code> where the sources are, then load this page anew.</p>
</body>
</html>
"""


class Console:
    """The built files with the headers that go with them, and the basemap."""

    def __init__(self, settings: Settings, built: BuiltConsole | None = None) -> None:
        self.built = built or BuiltConsole()
        self.basemap: Basemap | None = chosen_basemap(settings)
        self.headers = page_headers(self.basemap.origins if self.basemap else ())


def get_page(request: Request) -> Response:
    """The page; which screen it shows is the page's own business."""
    console: Console = request.app.state.console
    page = console.built.page()
    if page is None:
        return Response(
            _NOT_BUILT, media_type="text/html", headers={**console.headers, "Cache-Control": "no-store"}
        )
    return _answer(request, page, "no-cache")


for _path in PAGES:
    router.get(_path, include_in_schema=False)(get_page)


@router.get("/assets/{path:path}", include_in_schema=False)
def get_asset(request: Request, path: str) -> Response:
    """A built file; its name changes with its content."""
    console: Console = request.app.state.console
    asset = console.built.asset(path)
    if asset is None:
        raise NotFoundError("no such file")
    return _answer(request, asset, _FOR_EVER)


@router.get(FILE_PATH, summary="The basemap's archive", response_class=Response)
def get_basemap(request: Request, _reader: IncidentReader) -> Response:
    """The PMTiles archive of this machine, of which maps ask ranges."""
    console: Console = request.app.state.console
    if console.basemap is None or console.basemap.file is None:
        raise NotFoundError("no basemap is served from here")
    return _Archive(
        console.basemap.file,
        media_type="application/vnd.pmtiles",
        headers={"Cache-Control": "private, no-cache"},
    )


@router.get(
    "/console/settings",
    summary="What the console shows before anybody signs in",
    response_model=ConsoleSettings,
)
def get_settings(request: Request) -> dict[str, Any]:
    """The agency's name, notice, zone and basemap. Nobody needs to sign in for it."""
    settings: Settings = request.app.state.settings
    console: Console = request.app.state.console
    basemap = console.basemap
    return {
        "agency_name": settings.agency_name,
        "notice": settings.console_notice,
        "time_zone": settings.time_zone,
        "version": request.app.version,
        "basemap": None
        if basemap is None
        else {"kind": basemap.kind, "url": basemap.url, "attribution": basemap.attribution},
    }


class _Archive(FileResponse):
    """A file of any size, of which HEAD reads nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the method is told as it was asked."""
        asked = {**scope, "method": "HEAD"} if scope.get(IS_HEAD) else scope
        await super().__call__(asked, receive, send)


def _answer(request: Request, file: BuiltFile, kept: str) -> Response:
    """A file in the coding that the browser takes, or 304."""
    console: Console = request.app.state.console
    headers = {**console.headers, "ETag": file.tag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if has_tag(request, file.tag):
        return Response(status_code=304, headers=headers)
    if file.packed is not None and takes_gzip(request):
        headers |= {"Content-Encoding": "gzip", "ETag": f"W/{file.tag}"}
        return Response(file.packed, media_type=file.media_type, headers=headers)
    return Response(file.body, media_type=file.media_type, headers=headers)
