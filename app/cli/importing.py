"""`earshot import alerts` and `calls`: files of records."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import importing_places, importing_shots
from app.cli.opening import open_workplace
from app.cli.options import Json, SomeFile
from app.cli.printing import note, print_json
from app.cli.progress import progress_of_bytes
from app.cli.times import read_time
from app.domain.vocabulary import SourceKind

Source = Annotated[str, typer.Option(help="The source whose mapping reads the file.", show_default=False)]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="When the file was true: dates records that carry no revision; by default now.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group `import`."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Take in files: CSV, JSON, NDJSON, GeoJSON, XML, gzip of each; safe to repeat.",
    )
    group.command(epilog="Example: earshot import alerts alerts.ndjson --source sensors")(alerts)
    group.command(epilog="Example: earshot import calls calls.csv.gz --source cad --as-of 2026-07-04")(calls)
    importing_places.register(group)
    importing_shots.register(group)
    app.add_typer(group, name="import")


def alerts(file: SomeFile, source: Source, as_of: AsOf = None, as_json: Json = False) -> None:
    """Take in a file of alerts."""
    _import(SourceKind.ALERTS, file, source, as_of, as_json=as_json)


def calls(file: SomeFile, source: Source, as_of: AsOf = None, as_json: Json = False) -> None:
    """Take in a file of calls; once it has ended, the feed counts as complete over its stretch of time."""
    _import(SourceKind.CALLS, file, source, as_of, as_json=as_json)


def _import(kind: SourceKind, file: Path, source: str, as_of: str | None, *, as_json: bool) -> None:
    with open_workplace() as place:
        from app.intake.files import import_file
        from app.sources.feeds import feed_of
        from app.sources.store import find_source

        moment = read_time(as_of, place.settings.zone, "--as-of")
        with place.database.read() as session:
            feed = feed_of(session, find_source(session, source), place.clock())
        feed.require(kind)
        with progress_of_bytes(file) as progress:
            counts = import_file(
                place.database,
                place.clock,
                feed,
                file,
                as_of=moment,
                actor=place.actor,
                progress=progress,
            )
    if as_json:
        print_json(counts)
    else:
        print(_summary(file, kind, counts))
    if counts["rejected"]:
        note(f"The rejects are in {file}.rejects.ndjson and in `earshot rejects list --source {source}`.")
    if not as_json and counts["new"] + counts["revised"]:
        note("Next: earshot correlate, unless `earshot serve` or a worker runs.")


def _summary(file: Path, kind: SourceKind, counts: dict[str, int]) -> str:
    parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return f"{file.name}: {', '.join(parts) or 'no records'} ({kind.value})."
