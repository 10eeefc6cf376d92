"""GeoParquet 1.1: WKB in longitude and latitude, with a box beside each geometry to pass over rows by."""

import json
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.maps.exports.columns import BOX, GEOMETRY, batches, schema_of
from app.maps.exports.reading import Features

A_ROW_GROUP = 20_000
_KIND = {True: "Point", False: "MultiPolygon"}


def write_geoparquet(features: Features, out: BinaryIO) -> None:
    """Write row groups of A_ROW_GROUP features. Ids are texts, as properties tell of them."""
    schema = schema_of(features, id_type=pa.string(), instant_unit="us", has_boxes=True)
    kept: list[Any] = []
    edges = np.full(4, np.nan)
    # Without Arrow's own copy of the schema, which would hide what is said only at the end.
    with pq.ParquetWriter(out, schema, compression="zstd", store_schema=False) as writer:
        for batch, boxes in batches(features, schema):
            kept.append(batch)
            west, south = np.fmin.reduce(boxes[:, :2])
            east, north = np.fmax.reduce(boxes[:, 2:])
            edges[:2] = np.fmin(edges[:2], (west, south))
            edges[2:] = np.fmax(edges[2:], (east, north))
            if sum(map(len, kept)) >= A_ROW_GROUP:
                _write_group(writer, kept, schema)
        if kept:
            _write_group(writer, kept, schema)
        writer.add_key_value_metadata({"geo": json.dumps(_metadata(features, edges.tolist()))})


def _write_group(writer: Any, kept: list[Any], schema: Any) -> None:
    writer.write_table(pa.Table.from_batches(kept, schema), row_group_size=A_ROW_GROUP + len(kept[-1]))
    kept.clear()


def _metadata(features: Features, edges: list[float]) -> dict[str, Any]:
    """What `geo` says: without a `crs` it is longitude and latitude of WGS 84 (OGC:CRS84)."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [_KIND[features.collection.is_point]],
        "covering": {"bbox": {edge: [BOX, edge] for edge in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if not np.isnan(edges).any():
        column["bbox"] = edges
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
