"""What can be asked about the effect of follow-ups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.parameters import AS_OF, Parameter, whole_number, word_parameter
from app.insight.questions import FORMS, MIN_COUNT, MOST_MIN_COUNT, ZONE_KINDS

DAYS, FEWEST_DAYS, MOST_DAYS = 90, 7, 730

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="days",
        description="Length of the windows before the first outreach and after the last.",
        read=whole_number(FEWEST_DAYS, MOST_DAYS),
        schema={"type": "integer", "minimum": FEWEST_DAYS, "maximum": MOST_DAYS, "default": DAYS},
    ),
    word_parameter("zone_kind", "Only zones of this kind.", ZONE_KINDS),
    Parameter(
        name="min_count",
        description="Below so many reported and unreported ones a share is null.",
        read=whole_number(1, MOST_MIN_COUNT),
        schema={"type": "integer", "minimum": 1, "maximum": MOST_MIN_COUNT, "default": MIN_COUNT},
    ),
    AS_OF,
    word_parameter("f", "The form, instead of Accept.", FORMS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpQuestion:
    """How long before and after, and in which zones."""

    days: int = DAYS
    zone_kind: str | None = None
    min_count: int = MIN_COUNT


def follow_up_question(values: Mapping[str, Any]) -> FollowUpQuestion:
    """The question from a query's values (`read_parameters`)."""
    return FollowUpQuestion(
        days=values.get("days", DAYS),
        zone_kind=values.get("zone_kind"),
        min_count=values.get("min_count", MIN_COUNT),
    )
