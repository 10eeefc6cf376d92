"""`earshot insight`: what many incidents say together."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import insight_follow_ups, insight_scorecard
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
    words,
)
from app.cli.opening import open_workplace
from app.cli.options import AsOf, From, Json, To
from app.cli.printing import local_text, print_json, print_table
from app.cli.times import read_as_of
from app.domain.vocabulary import Classification, Disposition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

MinRounds = Annotated[int | None, typer.Option(min=0, help="At least so many rounds.")]
MaxRounds = Annotated[int | None, typer.Option(min=0, help="At most so many rounds.")]
Classifications = Annotated[
    list[Classification] | None, typer.Option(help="Only these (repeat for several).")
]
Dispositions = Annotated[
    list[Disposition] | None, typer.Option(help="Only what analysts found so (repeat for several).")
]
ZoneName = Annotated[str | None, typer.Option(help="Only incidents in this zone, by name or id.")]


def register(app: typer.Typer) -> None:
    """Add the group `insight`."""
    group = typer.Typer(no_args_is_help=True, help="Count who reported gunfire; docs/methods.md says how.")
    group.command(
        epilog="Example: earshot insight reporting --by zone --from 2026-06-01 --to 2026-07-01"
        " --compare-from 2025-06-01 --compare-to 2025-07-01"
    )(reporting)
    group.command(
        epilog="Example: earshot insight response --by line --from 2026-01-01"
        " --compare-from 2025-01-01 --compare-to 2026-01-01"
    )(response)
    insight_scorecard.register(group)
    insight_follow_ups.register(group)
    app.add_typer(group, name="insight")


def reporting(
    by: Annotated[
        str, typer.Option(help="zone, hour, weekday, hour_weekday, month, rounds, classification or holiday.")
    ] = "zone",
    from_: From = None,
    to: To = None,
    compare_from: CompareFrom = None,
    compare_to: CompareTo = None,
    min_rounds: MinRounds = None,
    max_rounds: MaxRounds = None,
    classification: Classifications = None,
    disposition: Dispositions = None,
    zone: ZoneName = None,
    zone_kind: Annotated[str | None, typer.Option(help="Only zones of this kind.")] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Below so many a share is not told.")] = 5,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show which share of the gunfire somebody reported, and where and when nobody did."""
    with open_workplace() as place:
        from app.insight.questions import REPORTING_PARAMETERS, reporting_question
        from app.insight.reporting import measure_reporting

        check_word("by", by, REPORTING_PARAMETERS)
        check_word("zone_kind", zone_kind, REPORTING_PARAMETERS)
        agency = place.settings.zone
        question = reporting_question(
            given(
                **times(agency, from_, to, compare_from, compare_to),
                by=by,
                min_rounds=min_rounds,
                max_rounds=max_rounds,
                classification=words(classification),
                disposition=words(disposition),
                zone=zone,
                zone_kind=zone_kind,
                min_count=min_count,
            )
        )
        with place.database.read(as_of=read_as_of(as_of, agency, place.clock())) as session:
            document = measure_reporting(session, question, agency, place.settings.holidays)
    if as_json:
        print_json(document)
    else:
        _print_reporting(document, agency)


