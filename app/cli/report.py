"""`earshot report`: an incident's report as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.one_incident import find_of_incident
from app.cli.opening import open_workplace
from app.cli.options import AsOf, Force
from app.cli.printing import note
from app.domain.vocabulary import ReportForm


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command(epilog="Example: earshot report 2026-000123 --out report.pdf")(report)


def report(
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident's id or its number.")],
    form: Annotated[ReportForm, typer.Option("--format", help="What to write.")] = ReportForm.PDF,
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write it; standard output unless told."),
    ] = None,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Write the report of an incident: the verdict with its evidence, map, shots, revisions and limits.

    The same data give the same file, byte for byte; nothing in it tells who called.
    """
    form = ReportForm.JSON if as_json else form
    if out is None and form is ReportForm.PDF and sys.stdout.isatty():
        raise typer.BadParameter("a PDF is nothing for a terminal; say where to write it", param_hint="--out")
    if out is not None and out.exists() and not force:
        raise typer.BadParameter(f"{out} is there already; --force overwrites it", param_hint="--out")
    with open_workplace() as place:
        from app.incidents.report.document import find_report
        from app.incidents.report.forms import write_report

        time_zone = place.settings.zone.key
        found = find_of_incident(
            place, incident, as_of, lambda session, named: find_report(session, named, time_zone=time_zone)
        )
    body = write_report(found, form)
    if out is None:
        sys.stdout.buffer.write(body)
    else:
        out.write_bytes(body)
        note(f"Wrote {out} ({len(body):,} bytes). SHA-256 of the report's data: {found['sha256']}")
