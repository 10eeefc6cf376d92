"""Zones to import."""

from typing import Any


def square(number: float, name: Any, **properties: Any) -> dict[str, Any]:
    """A hundredth of a degree near Milwaukee, side by side."""
    west, south = -87.95 + number / 100, 43.0
    east, north = west + 0.01, south + 0.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return feature({"type": "Polygon", "coordinates": [ring]}, {"NAME": name, **properties})


def feature(geometry: Any, properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}
