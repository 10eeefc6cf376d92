"""`earshot missed`: gunfire that no alert told of."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.cli.incident_disposition import MOST_COUNTED, MOST_UNCERTAIN_M, Count, read_place, require_text
from app.cli.opening import open_workplace
from app.cli.options import From, Json, To
from app.cli.printing import local_text, note, print_json, print_table
from app.cli.times import need_time, read_time
from app.domain.vocabulary import Finding


def register(app: typer.Typer) -> None:
    """Add the group `missed`."""
    group = typer.Typer(
        no_args_is_help=True, help="File gunfire that no alert told of; the vendor's scorecard counts it."
    )
    group.command(epilog="Example: earshot missed add 2026-07-04T21:04:00-05:00 --at -87.94,43.01")(add)
    group.command("list", epilog="Example: earshot missed list --from 2026-07-01")(list_)
    group.command(epilog="Example: earshot missed withdraw 3")(withdraw)
    app.add_typer(group, name="missed")


def add(
    happened_at: Annotated[str, typer.Argument(metavar="TIME", help="When: a time with its offset.")],
    place_: Annotated[
        str, typer.Option("--at", metavar="LON,LAT", help="Where, in degrees.", show_default=False)
    ],
    uncertainty_m: Annotated[
        float | None,
        typer.Option(min=0, max=MOST_UNCERTAIN_M, help="How well the place is known (1 sigma)."),
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1, max=MOST_COUNTED, help="How many shots.")] = None,
    casings: Count = None,
    bullet_holes: Count = None,
    firearms: Count = None,
    victims: Count = None,
    witnesses: Count = None,
    arrests: Count = None,
    note_: Annotated[str | None, typer.Option("--note", help="How it is known.")] = None,
    as_json: Json = False,
) -> None:
    """File a shooting that no alert told of."""
    where = read_place(place_, uncertainty_m, "--at")
    counted = dict(zip(Finding, (casings, bullet_holes, firearms, victims, witnesses, arrests), strict=True))
    with open_workplace() as place:
        from app.incidents.missed_gunfire import file_missed_gunfire

        fields = {
            "happened_at": need_time(happened_at, place.settings.zone, "TIME"),
            **(where or {}),
            "rounds": rounds,
            "evidence": {finding.value: count for finding, count in counted.items() if count is not None},
            "note": require_text(note_, "--note"),
        }
        with place.database.write() as session:
            done = file_missed_gunfire(session, fields, actor=place.actor, now=place.clock())
    if as_json:
        print_json(done)
        return
    print(f"Missed gunfire {done['id']} is filed.")
    for incident in done["near_incidents"]:
        print(
            f"Incident {incident['number']} is {incident['distance_m']:,.0f} m away"
            f" and {incident['lag_s']:+,.0f} s: if it is the same, `earshot missed withdraw {done['id']}`."
        )


def list_(
    from_: From = None,
    to: To = None,
    withdrawn: Annotated[
        bool | None, typer.Option("--withdrawn/--standing", help="Only those taken back, or only the others.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List what was filed, the latest first."""
    with open_workplace() as place:
        from app.incidents.filters import check_period
        from app.incidents.missed_gunfire import DEFAULT_SORT, MissedFilters, list_missed_gunfire

        zone = place.settings.zone
        filters = MissedFilters(
            from_at=read_time(from_, zone, "--from"), to_at=read_time(to, zone, "--to"), withdrawn=withdrawn
        )
        check_period(filters.from_at, filters.to_at)
        with place.database.read() as session:
            page = list_missed_gunfire(session, filters, DEFAULT_SORT, limit, None)
    if as_json:
        print_json({"missed_gunfire": page.items, "more": page.next_cursor is not None})
    elif page.items:
        _print(page.items, zone)
    else:
        print("Nothing is filed there.")
    if page.next_cursor is not None:
        note(f"Only the first {limit:,} of more; ask for the rest with --limit, or narrow the list.")


def withdraw(
    missed: Annotated[str, typer.Argument(metavar="ID", help="The filing's id.")], as_json: Json = False
) -> None:
    """Take a filing back: it stays in the list and counts no more."""
    with open_workplace() as place:
        from app.incidents.missed_gunfire import withdraw_missed_gunfire

        with place.database.write() as session:
            done = withdraw_missed_gunfire(session, missed, actor=place.actor, now=place.clock())
    if as_json:
        print_json(done)
    else:
        print(f"Missed gunfire {done['id']} is withdrawn.")


def _print(items: list[dict[str, Any]], zone: ZoneInfo) -> None:
    print_table(
        ("id", "happened", "place", "rounds", "found", "by", "note", "withdrawn"),
        (
            (
                item["id"],
                local_text(item["happened_at"], zone),
                f"{item['longitude']:.6f}, {item['latitude']:.6f}",
                item["rounds"],
                ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in item["evidence"].items()),
                item["actor"],
                item["note"],
                local_text(item["withdrawn_at"], zone),
            )
            for item in items
        ),
    )
