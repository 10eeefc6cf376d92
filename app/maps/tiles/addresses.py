"""A tile's address and its question, read and checked (OGC API - Tiles, 20-057)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

from app.core.errors import InvalidParameterError, NotFoundError
from app.domain.parameters import Parameter, read_parameters, word_parameter
from app.domain.tiles import MOST_ZOOM, Tile
from app.maps.collections import Collection
from app.maps.questions import Question, parameters_of, read_question
from app.maps.tiles.layers import layer_of

MATRIX_SET = "WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
_OF_PAGES = frozenset({"bbox", "bbox-crs", "limit", "sortby", "crs", "cursor", "f"})
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class TileQuestion:
    """Which features, of which tile. `key` is the same for the same question."""

    tile: Tile
    features: Question
    key: tuple[object, ...]


@lru_cache(maxsize=32)
def tile_parameters(collection: Collection) -> tuple[Parameter, ...]:
    """What a request for a tile takes: the filters of items, and which properties."""
    filters = [one for one in parameters_of(collection) if one.name not in _OF_PAGES]
    return (*filters, word_parameter("f", "The form.", ("mvt",)))


def read_matrix_set(name: str) -> None:
    """Refuse every tile matrix set but ours. Raises NotFoundError."""
    if name != MATRIX_SET:
        raise NotFoundError(f"there is no tile matrix set {name[:64]!r}; there is {MATRIX_SET}")


def read_tile_address(zoom: str, row: str, column: str) -> Tile:
    """A tile by the texts of its address. InvalidParameterError names each that is none or out of range."""
    problems: dict[str, str] = {}
    level = _whole(zoom, MOST_ZOOM, "tileMatrix", problems)
    most = 2 ** (MOST_ZOOM if level is None else level) - 1
    numbers = [_whole(text, most, name, problems) for text, name in ((row, "tileRow"), (column, "tileCol"))]
    if problems:
        raise InvalidParameterError(
            "; ".join(f"{name}: {reason}" for name, reason in problems.items()),
            errors=[{"pointer": f"/path/{name}", "reason": reason} for name, reason in problems.items()],
        )
    return Tile(level or 0, numbers[0] or 0, numbers[1] or 0)


def read_tile_question(
    collection: Collection, dialect: ModuleType, tile: Tile, given: Iterable[tuple[str, str]]
) -> TileQuestion:
    """A request's question. InvalidParameterError names each parameter that is wrong."""
    pairs = list(given)
    read_parameters(tile_parameters(collection), pairs)
    asked = [pair for pair in pairs if pair[0] != "f"]
    if not any(name == "properties" for name, _ in asked):
        asked.append(("properties", ",".join(layer_of(collection).told)))
    question = read_question(collection, dialect, asked)
    return TileQuestion(tile, question, (collection.id, tile, *sorted(asked)))


def _whole(text: str, most: int, name: str, problems: dict[str, str]) -> int | None:
    if _WHOLE_NUMBER.fullmatch(text) is None or int(text) > most:
        problems[name] = f"expected a whole number from 0 to {most:,}, not {text[:20]!r}"
        return None
    return int(text)
