"""`earshot incidents cameras`: which cameras may have seen it, and what to pull from them."""

from typing import Annotated, Any

import typer

from app.cli.one_incident import find_of_incident
from app.cli.opening import open_workplace
from app.cli.options import AsOf, Json
from app.cli.printing import local_text, print_json, print_table

_DAY_S = 86_400


def register(group: typer.Typer) -> None:
    """Add `incidents cameras`."""
    group.command(epilog="Example: earshot incidents cameras 2026-000123 --radius 500 --csv > pull.csv")(
        cameras
    )


def cameras(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    limit: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="So many of the nearest; 4 unless told.")
    ] = None,
    radius: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="All within so many metres instead.")
    ] = None,
    before: Annotated[
        int, typer.Option(min=0, max=_DAY_S, help="Seconds to pull before the first shot.")
    ] = 300,
    after: Annotated[
        int, typer.Option(min=0, max=_DAY_S, help="Seconds to pull after the last alert.")
    ] = 900,
    as_of: AsOf = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the list to hand over as CSV.")] = False,
    as_json: Json = False,
) -> None:
    """List the cameras about an incident: whether each looks at it, and what to pull until when."""
    if as_csv and as_json:
        raise typer.BadParameter("it is either --csv or --json", param_hint="--csv")
    with open_workplace() as place:
        from app.incidents.cameras import CameraQuestion, find_cameras

        question = CameraQuestion(limit=limit, radius_m=radius, before_s=before, after_s=after)
        found = find_of_incident(
            place,
            incident,
            as_of,
            lambda session, named: find_cameras(session, named, question, with_contacts=True),
        )
        zone = place.settings.zone
    if as_json:
        print_json(found)
        return
    if as_csv:
        from app.core.answers import csv_body
        from app.incidents.cameras import CAMERA_COLUMNS

        print(csv_body(CAMERA_COLUMNS, found["cameras"]).decode(), end="")
        return
    if found["reason"] is not None:
        print(found["reason"])
        return
    span = " to ".join(str(local_text(found[name], zone)) for name in ("pull_from", "pull_through"))
    print_table(
        ("camera", "name", "distance", "the incident lies", "in view", "before", "contact"),
        (_row(camera, zone) for camera in found["cameras"]),
        title=f"Pull {span} ({zone.key}); before: when that is overwritten",
        right="distance",
    )


def _row(camera: dict[str, Any], zone: Any) -> tuple[Any, ...]:
    bearing = camera["bearing_deg"]
    return (
        camera["external_id"],
        camera["name"],
        f"{camera['distance_m']:,.0f} m",
        None if bearing is None else f"at {bearing:.0f}° from north",
        camera["in_view"] or "unknown",
        local_text(camera["pull_before"], zone),
        camera["contact"],
    )
