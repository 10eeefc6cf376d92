"""Which incident is which after a regrouping: ids outlive growth, merges and splits. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """The alerts of one incident as grouped now."""

    alert_ids: tuple[int, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """What a piece is called: an incident there was (None: a new one), and those that redirect to it."""

    incident_id: int | None
    founding_alert_id: int
    absorbed: tuple[int, ...]


def assign(
    pieces: Sequence[Piece], incident_of: Mapping[int, int | None], founding_alert: Mapping[int, int]
) -> list[Identity]:
    """Give each piece its identity.

    An incident goes where its founding alert is, but follows its active alerts when that one was withdrawn
    from among them. Where several incidents meet, the older survives. An incident whose founding alert is
    not here belongs to another stretch of time and is left alone.
    """
    piece_of = {alert: place for place, piece in enumerate(pieces) for alert in piece.alert_ids}
    claims: dict[int, list[int]] = {}
    for incident in sorted(founding_alert):
        place = piece_of.get(founding_alert[incident])
        if place is None:
            continue
        if not pieces[place].is_active:
            place = _active_remnant(incident, pieces, incident_of, place)
        claims.setdefault(place, []).append(incident)
    identities = []
    for place, piece in enumerate(pieces):
        claimed = claims.get(place, [])
        survivor = claimed[0] if claimed else None
        founder = founding_alert[survivor] if survivor is not None else min(piece.alert_ids)
        if founder not in piece.alert_ids:
            founder = min(piece.alert_ids)
        identities.append(Identity(survivor, founder, tuple(claimed[1:])))
    return identities


def _active_remnant(
    incident: int, pieces: Sequence[Piece], incident_of: Mapping[int, int | None], otherwise: int
) -> int:
    """The piece with the earliest-stored of an incident's active alerts."""
    remnants = [
        (min(own), place)
        for place, piece in enumerate(pieces)
        if piece.is_active
        and (own := [alert for alert in piece.alert_ids if incident_of.get(alert) == incident])
    ]
    return min(remnants)[1] if remnants else otherwise
