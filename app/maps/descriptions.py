"""What there is: the landing page, the conformance classes, the collections, and what a feature tells."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from app.domain.time import format_millis
from app.maps.collections import Collection
from app.maps.crs import CRS84, SYSTEMS
from app.maps.extents import Extent, Extents
from app.maps.links import JSON, OPENAPI, address, collection_links, link, self_links
from app.maps.properties import Property
from app.maps.questions import schema_of
from app.maps.sites import open_site
from app.maps.tiles.descriptions import TILES_CONFORMANCE, matrix_sets_link, tile_links
from app.maps.tiles.style import style_links

TITLE = "Earshot"
DESCRIPTION = "Gunfire that acoustic sensors heard, and whether anybody reported it."
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMANCE = (
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(f"{_FEATURES}-3/1.0/conf/{name}" for name in ("filter", "features-filter", "queryables")),
    f"{_FEATURES}-3/1.0/conf/queryables-query-parameters",
    *(
        f"{_CQL2}/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
        )
    ),
)
_SHAPES = {True: "point", False: "polygon-or-multipolygon"}


def landing(request: Request) -> dict[str, Any]:
    """Where everything is."""
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            *self_links(request),
            link("service-desc", address(request, "/api"), OPENAPI, "the API, for programs"),
            link("service-doc", address(request, "/api", f="html"), "text/html", "the API, for people"),
            link("conformance", address(request, "/conformance"), JSON, "what it conforms to"),
            link("data", address(request, "/collections"), JSON, "the collections"),
            *([] if open_site(request) else [matrix_sets_link(request), *style_links(request)]),
        ],
    }


def conformance(request: Request) -> dict[str, Any]:
    """Which conformance classes are met."""
    classes = CONFORMANCE if open_site(request) else (*CONFORMANCE, *TILES_CONFORMANCE)
    return {"conformsTo": list(classes), "links": self_links(request)}


def collections(request: Request, seen: Iterable[Collection], extents: Extents) -> dict[str, Any]:
    """The collections that the key may see."""
    return {
        "links": self_links(request),
        "crs": list(SYSTEMS),
        "collections": [_collection(request, one, extents.of(one)) for one in seen],
    }


def collection(request: Request, one: Collection, extents: Extents) -> dict[str, Any]:
    """One collection."""
    told = _collection(request, one, extents.of(one))
    return {**told, "links": [*self_links(request), *told["links"]]}


def queryables(request: Request, one: Collection) -> dict[str, Any]:
    """What a filter may name, as a JSON schema."""
    named = {name: _described(property_) for name, property_ in one.properties.items()}
    return {
        **_schema(request, one, "queryables"),
        "properties": {**named, "geometry": _geometry(one)},
        "additionalProperties": False,
    }


def sortables(request: Request, one: Collection) -> dict[str, Any]:
    """What features can be sorted by, as a JSON schema."""
    named = {name: _described(one.properties[name]) for name in one.sortables}
    return {**_schema(request, one, "sortables"), "properties": named, "additionalProperties": False}


def feature_schema(request: Request, one: Collection) -> dict[str, Any]:
    """What a feature tells, as a JSON schema with the roles of OGC API - Features, Part 5."""
    named = {name: _described(property_) for name, property_ in one.properties.items()}
    if one.temporal is not None:
        begin, end = one.temporal.begin.key, one.temporal.end.key
        roles = (
            {begin: "primary-instant"}
            if begin == end
            else {begin: "primary-interval-start", end: "primary-interval-end"}
        )
        for name, role in roles.items():
            named[name]["x-ogc-role"] = role
    identified = {"id": {"type": "string", "x-ogc-role": "id"}}
    placed = {"geometry": {**_geometry(one), "x-ogc-role": "primary-geometry"}}
    return {**_schema(request, one, "schema"), "properties": {**identified, **named, **placed}}


def _collection(request: Request, one: Collection, extent: Extent) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if extent.box is not None:
        told["spatial"] = {"bbox": [extent.box], "crs": CRS84}
    if extent.times is not None:
        times = [moment and format_millis(moment) for moment in extent.times]
        told["temporal"] = {
            "interval": [times],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return {
        "id": one.id,
        "title": one.title,
        "description": one.description,
        **({"extent": told} if told else {}),
        "itemType": "feature",
        "crs": list(SYSTEMS),
        "storageCrs": CRS84,
        "links": [
            link("self", address(request, f"/collections/{one.id}"), JSON, "this collection"),
            *collection_links(request, one.id),
            *([] if open_site(request) else tile_links(request, one.id)),
        ],
    }


def _schema(request: Request, one: Collection, resource: str) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address(request, f"/collections/{one.id}/{resource}"),
        "type": "object",
        "title": one.title,
    }


def _described(property_: Property) -> dict[str, Any]:
    return {"title": property_.name, "description": property_.description, **schema_of(property_)}


def _geometry(one: Collection) -> dict[str, str]:
    return {"title": "geometry", "format": f"geometry-{_SHAPES[one.is_point]}"}
