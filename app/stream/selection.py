"""Which events a stream tells: the filters of the incident list, applied to what events say. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.areas import Box, Circle
from app.domain.geodesy import is_within
from app.domain.time import parse_instant
from app.events.log import LoggedEvent
from app.incidents.filters import NO_DISPOSITION, IncidentFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What one stream asked for; equal ones share the work. `zones`: the names that the zone goes by."""

    filters: IncidentFilters
    zones: frozenset[str]
    types: frozenset[str]
    with_historical: bool

    def tells(self, event: LoggedEvent) -> bool | None:
        """Whether the incident matches now, of an event that is to be told; None: it is not.

        One that matched and no longer does is told too, or the client's list would keep it for ever.
        """
        if event.incident_id is None:
            return None
        if (self.types and event.type not in self.types) or (event.historical and not self.with_historical):
            return None
        if self.matches(event.document):
            return True
        return False if event.before is not None and self.matches(event.before) else None

    def matches(self, incident: Mapping[str, Any]) -> bool:
        """Whether the list would show an incident under these filters; what it does not tell is not known."""
        filters = self.filters
        return (
            _is_one_of(incident.get("verdict"), filters.verdicts)
            and _is_one_of(incident.get("classification"), filters.classifications)
            and _is_one_of(incident.get("disposition") or NO_DISPOSITION, filters.dispositions)
            and (filters.needs_review is None or incident.get("needs_review") is filters.needs_review)
            and _is_within_bounds(incident.get("rounds"), filters.min_rounds, filters.max_rounds)
            and (filters.zone is None or not self.zones.isdisjoint(incident.get("zones", ())))
            and _is_in_period(incident, filters)
            and _is_at(incident, filters.box, filters.near)
            and _mentions(incident, filters.text)
        )


def _is_one_of(word: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or word in wanted


def _is_within_bounds(rounds: int | None, least: int | None, most: int | None) -> bool:
    if least is None and most is None:
        return True
    return rounds is not None and (least is None or rounds >= least) and (most is None or rounds <= most)


def _is_in_period(incident: Mapping[str, Any], filters: IncidentFilters) -> bool:
    if filters.from_at is None and filters.to_at is None:
        return True
    if "started_at" not in incident:
        return False
    started_at = parse_instant(incident["started_at"])
    return (filters.from_at is None or started_at >= filters.from_at) and (
        filters.to_at is None or started_at < filters.to_at
    )


def _is_at(incident: Mapping[str, Any], box: Box | None, near: Circle | None) -> bool:
    if box is None and near is None:
        return True
    longitude, latitude = incident.get("longitude"), incident.get("latitude")
    if longitude is None or latitude is None:
        return False
    if box is not None and not _is_in_box(box, longitude, latitude):
        return False
    return near is None or is_within(longitude, latitude, near.longitude, near.latitude, near.radius_m)


def _is_in_box(box: Box, longitude: float, latitude: float) -> bool:
    if not box.south <= latitude <= box.north:
        return False
    if box.west > box.east:
        return longitude >= box.west or longitude <= box.east
    return box.west <= longitude <= box.east


def _mentions(incident: Mapping[str, Any], text: str | None) -> bool:
    if text is None:
        return True
    wanted = text.lower()
    told = [incident.get("number"), incident.get("address")]
    told += [alert.get("external_id") for alert in incident.get("alerts", ())]
    return any(wanted in word.lower() for word in told if word)