def response(
    by: Annotated[str, typer.Option(help="none, line, priority or responder.")] = "none",
    from_: From = None,
    to: To = None,
    compare_from: CompareFrom = None,
    compare_to: CompareTo = None,
    min_rounds: MinRounds = None,
    max_rounds: MaxRounds = None,
    classification: Classifications = None,
    disposition: Dispositions = None,
    zone: ZoneName = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show how quickly somebody knew and came: publication, first call, dispatch and arrival."""
    with open_workplace() as place:
        from app.insight.questions import RESPONSE_PARAMETERS, response_question
        from app.insight.response import measure_response

        check_word("by", by, RESPONSE_PARAMETERS)
        agency = place.settings.zone
        question = response_question(
            given(
                **times(agency, from_, to, compare_from, compare_to),
                by=by,
                min_rounds=min_rounds,
                max_rounds=max_rounds,
                classification=words(classification),
                disposition=words(disposition),
                zone=zone,
            )
        )
        with place.database.read(as_of=read_as_of(as_of, agency, place.clock())) as session:
            document = measure_response(session, question)
    if as_json:
        print_json(document)
    else:
        _print_response(document, agency)


def _print_response(document: "Mapping[str, Any]", zone: "ZoneInfo") -> None:
    from app.insight.response import MEASURES

    _print_counted(document, zone)
    compared = document["counted"]["earlier"] is not None
    headings = ["group", "after the first shot", "count", "missing", "negative", "median", "95 %"]
    headings += ["p10", "p90", "mean"]
    if compared:
        headings += ["median before", "difference", "95 % of it"]
    rows = [*document["rows"], {**document["totals"], "group": "all"}]
    print_table(
        headings,
        (_response_cells(row, measure, compared=compared) for row in rows for measure in MEASURES),
        right="count missing negative median p10 p90 mean",
    )
    for row in rows:
        first, backup = row["alert_first"], row["backup"]
        name = row["group"] or "not known"
        print(
            f"{name}: the alert came first in {first['numerator']:,} of {first['denominator']:,}"
            f" ({percent(first['share']) or 'no share'}); police back-up was asked for in"
            f" {backup['numerator']:,} of {backup['denominator']:,}, not told in {backup['unknown']:,}"
        )


def _response_cells(row: "Mapping[str, Any]", measure: str, *, compared: bool) -> list[Any]:
    span = row[measure]
    median = span["median"] or {}
    called = "first call less publication" if measure == "alert_lead" else measure.replace("_", " ")
    cells = [row["group"], called, span["count"], span["missing"], span["negative"]]
    cells += [duration(median.get("value")), interval(median, duration)]
    cells += [duration((span[name] or {}).get("value")) for name in ("p10", "p90")]
    cells.append(duration(span["mean"]))
    if compared:
        change = (row["difference"] or {}).get(measure) or {}
        before = (row["earlier"][measure]["median"] or {}).get("value")
        cells += [duration(before), duration(change.get("value")), interval(change, duration)]
    return cells


def _print_reporting(document: "Mapping[str, Any]", zone: "ZoneInfo") -> None:
    _print_counted(document, zone)
    if document["counted"]["incidents"] == 0 and document["counted"]["earlier"] is None:
        return
    compared = document["counted"]["earlier"] is not None
    by_month = document["by"] == "month" and any(row["holidays"] for row in document["rows"])
    headings = ["group", "reported", "unreported", "indeterminate", "pending", "withdrawn"]
    headings += ["share", "95 %", "expected"]
    if compared:
        headings += ["unreported before", "share before", "difference", "95 % of it"]
    rows = [*document["rows"], {**document["totals"], "group": "all", "zone_kind": None, "holidays": []}]
    cells = [_reporting_cells(row, compared=compared) for row in rows]
    if by_month:
        headings.append("holidays")
        cells = [
            [*row_cells, ", ".join(day["name"] for day in row["holidays"])]
            for row, row_cells in zip(rows, cells, strict=True)
        ]
    print_table(
        headings,
        cells,
        right="reported unreported indeterminate pending withdrawn share expected",
    )
    calls = document["calls_without_alert"]
    if calls is None:
        print("Calls without an alert: not counted, there is no coverage zone.")
    elif calls["small"]:
        print("Calls without an alert: too few inside coverage to tell.")
    else:
        print(
            f"Calls without an alert: {calls['numerator']:,} of {calls['denominator']:,} calls of"
            f" {', '.join(calls['natures'])} inside coverage, {percent(calls['share'])}"
            f" ({interval(calls)}), {calls['from'][:10]} to {calls['to'][:10]}"
        )


def _reporting_cells(row: "Mapping[str, Any]", *, compared: bool) -> list[Any]:
    name = f"{row['zone_kind']} {row['group']}" if row["zone_kind"] else row["group"]
    cells = [
        name,
        *(row[word] for word in ("reported", "unreported", "indeterminate", "pending", "withdrawn")),
    ]
    cells += [percent(row["share"]), interval(row), percent(row["expected_share"])]
    if compared:
        earlier, difference = row["earlier"], row["difference"] or {}
        cells += [earlier["unreported"], percent(earlier["share"])]
        cells += [points(difference.get("value")), interval(difference, points)]
    return cells


def _print_counted(document: "Mapping[str, Any]", zone: "ZoneInfo") -> None:
    counted = document["counted"]
    if document["as_of"] is not None:
        print(f"As it was known at {local_text(document['as_of'], zone)}")
    for title, period in (("Counted", counted), ("Compared with", counted["earlier"])):
        if period is None:
            continue
        told = [period["from"] or period["first_started_at"], period["to"] or period["last_started_at"]]
        dates = " to ".join(local_text(text, zone) or "" for text in told if text)
        versions = ", ".join(item["version"] for item in period["rules_versions"])
        under = f", rules {versions}" if versions else ""
        print(f"{title}: {period['incidents']:,} incidents, {dates or 'any time'}{under}")
    origins = " and ".join(counted["origins"])
    print(f"Calls that can report: of {origins} origin, linked with P ≥ {counted['link_probability']}")
