"""`earshot source list` and `show`: how each feed is doing."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from app.cli.opening import Workplace, open_workplace
from app.cli.options import Json, SourceName
from app.cli.printing import local, print_facts, print_json, print_table

if TYPE_CHECKING:
    from app.sources.health import SourceHealth

_MOST_GAPS = 10


def register(group: typer.Typer) -> None:
    """Add `source list` and `source show`."""
    group.command("list", epilog="Example: earshot source list --json")(list_)
    group.command(epilog="Example: earshot source show cad")(show)


def list_(as_json: Json = False) -> None:
    """List the feeds with their health; records, warnings and gaps are of the last 30 days of their data."""
    with open_workplace() as place:
        healths = _healths(place)
        zone = place.settings.zone
    if as_json:
        print_json({"sources": [_document(health) for health in healths]})
    elif not healths:
        print(
            "No sources yet; add one with"
            " `earshot source add NAME --kind alerts --mapping preset:generic-alerts-json`."
        )
    else:
        print_table(
            (
                "name",
                "kind",
                "records",
                "warnings",
                "rejects",
                "last received",
                "complete to",
                "gaps",
                "state",
            ),
            (
                (
                    health.name,
                    health.kind.value,
                    health.records,
                    health.records_with_warnings,
                    health.rejects,
                    local(health.last_received_at, zone),
                    local(health.watermark, zone),
                    len(health.gaps),
                    _state(health),
                )
                for health in healths
            ),
            right="records warnings rejects gaps",
        )


def show(name: SourceName, as_json: Json = False) -> None:
    """Show one feed: its health, its imports and its mapping."""
    with open_workplace() as place:
        from app.sources.store import find_source

        with place.database.read() as session:
            source = find_source(session, name)
            imports = _imports(session, source.id)
        health = next(item for item in _healths(place) if item.name == name)
        zone = place.settings.zone
    if as_json:
        print_json(
            {
                **_document(health),
                "require_signature": source.require_signature,
                "imports": imports,
                "mapping": source.mapping,
            }
        )
        return
    print_facts(
        [
            ("name", health.name),
            ("kind", health.kind.value),
            ("state", _state(health)),
            ("signature", "required" if source.require_signature else "or key"),
            ("added", local(health.created_at, zone)),
            ("last received", local(health.last_received_at, zone)),
            ("complete to", local(health.watermark, zone)),
            ("records in 30 days", health.records),
            ("with warnings", health.records_with_warnings),
            ("rejects", health.rejects),
        ]
    )
    _print_gaps(health.gaps, zone)
    if imports:
        print_table(
            ("imported file", "as of", "ended", "new", "revised", "rejected"),
            (_import_row(item, zone) for item in imports),
            right="new revised rejected",
        )
    print("\nMapping:\n")
    print(source.mapping.strip())


def _healths(place: Workplace) -> "list[SourceHealth]":
    from app.rules.store import rules_now
    from app.sources.health import source_health

    with place.database.read() as session:
        rules = rules_now(session)
        return source_health(session, rules.background, rules.parameters, place.clock())


def _imports(session: Any, source_id: int) -> list[dict[str, Any]]:
    from app.sources.imports import list_imports

    return [
        {
            "file": item.file_name,
            "as_of": item.as_of,
            "started_at": item.started_at,
            "ended_at": item.ended_at,
            "counts": item.counts,
        }
        for item in list_imports(session, source_id)
    ]


def _document(health: "SourceHealth") -> dict[str, Any]:
    return {
        "name": health.name,
        "kind": health.kind,
        "created_at": health.created_at,
        "disabled_at": health.disabled_at,
        "last_received_at": health.last_received_at,
        "watermark": health.watermark,
        "lag_s": health.lag_s,
        "gaps": [{"from": low, "through": high} for low, high in health.gaps],
        "records": health.records,
        "records_with_warnings": health.records_with_warnings,
        "rejects": health.rejects,
    }


def _state(health: "SourceHealth") -> str:
    if health.disabled_at is not None:
        return "disabled"
    return "on" if health.last_received_at else "nothing received yet"


def _print_gaps(gaps: list[tuple[datetime, datetime]], zone: ZoneInfo) -> None:
    if not gaps:
        return
    print(f"\nGaps in the last 30 days of its data ({len(gaps)}; incidents in them are indeterminate):")
    for low, high in gaps[-_MOST_GAPS:]:
        hours = (high - low).total_seconds() / 3600
        print(f"  {local(low, zone)} to {local(high, zone)} ({hours:.1f} h)")


def _import_row(item: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    counts = item["counts"] or {}
    return (
        item["file"],
        local(item["as_of"], zone),
        local(item["ended_at"], zone) or "not ended",
        counts.get("new"),
        counts.get("revised"),
        counts.get("rejected"),
    )
