"""The one chain of migrations, up, checked, down and up again, on both databases."""

from sqlalchemy import inspect

from app.core.settings import Settings
from app.db import Database, migration
from app.db.models import Base


def test_up_check_down_up(settings: Settings) -> None:
    database = Database(settings)
    assert migration.is_current(database)
    assert migration.differences(database) == []
    migration.downgrade(database, "base")
    left = set(inspect(database.engine).get_table_names())
    assert not left & {table.name for table in Base.metadata.sorted_tables}
    migration.upgrade(database)
    assert migration.is_current(database)
    assert migration.differences(database) == []
    database.dispose()
