"""`earshot source check`: what a mapping makes of a file, before anything is stored."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.cli.mapping_file import read_mapping
from app.cli.opening import open_workplace, quiet_settings
from app.cli.options import Json
from app.cli.printing import local, print_json, print_table

if TYPE_CHECKING:
    from app.adapters import FeedMapping
    from app.cli.trial import Trial
    from app.domain.records import Record

_MOST_CODES = 40


def register(group: typer.Typer) -> None:
    """Add `source check`."""
    group.command(
        epilog="Examples: earshot source check cad calls.csv; "
        "earshot source check --mapping new.toml calls.csv"
    )(check)


def check(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME] FILE", help="The source, and the file to try; without --mapping both."
        ),
    ],
    mapping: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|preset:NAME",
            help="Try this mapping instead of the source's; then no source is needed.",
        ),
    ] = None,
    first: Annotated[int, typer.Option(min=0, help="How many records to show.")] = 10,
    as_json: Json = False,
) -> None:
    """Try a mapping on a file and store nothing; exit code 1 when no record of it can be used."""
    path = Path(names[-1])
    compiled, zone = _mapping(names[:-1], mapping)
    from app.cli.trial import try_mapping
    from app.core.clock import system_clock

    trial = try_mapping(path, compiled, system_clock(), first)
    if as_json:
        print_json(trial.document())
    else:
        _print(trial, zone)
    if trial.usable == 0 or trial.fault is not None:
        raise typer.Exit(1)


def _mapping(names: list[str], given: str | None) -> "tuple[FeedMapping, ZoneInfo]":
    if not names and given is not None:
        return read_mapping(given)[1], quiet_settings().zone
    if len(names) != 1:
        raise typer.BadParameter("expected NAME FILE, or --mapping MAPPING FILE", param_hint="NAME")
    with open_workplace() as place:
        from app.sources.feeds import compiled_mapping
        from app.sources.store import find_source

        with place.database.read() as session:
            source = find_source(session, names[0])
        mapping = compiled_mapping(source.mapping) if given is None else read_mapping(given)[1]
        return mapping, place.settings.zone


def _print(trial: "Trial", zone: ZoneInfo) -> None:
    from app.cli.trial import DEFAULT

    if trial.examples:
        headings, rows = _example_rows(trial.examples, zone)
        print_table(headings, rows, title="What the mapping makes of the first records", right="lag rounds")
    print(
        f"{trial.usable:,} usable ({trial.not_located:,} of them not located),"
        f" {trial.refused:,} refused, {trial.skipped:,} skipped by `where`."
    )
    if trial.first_at is not None:
        print(f"Times from {local(trial.first_at, zone)} to {local(trial.last_at, zone)} ({zone.key}).")
    for title, problems in (("Refused", trial.refusals), ("Accepted with warnings", trial.warnings)):
        if problems:
            print_table(
                ("count", "field", "reason", "for example line", "external id"),
                (
                    (p.count, p.pointer, p.reason, p.line or f"record {p.record}", p.external_id)
                    for p in problems
                ),
                title=title,
                right="count",
            )
    for heading, found in trial.words.items():
        print_table((heading, "count"), sorted(found.items(), key=lambda item: -item[1]), right="count")
    if trial.codes:
        codes = trial.code_rows()
        print_table(
            (trial.code_field, "becomes", "count", "decided by"),
            ((code.code, code.word, code.count, code.decided_by) for code in islice(codes, _MOST_CODES)),
            title=f"Codes, the most frequent {_MOST_CODES}" if len(codes) > _MOST_CODES else "Codes",
            right="count",
        )
        unmapped = sum(code.decided_by == DEFAULT for code in codes)
        if unmapped:
            print(f"{unmapped:,} codes are not named in the mapping; they become {trial.default_word}.")
    if trial.fault is not None:
        print(f"The file cannot be read to its end: {trial.fault}")
    elif trial.usable == 0:
        print("No record can be used: look at the reasons above and change the mapping's [fields].")


def _example_rows(records: "list[Record]", zone: ZoneInfo) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    from app.domain.records import AlertRecord

    headings: tuple[str, ...] = ("external id", "time", "longitude", "latitude", "address", "code", "class")
    rows: list[tuple[Any, ...]] = []
    for record in records:
        is_alert = isinstance(record, AlertRecord)
        at = record.started_at if isinstance(record, AlertRecord) else record.received_at
        place = (record.external_id, local(at, zone), record.longitude, record.latitude, record.address)
        if isinstance(record, AlertRecord):
            own: tuple[Any, ...] = (
                record.vendor_classification,
                record.classification.value,
                record.rounds,
                record.status.value,
            )
        else:
            own = (record.nature_code, record.nature.value, record.origin.value, record.line.value)
        rows.append((*place, *own))
        tail = ("rounds", "status") if is_alert else ("origin", "line")
        headings = (*headings[:7], *tail)
    return headings, rows
