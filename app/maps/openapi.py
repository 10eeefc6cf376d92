"""The OpenAPI 3.0 document of the routes under `/ogc`, with the collections that the key may see."""

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request

from app.core.http import PROBLEM_TYPE
from app.domain.parameters import Parameter
from app.maps.collections import Collection
from app.maps.descriptions import DESCRIPTION, TITLE
from app.maps.links import GEOJSON, HTML, JSON, SCHEMA, address
from app.maps.questions import PAGES, form_parameter, one_parameters, parameters_of
from app.maps.sites import open_site
from app.maps.tiles.operations import tile_paths

_REFUSED = {
    "400": "A parameter is wrong; `errors` says which.",
    "401": "Not signed in.",
    "403": "The key may not do this.",
    "404": "No such thing, or none that the key may see.",
    "406": "No such form.",
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
_FEATURE = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "string"},
        "geometry": {"type": "object", "nullable": True},
        "properties": {"type": "object", "nullable": True},
        "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
    },
}
_FEATURES = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
        "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
    },
}
_LINK = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
}


def describe(request: Request, seen: Iterable[Collection]) -> dict[str, Any]:
    """The document."""
    seen, pages = list(seen), [form_parameter(PAGES)]
    limits = [_parameter(one) for shown in seen for one in parameters_of(shown) if one.name == "limit"]
    paths: dict[str, Any] = {
        "/": _get("landing", "Where everything is", pages),
        "/api": _get("api", "This document", pages),
        "/conformance": _get("conformance", "What it conforms to", pages),
        "/collections": _get("collections", "The collections", pages),
    }
    for one in seen:
        path, name = f"/collections/{one.id}", one.id
        paths[path] = _get(f"{name}.describe", one.description, pages, tag=one.title)
        for resource in ("queryables", "sortables", "schema"):
            paths[f"{path}/{resource}"] = _get(
                f"{name}.{resource}", f"Its {resource}", pages, media=SCHEMA, tag=one.title
            )
        paths[f"{path}/items"] = _get(
            f"{name}.items", "Its features", parameters_of(one), "FeatureCollection", GEOJSON, one.title
        )
        answer = _get(f"{name}.item", "One feature", one_parameters(), "Feature", GEOJSON, one.title)
        in_path = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
        answer["get"]["parameters"].insert(0, in_path)
        paths[f"{path}/items/{{featureId}}"] = answer
    if open_site(request) is None:
        paths |= tile_paths(seen, _get)
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": f"{TITLE}: maps", "version": "0.1.0", "description": DESCRIPTION},
        "servers": [{"url": address(request)}],
        "security": [{"key": []}, {"basic": []}],
        "paths": paths,
        "components": {
            # QGIS looks for the largest page here and nowhere else, and asks for 100 a page without it.
            "parameters": {"limit": min(limits, key=lambda one: one["schema"]["maximum"])} if limits else {},
            "schemas": {
                "Feature": _FEATURE,
                "FeatureCollection": _FEATURES,
                "Link": _LINK,
                "Problem": _PROBLEM,
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "The key is the password."},
            },
        },
    }
    return document if open_site(request) is None else _without_keys(document)


def _without_keys(document: dict[str, Any]) -> dict[str, Any]:
    """The document of a site that nobody signs in to."""
    for path in document["paths"].values():
        for status in ("401", "403"):
            del path["get"]["responses"][status]
    del document["components"]["securitySchemes"]
    return {**document, "security": []}


def _get(
    name: str,
    summary: str,
    parameters: Sequence[Parameter],
    schema: str | None = None,
    media: str = JSON,
    tag: str = "Server",
) -> dict[str, Any]:
    body = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    refused = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": summary,
            "parameters": [_parameter(parameter) for parameter in parameters],
            "responses": {
                "200": {
                    "description": "Here it is.",
                    "content": {media: {"schema": body}, HTML: {"schema": {"type": "string"}}},
                },
                "304": {"description": "The client has it already."},
                **{status: {"description": said, **refused} for status, said in _REFUSED.items()},
            },
        }
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """A parameter; a list of values is one text, by comma."""
    document = parameter.document()
    is_list = document["schema"].get("type") == "array"
    return {**document, "style": "form", "explode": False} if is_list else document
