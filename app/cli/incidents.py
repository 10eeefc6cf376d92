"""`earshot incidents`: what was shot, and whether anybody reported it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import (
    incident_cameras,
    incident_disposition,
    incident_follow_ups,
    incident_shots,
    incident_timeline,
)
from app.cli.one_incident import find_of_incident
from app.cli.opening import open_workplace
from app.cli.options import AsOf, From, Json, To
from app.cli.printing import local_text, note, print_json, print_table
from app.cli.times import read_as_of, read_time
from app.domain.vocabulary import Verdict
from app.incidents.words import probability

if TYPE_CHECKING:
    from app.incidents.filters import IncidentFilters

PAGE = 1_000


class SortBy(StrEnum):
    """Orders of the list; a minus begins with the greatest."""

    NEWEST = "-started_at"
    OLDEST = "started_at"
    UPDATED = "-updated_at"
    MOST_ROUNDS = "-rounds"
    LEAST_LIKELY = "probability_reported"
    MOST_LIKELY = "-probability_reported"


def register(app: typer.Typer) -> None:
    """Add the group `incidents`."""
    group = typer.Typer(
        no_args_is_help=True, help="List incidents, show one with its evidence, and keep what was found."
    )
    group.command(
        "list", epilog="Example: earshot incidents list --verdict unreported --from 2026-07-01 --min-rounds 5"
    )(list_)
    group.command(epilog="Example: earshot incidents show 2026-000123")(show)
    incident_timeline.register(group)
    incident_shots.register(group)
    incident_cameras.register(group)
    incident_disposition.register(group)
    incident_follow_ups.register(group)
    app.add_typer(group, name="incidents")


def list_(
    verdict: Annotated[
        list[Verdict] | None, typer.Option(help="Only these verdicts (repeat for several).")
    ] = None,
    from_: From = None,
    to: To = None,
    min_rounds: Annotated[
        int | None, typer.Option(min=0, help="At least so many rounds; unknown counts are left out.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Only those in this zone, by name or id.")] = None,
    needs_review: Annotated[
        bool, typer.Option("--needs-review", help="Only those whose probability leaves room for doubt.")
    ] = False,
    sort: Annotated[SortBy, typer.Option(help="The order.")] = SortBy.NEWEST,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 100,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List incidents with their verdicts."""
    with open_workplace() as place:
        from app.incidents.filters import IncidentFilters, check_period

        zone_of_agency = place.settings.zone
        filters = IncidentFilters(
            verdicts=tuple(item.value for item in verdict or ()),
            from_at=read_time(from_, zone_of_agency, "--from"),
            to_at=read_time(to, zone_of_agency, "--to"),
            min_rounds=min_rounds,
            zone=zone,
            needs_review=True if needs_review else None,
        )
        check_period(filters.from_at, filters.to_at)
        moment = read_as_of(as_of, zone_of_agency, place.clock())
        with place.database.read(as_of=moment) as session:
            incidents, has_more = _pages(session, filters, sort.value, limit)
    if as_json:
        print_json({"incidents": incidents, "as_of": moment, "more": has_more})
    elif not incidents:
        print(_nothing(filters))
    else:
        print_table(
            (
                "number",
                "started",
                "verdict",
                "P reported",
                "review",
                "rounds",
                "classification",
                "calls",
                "place",
            ),
            (
                (
                    item["number"],
                    local_text(item["started_at"], zone_of_agency),
                    item["verdict"],
                    probability(item["probability_reported"]),
                    "yes" if item["needs_review"] else "",
                    item["rounds"],
                    item["classification"],
                    item["call_count"],
                    item["address"] or ", ".join(item["zones"]),
                )
                for item in incidents
            ),
            right="rounds calls",
        )
    if has_more:
        note(f"Only the first {limit:,} of more; ask for the rest with --limit, or narrow the list.")


def show(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show one incident: the verdict in words, its alerts, the calls with their evidence, the history."""
    with open_workplace() as place:
        from app.incidents.queries import find_incident

        document = find_of_incident(
            place,
            incident,
            as_of,
            lambda session, named: find_incident(session, named, with_dispositions=True),
        )
        zone = place.settings.zone
    if as_json:
        print_json(document)
        return
    from app.cli.incident_page import print_incident

    print_incident(document, zone)


def _pages(
    session: Any, filters: "IncidentFilters", sort: str, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    from app.incidents.queries import list_incidents

    incidents: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = list_incidents(session, filters, sort, min(PAGE, limit - len(incidents)), cursor)
        incidents += page.items
        cursor = page.next_cursor
        if cursor is None or len(incidents) >= limit:
            return incidents, cursor is not None


def _nothing(filters: "IncidentFilters") -> str:
    from app.incidents.filters import IncidentFilters

    if filters != IncidentFilters():
        return "No incident is like that; leave out some of the conditions."
    return (
        "No incidents yet. They come with alerts: `earshot import alerts FILE --source NAME` and then"
        " `earshot correlate`, or `earshot serve` and the vendor's webhook."
    )
