"""Which alerts and which calls: their filters, and how a query spells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.areas import Box, Circle
from app.domain.parameters import Parameter, choices, word_of, words
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
    Parameter(
        name="classification",
        description="One or several classifications.",
        read=word_of(Classification),
        schema=choices(Classification),
        many=True,
    ),
    Parameter(
        name="status",
        description="Whether the vendor stands by it.",
        read=word_of(AlertStatus),
        schema=choices(AlertStatus),
        many=True,
    ),
    BOX_PARAMETER,
    NEAR_PARAMETER,
    Parameter(name="q", description="Part of the external id or the address.", read=words),
)

CALL_PARAMETERS: tuple[Parameter, ...] = (
    *period_parameters("Received"),
    _SOURCE,
    Parameter(
        name="nature",
        description="One or several of our classes of nature.",
        read=word_of(Nature),
        schema=choices(Nature),
        many=True,
    ),
    Parameter(
        name="origin",
        description="Who made the record.",
        read=word_of(Origin),
        schema=choices(Origin),
        many=True,
    ),
    Parameter(
        name="line",
        description="The line it came in on.",
        read=word_of(Line),
        schema=choices(Line),
        many=True,
    ),
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
