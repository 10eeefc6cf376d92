"""Which share of the gunfire somebody reported, by zone, time or kind, against an earlier period."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.errors import InvalidParameterError
from app.db.database import as_of
from app.domain.time import format_millis
from app.domain.vocabulary import Verdict
from app.incidents.filters import IncidentFilters
from app.incidents.queries import incident_conditions
from app.insight.groups import Group, in_order
from app.insight.holidays import flat, marked, of_group
from app.insight.questions import By, ReportingQuestion, told
from app.insight.reporting_queries import Scope, scope_of, tally_groups
from app.insight.tally import FIGURE_FIELDS, Tally, change, figures, total
from app.insight.unalerted import LINKED, REPORTING_ORIGINS, count_unalerted

GROUP_FIELDS = ("group", "zone_id", "zone_kind", "weekday", "hour")
_DIFFERENCE_FIELDS = ("value", "low", "high")
CSV_FIELDS = (
    *GROUP_FIELDS,
    *FIGURE_FIELDS,
    *(f"earlier_{name}" for name in FIGURE_FIELDS),
    *(f"difference_{name}" for name in _DIFFERENCE_FIELDS),
    "holidays",
    *("from", "to", "earlier_from", "earlier_to", "origins", "rules_versions", "as_of"),
)
LIMITS = (
    "These are shares of the gunfire that sensors told of and the feeds covered, not of all gunfire.",
    "A share is of a place or a time, never of a person: why nobody called is not in it.",
    "pending and indeterminate incidents are in no share; withdrawn ones were no gunfire, or are no longer"
    " said to be.",
    "Intervals are of chance alone (95 %): not of calls mistaken for reports, nor of what the sensors miss.",
)
_HALF = "A verdict is left out by the filter, so there is no share."
_ZONES = "An incident that lies in two zones is in both rows; the totals count it once."


def measure_reporting(
    session: Session, question: ReportingQuestion, zone: ZoneInfo, region: str | None = None
) -> dict[str, Any]:
    """The whole answer as a document; hours, days and months are those of the agency's zone.

    `region` is whose holidays are marked. Raises InvalidParameterError for by=holiday without one.
    """
    if question.by is By.HOLIDAY and region is None:
        reason = "the setting EARSHOT_HOLIDAYS names no country whose holidays are meant"
        raise InvalidParameterError(f"by: {reason}", errors=[{"pointer": "/query/by", "reason": reason}])
    scope, tallies, everything, days = _period(session, question, question.filters, zone, region)
    earlier_scope, earlier, earlier_everything = None, None, None
    if question.earlier is not None:
        earlier_scope, earlier, earlier_everything, before = _period(
            session, question, question.earlier, zone, region
        )
        days = before | days
    found = [*tallies, *(earlier or {})]
    order = in_order(question.by, found, lambda group: _unreported(tallies, group), days)
    is_compared = question.earlier is not None
    unalerted = count_unalerted(session, question.filters.from_at, question.filters.to_at, zone)
    return {
        "by": question.by.value,
        "time_zone": zone.key,
        "holidays_of": region,
        "as_of": _time(as_of(session)),
        "counted": _counted(question, scope, earlier_scope),
        "rows": [
            {
                **_named(group),
                "holidays": of_group(question.by, group, days, is_compared=is_compared),
                **_compared(
                    question,
                    tallies.get(group, Tally()),
                    None if earlier is None else earlier.get(group, Tally()),
                ),
            }
            for group in order
        ],
        "totals": _compared(question, everything, earlier_everything),
        "calls_without_alert": None if unalerted is None else unalerted.document(question.min_count),
    }


def csv_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows, flat, each with the period and with what counts; the totals are left to JSON."""
    counted = document["counted"]
    earlier = counted["earlier"] or {}
    constant = {
        "from": counted["from"],
        "to": counted["to"],
        "earlier_from": earlier.get("from"),
        "earlier_to": earlier.get("to"),
        "origins": "; ".join(counted["origins"]),
        "rules_versions": "; ".join(item["version"] for item in counted["rules_versions"]),
        "as_of": document["as_of"],
    }
    return [
        {
            **{name: row[name] for name in (*GROUP_FIELDS, *FIGURE_FIELDS)},
            "holidays": flat(row["holidays"]),
            **{f"earlier_{name}": (row["earlier"] or {}).get(name) for name in FIGURE_FIELDS},
            **{f"difference_{name}": (row["difference"] or {}).get(name) for name in _DIFFERENCE_FIELDS},
            **constant,
        }
        for row in document["rows"]
    ]


