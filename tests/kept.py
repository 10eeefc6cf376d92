"""What a database holds, made once in a test process and had again for the price of a copy."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from app.core.settings import Settings
from app.db.models import Base

# What the connection of this module is called, so that a test that ends others spares it.
KEEPER = "earshot-kept"
TABLES = [table.name for table in Base.metadata.sorted_tables]
# Above this, new files for a table are cheaper than a mark on each of its rows.
LARGE_BYTES = 262_144
EMPTY_TABLES = "".join(
    f"IF EXISTS (SELECT FROM {table}) THEN IF pg_relation_size('{table}') > {LARGE_BYTES} "
    f"THEN TRUNCATE {table} CASCADE; ELSE DELETE FROM {table}; END IF; END IF; "
    for table in TABLES
)
RESTART_SEQUENCES = (
    "PERFORM setval((schemaname || '.' || sequencename)::regclass, 1, false) "
    "FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL; "
)
# Neither triggers nor foreign keys: rows go and come as they are, in any order.
AS_THEY_ARE = "SET LOCAL session_replication_role = replica"
WRITABLE_COLUMNS = (
    "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) "
    "FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'"
)


class PostgresqlKept:
    """One PostgreSQL database, at the newest revision, and copies of what it once held."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, application_name=KEEPER)
        self._refills: dict[str, str] = {}

    def empty(self) -> None:
        """Take every row out, and count from 1 again."""
        with self.connection.transaction():
            self.connection.execute(AS_THEY_ARE)
            self.connection.execute(f"DO $$ BEGIN {EMPTY_TABLES} {RESTART_SEQUENCES} END $$")

    def keep(self, name: str) -> None:
        schema = Identifier(f"kept_{name}")
        with self.connection.transaction():
            self.connection.execute(SQL("CREATE SCHEMA {}").format(schema))
            statements = [AS_THEY_ARE]
            for table in TABLES:
                if self._value(f"SELECT EXISTS (SELECT FROM {table})"):
                    columns = self._value(WRITABLE_COLUMNS, table)
                    source, target = f"kept_{name}.{table}", f"public.{table}"
                    self.connection.execute(
                        f"CREATE UNLOGGED TABLE {source} AS SELECT {columns} FROM {target}"
                    )
                    statements.append(
                        f"INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE SELECT * FROM {source}"
                    )
            used = self.connection.execute(
                "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences "
                "WHERE schemaname = 'public' AND last_value IS NOT NULL"
            )
            statements += [f"SELECT setval('{sequence}', {last})" for sequence, last in used.fetchall()]
        self._refills[name] = "; ".join(statements)

    def put_back(self, name: str) -> None:
        """Fill the empty database with what was kept."""
        with self.connection.transaction():
            self.connection.execute(self._refills[name])

    def _value(self, statement: str, *values: str) -> Any:
        row = self.connection.execute(statement, values or None).fetchone()
        assert row is not None
        return row[0]


class SqliteKept:
    """Copies of SQLite files that nobody has open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, path: Path) -> None:
        assert not path.with_name(f"{path.name}-wal").exists(), "somebody has it open"
        shutil.copy(path, self.folder / name)

    def put_back(self, name: str, path: Path) -> None:
        shutil.copy(self.folder / name, path)


class Kept:
    """Contents by name: made by the first test of this process that wants them, copied for the others."""

    def __init__(self, folder: Path, postgresql: Callable[[], PostgresqlKept]) -> None:
        self._sqlite = SqliteKept(folder)
        self._postgresql = postgresql
        self._answers: dict[tuple[str, bool], Any] = {}

    def __call__(self, name: str, settings: Settings, make: Callable[[], Any]) -> Any:
        """Fill an empty database; answers (a copy of) what `make`, which must close what it opens, did."""
        scheme, _, path = settings.database_url.partition(":///")
        key = (name, scheme == "sqlite")
        if key not in self._answers:
            self._answers[key] = make()
            if scheme == "sqlite":
                self._sqlite.keep(name, Path(path))
            else:
                self._postgresql().keep(name)
        elif scheme == "sqlite":
            self._sqlite.put_back(name, Path(path))
        else:
            self._postgresql().put_back(name)
        return copy.deepcopy(self._answers[key])
