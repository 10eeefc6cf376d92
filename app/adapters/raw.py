"""What of a source's element may be kept, and in a form that every database can hold."""

import json
import math
from typing import Any

import orjson

from app.adapters.expressions import Expression

MAX_DEPTH = 64
_TOO_DEEP = "nested too deeply"


def storable(element: dict[str, Any]) -> dict[str, Any]:
    """The element itself where JSON in a database can hold it, else a copy in which it can.

    PostgreSQL refuses NUL in text, and nobody takes half a surrogate pair, an integer beyond 64 bits or
    nesting without end; such values are replaced, never the element dropped.
    """
    try:
        encoded = orjson.dumps(element)
    except (TypeError, ValueError, RecursionError):
        return dict(_copy(element, 0))
    if b"\\u0000" in encoded or b"null" in encoded:
        # A number that is not finite is written as null; only a walk can tell the two apart.
        return dict(_copy(element, 0))
    return element


def as_bytes(element: Any) -> bytes:
    """The element as JSON, for the rejects: any value that a parser or a caller can hand over."""
    try:
        return orjson.dumps(element)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(_copy(element, 0), ensure_ascii=True).encode()


def mapped_columns(
    element: dict[str, Any], expressions: tuple[Expression, ...], computed: dict[str, Any]
) -> dict[str, Any]:
    """Only what the mapping's fields use: plain paths in their place, expressions by their text.

    `computed` holds the values of the expressions that are not plain paths, by text.
    """
    kept: dict[str, Any] = {}
    for expression in expressions:
        path = expression.path
        if path is None:
            if computed.get(expression.text) is not None:
                kept[expression.text] = computed[expression.text]
        elif len(path) == 1:
            if path[0] in element:
                kept[path[0]] = element[path[0]]
        else:
            _keep(kept, element, path)
    return kept


def _keep(kept: dict[str, Any], element: Any, path: tuple[str, ...]) -> None:
    target: Any = kept
    for part in path[:-1]:
        if not isinstance(element, dict) or part not in element:
            return
        element = element[part]
        below = target.setdefault(part, {}) if isinstance(target, dict) else None
        if below is element:
            return
        target = below
    if isinstance(target, dict) and isinstance(element, dict) and path[-1] in element:
        target[path[-1]] = element[path[-1]]


def _copy(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:
            return value
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if -(2**63) <= value < 2**64:
            return value
        return f"integer of {value.bit_length()} bits"
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= MAX_DEPTH:
        return _TOO_DEEP
    if isinstance(value, dict):
        return {str(_copy(str(key), 0)): _copy(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item, depth + 1) for item in value]
    return str(_copy(str(value)[:1000], 0))
