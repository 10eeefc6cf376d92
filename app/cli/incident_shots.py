"""`earshot incidents shots`: what each account tells of the shots."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.cli.one_incident import find_of_incident
from app.cli.opening import open_workplace
from app.cli.options import AsOf, Json
from app.cli.printing import local_text, print_json, print_table, shown


def register(group: typer.Typer) -> None:
    """Add `incidents shots`."""
    group.command(epilog="Example: earshot incidents shots 2026-000123")(shots)


def shots(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what the alerts told of each shot and what was found out later, each with its provenance."""
    with open_workplace() as place:
        from app.incidents.shots import list_shots

        found = find_of_incident(place, incident, as_of, list_shots)
        zone = place.settings.zone
    if as_json:
        print_json(found)
        return
    print(f"Incident {found['number']}: {shown(found['rounds'])} rounds, as its alerts tell.\n")
    for account in found["accounts"]:
        _print(account, zone)


def _print(account: dict[str, Any], zone: ZoneInfo) -> None:
    reference = f" {shown(account['reference'])}" if account["reference"] else ""
    who = shown(account["actor"] or account["source"])
    print(
        f"{account['provenance'].replace('_', ' ').capitalize()}{reference} of alert"
        f" {shown(account['alert_external_id'])}, by {who}, {local_text(account['stored_at'], zone)}:"
        f" {shown(account['rounds'])} rounds, {shown(account['shooters'])} shooters"
    )
    if account["superseded_at"] is not None:
        print(f"Superseded {local_text(account['superseded_at'], zone)}.")
    if account["note"]:
        print(shown(account["note"]))
    if not account["shots"]:
        print("It lists no shots.\n")
        return
    print_table(
        ("shot", "time", "offset", "shooter", "longitude", "latitude", "±"),
        (
            (
                shot["number"],
                f"{local_text(shot['at'], zone)}.{shot['at'][-4:-1]}",
                f"{shot['offset_s']:.3f} s",
                shot["shooter"],
                shot["longitude"],
                shot["latitude"],
                None if shot["uncertainty_m"] is None else f"{shot['uncertainty_m']:g} m",
            )
            for shot in account["shots"]
        ),
        right="shot offset",
    )
