"""Features as answers: GeoJSON put together from texts that the database spelled, or a page for people."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.answers import Form, chosen_form
from app.core.errors import NotFoundError
from app.domain.ids import read_id
from app.domain.parameters import read_parameters
from app.maps.answers import body_answer, streamed_answer
from app.maps.collections import Collection
from app.maps.crs import CRS84
from app.maps.links import GEOJSON, HTML, JSON, address, asked_address, link
from app.maps.pages import item_page, items_page
from app.maps.queries import A_PART, Part, find_feature, read_page, read_remembered
from app.maps.questions import FORMS, Question, one_parameters, read_question
from app.maps.sites import database_of, remembered_by


def answer_items(request: Request, collection: Collection) -> Response:
    """A page of features. Raises InvalidParameterError and NotAcceptableError."""
    database = database_of(request)
    question = read_question(collection, database.dialect, request.query_params.multi_items())
    form = chosen_form(request, question.form, FORMS)
    if form is Form.HTML:
        question = replace(question, limit=min(question.limit, A_PART))
    parts = read_page(database, question, remembered_by(request))
    # What can be wrong shows with the first part, before anything is sent.
    texts = _collection_texts(request, collection, question, chain([next(parts)], parts))
    if form is Form.HTML:
        return items_page(request, collection, orjson.loads(b"".join(texts)))
    return _geojson(request, collection, question, texts)


def _geojson(
    request: Request, collection: Collection, question: Question, texts: Iterable[bytes]
) -> Response:
    headers = {"Content-Crs": f"<{question.system}>"}
    if question.limit > A_PART:
        return streamed_answer(request, texts, has_people=collection.has_people, headers=headers)
    return body_answer(request, b"".join(texts), GEOJSON, has_people=collection.has_people, headers=headers)


async def answer_at_once(request: Request, collection: Collection) -> Response | None:
    """The same for a small page of features that are remembered; None where that is not to be had."""
    database, remembered = database_of(request), remembered_by(request)
    if remembered is None or database.quick is None or "filter" in request.query_params:
        return None
    question = read_question(collection, database.dialect, request.query_params.multi_items())
    if chosen_form(request, question.form, FORMS) is Form.HTML:
        return None
    part = await read_remembered(database, question, remembered)
    if part is None:
        return None
    return _geojson(
        request, collection, question, _collection_texts(request, collection, question, iter([part]))
    )


def answer_item(request: Request, collection: Collection, feature_id: str) -> Response:
    """One feature. Raises NotFoundError too."""
    database = database_of(request)
    values = read_parameters(one_parameters(), request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), FORMS)
    system = values.get("crs", CRS84)
    question = read_question(collection, database.dialect, [("crs", system)])
    number = read_id(feature_id)
    found = None if number is None else find_feature(database, question, number)
    if found is None:
        raise NotFoundError(f"there is no feature {feature_id[:64]!r} in {collection.id}")
    links = [
        *_own_links(request),
        link("collection", address(request, f"/collections/{collection.id}"), JSON, collection.title),
    ]
    if form is Form.HTML:
        return item_page(request, collection, {**orjson.loads(found), "links": links})
    body = b"%s,%s" % (found[:-1], orjson.dumps({"links": links})[1:])
    headers = {"Content-Crs": f"<{system}>"}
    return body_answer(request, body, GEOJSON, has_people=collection.has_people, headers=headers)


def _collection_texts(
    request: Request, collection: Collection, question: Question, parts: Iterator[Part]
) -> Iterator[bytes]:
    """A FeatureCollection piece by piece; what is known only at the end stands at its end."""
    yield b'{"type":"FeatureCollection","features":['
    returned, matched, cursor = 0, None, None
    for part in parts:
        if returned and part.text:
            yield b","
        matched = part.matched if returned == 0 else matched
        returned += part.returned
        cursor = part.cursor
        yield part.text
    links: list[dict[str, Any]] = _own_links(request)
    if cursor is not None:
        links.append(link("next", asked_address(request, cursor=cursor), GEOJSON, "the next page"))
    links.append(
        link("collection", address(request, f"/collections/{collection.id}"), JSON, collection.title)
    )
    counts = {"numberReturned": returned, **({"numberMatched": matched} if matched is not None else {})}
    yield b"],%s" % orjson.dumps({**counts, "links": links})[1:]


def _own_links(request: Request) -> list[dict[str, Any]]:
    asked = asked_address(request, f=None)
    form = f"{asked}{'&' if '?' in asked else '?'}f="
    return [
        link("self", f"{form}geojson", GEOJSON, "this document"),
        link("alternate", f"{form}html", HTML, "this document as a page"),
    ]
