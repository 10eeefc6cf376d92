"""`earshot insight follow-ups`: what they brought, and whether more was reported afterwards."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.figures import check_word, given, interval, percent, points
from app.cli.opening import open_workplace
from app.cli.options import AsOf, Json
from app.cli.printing import local_text, print_json, print_table
from app.cli.times import read_as_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo


def register(group: typer.Typer) -> None:
    """Add `insight follow-ups`."""
    group.command("follow-ups", epilog="Example: earshot insight follow-ups --days 60 --zone-kind beat")(
        follow_ups
    )


def follow_ups(
    days: Annotated[int, typer.Option(min=7, max=730, help="Days before the first and after the last.")] = 90,
    zone_kind: Annotated[str | None, typer.Option(help="Only zones of this kind.")] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Below so many a share is not told.")] = 5,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what follow-ups brought by zone, and the share reported there before and after outreach."""
    with open_workplace() as place:
        from app.insight.follow_up_questions import PARAMETERS, follow_up_question
        from app.insight.follow_ups import measure_follow_ups

        check_word("zone_kind", zone_kind, PARAMETERS)
        zone = place.settings.zone
        question = follow_up_question(given(days=days, zone_kind=zone_kind, min_count=min_count))
        moment = read_as_of(as_of, zone, place.clock())
        with place.database.read(as_of=moment) as session:
            document = measure_follow_ups(session, question, moment or place.clock())
    if as_json:
        print_json(document)
    else:
        _print(document, zone)


def _print(document: "Mapping[str, Any]", zone: "ZoneInfo") -> None:
    counted = document["counted"]
    if document["as_of"] is not None:
        print(f"As it was known at {local_text(document['as_of'], zone)}")
    if counted["follow_ups"] == 0:
        print("No follow-up is done yet.")
        return
    rows = [*document["rows"], {**document["totals"], "zone": "all", "zone_kind": None, "reporting": None}]
    kinds = list(document["totals"]["kinds"])
    print_table(
        ("zone", *(f"{kind.replace('_', ' ')} done" for kind in kinds), "found"),
        ((_name(row), *(row["kinds"][kind]["done"] for kind in kinds), _found(row["found"])) for row in rows),
    )
    around = [row for row in rows if row["reporting"] is not None]
    if not around:
        print("No outreach is done in a zone yet, so there is no before and after.")
        return
    print_table(
        ("zone", "outreach from", "to", "before", "of", "after", "of", "difference", "95 % of it"),
        (_around(row, zone) for row in around),
        title=f"Share reported in the {counted['days']} days before the first outreach and after the last",
    )
    print("An association, not an effect: zones are chosen after bad weeks, which rarely stay as bad.")


def _around(row: "Mapping[str, Any]", zone: "ZoneInfo") -> list[Any]:
    told = row["reporting"]
    before, after, difference = told["before"], told["after"], told["difference"] or {}
    return [
        _name(row),
        *((local_text(told[name], zone) or "")[:10] for name in ("first_done_at", "last_done_at")),
        percent(before["share"]),
        before["denominator"],
        percent(after["share"]),
        after["denominator"],
        points(difference.get("value")),
        interval(difference, points),
    ]


def _name(row: "Mapping[str, Any]") -> str | None:
    return f"{row['zone_kind']} {row['zone']}" if row["zone_kind"] else row["zone"]


def _found(found: "Mapping[str, Any]") -> str:
    return ", ".join(
        f"{count} {word.replace('_', ' ')}" for word, count in found.items() if count is not None
    )
