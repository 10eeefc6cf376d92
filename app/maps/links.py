"""Links between the resources, as absolute addresses of the host that was asked."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from app.core.answers import MEDIA_TYPES, Form
from app.maps.sites import root_of

GEOJSON = MEDIA_TYPES[Form.GEOJSON]
JSON = MEDIA_TYPES[Form.JSON]
HTML = MEDIA_TYPES[Form.HTML]
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
_SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"


def address(request: Request, path: str = "", **query: str) -> str:
    """The absolute address of a path under the root."""
    host = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
    base = f"{host}{root_of(request)}{path}"
    return f"{base}?{urlencode(query)}" if query else base


def link(rel: str, href: str, media_type: str, title: str) -> dict[str, str]:
    """One link (RFC 8288)."""
    return {"rel": rel, "type": media_type, "title": title, "href": href}


def self_links(request: Request, own_type: str = JSON) -> list[dict[str, str]]:
    """A document in the form that was asked for and in the other."""
    form = "geojson" if own_type == GEOJSON else "json"
    return [
        link("self", asked_address(request, f=form), own_type, "this document"),
        link("alternate", asked_address(request, f="html"), HTML, "this document as a page"),
    ]


def asked_address(request: Request, **changed: str | None) -> str:
    """The address that was asked for with some parameters set, or left out (None)."""
    path = address(request, request.url.path.removeprefix(root_of(request)))
    return _with_query(path, request.scope["query_string"], tuple(changed.items()))


def collection_links(request: Request, collection_id: str) -> list[dict[str, Any]]:
    """Where a collection's features and descriptions are."""
    path = f"/collections/{collection_id}"
    return [
        link("items", address(request, f"{path}/items"), GEOJSON, "the features"),
        link("items", address(request, f"{path}/items", f="html"), HTML, "the features as a page"),
        link(_QUERYABLES, address(request, f"{path}/queryables"), SCHEMA, "what filters may name"),
        link(_SORTABLES, address(request, f"{path}/sortables"), SCHEMA, "what features can be sorted by"),
        link(_SCHEMA, address(request, f"{path}/schema"), SCHEMA, "what a feature tells"),
    ]


@lru_cache(maxsize=512)
def _with_query(path: str, given: bytes, changed: tuple[tuple[str, str | None], ...]) -> str:
    """The same is asked again and again, and takes as long as many another part of an answer."""
    names = {name for name, _ in changed}
    query = [(name, value) for name, value in QueryParams(given).multi_items() if name not in names]
    query += [(name, value) for name, value in changed if value is not None]
    return f"{path}?{urlencode(query)}" if query else path
