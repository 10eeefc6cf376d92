"""What the migrations need to know of each database: column types, space, and rows that never change."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects.postgresql import JSONB

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def is_sqlite() -> bool:
    """Whether the migration runs on the embedded database."""
    return op.get_bind().dialect.name == "sqlite"


def add_position(table: str) -> None:
    """Index longitude and latitude: a derived geography with GiST, or an R*Tree kept by triggers."""
    if is_sqlite():
        box = "longitude, longitude, latitude, latitude"
        _add_rtree(
            table, box, "longitude IS NOT NULL AND NEW.latitude IS NOT NULL", ("longitude", "latitude")
        )
        return
    op.add_column(
        table,
        sa.Column(
            "position",
            Geography("POINT", srid=4326, spatial_index=False),
            sa.Computed("(ST_SetSRID(ST_MakePoint(longitude, latitude), 4326))::geography", persisted=True),
        ),
    )
    op.create_index(f"ix_{table}_position", table, ["position"], postgresql_using="gist")


def add_area(table: str) -> None:
    """Index a table's polygons: a geography with GiST, or an R*Tree of their boxes."""
    if is_sqlite():
        _add_rtree(table, "west, east, south, north", "west IS NOT NULL", ("west", "east", "south", "north"))
        return
    op.add_column(table, sa.Column("area", Geography("MULTIPOLYGON", srid=4326, spatial_index=False)))
    op.create_index(f"ix_{table}_area", table, ["area"], postgresql_using="gist")


def drop_rtree(table: str) -> None:
    """Drop the R*Tree beside a table; its triggers go with the table."""
    if is_sqlite():
        op.execute(f"DROP TABLE {table}_rtree")


def forbid_changes(table: str) -> None:
    """Make a table append-only: an UPDATE or DELETE fails, whoever tries."""
    if is_sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION earshot_refuse_change()"
    )


def create_functions() -> None:
    """The trigger function behind append-only tables, and PostGIS itself."""
    if is_sqlite():
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute(
        "CREATE FUNCTION earshot_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )


def announce_inserts(table: str) -> None:
    """Wake whoever listens when a transaction that added rows commits; SQLite's readers poll."""
    if is_sqlite():
        return
    op.execute(
        "CREATE FUNCTION earshot_announce() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NOTIFY earshot_commits; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_announce AFTER INSERT ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION earshot_announce()"
    )


def drop_functions() -> None:
    """Undo create_functions; PostGIS stays, others may use it."""
    if not is_sqlite():
        op.execute("DROP FUNCTION earshot_refuse_change()")
        op.execute("DROP FUNCTION earshot_announce()")


def _add_rtree(table: str, box: str, condition: str, columns: tuple[str, ...]) -> None:
    new_box = ", ".join(f"NEW.{name.strip()}" for name in box.split(","))
    insert = f"INSERT INTO {table}_rtree VALUES (NEW.id, {new_box});"
    delete = f"DELETE FROM {table}_rtree WHERE id = OLD.id;"
    op.execute(f"CREATE VIRTUAL TABLE {table}_rtree USING rtree(id, west, east, south, north)")
    op.execute(
        f"CREATE TRIGGER {table}_rtree_insert AFTER INSERT ON {table} WHEN NEW.{condition} BEGIN {insert} END"
    )
    op.execute(f"CREATE TRIGGER {table}_rtree_delete AFTER DELETE ON {table} BEGIN {delete} END")
    op.execute(
        f"CREATE TRIGGER {table}_rtree_forget AFTER UPDATE OF {', '.join(columns)} ON {table}"
        f" BEGIN {delete} INSERT INTO {table}_rtree SELECT NEW.id, {new_box} WHERE NEW.{condition}; END"
    )
