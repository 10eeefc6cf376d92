"""What a scorecard can be asked, and how its rows look as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.parameters import AS_OF, Parameter, whole_number, word_parameter, words
from app.incidents.filters import IncidentFilters, check_period, period_parameters
from app.insight.questions import COMPARED, FORMS, MIN_COUNT, MOST_MIN_COUNT, earlier_filters


class ScorecardBy(StrEnum):
    """How alerts are grouped. Months are the agency's."""

    SOURCE = "source"
    MONTH = "month"
    CLASSIFICATION = "classification"


PARAMETERS: tuple[Parameter, ...] = (
    word_parameter("by", "How to group.", ScorecardBy, default=ScorecardBy.SOURCE),
    *period_parameters("Alerts that started, and missed gunfire that happened,"),
    *COMPARED,
    Parameter(name="source", description="Only this source's alerts, by its name.", read=words),
    Parameter(
        name="min_count",
        description="Below so many a share is null.",
        read=whole_number(1, MOST_MIN_COUNT),
        schema={"type": "integer", "minimum": 1, "maximum": MOST_MIN_COUNT, "default": MIN_COUNT},
    ),
    AS_OF,
    word_parameter("f", "The form, instead of Accept.", FORMS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardQuestion:
    """Which alerts, how grouped; `earlier` is a period to compare with."""

    by: ScorecardBy = ScorecardBy.SOURCE
    from_at: datetime | None = None
    to_at: datetime | None = None
    earlier: tuple[datetime | None, datetime | None] | None = None
    source: str | None = None
    min_count: int = MIN_COUNT


def scorecard_question(values: Mapping[str, Any]) -> ScorecardQuestion:
    """The question from a query's values (`read_parameters`). Raises InvalidParameterError."""
    period = IncidentFilters(from_at=values.get("from"), to_at=values.get("to"))
    check_period(period.from_at, period.to_at)
    earlier = earlier_filters(period, values.get("compare_from"), values.get("compare_to"))
    return ScorecardQuestion(
        by=ScorecardBy(values.get("by", ScorecardBy.SOURCE)),
        from_at=period.from_at,
        to_at=period.to_at,
        earlier=None if earlier is None else (earlier.from_at, earlier.to_at),
        source=values.get("source"),
        min_count=values.get("min_count", MIN_COUNT),
    )
