"""`earshot import shots`: files of investigative summaries and forensic reports."""

from typing import Annotated

import typer

from app.cli.importing_places import tell_problems
from app.cli.opening import open_workplace
from app.cli.options import Json, SomeFile
from app.cli.printing import print_json
from app.cli.progress import progress_of_steps


def register(group: typer.Typer) -> None:
    """Add `import shots`."""
    group.command(epilog="Example: earshot import shots forensic.csv --source sensors")(shots)


def shots(
    file: SomeFile,
    source: Annotated[
        str | None, typer.Option(help="The source of the alerts, where the file does not name it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take in what was found out about shots later: CSV with a shot a row, or JSON.

    Columns: source, external_id, provenance, reference, rounds, shooters, note, offset_s, longitude,
    latitude, uncertainty_m, shooter. Rows of one alert, provenance and reference are one report, which is
    taken whole or not at all.
    """
    with open_workplace() as place:
        from app.incidents.shot_import import import_shots

        with progress_of_steps(file.name) as progress:
            result = import_shots(
                place.database,
                place.clock,
                file,
                default_source=source,
                actor=place.actor,
                progress=progress,
            )
    counts = result.counts()
    if as_json:
        print_json({**counts, "warnings": result.warnings, "errors": result.errors})
    else:
        parts = [f"{count:,} {name}" for name, count in counts.items() if count and name != "shots"]
        print(f"{file.name}: {', '.join(parts) or 'no reports'} ({counts['shots']:,} shots).")
        tell_problems(result.errors, result.warnings)
    if result.rejected and not (result.new or result.duplicate):
        raise typer.Exit(1)
