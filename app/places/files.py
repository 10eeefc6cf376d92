"""Files of places: GeoJSON and CSV read whole, and what came of an import."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from app.core.errors import MalformedBodyError

MOST_BYTES = 200_000_000
_GZIP = b"\x1f\x8b"
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")

Place = bytes | Path | BinaryIO


@dataclass(slots=True, kw_only=True)
class ImportResult:
    """What became of a file's places. Problems name the place in the file, from 1."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    name_property: str | None = None
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def reject(self, ordinal: int, reason: object) -> None:
        """Count a place that cannot be used."""
        self.rejected += 1
        self.errors.append(f"place {ordinal}: {reason}")

    def counts(self) -> dict[str, int]:
        """The counts alone."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
        }


def read_bytes(source: Place) -> bytes:
    """A file's content, unpacked where it is gzip. Raises MalformedBodyError."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    elif isinstance(source, bytes):
        content = source
    else:
        content = source.read(MOST_BYTES + 1)
    if content.startswith(_GZIP):
        try:
            with gzip.open(io.BytesIO(content)) as unpacked:
                content = unpacked.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise MalformedBodyError(f"the file is no whole gzip: {error}") from error
    if len(content) > MOST_BYTES:
        raise MalformedBodyError(f"the file is larger than {MOST_BYTES:,} bytes")
    return content.removeprefix(b"\xef\xbb\xbf")


def looks_like_json(content: bytes) -> bool:
    """Whether it is JSON rather than CSV."""
    return content.lstrip()[:1] in (b"{", b"[")


def read_list(content: bytes) -> list[Any] | None:
    """The items of a JSON list; None for another document. Raises MalformedBodyError."""
    if content.lstrip()[:1] != b"[":
        return None
    try:
        items: list[Any] = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the file is no JSON: {error}") from error
    return items


def read_features(content: bytes) -> list[Any]:
    """The features of a GeoJSON document in longitude and latitude. Raises MalformedBodyError."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the file is no GeoJSON: {error}") from error
    if not isinstance(document, dict):
        raise MalformedBodyError("the file is no GeoJSON: expected a FeatureCollection")
    _check_reference_system(document.get("crs"))
    if document.get("type") == "Feature":
        return [document]
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise MalformedBodyError("the file is no GeoJSON FeatureCollection")
    return features


def read_rows(content: bytes) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by its header line. Raises MalformedBodyError."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"the file is not UTF-8: {error}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield {
                name.strip(): (value or "").strip()
                for name, value in row.items()
                if isinstance(name, str) and not isinstance(value, list)
            }
    except csv.Error as error:
        raise MalformedBodyError(f"line {reader.line_num}: {error}") from error


def as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as the database gives it back, to compare with. ValueError for what it cannot keep."""
    text = orjson.dumps(document)
    if b"\\u0000" in text:
        raise ValueError("it has a zero character in it, which no database keeps")
    stored: dict[str, Any] = orjson.loads(text)
    return stored


def _check_reference_system(crs: Any) -> None:
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not name.endswith(_WGS84):
        raise MalformedBodyError(
            f"the file is in {name[:80] or 'an unknown reference system'}; GeoJSON is in WGS84 longitude and"
            " latitude: convert it with `ogr2ogr -t_srs EPSG:4326 -f GeoJSON out.geojson in.geojson`"
        )
