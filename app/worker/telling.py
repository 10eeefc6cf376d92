"""From a judged incident to the row that tells it: the alerts' facts together, nothing inferred. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.correlation.judge import JudgedIncident, JudgedLink, Terms
from app.domain.time import from_micros
from app.domain.vocabulary import Classification

_MOST_TELLING_FIRST = (
    Classification.MULTIPLE_GUNSHOTS,
    Classification.SINGLE_GUNSHOT,
    Classification.PROBABLE_GUNFIRE,
    Classification.UNCLASSIFIED,
)


def incident_values(
    judged: JudgedIncident, alerts: Sequence[Mapping[str, Any]], rules_version: str
) -> dict[str, Any]:
    """The columns of an incident, but for its identity and the times of its changes."""
    first = alerts[0]
    return {
        "verdict": judged.verdict.value,
        "probability_reported": judged.probability_reported,
        "needs_review": judged.needs_review,
        "reason": judged.reason,
        "started_at": from_micros(judged.started_micros),
        "ended_at": from_micros(judged.ended_micros),
        "published_at": min((time for time in _known(alerts, "published_at")), default=None),
        "closes_at": from_micros(judged.closes_micros),
        "longitude": first["longitude"],
        "latitude": first["latitude"],
        "uncertainty_m": first["uncertainty_m"],
        "address": next(iter(_known(alerts, "address")), None),
        "rounds": sum(rounds) if (rounds := list(_known(alerts, "rounds"))) else None,
        "classification": _classification(alerts),
        "full_auto": _any_of(alerts, "full_auto"),
        "high_capacity": _any_of(alerts, "high_capacity"),
        "multiple_shooters": _any_of(alerts, "multiple_shooters"),
        "first_call_lag_s": judged.first_call_lag_s,
        "alert_count": len(alerts),
        "call_count": len(judged.links),
        "cad_record_count": len(judged.cad_record_ids),
        "rules_version": rules_version,
        "window_covered": judged.window_covered,
        "revisit_at": None if judged.revisit_micros is None else from_micros(judged.revisit_micros),
    }


def link_values(link: JudgedLink) -> dict[str, Any]:
    """The columns of a link, but for its incident."""
    terms = link.terms
    return {
        "call_id": link.call_id,
        "probability": link.probability,
        "decision": link.decision.value,
        **{name: None if terms is None else getattr(terms, name) for name in Terms.__slots__},
        "probability_without": link.probability_without,
        "is_decisive": link.is_decisive,
    }


def _known(alerts: Sequence[Mapping[str, Any]], name: str) -> Iterable[Any]:
    return (alert[name] for alert in alerts if alert[name] is not None)


def _any_of(alerts: Sequence[Mapping[str, Any]], name: str) -> bool | None:
    """True where any alert says so, False where one denies it and none says so, None where none speaks."""
    said = list(_known(alerts, name))
    return any(said) if said else None


def _classification(alerts: Sequence[Mapping[str, Any]]) -> str:
    told = {alert["classification"] for alert in alerts}
    return next((word.value for word in _MOST_TELLING_FIRST if word in told), alerts[0]["classification"])
