"""Features as Arrow's columns, which GeoPackage and GeoParquet are both written from."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from app.db.features import Kind
from app.maps.exports.geometries import areas, points
from app.maps.exports.reading import Features

ID, GEOMETRY, BOX = "id", "geometry", "bbox"
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_BOX_TYPE = pa.struct([pa.field(edge, pa.float64()) for edge in _EDGES])
_MICROS = pa.timestamp("us", tz="UTC")
_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TRUTH: pa.bool_(),
}


def schema_of(features: Features, *, id_type: Any, instant_unit: str, has_boxes: bool) -> Any:
    """The columns: id, properties, geometry as WKB, and each feature's box where that is wanted."""
    types = {**_TYPES, Kind.INSTANT: pa.timestamp(instant_unit, tz="UTC")}
    fields = [pa.field(ID, id_type, nullable=False)]
    fields += [pa.field(property_.name, types[property_.kind]) for property_ in features.properties]
    fields.append(pa.field(GEOMETRY, pa.binary()))
    if has_boxes:
        fields.append(pa.field(BOX, _BOX_TYPE))
    return pa.schema(fields)


def batches(features: Features, schema: Any) -> Iterator[tuple[Any, NDArray[np.float64]]]:
    """A batch of rows for each part, and its features' boxes: west, south, east, north; nan where unknown."""
    is_point = features.collection.is_point
    for part in features.rows():
        columns = list(zip(*part, strict=True))
        placed = points(columns[1], columns[2]) if is_point else areas(columns[1])
        boxes = shapely.bounds(placed)
        values = [columns[0], *columns[3 if is_point else 2 :], shapely.to_wkb(placed, byte_order=1)]
        if schema.field(ID).type == pa.string():
            values[0] = [str(number) for number in columns[0]]
        arrays = [_array(value, schema.field(place).type) for place, value in enumerate(values)]
        if len(schema) > len(arrays):
            arrays.append(_boxes(boxes))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema), boxes


def _array(values: Any, type_: Any) -> Any:
    if pa.types.is_timestamp(type_):
        return pa.array(values, _MICROS).cast(type_, safe=False)
    return pa.array(values, type_)


def _boxes(boxes: NDArray[np.float64]) -> Any:
    unknown = pa.array(np.isnan(boxes).any(axis=1))
    edges = [pa.array(boxes[:, place]) for place in range(len(_EDGES))]
    return pa.StructArray.from_arrays(edges, fields=list(_BOX_TYPE), mask=unknown)
