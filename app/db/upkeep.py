"""Looking after a database: its revisions, its health, its size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import func, select

import migrations
from app.db import migration
from app.db.database import Database
from app.db.models import Base


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """What a check found: how the tables differ from the models, and what SQLite calls damaged."""

    backend: str
    revision: str | None
    needed_revision: str | None
    differences: list[str]
    damage: list[str]
    counts: dict[str, int]

    @property
    def is_sound(self) -> bool:
        """Current, as the models say, and whole."""
        return self.revision == self.needed_revision and not self.differences and not self.damage


def check_database(database: Database) -> DatabaseState:
    """Look without changing anything; rows are counted only where the tables are as they should be."""
    revision, needed = migration.current_revision(database), migration.head_revision()
    differences = [_described(item) for item in migration.differences(database)] if revision == needed else []
    is_as_modelled = revision == needed and not differences
    return DatabaseState(
        backend="sqlite" if database.is_embedded else "postgresql",
        revision=revision,
        needed_revision=needed,
        differences=differences,
        damage=_damage(database),
        counts=_counts(database) if is_as_modelled else {},
    )


def known_revisions() -> set[str]:
    """Every revision that this version of the software knows."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    return {script.revision for script in scripts.walk_revisions()}


def vacuum(database: Database) -> None:
    """Give space back and renew the planner's statistics; on SQLite nobody else may be writing."""
    connection = database.engine.raw_connection()
    try:
        if database.is_embedded:
            for statement in ("VACUUM", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.cursor().execute(statement).close()
            return
        driver: Any = connection.driver_connection
        driver.autocommit = True
        try:
            driver.execute("VACUUM (ANALYZE)")
        finally:
            driver.autocommit = False
    finally:
        connection.close()


def size_bytes(database: Database) -> int:
    """How much room the database takes."""
    statement = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if database.is_embedded
        else "SELECT pg_database_size(current_database())"
    )
    with database.reading_engine.connect() as connection:
        return int(connection.exec_driver_sql(statement).scalar_one())


def _damage(database: Database) -> list[str]:
    if not database.is_embedded:
        return []
    with database.reading_engine.connect() as connection:
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(10)")]
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    damage = [] if found == ["ok"] else found
    return damage + [f"row {row[1]} of {row[0]} points to a missing row of {row[2]}" for row in orphans[:10]]


def _counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def _described(difference: Any) -> str:
    parts = difference[0] if isinstance(difference, list) else difference
    return " ".join(str(getattr(part, "name", None) or part) for part in parts)
