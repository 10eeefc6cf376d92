"""The routes under `/ogc`: OGC API - Features, Parts 1, 2 and 3.

They are plain routes, described by a document of their own: what FastAPI does for each request costs more
than a page of ten features.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.access.guard import Guard
from app.access.keys import Principal
from app.core.answers import Form, chosen_form
from app.core.errors import ForbiddenError, NotFoundError
from app.domain.parameters import read_parameters
from app.maps import descriptions, openapi
from app.maps.answers import document_answer
from app.maps.collections import Collection, seen_by
from app.maps.items import answer_at_once, answer_item, answer_items
from app.maps.links import JSON, OPENAPI, SCHEMA
from app.maps.pages import document_page
from app.maps.questions import PAGES, form_parameter
from app.maps.sites import ROOT, extents_of, open_site

_FORM = (form_parameter(PAGES),)


def get_landing(request: Request) -> Response:
    """Where everything is."""
    seen_collections(request)
    return answer_document(request, descriptions.landing, descriptions.TITLE)


def get_conformance(request: Request) -> Response:
    """Which conformance classes are met."""
    seen_collections(request)
    return answer_document(request, descriptions.conformance, "Conformance")


def get_api(request: Request) -> Response:
    """The OpenAPI document."""
    seen = seen_collections(request)
    return answer_document(request, lambda _: openapi.describe(request, seen.values()), "The API", OPENAPI)


def get_collections(request: Request) -> Response:
    """The collections that the key may see."""
    seen = seen_collections(request)
    extents = extents_of(request)
    return answer_document(
        request, lambda _: descriptions.collections(request, seen.values(), extents), "Collections"
    )


def get_collection(request: Request) -> Response:
    """One collection."""
    one = asked_collection(request)
    extents = extents_of(request)
    return answer_document(request, lambda _: descriptions.collection(request, one, extents), one.title)


def get_queryables(request: Request) -> Response:
    """What a filter may name."""
    one = asked_collection(request)
    return answer_document(request, lambda _: descriptions.queryables(request, one), one.title, SCHEMA)


def get_sortables(request: Request) -> Response:
    """What features can be sorted by."""
    one = asked_collection(request)
    return answer_document(request, lambda _: descriptions.sortables(request, one), one.title, SCHEMA)


def get_schema(request: Request) -> Response:
    """What a feature tells."""
    one = asked_collection(request)
    return answer_document(request, lambda _: descriptions.feature_schema(request, one), one.title, SCHEMA)


def get_items(request: Request) -> Response:
    """A page of features."""
    return answer_items(request, asked_collection(request))


def get_item(request: Request) -> Response:
    """One feature."""
    return answer_item(request, asked_collection(request), request.path_params["feature_id"])


# By the path under a root: what is served to those with a key, and to all.
ENDPOINTS = (
    ("/collections/{collection_id}/items", get_items),
    ("/collections/{collection_id}/items/{feature_id}", get_item),
    ("", get_landing),
    ("/", get_landing),
    ("/api", get_api),
    ("/conformance", get_conformance),
    ("/collections", get_collections),
    ("/collections/{collection_id}", get_collection),
    ("/collections/{collection_id}/queryables", get_queryables),
    ("/collections/{collection_id}/sortables", get_sortables),
    ("/collections/{collection_id}/schema", get_schema),
)


async def get_items_at_once(request: Request) -> Response:
    """A page of features, in the event loop where they are remembered, else in a thread."""
    guard: Guard = request.app.state.guard
    principal = guard.known(request)
    collection = None if principal is None else seen_by(principal.scopes).get(_name(request))
    answer = None if collection is None else await answer_at_once(request, collection)
    return await run_in_threadpool(get_items, request) if answer is None else answer


ROUTES = [
    Route(
        f"{ROOT}{path}",
        {get_items: get_items_at_once}.get(endpoint, endpoint),
        methods=["GET"],
        include_in_schema=False,
    )
    for path, endpoint in ENDPOINTS
]


def _principal(request: Request) -> Principal:
    guard: Guard = request.app.state.guard
    return guard.principal(request)


def seen_collections(request: Request) -> dict[str, Collection]:
    """What the key may see, or everybody. ForbiddenError where that is nothing."""
    site = open_site(request)
    if site is not None:
        return dict(site.collections)
    principal = _principal(request)
    seen = seen_by(principal.scopes)
    if not seen:
        raise ForbiddenError(f"this key's role ({principal.role.value}) may read nothing that is on a map")
    return seen


def asked_collection(request: Request) -> Collection:
    """The collection of the address. One that the key may not see is as if it were not there."""
    seen = seen_collections(request)
    name = _name(request)
    if name not in seen:
        raise NotFoundError(f"there is no collection {name[:64]!r}; there are {', '.join(seen)}")
    return seen[name]


def _name(request: Request) -> str:
    name: str = request.path_params["collection_id"]
    return name


def answer_document(
    request: Request, describe: Callable[[Request], Mapping[str, Any]], title: str, media_type: str = JSON
) -> Response:
    """A document in the form that was asked for."""
    values = read_parameters(_FORM, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), PAGES)
    document = describe(request)
    if form is Form.HTML:
        return document_page(request, document, title)
    return document_answer(request, document, media_type)
