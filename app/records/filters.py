"""Which alerts and which calls: their filters, and how a query spells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.areas import Box, Circle
from app.domain.parameters import Parameter, words, words_parameter
from app.domain.vocabulary import AlertStatus, Classification, Line, Nature, Origin
from app.incidents.filters import BOX_PARAMETER, NEAR_PARAMETER, check_period, period_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilters:
    """What an alert or a call must be. `words` are closed vocabularies by the name of their column."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    source: str | None = None
    words: Mapping[str, tuple[str, ...]]
    box: Box | None = None
    near: Circle | None = None
    text: str | None = None


_SOURCE = Parameter(name="source", description="A source by its name.", read=words)

ALERT_PARAMETERS: tuple[Parameter, ...] = (
    *period_parameters("Started"),
    _SOURCE,
    words_parameter("classification", "One or several classifications.", Classification),
    words_parameter("status", "Whether the vendor stands by it.", AlertStatus),
    BOX_PARAMETER,
    NEAR_PARAMETER,
    Parameter(name="q", description="Part of the external id or the address.", read=words),
)

CALL_PARAMETERS: tuple[Parameter, ...] = (
    *period_parameters("Received"),
    _SOURCE,
    words_parameter("nature", "One or several of our classes of nature.", Nature),
    words_parameter("origin", "Who made the record.", Origin),
    words_parameter("line", "The line it came in on.", Line),
    BOX_PARAMETER,
    NEAR_PARAMETER,
    Parameter(
        name="q", description="Part of the external id, the address or the agency's nature code.", read=words
    ),
)


def record_filters(values: Mapping[str, Any]) -> RecordFilters:
    """The filters from a query's values. InvalidParameterError for a period that ends before it begins."""
    check_period(values.get("from"), values.get("to"))
    columns = ("classification", "status", "nature", "origin", "line")
    return RecordFilters(
        from_at=values.get("from"),
        to_at=values.get("to"),
        source=values.get("source"),
        words={name: values[name] for name in columns if name in values},
        box=values.get("bbox"),
        near=values.get("near"),
        text=values.get("q"),
    )
