"""CSV (RFC 4180): a feature a line, for tables; a text that a spreadsheet would run gets an apostrophe."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from app.core.answers import safe_cell
from app.db.features import Kind, value_reader
from app.maps.exports.geometries import areas
from app.maps.exports.reading import Features

_PLACE = ("longitude", "latitude")
# The name by which GDAL and QGIS know a column of geometries.
_AREA = "WKT"


def write_csv(features: Features, out: BinaryIO) -> None:
    """Write a header and a line a feature: id, properties, and the place where no property tells it."""
    properties, is_point = features.properties, features.collection.is_point
    names = [property_.name for property_ in properties]
    place = [name for name in _PLACE if name not in names] if is_point else [_AREA]
    converted = {1 + index: _converter(property_.kind) for index, property_ in enumerate(properties)}
    out.write(_lines([["id", *names, *place]]))
    for part in features.rows():
        columns = list(zip(*part, strict=True))
        told = dict(zip(_PLACE, columns[1:3], strict=True)) if is_point else {_AREA: _wkt(columns[1])}
        cells: list[Sequence[Any]] = [columns[0], *columns[3 if is_point else 2 :]]
        for index, convert in converted.items():
            if convert is not None:
                cells[index] = [None if value is None else convert(value) for value in cells[index]]
        cells += [told[name] for name in place]
        out.write(_lines(zip(*cells, strict=True)))


def _converter(kind: Kind) -> Callable[[Any], Any] | None:
    match kind:
        case Kind.INSTANT:
            return value_reader(kind)
        case Kind.TEXT | Kind.TRUTH:
            return safe_cell
    return None


def _wkt(geometries: Sequence[Any]) -> list[str]:
    return [area.wkt for area in areas(geometries)]


def _lines(rows: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
