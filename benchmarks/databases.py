"""Databases for a measurement: a fresh SQLite file, and a fresh PostgreSQL database where one is named.

EARSHOT_TEST_DATABASE_URL (as for the tests) names a PostgreSQL server on which databases may be made.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from app.core.settings import Settings
from app.db import Database, migration


@contextmanager
def fresh_databases() -> Iterator[dict[str, str]]:
    """URLs of empty, migrated databases by kind."""
    with tempfile.TemporaryDirectory() as folder:
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'bench.db'}"}
        server = os.environ.get("EARSHOT_TEST_DATABASE_URL")
        name = f"earshot_bench_{os.getpid()}"
        if server is None:
            print("PostgreSQL is left out: EARSHOT_TEST_DATABASE_URL names none")
        else:
            _on_server(server, f"CREATE DATABASE {name}")
            urls["postgresql"] = make_url(server).set(database=name).render_as_string(hide_password=False)
        try:
            for url in urls.values():
                database = Database(Settings(database_url=url, _env_file=None))
                migration.upgrade(database)
                database.dispose()
            yield urls
        finally:
            if server is not None:
                _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    database = Database(Settings(database_url=url, _env_file=None))
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))
    database.dispose()
