"""Where the records are within one parsed document: by the mapping's `records`, or GeoJSON's features."""

from typing import Any

from app.adapters.errors import Unusable
from app.adapters.mapping import FeedMapping


def spread(document: Any, mapping: FeedMapping) -> tuple[list[Any], bool]:
    """The elements of a JSON document, and whether it was one bare record.

    A list is spread, and so are the documents in it. ValueError where the mapping names `records` and an
    object has none there.
    """
    if isinstance(document, list):
        if mapping.records_expression is None and mapping.format != "geojson":
            return document, False
        # Only objects are looked into: a list within the list is an element that will be refused.
        found: list[Any] = []
        for part in document:
            found += spread(part, mapping)[0] if isinstance(part, dict) else [part]
        return found, False
    if mapping.records_expression is not None and isinstance(document, dict):
        return _listed(document, mapping), False
    is_geojson = mapping.format == "geojson" and isinstance(document, dict)
    if is_geojson and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise ValueError("is a FeatureCollection without a list of features")
        return features, False
    return [document], True


def _listed(document: dict[str, Any], mapping: FeedMapping) -> list[Any]:
    expression = mapping.records_expression
    if expression is None:
        return [document]
    try:
        found = expression.find(document)
    except Unusable as error:
        raise ValueError(f"records: {error}") from error
    if found is None:
        raise ValueError(f"has nothing at records = {expression.text!r}")
    return found if isinstance(found, list) else [found]
