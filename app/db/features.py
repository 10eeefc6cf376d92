"""Rows as GeoJSON features: what a feature is made of, and how its values are spelled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson


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


def feature_writer(
    form: FeatureForm, moved: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None
) -> Callable[[Sequence[Any]], bytes]:
    """What makes a feature of a row: id, then longitude and latitude or the geometry, then the fields.

    Instants are microseconds since 1970. `moved` brings a geometry into another reference system.
    """
    names = [field.name for field in form.fields]
    reads = [(field.name, _READ[field.kind]) for field in form.fields if field.kind in _READ]
    first = 3 if form.is_point else 2

    def write(row: Sequence[Any]) -> bytes:
        geometry = _point(row[1], row[2]) if form.is_point else _area(row[1])
        if moved is not None and geometry is not None:
            geometry = moved(geometry)
        properties = dict(zip(names, row[first:], strict=True))
        for name, read in reads:
            value = properties[name]
            if value is not None:
                properties[name] = read(value)
        return orjson.dumps(
            {"type": "Feature", "id": str(row[0]), "geometry": geometry, "properties": properties}
        )

    return write


def value_reader(kind: Kind) -> Callable[[Any], Any]:
    """What makes a property's value of what the database holds, which is not null."""
    return _READ.get(kind, _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


def _point(longitude: float | None, latitude: float | None) -> Mapping[str, Any] | None:
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": (longitude, latitude)}


def _area(geometry: Any) -> Any:
    return orjson.loads(geometry) if isinstance(geometry, str) else geometry


def _instant(micros: int) -> str:
    seconds, rest = divmod(micros, 1_000_000)
    return f"{(_EPOCH + timedelta(0, seconds)).isoformat()}.{rest // 1000:03}Z"


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - without its offset it is spelled twice as quickly
_READ: Mapping[Kind, Callable[[Any], Any]] = {Kind.INSTANT: _instant, Kind.TRUTH: bool}
