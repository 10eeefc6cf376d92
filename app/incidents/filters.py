"""Which incidents: the filters that lists, statistics and exports share, and how a query spells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.errors import InvalidParameterError
from app.domain.areas import Box, Circle, parse_box, parse_circle
from app.domain.parameters import Parameter, instant, whole_number, words, words_parameter, yes_or_no
from app.domain.vocabulary import Classification, Disposition, Verdict

MOST_ROUNDS = 1_000_000
NO_DISPOSITION = "none"
_DISPOSITIONS = (*(word.value for word in Disposition), NO_DISPOSITION)
_WHOLE = {"type": "integer", "minimum": 0}
_TIME = {"type": "string", "format": "date-time"}
_BOX = "west,south,east,north in degrees, edges included; west > east spans the antimeridian."
_CIRCLE = "longitude,latitude,metres: within that geodesic distance, at most 100 km."


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilters:
    """What an incident must be. Empty and None: no matter. `to_at` itself is excluded."""

    verdicts: tuple[str, ...] = ()
    from_at: datetime | None = None
    to_at: datetime | None = None
    min_rounds: int | None = None
    max_rounds: int | None = None
    classifications: tuple[str, ...] = ()
    zone: str | None = None
    box: Box | None = None
    near: Circle | None = None
    needs_review: bool | None = None
    dispositions: tuple[str, ...] = ()
    text: str | None = None


def period_parameters(of_what: str) -> tuple[Parameter, Parameter]:
    """`from` and `to` over some time."""
    return (
        Parameter(name="from", description=f"{of_what} at or after this time.", read=instant, schema=_TIME),
        Parameter(name="to", description=f"{of_what} before this time.", read=instant, schema=_TIME),
    )


BOX_PARAMETER = Parameter(name="bbox", description=_BOX, read=parse_box)
NEAR_PARAMETER = Parameter(name="near", description=_CIRCLE, read=parse_circle)

INCIDENT_PARAMETERS: tuple[Parameter, ...] = (
    words_parameter("verdict", "One or several verdicts, by comma or repeated.", Verdict),
    *period_parameters("Started"),
    Parameter(
        name="min_rounds",
        description="At least so many rounds; incidents without a count are left out.",
        read=whole_number(0, MOST_ROUNDS),
        schema=_WHOLE,
    ),
    Parameter(
        name="max_rounds",
        description="At most so many rounds; incidents without a count are left out.",
        read=whole_number(0, MOST_ROUNDS),
        schema=_WHOLE,
    ),
    words_parameter("classification", "One or several classifications.", Classification),
    Parameter(name="zone", description="A zone by its name or id.", read=words),
    BOX_PARAMETER,
    NEAR_PARAMETER,
    Parameter(
        name="needs_review",
        description="Whether the probability leaves room for doubt.",
        read=yes_or_no,
        schema={"type": "boolean"},
    ),
    words_parameter("disposition", "What the analyst found; `none`: nothing yet.", _DISPOSITIONS),
    Parameter(name="q", description="Part of the number, the address or an alert's external id.", read=words),
)


def incident_filters(values: Mapping[str, Any]) -> IncidentFilters:
    """The filters from a query's values (`read_parameters`). InvalidParameterError where two contradict."""
    filters = IncidentFilters(
        verdicts=values.get("verdict", ()),
        from_at=values.get("from"),
        to_at=values.get("to"),
        min_rounds=values.get("min_rounds"),
        max_rounds=values.get("max_rounds"),
        classifications=values.get("classification", ()),
        zone=values.get("zone"),
        box=values.get("bbox"),
        near=values.get("near"),
        needs_review=values.get("needs_review"),
        dispositions=values.get("disposition", ()),
        text=values.get("q"),
    )
    check_period(filters.from_at, filters.to_at)
    least, most = filters.min_rounds, filters.max_rounds
    if least is not None and most is not None and least > most:
        raise InvalidParameterError(
            f"min_rounds {least} is above max_rounds {most}",
            errors=[{"pointer": "/query/min_rounds", "reason": "it is above max_rounds"}],
        )
    return filters


def check_period(from_at: datetime | None, to_at: datetime | None) -> None:
    """Refuse a period that ends before it begins."""
    if from_at is not None and to_at is not None and to_at < from_at:
        raise InvalidParameterError(
            "to: it lies before from", errors=[{"pointer": "/query/to", "reason": "it lies before from"}]
        )
