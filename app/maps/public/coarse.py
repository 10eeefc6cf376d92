"""Incidents made coarse: from here on nothing exact is left. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import shapely

from app.correlation.columns import Floats, Integers
from app.domain.areas import Box
from app.domain.time import from_micros
from app.maps.public.disclosure import Zones, band_of, frequent, zones_told
from app.maps.public.grid import Grid
from app.places.zones import ZoneIndex

HOUR_MICROS = 3_600_000_000
DAY_MICROS = 24 * HOUR_MICROS
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """n incidents: times in microseconds since 1970, degrees or NaN, rounds or None."""

    started_micros: Integers
    longitude: Floats
    latitude: Floats
    verdict: list[str]
    rounds: list[int | None]


@dataclass(frozen=True, slots=True)
class Coarse:
    """An incident: its verdict, band of rounds, hour, cell where it is told, and zones."""

    verdict: str
    rounds: str | None
    hour_micros: int
    cell: Cell | None
    zones: Zones


def made_coarse(heard: Heard, zones: ZoneIndex, grid: Grid, least: int) -> list[Coarse]:
    """Each incident in its place."""
    hours = (heard.started_micros // HOUR_MICROS * HOUR_MICROS).tolist()
    days = [hour // DAY_MICROS for hour in hours]
    rows, columns = grid.cells_of(heard.longitude, heard.latitude)
    cells = list(zip(rows.tolist(), columns.tolist(), strict=True))
    shown = frequent(zip(cells, days, strict=True), least) - {_NOWHERE}
    lying_in = _zones_of_cells(set(cells) - {_NOWHERE}, zones, grid)
    held = _Held(zones)
    named = [held.names(lying_in.get(cell, ()), hour) for cell, hour in zip(cells, hours, strict=True)]
    hidden = [place for place, cell in enumerate(cells) if cell not in shown]
    for place, told in zip(
        hidden, zones_told([(named[place], days[place]) for place in hidden], least), strict=True
    ):
        named[place] = told
    return [
        Coarse(verdict, band_of(rounds), hour, cell if cell in shown else None, told)
        for verdict, rounds, hour, cell, told in zip(
            heard.verdict, heard.rounds, hours, cells, named, strict=True
        )
    ]


def public_rows(incidents: Sequence[Coarse], grid: Grid, time_zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Rows of PublicIncident. Equal incidents are counted; an id is a digest of that and of what is told.

    So it tells nothing that the rest does not, and is another one as soon as anything told changes.
    """
    equals: dict[Coarse, int] = defaultdict(int)
    taken: set[int] = set()
    places: dict[Cell, Mapping[str, Any]] = {}
    hours: dict[int, Mapping[str, Any]] = {}
    for one in incidents:
        id_ = _digest(one, equals[one])
        while id_ in taken:
            equals[one] += 1
            id_ = _digest(one, equals[one])
        equals[one] += 1
        taken.add(id_)
        if one.cell is not None and one.cell not in places:
            places[one.cell] = _place(grid.box_of(*one.cell))
        if one.hour_micros not in hours:
            hours[one.hour_micros] = _hour(one.hour_micros, time_zone)
        yield {
            "id": id_,
            "verdict": one.verdict,
            "rounds": one.rounds,
            "zones": "; ".join(one.zones),
            **hours[one.hour_micros],
            **(_NO_PLACE if one.cell is None else places[one.cell]),
        }


_NOWHERE: Cell = (-1, -1)
_NO_PLACE: Mapping[str, Any] = dict.fromkeys(("geometry", "west", "south", "east", "north"))


def _zones_of_cells(cells: set[Cell], zones: ZoneIndex, grid: Grid) -> Mapping[Cell, tuple[int, ...]]:
    """The places in the index of the zones, of whatever time, that the middle of each cell lies in.

    The middle and not the incidents: where a zone ends within a cell would tell on which side they were.
    """
    if not zones.ids or not cells:
        return {}
    found: dict[Cell, list[int]] = defaultdict(list)
    listed = sorted(cells)
    boxes = [grid.box_of(*cell) for cell in listed]
    middles = shapely.points([((box.west + box.east) / 2, (box.south + box.north) / 2) for box in boxes])
    pairs: Integers = zones.tree.query(middles, predicate="intersects")
    for which, place in np.transpose(pairs).tolist():
        found[listed[which]].append(place)
    return {cell: tuple(sorted(places)) for cell, places in found.items()}


class _Held:
    """Which zones held when; between the times at which one begins or ends they are the same."""

    def __init__(self, zones: ZoneIndex) -> None:
        self._zones = zones
        self._turns = sorted(set(chain.from_iterable(zones.spans)))
        self._known: dict[tuple[tuple[int, ...], int], Zones] = {}

    def names(self, places: tuple[int, ...], micros: int) -> Zones:
        """The names of those of some zones that held at a time, by kind and name, each once."""
        key = places, bisect_right(self._turns, micros)
        if key not in self._known:
            spans, names = self._zones.spans, self._zones.names
            held = (names[place] for place in places if spans[place][0] <= micros < spans[place][1])
            self._known[key] = tuple(dict.fromkeys(held))
        return self._known[key]


def _hour(micros: int, time_zone: ZoneInfo) -> Mapping[str, Any]:
    hour = from_micros(micros)
    local = hour.astimezone(time_zone)
    return {"hour": hour, "local_date": local.date().isoformat(), "local_hour": local.hour}


def _digest(one: Coarse, number: int) -> int:
    told = repr((one.verdict, one.rounds, one.hour_micros, one.cell, one.zones, number))
    return int.from_bytes(blake2b(told.encode(), digest_size=8).digest()) >> 1


def _place(box: Box) -> Mapping[str, Any]:
    ring = (
        (box.west, box.south),
        (box.east, box.south),
        (box.east, box.north),
        (box.west, box.north),
        (box.west, box.south),
    )
    geometry = orjson.dumps({"type": "Polygon", "coordinates": [ring]}).decode()
    return {
        "geometry": geometry,
        "west": box.west,
        "south": box.south,
        "east": box.east,
        "north": box.north,
    }
