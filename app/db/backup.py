"""Backups of the embedded database, consistent while it is in use, and their restoring."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from app.db.database import Database
from app.db.upkeep import known_revisions

_BUSY_TIMEOUT_S = 30
_PAGES_A_STEP = 4096


class BackupError(Exception):
    """A backup that cannot be made or used; the message says why."""


def back_up(database: Database, target: Path, *, overwrite: bool) -> None:
    """Write the whole database to a file that only its owner can read. Raises BackupError, OSError."""
    refuse_existing(target, overwrite=overwrite)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_connect(_file_of(database))) as source, closing(_connect(part)) as copy:
            source.backup(copy, pages=_PAGES_A_STEP)
            # One file without a log beside it, so that it can be carried away and read from read-only media.
            copy.execute("PRAGMA journal_mode=DELETE").close()
        os.replace(part, target)
    except sqlite3.Error as error:
        raise BackupError(f"the backup could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(database: Database, backup: Path) -> str:
    """Put a backup in the place of the database's content and answer its revision.

    SQLite's locks keep whoever uses the database meanwhile from seeing half of it. Raises BackupError for
    a file that is damaged, no backup of Earshot, or of a newer version.
    """
    revision = verify(backup)
    try:
        with closing(_connect_read_only(backup)) as source, closing(_connect(_file_of(database))) as target:
            target.execute("PRAGMA journal_mode=WAL").close()
            source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(
            f"the database could not be replaced: {error}; stop what uses it and try again"
        ) from error
    return revision


def verify(backup: Path) -> str:
    """The revision of a whole backup of ours; BackupError for any other file, OSError when there is none."""
    backup.stat()
    try:
        with closing(_connect_read_only(backup)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != ("ok",):
                raise BackupError(f"{backup} is damaged: {found[0]}")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{backup} is no backup of Earshot: {error}") from error
    return refuse_unknown(row[0] if row else None, backup)


def refuse_unknown(revision: str | None, backup: Path) -> str:
    """The revision if this version of the software can migrate it; BackupError if not."""
    if revision is None or revision not in known_revisions():
        raise BackupError(f"{backup} is at revision {revision}, which this version does not know")
    return revision


def refuse_existing(target: Path, *, overwrite: bool) -> None:
    """BackupError where a file would be overwritten without being asked to."""
    if target.exists() and not overwrite:
        raise BackupError(f"{target} is already there; overwrite it with --force or name another file")


def _file_of(database: Database) -> Path:
    name = database.engine.url.database
    if not name or name == ":memory:":
        raise BackupError("a database in memory has no file to back up or restore")
    return Path(name)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S)


def _connect_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)
