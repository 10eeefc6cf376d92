"""Rows as GeoJSON features: what a feature is made of, and how its values are spelled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson

from app.domain.time import from_micros


class Kind(StrEnum):
    """What a property holds."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    INSTANT = "instant"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a feature: its name, what it holds, and the SQL of its value within its table."""

    name: str
    kind: Kind
    sql: str


@dataclass(frozen=True, slots=True)
class FeatureForm:
    """A feature of a table with an `id`: a point by its degrees, or a `geometry` that is GeoJSON already."""

    table: str
    is_point: bool
    fields: tuple[Field, ...]


def feature_bytes(
    form: FeatureForm, row: Sequence[Any], moved: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None
) -> bytes:
    """A feature from a row: id, then longitude and latitude or the geometry, then the fields.

    Instants are microseconds since 1970. `moved` brings a geometry into another reference system.
    """
    if form.is_point:
        id_, longitude, latitude, *values = row
        geometry: Any = None
        if longitude is not None and latitude is not None:
            geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    else:
        id_, geometry, *values = row
        geometry = orjson.loads(geometry) if isinstance(geometry, str) else geometry
    if moved is not None and geometry is not None:
        geometry = moved(geometry)
    properties = {
        name: value if read is None or value is None else read(value)
        for (name, read), value in zip(_readers(form), values, strict=True)
    }
    return orjson.dumps({"type": "Feature", "id": str(id_), "geometry": geometry, "properties": properties})


@lru_cache(maxsize=256)
def _readers(form: FeatureForm) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    return tuple((field.name, _READ.get(field.kind)) for field in form.fields)


def _instant(micros: int) -> str:
    return from_micros(micros).isoformat(timespec="milliseconds")[:-6] + "Z"


_READ: dict[Kind, Callable[[Any], Any]] = {Kind.INSTANT: _instant, Kind.TRUTH: bool}
