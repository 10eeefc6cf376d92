"""GeoPackage 1.2, written by GDAL: one layer, named as the collection, whose rows keep their ids."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyogrio.raw import write_arrow

from app.maps.exports.columns import GEOMETRY, ID, batches, schema_of
from app.maps.exports.files import ExportError
from app.maps.exports.reading import Features

_KIND = {True: "Point", False: "MultiPolygon"}
# A newer one makes GDAL warn up to 3.6, which is what Debian 12 has.
_VERSION = "1.2"


def write_geopackage(features: Features, path: Path) -> None:
    """Write a new file, whose name must end in .gpkg. Raises ExportError."""
    schema = schema_of(features, id_type=pa.int64(), instant_unit="ms", has_boxes=False)
    failures: list[BaseException] = []
    reader = pa.RecordBatchReader.from_batches(schema, _until_failure(features, schema, failures))
    collection = features.collection
    try:
        write_arrow(
            reader,
            str(path),
            layer=collection.id,
            driver="GPKG",
            geometry_name=GEOMETRY,
            geometry_type=_KIND[collection.is_point],
            crs="EPSG:4326",
            dataset_options={"VERSION": _VERSION},
            layer_options={
                "FID": ID,
                "GEOMETRY_NAME": GEOMETRY,
                "IDENTIFIER": collection.title,
                "DESCRIPTION": collection.description,
            },
        )
    except RuntimeError as error:
        raise ExportError(f"the GeoPackage cannot be written: {error}") from error
    if failures:
        raise failures[0]


def _until_failure(features: Features, schema: Any, failures: list[BaseException]) -> Iterator[Any]:
    """The batches; what goes wrong with one is kept, since GDAL would tell only that something did."""
    try:
        for batch, _ in batches(features, schema):
            yield batch
    except BaseException as error:  # noqa: BLE001 - raised again by the caller, Ctrl-C too
        failures.append(error)
