"""`earshot rejects`: what could not be used."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.opening import Workplace, open_workplace
from app.cli.options import Json
from app.cli.printing import local, note, print_facts, print_json, print_table, shown

if TYPE_CHECKING:
    from app.db.models import Reject

_MOST_SHOWN_CHARACTERS = 20_000

Source = Annotated[str | None, typer.Option(help="Only those of this source.")]


def register(app: typer.Typer) -> None:
    """Add the group `rejects`."""
    group = typer.Typer(
        no_args_is_help=True, help="Look at what could not be used, and try it again. Every look is audited."
    )
    group.command("list", epilog="Example: earshot rejects list --source cad")(list_)
    group.command(epilog="Example: earshot rejects show 17")(show)
    group.command(epilog="Example: earshot rejects retry --source cad")(retry)
    group.command(epilog="Example: earshot rejects purge")(purge)
    app.add_typer(group, name="rejects")


def list_(
    source: Source = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most, the newest first.")] = 100,
    resolved: Annotated[bool, typer.Option("--all", help="Also those that a retry has resolved.")] = False,
    as_json: Json = False,
) -> None:
    """List the rejects and why each was refused, without their bodies."""
    with open_workplace() as place:
        from app.sources.rejects import count_waiting, list_rejects

        with place.database.write() as session:
            source_id = _source_id(session, source)
            rejects = list_rejects(session, source_id=source_id, with_resolved=resolved, limit=limit)
            documents = [_document(reject, name) for reject, name in rejects]
            waiting = count_waiting(session, source_id)
            _audit_reading(session, place, f"source:{source}" if source else "rejects", len(documents))
        zone = place.settings.zone
    if as_json:
        print_json({"rejects": documents, "waiting": waiting})
        return
    if not documents:
        print("No rejects: everything that came could be used.")
        return
    print_table(
        ("id", "source", "stored", "came by", "line", "external id", "why"),
        (
            (
                str(item["id"]),
                item["source"],
                local(item["stored_at"], zone),
                item["origin"],
                item["line"],
                item["external_id"],
                _reasons(item) + (" (resolved)" if item["resolved_at"] else ""),
            )
            for item in documents
        ),
        right="line",
    )
    print(
        f"{waiting:,} wait in all. See one in full by `earshot rejects show ID`;"
        " after a change of the mapping, try them again by `earshot rejects retry`."
    )


def show(
    reject_id: Annotated[int, typer.Argument(metavar="ID", help="The reject's id.")], as_json: Json = False
) -> None:
    """Show one reject with the body as it came; it may hold names and words of callers."""
    with open_workplace() as place:
        from app.sources.rejects import find_reject

        with place.database.write() as session:
            reject, name = find_reject(session, reject_id)
            document = {**_document(reject, name), "raw": reject.raw.decode("utf-8", "replace")}
            _audit_reading(session, place, f"reject:{reject_id}", 1)
        zone = place.settings.zone
    if as_json:
        print_json(document)
        return
    print_facts(
        [
            ("id", str(document["id"])),
            ("source", document["source"]),
            ("stored", local(document["stored_at"], zone)),
            ("came by", document["origin"]),
            ("type", document["content_type"]),
            ("line", document["line"]),
            ("external id", document["external_id"]),
            ("why", _reasons(document)),
            ("resolved", local(document["resolved_at"], zone)),
        ]
    )
    print()
    text: str = document["raw"]
    for line in text[:_MOST_SHOWN_CHARACTERS].splitlines():
        print(shown(line) if line else "")
    if len(text) > _MOST_SHOWN_CHARACTERS:
        note(f"{len(text) - _MOST_SHOWN_CHARACTERS:,} more characters; --json prints all.")


def retry(
    source: Source = None,
    reject_id: Annotated[int | None, typer.Option("--id", help="Only this one.")] = None,
    as_json: Json = False,
) -> None:
    """Map the rejects again with their sources' mappings of today and store what works now."""
    with open_workplace() as place:
        from app.intake.rejects import retry_rejects

        with place.database.read() as session:
            source_id = _source_id(session, source)
        counts = retry_rejects(
            place.database, place.clock, source_id=source_id, reject_id=reject_id, actor=place.actor
        ).document()
    if as_json:
        print_json(counts)
    elif counts["tried"] == 0:
        print("No rejects wait.")
    else:
        stored = ", ".join(
            f"{counts[name]:,} {name}"
            for name in ("new", "duplicate", "revised", "stale", "conflict", "skipped")
            if counts[name]
        )
        print(f"{counts['resolved']:,} of {counts['tried']:,} could be used now: {stored or 'none'}.")
        if counts["rejected"]:
            print(f"{counts['rejected']:,} are still refused; see `earshot rejects list`.")


def purge(as_json: Json = False) -> None:
    """Delete the rejects that are older than the setting EARSHOT_REJECT_RETENTION_DAYS."""
    with open_workplace() as place:
        from app.audit import append_audit
        from app.sources.rejects import purge_rejects

        days, now = place.settings.reject_retention_days, place.clock()
        with place.database.write() as session:
            deleted = purge_rejects(session, now, days)
            append_audit(
                session,
                at=now,
                actor=place.actor,
                action="rejects.purge",
                target="rejects",
                detail={"deleted": deleted, "older_than_days": days},
            )
    if as_json:
        print_json({"deleted": deleted, "older_than_days": days})
    else:
        print(f"{deleted:,} rejects older than {days} days were deleted.")


def _source_id(session: Any, name: str | None) -> int | None:
    from app.sources.store import find_source

    return None if name is None else find_source(session, name).id


def _audit_reading(session: Any, place: Workplace, target: str, count: int) -> None:
    from app.audit import append_audit

    append_audit(
        session,
        at=place.clock(),
        actor=place.actor,
        action="rejects.read",
        target=target,
        detail={"count": count},
    )


def _document(reject: "Reject", source: str) -> dict[str, Any]:
    return {
        "id": reject.id,
        "source": source,
        "stored_at": reject.stored_at,
        "origin": reject.origin,
        "content_type": reject.content_type,
        "line": reject.line,
        "external_id": reject.external_id,
        "errors": reject.errors,
        "resolved_at": reject.resolved_at,
    }


def _reasons(document: dict[str, Any]) -> str:
    return "; ".join(f"{error['pointer']} {error['reason']}".strip() for error in document["errors"])
