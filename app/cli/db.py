"""`earshot db`: the database itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.opening import make_current, open_unchecked, open_workplace
from app.cli.options import Force, Json
from app.cli.printing import note, print_facts, print_json, print_table

if TYPE_CHECKING:
    from app.db import Database

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the group `db`."""
    group = typer.Typer(no_args_is_help=True, help="Migrate, check, back up and restore the database.")
    group.command(epilog="Example: earshot db upgrade")(upgrade)
    group.command(epilog="Example: earshot db check --json")(check)
    group.command(epilog="Example: earshot db vacuum")(vacuum)
    group.command(epilog="Example: earshot db backup /backups/earshot-2026-07-04.backup")(backup)
    group.command(epilog="Example: earshot db restore /backups/earshot-2026-07-04.backup")(restore)
    app.add_typer(group, name="db")


def upgrade(as_json: Json = False) -> None:
    """Bring the database to this version's schema; makes an embedded one that is not there."""
    with open_unchecked() as place:
        from app.db import migration

        before = migration.current_revision(place.database)
        if place.database.is_embedded:
            make_current(place.database)
        else:
            migration.upgrade(place.database)
        after = migration.current_revision(place.database)
    if as_json:
        print_json({"from": before, "to": after})
    elif before == after:
        print(f"The database is current, at revision {after}.")
    else:
        print(f"The database is now at revision {after} (before: {before or 'empty'}).")


def check(as_json: Json = False) -> None:
    """Say whether the database is current, as the models describe it, and whole; exit code 1 if not."""
    with open_unchecked() as place:
        from app.db import migration
        from app.db.upkeep import check_database

        if place.database.is_embedded and migration.current_revision(place.database) is None:
            make_current(place.database)
        state = check_database(place.database)
    if as_json:
        print_json(
            {
                "ok": state.is_sound,
                "backend": state.backend,
                "revision": state.revision,
                "needed_revision": state.needed_revision,
                "differences": state.differences,
                "damage": state.damage,
                "counts": state.counts,
            }
        )
    else:
        is_current = state.revision == state.needed_revision
        advice = "" if is_current else f" (needed: {state.needed_revision}; run `earshot db upgrade`)"
        print_facts(
            [
                ("database", state.backend),
                ("revision", f"{state.revision or 'none'}{advice}"),
                ("tables", "; ".join(state.differences) or ("as they should be" if is_current else None)),
                ("integrity", "; ".join(state.damage) or "ok"),
            ]
        )
        filled = [(name, count) for name, count in state.counts.items() if count]
        if filled:
            print_table(("table", "rows"), filled, right="rows")
    if not state.is_sound:
        raise typer.Exit(1)


def vacuum(as_json: Json = False) -> None:
    """Give unused space back and renew the planner's statistics."""
    with open_workplace() as place:
        from app.db.upkeep import size_bytes
        from app.db.upkeep import vacuum as vacuum_database

        before = size_bytes(place.database)
        vacuum_database(place.database)
        after = size_bytes(place.database)
    if as_json:
        print_json({"bytes_before": before, "bytes_after": after})
    else:
        print(f"{before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now.")


def backup(file: BackupFile, force: Force = False, as_json: Json = False) -> None:
    """Write a consistent copy of the database to a file, also while it is in use."""
    with open_workplace() as place:
        from app.db import backup as embedded
        from app.db import postgresql_dump

        if place.database.is_embedded:
            embedded.back_up(place.database, file, overwrite=force)
        else:
            postgresql_dump.back_up(place.database, file, overwrite=force)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        print(f"Backed up to {file} ({size / 1e6:,.1f} MB), readable by you only.")


def restore(file: BackupFile, force: Force = False, as_json: Json = False) -> None:
    """Put a backup in the place of the database; stop `earshot serve` and the workers before."""
    with open_unchecked() as place:
        from app.db import backup as embedded
        from app.db import migration, postgresql_dump

        if not force:
            _refuse_existing(place.database)
        if place.database.is_embedded:
            revision = embedded.restore(place.database, file)
        else:
            revision = postgresql_dump.restore(place.database, file)
        place.database.dispose()
        if place.database.is_embedded:
            make_current(place.database)
        current = migration.is_current(place.database)
    if not current:
        note("The backup is of an older version; run `earshot db upgrade`.")
    if as_json:
        print_json({"file": str(file), "revision": revision, "current": current})
    else:
        print(f"Restored {file} (revision {revision}).")


def _refuse_existing(database: "Database") -> None:
    """A database that holds something is not replaced unless asked to."""
    from app.db import migration
    from app.db.backup import BackupError

    file = database.engine.url.database
    if database.is_embedded and file is not None and not Path(file).exists():
        return
    if migration.current_revision(database) is not None:
        raise BackupError("there is already a database; back it up first, then restore over it with --force")
