"""`earshot incidents timeline`: what happened, in order."""

from typing import Annotated, Any

import typer

from app.cli.one_incident import find_of_incident
from app.cli.opening import open_workplace
from app.cli.options import AsOf, Json
from app.cli.printing import local_text, print_json, print_table
from app.incidents.words import seconds


def register(group: typer.Typer) -> None:
    """Add `incidents timeline`."""
    group.command(epilog="Example: earshot incidents timeline 2026-000123")(timeline)


def timeline(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what happened around an incident, in order of time, with who said so; nothing of callers."""
    with open_workplace() as place:
        from app.incidents.timeline import find_timeline

        found = find_of_incident(place, incident, as_of, find_timeline)
        zone = place.settings.zone
    if as_json:
        print_json(found)
        return
    print_table(
        ("time", "after", "what", "of", "said by", "details"),
        (
            (
                local_text(entry["at"], zone),
                seconds(entry["offset_s"]),
                entry["kind"].replace("_", " "),
                None if entry["record"] is None else " ".join(entry["record"].values()).replace("_", " "),
                entry["source"],
                _in_words(entry["details"]),
            )
            for entry in found["timeline"]
        ),
        title=f"Incident {found['number']}, times in {zone.key}",
        right="after",
    )


def _in_words(details: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {round(value, 3) if isinstance(value, float) else value}"
        for name, value in details.items()
        if value not in (None, {}, "")
    )
