"""Calls as a report may show them: coarse in place and distance, with nothing that tells who called. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.geodesy import is_position
from app.incidents.words import TERMS, likelihood, term_words

CELL_M = 200.0
DISTANCE_STEP_M = 50.0
TERM_STEP = 0.5
_AWAY = re.compile(r"and ([\d,]+) m away")
_KEPT = ("decision", "lag_s", "received_at", "line", "nature", "nature_code", "origin")
# A length of 200 m in degrees of latitude, anywhere: 1 degree has 110.57 to 111.69 km.
_CELL_DEG = CELL_M / 111_132.0


def call_documents(
    calls: Iterable[Mapping[str, Any]], places: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The incident's calls by time, numbered; `places` has their positions by id.

    Terms and probabilities are coarse too: from exact ones the exact place could be worked out.
    """
    ordered = sorted(calls, key=lambda call: (call["received_at"], int(call["id"])))
    return [_call(number, call, places.get(call["id"], {})) for number, call in enumerate(ordered, 1)]


def coarse_m(distance_m: float | None) -> float | None:
    """A distance to the nearest 50 m."""
    return None if distance_m is None else round(distance_m / DISTANCE_STEP_M) * DISTANCE_STEP_M


def coarse_share(probability: float) -> float:
    """A probability to whole per cent."""
    return round(probability, 2)


def share_words(probability: float) -> str:
    """The same in words, never quite 0 or 100."""
    percent = round(100 * probability)
    return "< 1 %" if percent < 1 else "> 99 %" if percent > 99 else f"{percent} %"


def coarse_words(reason: str) -> str:
    """A verdict's reason with its distance to the nearest 50 m."""
    return _AWAY.sub(
        lambda told: f"and about {coarse_m(float(told[1].replace(',', ''))):,.0f} m away", reason
    )


def cell_of(longitude: float, latitude: float) -> dict[str, float]:
    """The cell of about 200 m by 200 m, of a grid that is the same for everybody, that holds a point."""
    row = math.floor(latitude / _CELL_DEG)
    south = row * _CELL_DEG
    width_deg = _CELL_DEG / max(math.cos(math.radians(south + _CELL_DEG / 2)), 0.01)
    west = math.floor(longitude / width_deg) * width_deg
    edges = {"west": west, "south": south, "east": west + width_deg, "north": south + _CELL_DEG}
    return {name: round(value, 6) for name, value in edges.items()}


def _call(number: int, call: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    coarse = {**call, "distance_m": coarse_m(call["distance_m"])}
    longitude, latitude = place.get("longitude"), place.get("latitude")
    area = None
    if longitude is not None and latitude is not None and is_position(longitude, latitude):
        area = cell_of(longitude, latitude)
    return {
        "number": number,
        "id": call["id"],
        **{name: call[name] for name in _KEPT},
        "probability": coarse_share(call["probability"]),
        "distance_m": coarse["distance_m"],
        "area": area,
        "uncertainty_m": place.get("uncertainty_m"),
        **_evidence(call["evidence"], coarse),
        "without": None if call["without"] is None else _without(call["without"]),
    }


def _evidence(evidence: Mapping[str, Any] | None, coarse: Mapping[str, Any]) -> dict[str, Any]:
    if evidence is None:
        return {"evidence": None, "total": None}
    terms = [
        {"term": name, "value": _coarse_term(evidence[name]), "words": term_words(name, coarse)}
        for name in TERMS
    ]
    total = _coarse_term(evidence["total"])
    return {"evidence": terms, "total": {"value": total, "words": likelihood(total, about=True)}}


def _coarse_term(value: float) -> float:
    return round(value / TERM_STEP) * TERM_STEP


def _without(without: Mapping[str, Any]) -> dict[str, Any]:
    share = coarse_share(without["probability_reported"])
    outcome = ", and the incident would not count as reported" if without["decisive"] else ""
    words = (
        f"Had this call not been made, the probability of a report would be {share_words(share)}{outcome}."
    )
    return {"probability_reported": share, "decisive": without["decisive"], "words": words}
