"""The routes of OGC API - Tiles, Part 1, of tile matrix sets, of TileJSON, and of the style."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.errors import NotFoundError
from app.domain.parameters import read_parameters, word_parameter
from app.domain.tiles import Tile
from app.maps.answers import body_answer, document_answer
from app.maps.collections import Collection
from app.maps.routes import answer_document, asked_collection, seen_collections
from app.maps.sites import ROOT, database_of, extents_of
from app.maps.tiles import descriptions
from app.maps.tiles.addresses import (
    MVT,
    read_matrix_set,
    read_tile_address,
    read_tile_question,
)
from app.maps.tiles.queries import read_tile
from app.maps.tiles.remembered import RememberedTiles, UnchangedTiles
from app.maps.tiles.sprite import sprite_image, sprite_index
from app.maps.tiles.style import STYLE, STYLE_ID, style, styles

_TILEJSON = word_parameter("f", "The form.", ("tilejson",))


def get_tilesets(request: Request) -> Response:
    """The tile sets of a collection."""
    one = asked_collection(request)
    return answer_document(request, lambda _: descriptions.tilesets(request, one), f"{one.title}: tiles")


def get_tileset(request: Request) -> Response:
    """A tile set, or as TileJSON (`f=tilejson`)."""
    one = asked_collection(request)
    read_matrix_set(request.path_params["matrix_set"])
    if request.query_params.get("f") == "tilejson":
        return _tilejson(request, one)
    extent = extents_of(request).of(one)
    return answer_document(
        request, lambda _: descriptions.tileset(request, one, extent), f"{one.title}: tiles"
    )


def get_tilejson(request: Request) -> Response:
    """A tile set as TileJSON; the filters of its tiles may be asked for here."""
    one = asked_collection(request)
    read_matrix_set(request.path_params["matrix_set"])
    return _tilejson(request, one)


def get_tile(request: Request) -> Response:
    """A tile as Mapbox Vector Tile; 204 where nothing is in it."""
    one = asked_collection(request)
    told: Mapping[str, Any] = request.path_params
    read_matrix_set(told["matrix_set"])
    tile = read_tile_address(told["zoom"], told["row"], told["column"])
    database = database_of(request)
    question = read_tile_question(one, database.dialect, tile, request.query_params.multi_items())
    remembered: RememberedTiles = request.app.state.tiles
    unchanged: UnchangedTiles = request.app.state.unchanged_tiles
    body = read_tile(database, question, remembered, unchanged)
    if not body:
        kept = "private, no-store" if one.has_people else "private, no-cache"
        return Response(status_code=204, headers={"Cache-Control": kept})
    return body_answer(request, body, MVT, has_people=one.has_people)


def get_matrix_sets(request: Request) -> Response:
    """The tile matrix sets."""
    seen_collections(request)
    return answer_document(request, descriptions.matrix_sets, "Tile matrix sets")


def get_matrix_set(request: Request) -> Response:
    """A tile matrix set."""
    seen_collections(request)
    read_matrix_set(request.path_params["matrix_set"])
    return answer_document(request, descriptions.matrix_set, request.path_params["matrix_set"])


def get_styles(request: Request) -> Response:
    """The styles."""
    seen_collections(request)
    return answer_document(request, styles, "Styles")


def get_style(request: Request) -> Response:
    """The style for MapLibre, with the collections that the key may see."""
    seen = seen_collections(request)
    _check_style(request)
    read_parameters([], request.query_params.multi_items())
    return document_answer(request, style(request, seen, extents_of(request)), STYLE)


def get_sprite(request: Request) -> Response:
    """The style's images as PNG, or where each lies in it; `@2x` for dense screens."""
    seen_collections(request)
    _check_style(request)
    read_parameters([], request.query_params.multi_items())
    found = _SPRITE.fullmatch(request.path_params["sprite"])
    if found is None:
        raise NotFoundError("there are sprite.json, sprite.png, sprite@2x.json and sprite@2x.png")
    ratio = 2 if found["dense"] else 1
    if found["form"] == "json":
        return document_answer(request, sprite_index(ratio))
    return body_answer(request, sprite_image(ratio), "image/png")


_SPRITE = re.compile(r"sprite(?P<dense>@2x)?\.(?P<form>json|png)")
_TILES = "/collections/{collection_id}/tiles"
ROUTES = [
    Route(f"{ROOT}{path}", endpoint, methods=["GET"], include_in_schema=False)
    for path, endpoint in (
        (f"{_TILES}/{{matrix_set}}/{{zoom}}/{{row}}/{{column}}", get_tile),
        (_TILES, get_tilesets),
        (f"{_TILES}/{{matrix_set}}", get_tileset),
        (f"{_TILES}/{{matrix_set}}/tilejson", get_tilejson),
        ("/tileMatrixSets", get_matrix_sets),
        ("/tileMatrixSets/{matrix_set}", get_matrix_set),
        ("/styles", get_styles),
        ("/styles/{style_id}", get_style),
        ("/styles/{style_id}/{sprite}", get_sprite),
    )
]


def _tilejson(request: Request, one: Collection) -> Response:
    pairs = request.query_params.multi_items()
    read_parameters([_TILEJSON], [pair for pair in pairs if pair[0] == "f"])
    filters = [pair for pair in pairs if pair[0] != "f"]
    asked = read_tile_question(one, database_of(request).dialect, Tile(0, 0, 0), filters)
    extent = extents_of(request).of(one)
    return document_answer(
        request, descriptions.tilejson(request, asked.features, extent), descriptions.TILEJSON
    )


def _check_style(request: Request) -> None:
    name = request.path_params["style_id"]
    if name != STYLE_ID:
        raise NotFoundError(f"there is no style {name[:64]!r}; there is {STYLE_ID}")