def _period(
    session: Session,
    question: ReportingQuestion,
    filters: IncidentFilters,
    zone: ZoneInfo,
    region: str | None,
) -> tuple[Scope, dict[Group, Tally], Tally, dict[int, str]]:
    """What is in a period: its scope, the tally of each group and of all, and its holidays."""
    conditions = incident_conditions(session, filters)
    scope = scope_of(session, conditions)
    last = None if scope.last_at is None else scope.last_at + timedelta(microseconds=1)
    days = marked(region, zone, [(filters.from_at or scope.first_at, filters.to_at or last)])
    tallies = tally_groups(
        session,
        conditions,
        question.by,
        scope,
        zone,
        zone_kind=question.zone_kind,
        by_calendar_month=question.earlier is not None,
        holidays=days,
    )
    if question.by is not By.ZONE:
        return scope, tallies, total(tallies.values()), days
    # Zones overlap, so their rows do not add up.
    by_class = tally_groups(session, conditions, By.CLASSIFICATION, scope, zone)
    return scope, tallies, total(by_class.values()), days


def _unreported(tallies: Mapping[Group, Tally], group: Group) -> int:
    tally = tallies.get(group)
    return 0 if tally is None else tally.of(Verdict.UNREPORTED)


def _named(group: Group) -> dict[str, Any]:
    return {
        "group": group.name,
        "zone_id": None if group.zone_id is None else str(group.zone_id),
        "zone_kind": group.zone_kind,
        "weekday": group.weekday,
        "hour": group.hour,
    }


def _compared(question: ReportingQuestion, tally: Tally, earlier: Tally | None) -> dict[str, Any]:
    has_shares = _has_shares(question.filters)
    now = figures(tally, question.min_count, has_shares=has_shares)
    before = None if earlier is None else figures(earlier, question.min_count, has_shares=has_shares)
    return {**now, "earlier": before, "difference": None if before is None else change(now, before)}


def _has_shares(filters: IncidentFilters) -> bool:
    return not filters.verdicts or {Verdict.REPORTED.value, Verdict.UNREPORTED.value} <= set(filters.verdicts)


def _counted(question: ReportingQuestion, scope: Scope, earlier: Scope | None) -> dict[str, Any]:
    limits = [*LIMITS]
    if not _has_shares(question.filters):
        limits.append(_HALF)
    if question.by is By.ZONE:
        limits.append(_ZONES)
    return {
        "what": "incidents by whether somebody reported them; denominator = reported + unreported",
        "origins": [origin.value for origin in REPORTING_ORIGINS],
        "natures": "every nature; how much each one counts is part of the rules",
        "link_probability": LINKED,
        **period(question.filters, scope),
        "earlier": None if question.earlier is None or earlier is None else period(question.earlier, earlier),
        "filters": told(question.filters),
        "min_count": question.min_count,
        "confidence": 0.95,
        "limits": limits,
    }


def period(filters: IncidentFilters, scope: Scope) -> dict[str, Any]:
    """A period as asked for, and what was found in it."""
    return {
        "from": _time(filters.from_at),
        "to": _time(filters.to_at),
        "incidents": scope.count,
        "first_started_at": _time(scope.first_at),
        "last_started_at": _time(scope.last_at),
        "rules_versions": [{"version": name, "incidents": count} for name, count in scope.rules_versions],
    }


def _time(moment: Any) -> str | None:
    return None if moment is None else format_millis(moment)
