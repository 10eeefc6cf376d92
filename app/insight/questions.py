"""What statistics can be asked: the incidents' filters, a period to compare with, and how to group."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.answers import Form
from app.core.errors import InvalidParameterError
from app.domain.parameters import AS_OF, Parameter, instant, whole_number, word_parameter
from app.domain.vocabulary import ZoneKind
from app.incidents.filters import INCIDENT_PARAMETERS, IncidentFilters, incident_filters

MIN_COUNT = 5
MOST_MIN_COUNT = 1_000_000
FORMS = (Form.JSON, Form.CSV)
_TIME = {"type": "string", "format": "date-time"}


class By(StrEnum):
    """How incidents are grouped to count who reported them. Times are the agency's."""

    ZONE = "zone"
    HOUR = "hour"
    WEEKDAY = "weekday"
    HOUR_WEEKDAY = "hour_weekday"
    MONTH = "month"
    ROUNDS = "rounds"
    CLASSIFICATION = "classification"
    HOLIDAY = "holiday"


class ResponseBy(StrEnum):
    """How incidents are grouped to measure how quickly somebody came."""

    NONE = "none"
    LINE = "line"
    PRIORITY = "priority"
    RESPONDER = "responder"


ZONE_KINDS = tuple(kind.value for kind in ZoneKind if kind is not ZoneKind.COVERAGE)
COMPARED = (
    Parameter(
        name="compare_from",
        description="The earlier period's start; with compare_to and from.",
        read=instant,
        schema=_TIME,
    ),
    Parameter(
        name="compare_to",
        description="The earlier period's end, not part of it; at or before from.",
        read=instant,
        schema=_TIME,
    ),
)
_FORM = word_parameter("f", "The form, instead of Accept.", FORMS)

REPORTING_PARAMETERS: tuple[Parameter, ...] = (
    word_parameter("by", "How to group; zones rank by what went unreported.", By, default=By.ZONE),
    *INCIDENT_PARAMETERS,
    *COMPARED,
    word_parameter("zone_kind", "With by=zone only zones of this kind.", ZONE_KINDS),
    Parameter(
        name="min_count",
        description="Below so many reported and unreported ones a share is null.",
        read=whole_number(1, MOST_MIN_COUNT),
        schema={"type": "integer", "minimum": 1, "maximum": MOST_MIN_COUNT, "default": MIN_COUNT},
    ),
    AS_OF,
    _FORM,
)
RESPONSE_PARAMETERS: tuple[Parameter, ...] = (
    word_parameter("by", "How to group.", ResponseBy, default=ResponseBy.NONE),
    *INCIDENT_PARAMETERS,
    *COMPARED,
    AS_OF,
    _FORM,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingQuestion:
    """Which incidents, how grouped; `earlier` has the same filters over an earlier period."""

    by: By = By.ZONE
    filters: IncidentFilters = field(default_factory=IncidentFilters)
    earlier: IncidentFilters | None = None
    zone_kind: str | None = None
    min_count: int = MIN_COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseQuestion:
    """Which incidents, how grouped; `earlier` has the same filters over an earlier period."""

    by: ResponseBy = ResponseBy.NONE
    filters: IncidentFilters = field(default_factory=IncidentFilters)
    earlier: IncidentFilters | None = None


def reporting_question(values: Mapping[str, Any]) -> ReportingQuestion:
    """The question from a query's values (`read_parameters`). Raises InvalidParameterError."""
    by = By(values.get("by", By.ZONE))
    if "zone_kind" in values and by is not By.ZONE:
        raise _wrong("zone_kind", "it goes with by=zone")
    filters = incident_filters(values)
    return ReportingQuestion(
        by=by,
        filters=filters,
        earlier=earlier_filters(filters, values.get("compare_from"), values.get("compare_to")),
        zone_kind=values.get("zone_kind"),
        min_count=values.get("min_count", MIN_COUNT),
    )


def response_question(values: Mapping[str, Any]) -> ResponseQuestion:
    """The same of how quickly somebody came. Raises InvalidParameterError."""
    filters = incident_filters(values)
    return ResponseQuestion(
        by=ResponseBy(values.get("by", ResponseBy.NONE)),
        filters=filters,
        earlier=earlier_filters(filters, values.get("compare_from"), values.get("compare_to")),
    )


def earlier_filters(
    filters: IncidentFilters, compare_from: datetime | None, compare_to: datetime | None
) -> IncidentFilters | None:
    """The filters over the period to compare with; None where none is asked for.

    InvalidParameterError where it has no two ends or overlaps the period itself: the interval of a
    difference needs two that share no incident.
    """
    if compare_from is None and compare_to is None:
        return None
    if compare_from is None or compare_to is None:
        missing = "compare_from" if compare_from is None else "compare_to"
        raise _wrong(missing, "compare_from and compare_to go together")
    if compare_to <= compare_from:
        raise _wrong("compare_to", "it does not lie after compare_from")
    if filters.from_at is None:
        raise _wrong("from", "is needed to compare with an earlier period")
    if compare_to > filters.from_at:
        raise _wrong("compare_to", "the earlier period must end at or before from")
    return replace(filters, from_at=compare_from, to_at=compare_to)


def told(filters: IncidentFilters) -> dict[str, Any]:
    """The filters that were asked for, without the period, as JSON."""
    given = {name: value for name, value in asdict(filters).items() if value not in (None, ())}
    return {name: value for name, value in given.items() if name not in ("from_at", "to_at")}


def _wrong(name: str, reason: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"{name}: {reason}", errors=[{"pointer": f"/query/{name}", "reason": reason}]
    )
