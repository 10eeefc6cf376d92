"""What OpenAPI tells of tiles and of the style."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from app.domain.parameters import Parameter, word_parameter
from app.domain.tiles import MOST_ZOOM
from app.maps.collections import Collection
from app.maps.links import HTML, JSON
from app.maps.questions import PAGES, form_parameter
from app.maps.tiles.addresses import MATRIX_SET, MVT, tile_parameters
from app.maps.tiles.descriptions import TILEJSON
from app.maps.tiles.style import STYLE, STYLE_ID

_MATRIX_SET_ID = {"tileMatrixSetId": {"type": "string", "enum": [MATRIX_SET]}}
_TILE = {
    "tileMatrix": {"type": "string", "enum": [str(zoom) for zoom in range(MOST_ZOOM + 1)]},
    "tileRow": {"type": "integer", "minimum": 0},
    "tileCol": {"type": "integer", "minimum": 0},
}
_BINARY = {"type": "string", "format": "binary"}
_ANY = {"type": "object"}

Get = Callable[..., dict[str, Any]]


def tile_paths(seen: Iterable[Collection], get: Get) -> dict[str, Any]:
    """The routes of tiles by path; `get` describes one route by name, summary and parameters."""
    pages = [form_parameter(PAGES)]
    paths: dict[str, Any] = {
        "/tileMatrixSets": get("tileMatrixSets", "The tile matrix sets", pages),
        "/tileMatrixSets/{tileMatrixSetId}": _placed(
            get("tileMatrixSet", "A tile matrix set", pages), _MATRIX_SET_ID
        ),
        "/styles": get("styles", "Styles to draw it all by", pages),
        f"/styles/{STYLE_ID}": _told(get("style", "The style for MapLibre", []), {STYLE: _ANY}),
    }
    for one in seen:
        path, name, tag = f"/collections/{one.id}/tiles", f"{one.id}.tile", one.title
        of_set = f"{path}/{{tileMatrixSetId}}"
        forms = [word_parameter("f", "The form, instead of Accept.", (*map(str, PAGES), "tilejson"))]
        paths[path] = get(f"{name}sets", "Its tile sets", pages, tag=tag)
        tileset = _told(
            get(f"{name}set", "A tile set", forms, tag=tag), {JSON: _ANY, TILEJSON: _ANY, HTML: {}}
        )
        paths[of_set] = _placed(tileset, _MATRIX_SET_ID)
        as_tilejson = get(f"{name}json", "A tile set as TileJSON", _filters(one), tag=tag)
        paths[f"{of_set}/tilejson"] = _placed(_told(as_tilejson, {TILEJSON: _ANY}), _MATRIX_SET_ID)
        tile = _told(get(name, "A tile of its features", tile_parameters(one), tag=tag), {MVT: _BINARY})
        tile["get"]["responses"]["204"] = {"description": "Nothing is in this tile."}
        where = "/{tileMatrix}/{tileRow}/{tileCol}"
        paths[f"{of_set}{where}"] = _placed(tile, {**_MATRIX_SET_ID, **_TILE})
    return paths


def _filters(one: Collection) -> Sequence[Parameter]:
    form = word_parameter("f", "The form.", ("tilejson",))
    return (*(parameter for parameter in tile_parameters(one) if parameter.name != "f"), form)


def _placed(operation: dict[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """An operation with the parameters of its path."""
    operation["get"]["parameters"][:0] = [
        {"name": name, "in": "path", "required": True, "schema": schema} for name, schema in schemas.items()
    ]
    return operation


def _told(operation: dict[str, Any], contents: Mapping[str, Any]) -> dict[str, Any]:
    """An operation that answers in these media types."""
    answer = operation["get"]["responses"]["200"]
    answer["content"] = {media: {"schema": schema} for media, schema in contents.items()}
    return operation
