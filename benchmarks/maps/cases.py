"""What is asked, of each server in its own words, and what is to be reached."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

import orjson

from app.domain.tiles import Tile
from app.domain.time import to_micros
from benchmarks.maps.filling import BEGIN, SOUTH, SPAN_DEG, WEST, YEARS

CONNECTIONS = 8
_EDGE = SPAN_DEG * 0.05**0.5
BOX = (WEST + 0.1, SOUTH + 0.1, WEST + 0.1 + _EDGE, SOUTH + 0.1 + _EDGE)
MONTH = (BEGIN + timedelta(days=800), BEGIN + timedelta(days=830))
DEEP_OFFSET = 89_000
# The tiles that the middle of the city lies in.
TILES = {"tile z10": Tile(10, 376, 261), "tile z12": Tile(12, 1504, 1047)}
# Those that our tiles tell of; a server that tells all of them by itself is asked for these.
TILE_PROPERTIES = ("verdict", "needs_review", "uncertainty_m", "rounds")
OURS = "/ogc/collections/incidents"
_TIPG = "/collections/public.incident_features"
_PYGEOAPI = "/collections/incidents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question by the name of who is asked, and the ratios to reach: `goals` of ours to another's rate."""

    name: str
    paths: Mapping[str, str]
    goals: Mapping[str, float]
    features: int | None
    connections: int = CONNECTIONS


def cases(count: int) -> list[Case]:
    """The cases on so many incidents."""
    box, month = ",".join(map(str, BOX)), "/".join(_told(moment) for moment in MONTH)
    peers = {"tipg": 8.0, "pygeoapi": 8.0}
    near = {**peers, "floor": 0.8}
    return [
        _page("limit 10", 10, "all", {}, {"tipg": 10.0, "pygeoapi": 10.0, "floor": 0.6}),
        _page("limit 1,000", 1_000, "all", {}, near),
        _page("limit 10,000", 10_000, "all", {}, near, connections=2),
        _page("bbox 5 %, 1,000", 1_000, "box", {"bbox": box}, peers),
        _page("a month, 1,000", 1_000, "month", {"datetime": month}, peers),
        _page("page 90 of 1,000", 1_000, "deep", {}, {"tipg": 15.0, "pygeoapi": 15.0}, count=count),
        *(_tile(name, tile) for name, tile in TILES.items()),
    ]


def deep_place(count: int) -> datetime:
    """The time of the last incident of the 89 pages before: they come evenly, the newest first."""
    return BEGIN + timedelta(days=365 * YEARS) * ((count - min(DEEP_OFFSET, count * 0.89)) / count)


def _page(
    name: str,
    limit: int,
    floor: str,
    query: Mapping[str, str],
    goals: Mapping[str, float],
    connections: int = CONNECTIONS,
    count: int = 0,
) -> Case:
    asked: dict[str, object] = {"limit": limit, **query}
    ours, peers = dict(asked), dict(asked)
    if count:
        place = orjson.dumps(["-started_at", to_micros(deep_place(count)), 10**9])
        ours["cursor"] = urlsafe_b64encode(place).decode().rstrip("=")
        peers["offset"] = int(min(DEEP_OFFSET, count * 0.89))
    return Case(
        name=name,
        paths={
            "earshot": f"{OURS}/items?{urlencode(ours)}",
            "sqlite": f"{OURS}/items?{urlencode(ours)}",
            "anew": f"{OURS}/items?{urlencode(ours)}",
            "tipg": f"{_TIPG}/items?{urlencode({**peers, 'f': 'geojson'})}",
            "pygeoapi": f"{_PYGEOAPI}/items?{urlencode({**peers, 'f': 'json'})}",
            "ordinary": f"/incidents?{urlencode(peers)}",
            "floor": f"/?{urlencode({'case': floor, 'limit': limit})}",
        },
        goals={**goals, "sqlite": 0.3},
        features=limit,
        connections=connections,
    )


def _tile(name: str, tile: Tile) -> Case:
    told = ",".join(TILE_PROPERTIES)
    rows_first = f"WebMercatorQuad/{tile.zoom}/{tile.row}/{tile.column}"
    columns_first = f"WebMercatorQuad/{tile.zoom}/{tile.column}/{tile.row}"
    return Case(
        name=name,
        paths={
            "earshot": f"{OURS}/tiles/{rows_first}",
            "anew": f"{OURS}/tiles/{rows_first}",
            "tipg": f"{_TIPG}/tiles/{columns_first}?properties={told}",
            "floor": f"/?case=tile&limit={tile.zoom}",
        },
        goals={"tipg": 2.0},
        features=None,
    )


def _told(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
