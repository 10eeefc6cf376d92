"""What tiles there are: tile sets and tile matrix sets (OGC 17-083r4 and 20-057), and TileJSON 3.0."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from app.db.features import Kind
from app.domain.tiles import MOST_ZOOM
from app.maps.collections import Collection
from app.maps.crs import CRS84, WEB_MERCATOR
from app.maps.extents import Extent
from app.maps.links import HTML, JSON, address, link, self_links
from app.maps.questions import Question, schema_of
from app.maps.tiles.addresses import MATRIX_SET, MVT
from app.maps.tiles.layers import LAST_ZOOM, Layer, layer_of

TILEJSON = "application/vnd.mapbox.tile+json"
TILES_CONFORMANCE = (
    *(
        f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
        for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")
    ),
    *(
        f"http://www.opengis.net/spec/tms/2.0/conf/{name}"
        for name in ("tilematrixset", "json-tilematrixset", "tilesetmetadata", "json-tilesetmetadata")
    ),
)
_REL = "http://www.opengis.net/def/rel/ogc/1.0"
_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
_SET_TITLE = "Google Maps Compatible for the World"
_EDGE_M = math.pi * 6378137.0
_PIXELS = 256
# The standard's pixel is 0.28 mm wide.
_PIXEL_M = 0.00028
_TYPES: Mapping[Kind, str] = {Kind.WHOLE: "Number", Kind.NUMBER: "Number", Kind.TRUTH: "Boolean"}
_DEEPEST_FIRST_VIEW = 12


def tilesets(request: Request, one: Collection) -> dict[str, Any]:
    """The tile sets of a collection: one."""
    path = f"/collections/{one.id}/tiles/{MATRIX_SET}"
    here = link("self", address(request, path), JSON, "this tile set")
    told = {**_tileset(one), "links": [here, _scheme_link(request)]}
    return {"title": f"{one.title}: tiles", "links": self_links(request), "tilesets": [told]}


def tileset(request: Request, one: Collection, extent: Extent) -> dict[str, Any]:
    """The tile set of a collection: what is in it, and where its tiles are."""
    path = f"/collections/{one.id}/tiles/{MATRIX_SET}"
    template = address(request, path) + "/{tileMatrix}/{tileRow}/{tileCol}"
    layer = layer_of(one)
    properties = {
        name: {"title": name, "description": one.properties[name].description}
        | schema_of(one.properties[name])
        for name in layer.told
    }
    layers = {
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "dataType": "vector",
        "geometryDimension": 0 if one.is_point else 2,
        "minTileMatrix": "0",
        "maxTileMatrix": str(MOST_ZOOM),
        "propertiesSchema": {"type": "object", "properties": properties},
    }
    placed: dict[str, Any] = {}
    if extent.box is not None:
        west, south, east, north = extent.box
        placed["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
        (longitude, latitude), zoom = center_of(extent.box)
        placed["centerPoint"] = {
            "coordinates": [longitude, latitude],
            "crs": CRS84,
            "tileMatrix": str(zoom),
        }
    return {
        **_tileset(one),
        "description": one.description,
        **placed,
        "layers": [layers],
        "links": [
            *self_links(request),
            _scheme_link(request),
            {**link("item", template, MVT, "the tiles"), "templated": True},
            link("describedby", address(request, f"{path}/tilejson"), TILEJSON, "the same as TileJSON"),
        ],
    }


def tilejson(request: Request, question: Question, extent: Extent) -> dict[str, Any]:
    """The tile set for MapLibre and its like; whatever filters were asked for are its tiles' too."""
    one = question.collection
    fields = {name: _TYPES.get(one.properties[name].kind, "String") for name in question.names}
    return {
        "tilejson": "3.0.0",
        "name": one.title,
        "description": one.description,
        "scheme": "xyz",
        "tiles": [tiles_address(request, one)],
        "minzoom": 0,
        "maxzoom": LAST_ZOOM,
        **({} if extent.box is None else {"center": [*center_of(extent.box)[0], center_of(extent.box)[1]]}),
        "vector_layers": [
            {
                "id": one.id,
                "description": one.description,
                "minzoom": 0,
                "maxzoom": LAST_ZOOM,
                "fields": {**fields, **_counts(one, layer_of(one))},
            }
        ],
    }


def tiles_address(request: Request, one: Collection) -> str:
    """Where a collection's tiles are, with places for z, y and x."""
    base = address(request, f"/collections/{one.id}/tiles/{MATRIX_SET}") + "/{z}/{y}/{x}"
    filters = [pair for pair in request.query_params.multi_items() if pair[0] != "f"]
    return f"{base}?{urlencode(filters)}" if filters else base


def matrix_sets(request: Request) -> dict[str, Any]:
    """The tile matrix sets: one."""
    here = link("self", address(request, f"/tileMatrixSets/{MATRIX_SET}"), JSON, "this tile matrix set")
    told = {"id": MATRIX_SET, "title": _SET_TITLE, "uri": _SET_URI, "crs": WEB_MERCATOR, "links": [here]}
    return {"title": "Tile matrix sets", "links": self_links(request), "tileMatrixSets": [told]}


def matrix_set(request: Request) -> dict[str, Any]:
    """The tile matrix set WebMercatorQuad, zoom by zoom."""
    sizes = [2 * _EDGE_M / _PIXELS / 2**zoom for zoom in range(MOST_ZOOM + 1)]
    return {
        "id": MATRIX_SET,
        "title": _SET_TITLE,
        "uri": _SET_URI,
        "crs": WEB_MERCATOR,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": size / _PIXEL_M,
                "cellSize": size,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-_EDGE_M, _EDGE_M],
                "tileWidth": _PIXELS,
                "tileHeight": _PIXELS,
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
            }
            for zoom, size in enumerate(sizes)
        ],
        "links": self_links(request),
    }


def tile_links(request: Request, collection_id: str) -> list[dict[str, Any]]:
    """Where a collection's tiles are told of."""
    path = f"/collections/{collection_id}/tiles"
    return [
        link(f"{_REL}/tilesets-vector", address(request, path), JSON, "the tiles"),
        link(f"{_REL}/tilesets-vector", address(request, path, f="html"), HTML, "the tiles, as a page"),
    ]


def matrix_sets_link(request: Request) -> dict[str, str]:
    """Where the tile matrix sets are."""
    return link(f"{_REL}/tiling-schemes", address(request, "/tileMatrixSets"), JSON, "the tile matrix sets")


def _tileset(one: Collection) -> dict[str, Any]:
    return {"title": one.title, "dataType": "vector", "crs": WEB_MERCATOR, "tileMatrixSetURI": _SET_URI}


def _scheme_link(request: Request) -> dict[str, str]:
    where = address(request, f"/tileMatrixSets/{MATRIX_SET}")
    return link(f"{_REL}/tiling-scheme", where, JSON, "the tile matrix set")


def _counts(one: Collection, layer: Layer) -> dict[str, str]:
    """What clusters tell."""
    if not one.is_point:
        return {}
    words = () if layer.counted is None else one.properties[layer.counted].words
    return dict.fromkeys(("count", *words), "Number")


def center_of(box: tuple[float, float, float, float]) -> tuple[tuple[float, float], int]:
    """The middle of a box, and the zoom at which all of it is seen."""
    west, south, east, north = box
    span = max(east - west, north - south, 360 / 2**_DEEPEST_FIRST_VIEW)
    middle = (round((west + east) / 2, 6), round((south + north) / 2, 6))
    return middle, max(math.floor(math.log2(360 / span)), 0)
