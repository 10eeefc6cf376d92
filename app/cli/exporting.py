"""`earshot export`: incidents, alerts and calls as files for maps, tables and notebooks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import exporting_places
from app.cli.exported import run_export
from app.cli.exporting_options import (
    Asked,
    Bbox,
    Filter,
    Form,
    Limit,
    Near,
    Out,
    Properties,
    SortBy,
    Source,
)
from app.cli.opening import Workplace
from app.cli.options import AsOf, Force, From, Json, To
from app.cli.times import read_time
from app.domain.vocabulary import AlertStatus, Classification, Line, Nature, Origin, Verdict

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from app.domain.parameters import Parameter

Classes = Annotated[
    list[Classification] | None,
    typer.Option("--classification", help="Only what was heard as this (repeat for several)."),
]


def register(app: typer.Typer) -> None:
    """Add the group `export`."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Write incidents, alerts, calls and places as GeoJSON, CSV, GeoPackage or GeoParquet.",
    )
    group.command(
        epilog="Example: earshot export incidents --verdict unreported --from 2026-07-01 --out july.gpkg"
    )(incidents)
    group.command(epilog="Example: earshot export alerts --format csv --bbox -88,42.9,-87.8,43.2")(alerts)
    group.command(epilog="Example: earshot export calls --nature shots_fired --out calls.parquet")(calls)
    exporting_places.register(group)
    app.add_typer(group, name="export")


def incidents(
    form: Form = None,
    out: Out = None,
    verdict: Annotated[
        list[Verdict] | None, typer.Option(help="Only these verdicts (repeat for several).")
    ] = None,
    from_: From = None,
    to: To = None,
    min_rounds: Annotated[
        int | None, typer.Option(min=0, help="At least so many rounds; unknown counts are left out.")
    ] = None,
    max_rounds: Annotated[
        int | None, typer.Option(min=0, help="At most so many rounds; unknown counts are left out.")
    ] = None,
    classification: Classes = None,
    zone: Annotated[str | None, typer.Option(help="Only those in this zone, by name or id.")] = None,
    needs_review: Annotated[
        bool, typer.Option("--needs-review", help="Only those whose probability leaves room for doubt.")
    ] = False,
    bbox: Bbox = None,
    near: Near = None,
    filter_: Filter = None,
    properties: Properties = None,
    sortby: SortBy = None,
    limit: Limit = None,
    as_of: AsOf = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export incidents with their verdicts, newest first."""
    said = {
        "verdict": _words(verdict),
        "from": from_,
        "to": to,
        "min_rounds": min_rounds,
        "max_rounds": max_rounds,
        "classification": _words(classification),
        "zone": zone,
        "needs_review": needs_review,
        "near": near,
    }

    def conditions(session: "Session", place: Workplace) -> "list[ColumnElement[bool]]":
        from app.incidents.filters import INCIDENT_PARAMETERS, incident_filters
        from app.incidents.queries import incident_conditions

        values = _values(said, INCIDENT_PARAMETERS, place)
        return incident_conditions(session, incident_filters(values))

    maps = {"bbox": bbox, "filter": filter_, "properties": properties, "sortby": sortby}
    run_export(
        Asked(
            collection="incidents",
            form=form,
            out=out,
            force=force,
            as_json=as_json,
            maps=maps,
            limit=limit,
            as_of=as_of,
            said=said,
        ),
        conditions,
    )


def alerts(
    form: Form = None,
    out: Out = None,
    from_: From = None,
    to: To = None,
    source: Source = None,
    classification: Classes = None,
    status: Annotated[
        list[AlertStatus] | None, typer.Option(help="Only those the vendor stands by, or not.")
    ] = None,
    bbox: Bbox = None,
    near: Near = None,
    filter_: Filter = None,
    properties: Properties = None,
    sortby: SortBy = None,
    limit: Limit = None,
    as_of: AsOf = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export alerts as vendors told of them, newest first; without the addresses of recordings."""
    said = {
        "from": from_,
        "to": to,
        "source": source,
        "classification": _words(classification),
        "status": _words(status),
        "near": near,
    }
    maps = {"bbox": bbox, "filter": filter_, "properties": properties, "sortby": sortby}
    run_export(
        Asked(
            collection="alerts",
            form=form,
            out=out,
            force=force,
            as_json=as_json,
            maps=maps,
            limit=limit,
            as_of=as_of,
            said=said,
        ),
        lambda session, place: _of_records(session, place, "alerts", said),
    )


def calls(
    form: Form = None,
    out: Out = None,
    from_: From = None,
    to: To = None,
    source: Source = None,
    nature: Annotated[
        list[Nature] | None, typer.Option(help="Only these classes of nature (repeat for several).")
    ] = None,
    origin: Annotated[
        list[Origin] | None, typer.Option(help="Only those made by these (repeat for several).")
    ] = None,
    line: Annotated[
        list[Line] | None, typer.Option(help="Only those on these lines (repeat for several).")
    ] = None,
    bbox: Bbox = None,
    near: Near = None,
    filter_: Filter = None,
    properties: Properties = None,
    sortby: SortBy = None,
    limit: Limit = None,
    as_of: AsOf = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export calls, newest first: no caller, no narrative, and a file that only its owner may read."""
    said = {
        "from": from_,
        "to": to,
        "source": source,
        "nature": _words(nature),
        "origin": _words(origin),
        "line": _words(line),
        "near": near,
    }
    maps = {"bbox": bbox, "filter": filter_, "properties": properties, "sortby": sortby}
    run_export(
        Asked(
            collection="calls",
            form=form,
            out=out,
            force=force,
            as_json=as_json,
            maps=maps,
            limit=limit,
            as_of=as_of,
            said=said,
        ),
        lambda session, place: _of_records(session, place, "calls", said),
    )


def _of_records(
    session: "Session", place: Workplace, collection: str, said: Mapping[str, Any]
) -> "list[ColumnElement[bool]]":
    from app.records.filters import ALERT_PARAMETERS, CALL_PARAMETERS, record_filters
    from app.records.queries import ALERTS, CALLS, record_conditions

    table, parameters = (ALERTS, ALERT_PARAMETERS) if collection == "alerts" else (CALLS, CALL_PARAMETERS)
    return record_conditions(session, table, record_filters(_values(said, parameters, place)))


def _words(listed: "list[Any] | None") -> list[str]:
    return [word.value for word in listed or ()]


def _values(said: Mapping[str, Any], parameters: "tuple[Parameter, ...]", place: Workplace) -> dict[str, Any]:
    """What options say, by the parameters that lists take; times may be dates too."""
    from app.domain.parameters import read_parameters

    times = {name: read_time(said[name], place.settings.zone, f"--{name}") for name in ("from", "to")}
    given: list[tuple[str, str]] = []
    for name, value in said.items():
        if name in times or value in (None, False):
            continue
        listed = value if isinstance(value, list) else ["true" if value is True else str(value)]
        given += [(name, word) for word in listed]
    moments = {name: moment for name, moment in times.items() if moment is not None}
    return {**read_parameters(parameters, given), **moments}
