"""Incidents at places that are hard for tiles, and what a tile of them must hold, reckoned one by one."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import mapbox_vector_tile
from sqlalchemy import insert

from app.db import Database
from app.db.models import Incident, Rules
from app.domain.tiles import Tile, north_edge, place_in, scale_of, west_edge
from app.domain.time import format_millis
from app.domain.vocabulary import Verdict

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TOLD = ("verdict", "needs_review", "uncertainty_m", "rounds")
MERGED, PLACELESS = 1, 2
_WORDS = tuple(verdict.value for verdict in Verdict)
# On the edges of tiles and at the ends of the world, where one is easily counted twice or lost.
_CORNERS = (
    (180.0, 0.0),
    (-180.0, 0.0),
    (0.0, 0.0),
    (0.0, 90.0),
    (0.0, -90.0),
    (180.0, 90.0),
    (-180.0, -90.0),
    (12.5, 85.0511287798066),
    (12.5, -85.06),
    (12.5, 85.9),
    (179.9999999, 60.0),
    (west_edge(12, 1047), north_edge(12, 1503)),
    (west_edge(16, 16757), 43.03),
    (-87.94, north_edge(16, 24060)),
    (west_edge(14, 4188), north_edge(14, 6014)),
)


@dataclass(frozen=True)
class Found:
    """What a tile told: places and properties by id, and clusters by the square they stand for."""

    single: dict[int, tuple[tuple[int, int], dict[str, Any]]]
    clusters: dict[tuple[int, int], tuple[tuple[int, int], dict[str, Any]]]

    def counts(self) -> Counter[str]:
        """How many of each verdict, however they are told."""
        told = Counter(properties["verdict"] for _, properties in self.single.values())
        for _, properties in self.clusters.values():
            told.update({word: properties[word] for word in _WORDS})
        return +told


def rows() -> list[dict[str, Any]]:
    """640 incidents in a city and on corners; the first two are no features of any tile."""
    chance = random.Random(11)
    places = [(chance.uniform(-88.1, -87.8), chance.uniform(42.9, 43.2)) for _ in range(600)]
    places += [(chance.uniform(-180, 180), chance.uniform(-89, 89)) for _ in range(25)]
    return [_row(number, place) for number, place in enumerate([*places, *_CORNERS], 1)]


def features(of: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that have a place and were not merged into another."""
    return [row for row in of if row["longitude"] is not None and row["merged_into_id"] is None]


def build(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(Rules).values(version="r-000000000000", document={}, created_at=BEGIN))
        database.dialect.copy_rows(session, Incident.__table__, rows()[::-1])


def held(tile: Tile, of: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    west, south, east, north = tile.bounds
    return [row for row in of if west <= row["longitude"] < east and south <= row["latitude"] < north]


def tiles(zoom: int, of: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Tile, list[Mapping[str, Any]]]]:
    """Every tile of a zoom in which anything lies, with what does: looked for from the whole world down."""
    waiting = [(Tile(0, 0, 0), list(of))]
    while waiting:
        tile, inside = waiting.pop()
        if not inside:
            continue
        if tile.zoom == zoom:
            yield tile, inside
            continue
        below = [
            Tile(tile.zoom + 1, tile.row * 2 + down, tile.column * 2 + right)
            for down in (0, 1)
            for right in (0, 1)
        ]
        waiting += [(one, held(one, inside)) for one in below]


def single(tile: Tile, inside: Iterable[Mapping[str, Any]], told: Iterable[str] = TOLD) -> dict[int, Any]:
    """What the tile must tell of them one by one."""
    scale = scale_of(tile)
    return {
        row["id"]: (
            place_in(scale, row["longitude"], row["latitude"]),
            {name: _told(row[name]) for name in told if row[name] is not None},
        )
        for row in inside
    }


def clustered(tile: Tile, inside: list[Mapping[str, Any]]) -> Found:
    """What the tile must tell of them by squares: a square is a tile four zooms deeper."""
    alone: dict[int, Any] = {}
    clusters: dict[tuple[int, int], Any] = {}
    for down in range(16):
        for right in range(16):
            square = Tile(tile.zoom + 4, tile.row * 16 + down, tile.column * 16 + right)
            here = held(square, inside)
            if len(here) == 1:
                alone |= single(tile, here)
            elif here:
                counts = Counter(row["verdict"] for row in here)
                told = {"count": len(here)} | {word: counts[word] for word in _WORDS}
                clusters[right, down] = (_middle(tile, here), told)
    return Found(alone, clusters)


def decoded(body: bytes, layer: str = "incidents") -> Found:
    read: dict[str, Any] = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    assert list(read) == [layer]
    found = Found({}, {})
    for feature in read[layer]["features"]:
        x, y = feature["geometry"]["coordinates"]
        properties = feature["properties"]
        if "count" in properties:
            assert feature["id"] == 0
            found.clusters[x // 256, y // 256] = ((x, y), properties)
        else:
            assert feature["id"] not in found.single
            found.single[feature["id"]] = ((x, y), properties)
    return found


def _middle(tile: Tile, here: list[Mapping[str, Any]]) -> tuple[int, int]:
    east = sum(int((row["longitude"] + 180) * 1e6) for row in here) // len(here)
    north = sum(int((row["latitude"] + 90) * 1e6) for row in here) // len(here)
    return place_in(scale_of(tile), east / 1e6 - 180, north / 1e6 - 90)


def _told(value: Any) -> Any:
    return format_millis(value) if isinstance(value, datetime) else value


def _row(number: int, place: tuple[float, float]) -> dict[str, Any]:
    started_at = BEGIN + timedelta(hours=number)
    has_place = number != PLACELESS
    return {
        "id": number,
        "number": f"2026-{number:06}",
        "founding_alert_id": number,
        "merged_into_id": 3 if number == MERGED else None,
        "verdict": _WORDS[number % 5],
        "probability_reported": 0.5,
        "needs_review": number % 3 == 0,
        "reason": "No citizen call.",
        "started_at": started_at,
        "ended_at": started_at,
        "closes_at": started_at,
        "decided_at": started_at,
        "longitude": place[0] if has_place else None,
        "latitude": place[1] if has_place else None,
        "uncertainty_m": None if number % 4 == 0 else 12.5,
        "rounds": None if number % 7 == 0 else number % 40,
        "classification": "multiple_gunshots",
        "alert_count": 1,
        "call_count": 0,
        "cad_record_count": 0,
        "rules_version": "r-000000000000",
        "window_covered": True,
        "created_at": started_at,
        "updated_at": started_at,
    }
