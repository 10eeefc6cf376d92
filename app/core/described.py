"""What a route answers, for the OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from app.core.answers import MEDIA_TYPES, Form
from app.core.http import PROBLEM_TYPE

REFUSALS = {
    400: "A parameter is wrong; `errors` says which.",
    401: "Not signed in.",
    403: "The key may not do this.",
    404: "No such thing.",
    406: "No such form.",
}
_UNWRITTEN = {
    400: "The body is no JSON.",
    **{code: REFUSALS[code] for code in (401, 403, 404)},
    409: "It contradicts what is there.",
    413: "The body is too large.",
    415: "The body is not sent as JSON.",
    422: "It cannot be used; `errors` says why.",
}
_REFUSED = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


MERGED: dict[int | str, dict[str, Any]] = {
    308: {"description": "It was merged: `Location` is the one that survives."}
}


def responses(model: type[BaseModel], forms: Sequence[Form]) -> dict[int | str, dict[str, Any]]:
    """The answers of a route for its `responses=`."""
    others: dict[str, Any] = {}
    if Form.GEOJSON in forms:
        others[MEDIA_TYPES[Form.GEOJSON]] = {"schema": {"type": "object"}}
    if Form.CSV in forms:
        others[MEDIA_TYPES[Form.CSV]] = {"schema": {"type": "string"}}
    return {
        200: {"model": model, "content": others, "description": "Here it is."},
        304: {"description": "The client has it already."},
        **{status: {**_REFUSED, "description": said} for status, said in REFUSALS.items()},
    }


def written(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that writes, for its `responses=`."""
    return {
        status: {"model": model, "description": "Written down."},
        **{code: {**_REFUSED, "description": said} for code, said in _UNWRITTEN.items()},
    }


def taken(schema: dict[str, Any]) -> dict[str, Any]:
    """The body that a route takes, for its `openapi_extra=`; its definitions stand where they are meant."""
    own = {name: value for name, value in schema.items() if name != "$defs"}
    whole = _with_definitions(own, schema.get("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def _with_definitions(node: Any, definitions: Mapping[str, Any]) -> Any:
    """A schema without references to its own definitions: only answers' models are known elsewhere."""
    if isinstance(node, list):
        return [_with_definitions(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    named = str(node.get("$ref", "")).rpartition("/")[2]
    if named in definitions:
        node = {**definitions[named], **{name: value for name, value in node.items() if name != "$ref"}}
    return {name: _with_definitions(value, definitions) for name, value in node.items()}
