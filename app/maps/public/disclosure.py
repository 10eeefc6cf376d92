"""What may be told of where incidents were: rules that depend on nothing but coarse values. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain

ROUNDS = ("1", "2 to 5", "6 to 10", "11 or more")
_LOWEST = (1, 2, 6, 11)

Zones = tuple[str, ...]


def band_of(rounds: int | None) -> str | None:
    """Rounds as a band: an exact count is in the vendor's notice and in the newspaper."""
    if rounds is None or rounds < _LOWEST[0]:
        return None
    return ROUNDS[sum(rounds >= lowest for lowest in _LOWEST) - 1]


def frequent(of: Iterable[tuple[Hashable, int]], least: int) -> set[Hashable]:
    """What comes on at least so many days: of pairs of a thing and a day.

    Days count, not incidents: three bursts of one night are one affair in one place.
    """
    days: Mapping[Hashable, set[int]] = defaultdict(set)
    for thing, day in of:
        days[thing].add(day)
    return {thing for thing, on in days.items() if len(on) >= least}


def zones_told(incidents: Sequence[tuple[Zones, int]], least: int) -> list[Zones]:
    """Of incidents without a cell the zones that may be told, from their zones and days.

    Zones are left out, the rarest first, until those of each incident are those of others on at least `least`
    days. Those that are left without any are themselves so many, if others can join them: else whoever knows
    the others could tell where the one is.
    """
    told = [zones for zones, _ in incidents]
    days = [day for _, day in incidents]
    common = _days_by_zone(told, days)
    while rare := set(told) - frequent(zip(told, days, strict=True), least) - {()}:
        told = [_without_rarest(zones, common) if zones in rare else zones for zones in told]
    while True:
        by_zones: dict[Zones, set[int]] = defaultdict(set)
        for zones, day in zip(told, days, strict=True):
            by_zones[zones].add(day)
        alone = by_zones.pop((), None)
        if alone is None or len(alone) >= least or not by_zones:
            return told
        joining = min(by_zones, key=lambda zones: (len(by_zones[zones]), zones))
        told = [() if zones == joining else zones for zones in told]


def _days_by_zone(told: Sequence[Zones], days: Sequence[int]) -> Mapping[str, int]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, day in chain.from_iterable(
        ((name, day) for name in zones) for zones, day in zip(told, days, strict=True)
    ):
        found[name].add(day)
    return {name: len(on) for name, on in found.items()}


def _without_rarest(zones: Zones, common: Mapping[str, int]) -> Zones:
    rarest = min(zones, key=lambda name: (common[name], name))
    return tuple(name for name in zones if name != rarest)
