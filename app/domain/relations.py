"""How places lie to each other in the plane of longitude and latitude, as map clients ask. Pure."""

from functools import lru_cache

import shapely
from shapely.geometry.base import BaseGeometry


def point_relates(longitude: float | None, latitude: float | None, relation: str, wkt: str) -> bool | None:
    """Whether a point has a relation (a predicate of Simple Features, in lower case) to a geometry (WKT)."""
    if longitude is None or latitude is None:
        return None
    return bool(getattr(shapely, relation)(shapely.Point(longitude, latitude), _other(wkt)))


def area_relates(geojson: str | None, relation: str, wkt: str) -> bool | None:
    """The same of an area as GeoJSON."""
    if geojson is None:
        return None
    return bool(getattr(shapely, relation)(_area(geojson), _other(wkt)))


# More than a filter has geometries: every row asks for each of them.
@lru_cache(maxsize=512)
def _other(wkt: str) -> BaseGeometry:
    geometry = shapely.from_wkt(wkt)
    shapely.prepare(geometry)
    return geometry


@lru_cache(maxsize=4096)
def _area(geojson: str) -> BaseGeometry:
    return shapely.from_geojson(geojson)
