"""`earshot audit`: who did what, and whether the trail is whole."""

from typing import Annotated

import typer

from app.cli.opening import open_workplace
from app.cli.options import Json
from app.cli.printing import local_text, note, print_json, print_table
from app.cli.times import read_time

_DETAIL_CHARACTERS = 80


def register(app: typer.Typer) -> None:
    """Add the group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Search the audit trail, and check that it is whole.")
    group.command(epilog="Example: earshot audit search --action key --from 2026-07-01")(search)
    group.command(epilog="Example: earshot audit verify")(verify)
    app.add_typer(group, name="audit")


def search(
    actor: Annotated[str | None, typer.Option(help="Who: key:ID, cli:NAME or system.")] = None,
    action: Annotated[
        str | None, typer.Option(help="What: key.create, or key for everything about keys.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="To what: call:17, or call for every call.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From this time or date on.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="TIME", help="Before this time or date.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most, the newest first.")] = 100,
    as_json: Json = False,
) -> None:
    """List entries of the trail, the newest first."""
    with open_workplace() as place:
        from app.audit.queries import Wanted, search_audit

        zone = place.settings.zone
        wanted = Wanted(
            actor=actor,
            action=action,
            target=target,
            from_at=read_time(from_, zone, "--from"),
            before=read_time(to, zone, "--to"),
        )
        with place.database.read() as session:
            page = search_audit(session, wanted, limit, None)
    if as_json:
        print_json({"entries": page.items, "more": page.next_cursor is not None})
        return
    if not page.items:
        print("No entry fits.")
        return
    print_table(
        ("id", "at", "who", "did", "to", "detail"),
        (
            (
                entry["id"],
                local_text(entry["at"], zone),
                f"{entry['actor']} ({entry['actor_name']})" if entry["actor_name"] else entry["actor"],
                entry["action"],
                entry["target"],
                _short(entry["detail"]),
            )
            for entry in page.items
        ),
    )
    if page.next_cursor is not None:
        note(f"There are more than these {limit:,}: narrow the search, or raise --limit.")


def verify(as_json: Json = False) -> None:
    """Work out the hash of every entry again; exit code 1 where one does not fit."""
    with open_workplace() as place:
        from app.audit.queries import verify_audit

        with place.database.read() as session:
            found = verify_audit(session)
    if as_json:
        print_json(
            {
                "whole": found.broken_at is None,
                "entries": found.entries,
                "last_hash": found.last_hash.hex(),
                "broken_at": None if found.broken_at is None else str(found.broken_at),
                "reason": found.reason,
            }
        )
    elif found.broken_at is None:
        print(f"The trail is whole: {found.entries:,} entries, the last with hash {found.last_hash.hex()}.")
        note("Keep that hash elsewhere: entries cut off at the end are told by it alone.")
    else:
        print(f"The trail is broken at entry {found.broken_at}: {found.reason}.")
    if found.broken_at is not None:
        raise typer.Exit(1)


def _short(detail: object) -> str:
    import orjson

    text = orjson.dumps(detail).decode()
    return text if len(text) <= _DETAIL_CHARACTERS else text[: _DETAIL_CHARACTERS - 1] + "…"
