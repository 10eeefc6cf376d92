"""One way to answer every list: JSON, GeoJSON or CSV, some fields or all, page after page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.core.answers import (
    MEDIA_TYPES,
    Form,
    chosen_form,
    csv_body,
    json_answer,
    next_link,
    tagged,
)
from app.core.errors import InvalidParameterError
from app.db import Database
from app.db.paging import Page
from app.domain.parameters import (
    AS_OF,
    Parameter,
    moment_asked,
    read_parameters,
    whole_number,
    word_parameter,
    words_parameter,
)
from app.incidents.documents import plain

MOST_A_PAGE = 1_000
A_PAGE = 100


def at_position(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """A document's place as GeoJSON; None where it is not known."""
    if item["longitude"] is None or item["latitude"] is None:
        return None
    return {"type": "Point", "coordinates": [item["longitude"], item["latitude"]]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list's name, its fields, those of them that hold structures, and its parameters."""

    name: str
    fields: Sequence[str]
    nested: Sequence[str] = ()
    filters: Sequence[Parameter] = ()
    sorts: Sequence[str] = ()
    geometry: Callable[[Mapping[str, Any]], dict[str, Any] | None] = at_position
    forms: Sequence[Form] = (Form.JSON, Form.GEOJSON, Form.CSV)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter that the list takes."""
        own = [
            words_parameter("fields", "Only these fields.", self.fields),
            Parameter(
                name="limit",
                description=f"Rows a page, {A_PAGE} unless told.",
                read=whole_number(1, MOST_A_PAGE),
                schema={"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE, "default": A_PAGE},
            ),
            Parameter(name="cursor", description="Where the page begins: from `links.next`.", read=str),
            form_parameter(self.forms),
        ]
        if self.sorts:
            own.insert(
                0,
                word_parameter(
                    "sort",
                    f"The order, {self.sorts[0]} unless told; - is descending; nulls come last.",
                    self.sorts,
                    default=self.sorts[0],
                ),
            )
        return (*self.filters, *own)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asked of a list."""

    form: Form
    fields: Sequence[str]
    sort: str
    limit: int
    cursor: str | None
    as_of: datetime | None
    values: Mapping[str, Any]


def form_parameter(forms: Sequence[Form]) -> Parameter:
    """`f=`, which wins over Accept."""
    return word_parameter("f", "The form, instead of Accept.", forms)


def documented(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Parameters for a route's `openapi_extra`."""
    return {"parameters": [parameter.document() for parameter in parameters]}


def asked_of(request: Request, listing: Listing) -> Asked:
    """Read a request's query. Raises InvalidParameterError and NotAcceptableError."""
    values = read_parameters(listing.parameters, request.query_params.multi_items())
    form = chosen_form(request, values.get("f"), listing.forms)
    strays = [name for name in values.get("fields", ()) if name in listing.nested]
    if strays and form is not Form.JSON:
        raise InvalidParameterError(f"fields: {', '.join(strays)} can only be had as JSON")
    fields = values.get("fields") or [
        name for name in listing.fields if form is Form.JSON or name not in listing.nested
    ]
    return Asked(
        form=form,
        fields=fields,
        sort=values.get("sort", listing.sorts[0] if listing.sorts else ""),
        limit=values.get("limit", A_PAGE),
        cursor=values.get("cursor"),
        as_of=moment_asked(values, request.app.state.clock()),
        values=values,
    )


def answer_list(
    request: Request,
    listing: Listing,
    find: Callable[[Session, Asked], Page],
    *,
    has_people: bool = False,
) -> Response:
    """The page of a list that a request asks for, as `find` finds it, in one state of the database."""
    asked = asked_of(request, listing)
    database: Database = request.app.state.database
    with database.read(as_of=asked.as_of) as session:
        page = find(session, asked)
    return answer_page(request, listing, asked, page, has_people=has_people)


def answer_page(
    request: Request, listing: Listing, asked: Asked, page: Page, *, has_people: bool = False
) -> Response:
    """A page in the form that was asked for, leading to the next one."""
    link = next_link(request, page.next_cursor)
    told = {"as_of": plain(asked.as_of)} if AS_OF in listing.filters else {}
    if asked.form is Form.GEOJSON:
        return json_answer(
            request,
            {
                "type": "FeatureCollection",
                "features": [feature(listing, item, asked.fields) for item in page.items],
                **told,
                "links": _links(link),
            },
            media_type=MEDIA_TYPES[Form.GEOJSON],
            has_people=has_people,
        )
    if asked.form is Form.CSV:
        flat = [name for name in asked.fields if name not in listing.nested]
        return tagged(
            request,
            csv_body(flat, ({name: _flat(item[name]) for name in flat} for item in page.items)),
            media_type=MEDIA_TYPES[Form.CSV],
            has_people=has_people,
            headers={"Link": f'<{link}>; rel="next"'} if link else {},
        )
    items = [{name: item[name] for name in asked.fields} for item in page.items]
    document = {listing.name: items, **told, "links": {"next": link}}
    return json_answer(request, document, has_people=has_people)


def feature(listing: Listing, item: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """A document as a GeoJSON feature, its properties flat: many map clients show no others."""
    return {
        "type": "Feature",
        "id": item["id"],
        "geometry": listing.geometry(item),
        "properties": {name: _flat(item[name]) for name in fields if name not in listing.nested},
    }


def _flat(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _links(link: str | None) -> list[dict[str, str]]:
    if link is None:
        return []
    return [{"rel": "next", "href": link, "type": MEDIA_TYPES[Form.GEOJSON], "title": "next page"}]
