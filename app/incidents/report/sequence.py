"""The shots of each account with the gaps and distances between them: arithmetic on what it says. Pure."""

from collections.abc import Iterable
from itertools import pairwise
from string import ascii_uppercase
from typing import Any

from app.domain.geodesy import geodesic_m, is_position
from app.incidents.documents import plain
from app.incidents.shots import Shot, ShotAccount


def account_documents(accounts: Iterable[ShotAccount]) -> list[dict[str, Any]]:
    """The accounts side by side, each with a letter to call it by; none is mixed with another."""
    return [_account(account, label_of(place)) for place, account in enumerate(accounts)]


def label_of(place: int) -> str:
    """A, B, … Z, AA, AB and so on."""
    rest, letter = divmod(place, len(ascii_uppercase))
    return (label_of(rest - 1) if rest else "") + ascii_uppercase[letter]


def _account(account: ShotAccount, label: str) -> dict[str, Any]:
    shots = account.shots
    gaps_s = [_gap_s(earlier, later) for earlier, later in pairwise(shots)]
    return {
        "label": label,
        "alert_id": str(account.alert_id),
        "source": account.source,
        "alert_external_id": account.alert_external_id,
        "provenance": account.provenance.value,
        "reference": account.reference,
        "filed_by": account.actor,
        "stored_at": plain(account.stored_at),
        "rounds": account.rounds,
        "shooters": account.shooters,
        "note": account.note,
        "shots_listed": len(shots),
        "shots_located": sum(_is_located(shot) for shot in shots),
        "duration_s": round(shots[-1].offset_s - shots[0].offset_s, 6) if shots else None,
        "shortest_gap_s": min(gaps_s, default=None),
        "longest_gap_s": max(gaps_s, default=None),
        "shots": [
            {
                "number": shot.number,
                "at": plain(shot.at),
                "offset_s": shot.offset_s,
                "gap_s": None if before is None else _gap_s(before, shot),
                "longitude": shot.longitude,
                "latitude": shot.latitude,
                "uncertainty_m": shot.uncertainty_m,
                "distance_m": None if before is None else _distance_m(before, shot),
                "shooter": shot.shooter,
            }
            for before, shot in zip((None, *shots), shots, strict=False)
        ],
    }


def _gap_s(earlier: Shot, later: Shot) -> float:
    return round(later.offset_s - earlier.offset_s, 6)


def _distance_m(earlier: Shot, later: Shot) -> float | None:
    """Between consecutive shots that both have a place; over one that has none nothing is said."""
    if earlier.longitude is None or earlier.latitude is None or later.longitude is None:
        return None
    if later.latitude is None:
        return None
    return round(geodesic_m(earlier.longitude, earlier.latitude, later.longitude, later.latitude), 1)


def _is_located(shot: Shot) -> bool:
    return is_position(shot.longitude, shot.latitude)
