"""`earshot import zones` and `cameras`: files of places."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.opening import open_workplace
from app.cli.options import Json, SomeFile
from app.cli.printing import note, print_json, shown
from app.domain.vocabulary import ZoneKind

if TYPE_CHECKING:
    from app.places.files import ImportResult

_MOST_TOLD = 20


def register(group: typer.Typer) -> None:
    """Add `import zones` and `import cameras`."""
    group.command(epilog="Example: earshot import zones districts.geojson --kind district --name DIST_NUM")(
        zones
    )
    group.command(epilog="Example: earshot import cameras cameras.csv")(cameras)


def zones(
    file: SomeFile,
    kind: Annotated[ZoneKind, typer.Option(help="What the polygons stand for.")] = ZoneKind.DISTRICT,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="PROPERTY", help="The property with the zones' names; by default it is guessed."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Take in polygons from GeoJSON; zones that the file does not have stay.

    The properties valid_from and valid_to (times, or dates in the agency's zone) say when a zone holds.
    """
    with open_workplace() as place:
        from app.places.zone_import import import_zones

        with place.database.write() as session:
            result = import_zones(
                session,
                file,
                kind=kind,
                name_property=name,
                time_zone=place.settings.zone,
                actor=place.actor,
                now=place.clock(),
            )
    named = f"zones of kind {kind.value}, named by their {result.name_property}"
    _tell(file, result, named, as_json=as_json)


def cameras(file: SomeFile, as_json: Json = False) -> None:
    """Take in fixed cameras from GeoJSON or CSV; cameras that the file does not have stay."""
    with open_workplace() as place:
        from app.places.camera_import import import_cameras

        with place.database.write() as session:
            result = import_cameras(session, file, actor=place.actor, now=place.clock())
    _tell(file, result, "cameras", as_json=as_json)


def _tell(file: Path, result: "ImportResult", what: str, *, as_json: bool) -> None:
    """The summary; what is wrong goes to standard error. Exit code 1 when nothing could be used."""
    counts = result.counts()
    if as_json:
        named = {} if result.name_property is None else {"name_property": result.name_property}
        print_json({**counts, **named, "warnings": result.warnings, "errors": result.errors})
    else:
        parts = [f"{count:,} {name}" for name, count in counts.items() if count]
        print(f"{file.name}: {', '.join(parts) or 'no places'} ({what}).")
        tell_problems(result.errors, result.warnings)
    if result.rejected and result.rejected == sum(counts.values()):
        raise typer.Exit(1)


def tell_problems(errors: list[str], warnings: list[str]) -> None:
    """The first of what is wrong with a file, on standard error."""
    told = [*errors, *warnings]
    for line in told[:_MOST_TOLD]:
        note(shown(line))
    if len(told) > _MOST_TOLD:
        note(f"{len(told) - _MOST_TOLD:,} more such lines; --json prints all.")
