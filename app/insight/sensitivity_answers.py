"""The fixed-window table as it is asked for and answered over HTTP, and what of it viewers are not told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.answers import Form
from app.domain.parameters import AS_OF, Parameter, word_parameter, words, words_parameter
from app.domain.vocabulary import Nature
from app.incidents.filters import check_period, period_parameters
from app.insight.sensitivity import GUN_NATURES, UNITS, Question
from app.insight.unalerted import FEWEST_CALLS

FORMS = (Form.JSON, Form.CSV)
PARAMETERS: tuple[Parameter, ...] = (
    word_parameter("unit", "What to count.", UNITS, default=UNITS[0]),
    *period_parameters("Alerts started and calls received"),
    words_parameter("nature", "Which calls count; shots_fired and shooting unless told.", Nature),
    Parameter(name="zone", description="Only alerts and calls inside this zone, by its name.", read=words),
    AS_OF,
    word_parameter("f", "The form, instead of Accept.", FORMS),
)
_CELLS = ("reported", "calls_with_alert")
CSV_FIELDS = (
    *("minutes", "radius_m", "reported", "denominator", "share", "chance_mean", "calls_with_alert", "calls"),
    *("unit", "from", "to", "natures", "zone", "as_of"),
)


def sensitivity_question(values: Mapping[str, Any]) -> Question:
    """The question from a query's values (`read_parameters`). Raises InvalidParameterError."""
    check_period(values.get("from"), values.get("to"))
    return Question(
        unit=values.get("unit", UNITS[0]),
        from_at=values.get("from"),
        to_at=values.get("to"),
        natures=tuple(Nature(word) for word in values.get("nature", GUN_NATURES)),
        zone=values.get("zone"),
    )


def widened(question: Question, zone: ZoneInfo) -> Question:
    """The question over whole months of the agency, for those who may see no calls.

    From the difference of two periods one incident's neighbours could be told, and with them where a caller
    was.
    """
    begin, end = question.from_at, question.to_at
    return replace(
        question,
        from_at=None if begin is None else _month(begin, zone),
        to_at=None if end is None else _month_after(end, zone),
    )


def without_few(document: Mapping[str, Any]) -> dict[str, Any]:
    """The table for those who may see no calls: counts of fewer than FEWEST_CALLS are null."""
    small = min(document["denominator"], document["calls"]) < FEWEST_CALLS
    return {
        **document,
        "small": small,
        "calls": None if small else document["calls"],
        "rows": [
            {
                **row,
                **{name: None if small or row[name] < FEWEST_CALLS else row[name] for name in _CELLS},
                "chance_mean": None if small else row["chance_mean"],
                "chance": None,
            }
            for row in document["rows"]
        ],
    }


def csv_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows, flat, each with its denominators, the period and what counts."""
    named = ("denominator", "calls", "unit", "from", "to", "zone", "as_of")
    constant = {name: document[name] for name in named}
    constant["natures"] = "; ".join(document["natures"])
    return [
        {
            **constant,
            **{name: row[name] for name in ("minutes", "radius_m", *_CELLS, "chance_mean")},
            "share": _share(row["reported"], document["denominator"]),
        }
        for row in document["rows"]
    ]


def _share(reported: int | None, denominator: int) -> float | None:
    return None if reported is None or denominator == 0 else round(reported / denominator, 6)


def _month(moment: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the month that a moment lies in."""
    first = moment.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return first.astimezone(moment.tzinfo)


def _month_after(moment: datetime, zone: ZoneInfo) -> datetime:
    """The end of the month; its first midnight is one already."""
    begin = _month(moment, zone)
    if begin == moment:
        return moment
    following = begin.astimezone(zone).replace(tzinfo=None) + timedelta(days=32)
    return _month(following.replace(tzinfo=zone), zone).astimezone(moment.tzinfo)
