"""`earshot insight scorecard`: what the vendor's alerts are worth."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.figures import (
    CompareFrom,
    CompareTo,
    check_word,
    duration,
    given,
    interval,
    percent,
    points,
    times,
)
from app.cli.opening import open_workplace
from app.cli.options import AsOf, From, Json, To
from app.cli.printing import local_text, print_json, print_table
from app.cli.times import read_as_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_SHARES = {
    "retracted_share": "retracted",
    "reclassified_share": "reclassified",
    "confirmed_by_evidence": "confirmed by evidence, of those that stand",
    "confirmed_of_examined": "confirmed by evidence, of those examined",
    "within_uncertainty": "error within the stated uncertainty",
    "within_95": "error within 2.45 times of it",
}


def register(group: typer.Typer) -> None:
    """Add `insight scorecard`."""
    group.command(epilog="Example: earshot insight scorecard --by month --from 2026-01-01")(scorecard)


def scorecard(
    by: Annotated[str, typer.Option(help="source, month or classification.")] = "source",
    from_: From = None,
    to: To = None,
    compare_from: CompareFrom = None,
    compare_to: CompareTo = None,
    source: Annotated[str | None, typer.Option(help="Only this source's alerts, by its name.")] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Below so many a share is not told.")] = 5,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what became of the alerts, how far off and how late they were, and what was missed."""
    with open_workplace() as place:
        from app.insight.scorecard import measure_scorecard
        from app.insight.scorecard_questions import PARAMETERS, scorecard_question

        check_word("by", by, PARAMETERS)
        zone = place.settings.zone
        periods = times(zone, from_, to, compare_from, compare_to)
        question = scorecard_question(given(**periods, by=by, source=source, min_count=min_count))
        with place.database.read(as_of=read_as_of(as_of, zone, place.clock())) as session:
            document = measure_scorecard(session, question, zone)
    if as_json:
        print_json(document)
    else:
        _print(document, zone)


def _print(document: "Mapping[str, Any]", zone: "ZoneInfo") -> None:
    counted = document["counted"]
    if document["as_of"] is not None:
        print(f"As it was known at {local_text(document['as_of'], zone)}")
    for title, period in (("Counted", counted), ("Compared with", counted["earlier"])):
        if period is not None:
            ends = [local_text(period[name], zone) for name in ("from", "to") if period[name]]
            missed = f"{period['missed_gunfire']:,} filings of missed gunfire"
            print(
                f"{title}: {period['alerts']:,} alerts, {missed}, {' to '.join(map(str, ends)) or 'any time'}"
            )
    rows = [*document["rows"], {**document["totals"], "group": "all"}]
    print_table(
        ("group", "alerts", "standing", "retracted", "reclassified", "never gunfire", "inside", "outside"),
        (
            (
                *(row[name] for name in ("group", "alerts", "standing", "retracted")),
                *(row[name]["count"] for name in ("reclassified", "never_gunfire")),
                *((row["coverage"] or {}).get(name) for name in ("inside", "outside")),
            )
            for row in rows
        ),
        right="alerts standing retracted reclassified inside outside",
    )
    print_table(
        ("group", "share", "of", "is", "95 %", "difference"),
        (cells for row in rows for cells in _share_cells(row)),
        right="of is",
    )
    print_table(
        ("group", "figure", "count", "missing", "median", "95 %", "p90"),
        (cells for row in rows for cells in _span_cells(row)),
        right="count missing median p90",
    )
    if document["totals"]["missed"] is None:
        print("Missed gunfire: not counted, there is no coverage zone, or several sources to share it.")


def _share_cells(row: "Mapping[str, Any]") -> list[list[Any]]:
    shares = [(name, called, row[name]) for name, called in _SHARES.items()]
    if row["missed"] is not None:
        shares.append(("detected", "detected, of the shootings known by evidence", row["missed"]["detected"]))
    changes = row["difference"] or {}
    return [
        [
            row["group"],
            called,
            share["denominator"],
            percent(share["share"]),
            interval(share),
            points((changes.get(name) or {}).get("value")),
        ]
        for name, called, share in shares
    ]


def _span_cells(row: "Mapping[str, Any]") -> list[list[Any]]:
    cells = []
    for name, called, shown in (
        ("location_error_m", "location error", _metres),
        ("publication", "time to publish", duration),
    ):
        span = row[name]
        median, p90 = span["median"] or {}, span["p90"] or {}
        told = (shown(median.get("value")), interval(median, shown), shown(p90.get("value")))
        cells.append([row["group"], called, span["count"], span["missing"], *told])
    return cells


def _metres(value: float | None) -> str | None:
    return None if value is None else f"{value:,.0f} m"
