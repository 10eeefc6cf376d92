"""A simulation as files, one record at a time."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import orjson
import shapely
from shapely.geometry import mapping

from app.simulate.documents import Document, alert_id, call_id
from app.simulate.layout import Camera, Zone
from app.simulate.simulation import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationFiles:
    """Where each file is. `truth` has a row per alert and per call that reports a shooting."""

    alerts: Path
    calls: Path
    zones: Path
    coverage: Path
    cameras: Path
    truth: Path


def write_files(simulation: Simulation, directory: Path, until: datetime | None = None) -> SimulationFiles:
    """Writes alerts and calls (NDJSON, generic, last states), places (GeoJSON) and the truth (CSV).

    With `until`, alerts and calls are those delivered before it, as then known. The directory is made;
    files that are there are overwritten. Raises OSError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    files = SimulationFiles(
        alerts=directory / "alerts.ndjson",
        calls=directory / "calls.ndjson",
        zones=directory / "zones.geojson",
        coverage=directory / "coverage.geojson",
        cameras=directory / "cameras.geojson",
        truth=directory / "truth.csv",
    )
    _write_lines(files.alerts, simulation.alert_documents(until))
    _write_lines(files.calls, simulation.call_documents(until))
    _write_collection(files.zones, map(_zone_feature, simulation.zones))
    _write_collection(files.coverage, [_zone_feature(simulation.coverage)])
    _write_collection(files.cameras, map(_camera_feature, simulation.cameras))
    _write_truth(files.truth, simulation)
    return files


def _write_lines(path: Path, documents: Iterable[Document]) -> None:
    with path.open("wb") as file:
        for document in documents:
            file.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


def _write_collection(path: Path, features: Iterable[Document]) -> None:
    collection = {"type": "FeatureCollection", "features": list(features)}
    path.write_bytes(orjson.dumps(collection, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _zone_feature(zone: Zone) -> Document:
    # RFC 7946, section 3.1.6: exterior rings run counterclockwise.
    geometry = shapely.orient_polygons(zone.geometry)
    return {
        "type": "Feature",
        "properties": {"name": zone.name, "kind": zone.kind.value},
        "geometry": mapping(geometry),
    }


def _camera_feature(camera: Camera) -> Document:
    properties = asdict(camera)
    position = [properties.pop("longitude"), properties.pop("latitude")]
    return {
        "type": "Feature",
        "id": camera.external_id,
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": position},
    }


def _write_truth(path: Path, simulation: Simulation) -> None:
    truth = simulation.truth
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("record", "external_id", "shooting", "real", "reported"))
        for row, shooting in enumerate(truth.alert_shooting.tolist()):
            real, reported = int(truth.shooting_real[shooting]), int(truth.shooting_reported[shooting])
            writer.writerow(("alert", alert_id(row), shooting, real, reported))
        for row in np.flatnonzero(truth.call_shooting >= 0).tolist():
            writer.writerow(("call", call_id(row), int(truth.call_shooting[row]), 1, 1))
