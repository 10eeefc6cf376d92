"""Backups of a PostgreSQL database by its own programs, pg_dump and pg_restore."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import URL

from app.db.backup import BackupError, refuse_existing, refuse_unknown
from app.db.database import Database

_REVISION = re.compile(r"^COPY [^\n]*alembic_version[^\n]*FROM stdin;\n(\S+)\n", re.MULTILINE)
# PostGIS belongs to the server's administrator: its extension is neither dropped nor made again.
_NOT_OURS = re.compile(
    r" (EXTENSION|COMMENT) - (EXTENSION )?(postgis|plpgsql)|spatial_ref_sys|SCHEMA - public"
)


def back_up(database: Database, target: Path, *, overwrite: bool) -> None:
    """Write a custom-format dump that only its owner can read. Raises BackupError, OSError."""
    refuse_existing(target, overwrite=overwrite)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _run(database, "pg_dump", "-Fc", "--no-owner", "--no-privileges", f"--file={part}", "--dbname={}")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def restore(database: Database, backup: Path) -> str:
    """Put a dump in the place of our tables, in one transaction, and answer its revision."""
    revision = verify(database, backup)
    listing = _run(database, "pg_restore", "--list", str(backup))
    ours = [line for line in listing.splitlines() if not _NOT_OURS.search(line)]
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as wanted:
        wanted.write("\n".join(ours))
        wanted.flush()
        _run(
            database,
            "pg_restore",
            "--dbname={}",
            f"--use-list={wanted.name}",
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--no-owner",
            "--no-privileges",
            str(backup),
        )
    return revision


def verify(database: Database, backup: Path) -> str:
    """The revision of a dump of ours; BackupError for any other file, OSError when there is none."""
    backup.stat()
    content = _run(database, "pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(backup))
    found = _REVISION.search(content)
    return refuse_unknown(found[1] if found else None, backup)


def _run(database: Database, program: str, *arguments: str) -> str:
    """Run a program of PostgreSQL; `{}` stands for the database. The password never is an argument."""
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is not installed here; install PostgreSQL's client programs")
    url = database.engine.url
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    without_password = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    )
    plain = without_password.render_as_string()
    command = [path, *(argument.replace("{}", plain) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BackupError(f"{program} failed: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return done.stdout
