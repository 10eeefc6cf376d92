"""`earshot insight`: what many incidents say together."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.opening import open_workplace
from app.cli.options import AsOf, From, Json, To
from app.cli.printing import local_text, print_json, print_table
from app.cli.times import read_as_of, read_time
from app.domain.vocabulary import Classification, Disposition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

CompareFrom = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Start of an earlier period to compare with; with --compare-to."),
]
CompareTo = Annotated[
    str | None, typer.Option(metavar="TIME", help="Its end, not part of it; at or before --from.")
]
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
    app.add_typer(group, name="insight")


def reporting(
    by: Annotated[
        str, typer.Option(help="zone, hour, weekday, hour_weekday, month, rounds or classification.")
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

        _check_word("by", by, REPORTING_PARAMETERS)
        _check_word("zone_kind", zone_kind, REPORTING_PARAMETERS)
        agency = place.settings.zone
        question = reporting_question(
            _given(
                **_times(agency, from_, to, compare_from, compare_to),
                by=by,
                min_rounds=min_rounds,
                max_rounds=max_rounds,
                classification=_words(classification),
                disposition=_words(disposition),
                zone=zone,
                zone_kind=zone_kind,
                min_count=min_count,
            )
        )
        with place.database.read(as_of=read_as_of(as_of, agency, place.clock())) as session:
            document = measure_reporting(session, question, agency)
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

        _check_word("by", by, RESPONSE_PARAMETERS)
        agency = place.settings.zone
        question = response_question(
            _given(
                **_times(agency, from_, to, compare_from, compare_to),
                by=by,
                min_rounds=min_rounds,
                max_rounds=max_rounds,
                classification=_words(classification),
                disposition=_words(disposition),
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
            f" ({_percent(first['share']) or 'no share'}); police back-up was asked for in"
            f" {backup['numerator']:,} of {backup['denominator']:,}, not told in {backup['unknown']:,}"
        )


def _response_cells(row: "Mapping[str, Any]", measure: str, *, compared: bool) -> list[Any]:
    span = row[measure]
    median = span["median"] or {}
    called = "first call less publication" if measure == "alert_lead" else measure.replace("_", " ")
    cells = [row["group"], called, span["count"], span["missing"], span["negative"]]
    cells += [_duration(median.get("value")), _interval(median, _duration)]
    cells += [_duration((span[name] or {}).get("value")) for name in ("p10", "p90")]
    cells.append(_duration(span["mean"]))
    if compared:
        change = (row["difference"] or {}).get(measure) or {}
        before = (row["earlier"][measure]["median"] or {}).get("value")
        cells += [_duration(before), _duration(change.get("value")), _interval(change, _duration)]
    return cells


def _duration(seconds: float | None) -> str | None:
    """Minutes and seconds, with a sign where it is negative."""
    if seconds is None:
        return None
    whole = round(abs(seconds))
    return f"{'-' if seconds < 0 and whole else ''}{whole // 60}:{whole % 60:02}"


def _print_reporting(document: "Mapping[str, Any]", zone: "ZoneInfo") -> None:
    _print_counted(document, zone)
    if document["counted"]["incidents"] == 0 and document["counted"]["earlier"] is None:
        return
    compared = document["counted"]["earlier"] is not None
    headings = ["group", "reported", "unreported", "indeterminate", "pending", "withdrawn"]
    headings += ["share", "95 %", "expected"]
    if compared:
        headings += ["unreported before", "share before", "difference", "95 % of it"]
    rows = [*document["rows"], {**document["totals"], "group": "all", "zone_kind": None}]
    print_table(
        headings,
        (_reporting_cells(row, compared=compared) for row in rows),
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
            f" {', '.join(calls['natures'])} inside coverage, {_percent(calls['share'])}"
            f" ({_interval(calls)}), {calls['from'][:10]} to {calls['to'][:10]}"
        )


def _reporting_cells(row: "Mapping[str, Any]", *, compared: bool) -> list[Any]:
    name = f"{row['zone_kind']} {row['group']}" if row["zone_kind"] else row["group"]
    cells = [
        name,
        *(row[word] for word in ("reported", "unreported", "indeterminate", "pending", "withdrawn")),
    ]
    cells += [_percent(row["share"]), _interval(row), _percent(row["expected_share"])]
    if compared:
        earlier, difference = row["earlier"], row["difference"] or {}
        cells += [earlier["unreported"], _percent(earlier["share"])]
        cells += [_points(difference.get("value")), _interval(difference, _points)]
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


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.1%}"


def _points(value: float | None) -> str | None:
    return None if value is None else f"{value * 100:+.1f}"


def _interval(figures: "Mapping[str, Any]", shown: Any = _percent) -> str | None:
    low, high = figures.get("low"), figures.get("high")
    return None if low is None or high is None else f"{shown(low)} to {shown(high)}"


def _times(
    zone: "ZoneInfo", from_: str | None, to: str | None, compare_from: str | None, compare_to: str | None
) -> dict[str, Any]:
    return {
        "from": read_time(from_, zone, "--from"),
        "to": read_time(to, zone, "--to"),
        "compare_from": read_time(compare_from, zone, "--compare-from"),
        "compare_to": read_time(compare_to, zone, "--compare-to"),
    }


def _words(given: "Iterable[Any] | None") -> tuple[str, ...] | None:
    return tuple(word.value for word in given) if given else None


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _check_word(name: str, text: str | None, parameters: "Iterable[Any]") -> None:
    """Refuse a word that the route would refuse, in the same words."""
    if text is None:
        return
    parameter = next(item for item in parameters if item.name == name)
    try:
        parameter.read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{name.replace('_', '-')}") from error
