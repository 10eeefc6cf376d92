"""GeoJSON (RFC 7946): one collection, a feature a line, exactly as `/ogc` tells it."""

from typing import BinaryIO

from app.maps.exports.reading import Features


def write_geojson(features: Features, out: BinaryIO) -> None:
    """Write a FeatureCollection."""
    out.write(b'{"type":"FeatureCollection","features":[')
    separator = b"\n"
    for part in features.texts():
        out.write(separator)
        out.write(b",\n".join(part))
        separator = b",\n"
    out.write(b"\n]}\n")
