"""Bringing a database to the schema of the models, and saying whether it is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import migrations
from app.db.database import Database
from app.db.models import Base

_OURS_IN_SQL = ("_rtree", "_rtree_node", "_rtree_parent", "_rtree_rowid")
_NOT_OURS = ("spatial_ref_sys", "alembic_version")


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to a revision, all in one transaction."""
    _run(database, lambda config: command.upgrade(config, revision))


def downgrade(database: Database, revision: str) -> None:
    """Undo the migrations down to a revision ("base": all)."""
    _run(database, lambda config: command.downgrade(config, revision))


def current_revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with database.reading_engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The revision that this version of the software needs."""
    return ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head()


def is_current(database: Database) -> bool:
    """Whether the database is at the revision that this version needs."""
    return current_revision(database) == head_revision()


def differences(database: Database) -> list[Any]:
    """What separates the database from the models; empty when the migrations are complete."""
    with database.reading_engine.connect() as connection:
        migration = MigrationContext.configure(
            connection, opts={"include_object": belongs_here(connection.dialect.name), "compare_type": False}
        )
        return list(compare_metadata(migration, Base.metadata))


def belongs_here(dialect_name: str) -> Callable[[Any, str | None, str, bool, Any], bool]:
    """Alembic's include_object: passes over what only the other database has, and the index tables."""

    def include(thing: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
        if kind == "table" and name is not None and (name in _NOT_OURS or name.endswith(_OURS_IN_SQL)):
            return False
        if reflected:
            return True
        return bool(thing.info.get("dialect", dialect_name) == dialect_name)

    return include


def _run(database: Database, action: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    connection: Connection
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        action(config)
