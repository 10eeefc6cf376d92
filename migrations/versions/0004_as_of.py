"""What was known when; later shot reports; missed gunfire; validity of zones; answered requests."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from migrations.dialect import BIG_ID, DOCUMENT, INSTANT, forbid_changes, is_sqlite

revision = "0004"
down_revision = "0003"

_PARTS = ("links", "cad_records", "incident_zones")
_VERSIONS = {
    "incidents": ("incident_versions", ("id",)),
    "incident_zones": ("incident_zone_versions", ("incident_id",)),
    "links": ("link_versions", ("incident_id",)),
    "cad_records": ("cad_record_versions", ("incident_id",)),
    "alerts": ("alert_versions", ("id", "incident_id")),
    "calls": ("call_versions", ("id",)),
    "follow_ups": ("follow_up_versions", ("id", "incident_id")),
}
_OF_GUNFIRE = "nature IN ('shots_fired', 'shooting')"


def upgrade() -> None:
    _change_follow_ups(_without_request_key)
    for table in ("alerts", "calls"):
        op.add_column(table, sa.Column("changed_at", INSTANT, nullable=True))
    for table in _PARTS:
        _add_known_at(table)
    for column in ("valid_from", "valid_to"):
        op.add_column("zones", sa.Column(column, INSTANT, nullable=True))
    for table, (versions, looked_up_by) in _VERSIONS.items():
        _create_versions(table, versions, looked_up_by)
    op.create_index(
        "ix_calls_of_gunfire_received_at",
        "calls",
        ["received_at"],
        postgresql_include=["id", "origin", "longitude", "latitude"],
        postgresql_where=sa.text(_OF_GUNFIRE),
        sqlite_where=sa.text(_OF_GUNFIRE),
    )
    op.create_table(
        "shot_reports",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("rounds", sa.BigInteger(), nullable=True),
        sa.Column("shooters", sa.BigInteger(), nullable=True),
        sa.Column("shots", DOCUMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_shot_reports_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_shot_reports"),
        sa.UniqueConstraint("alert_id", "fingerprint", name="uq_shot_reports_alert_id_fingerprint"),
    )
    forbid_changes("shot_reports")
    op.create_table(
        "missed_gunfire",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("uncertainty_m", sa.Double(), nullable=True),
        sa.Column("rounds", sa.BigInteger(), nullable=True),
        sa.Column("evidence", DOCUMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_missed_gunfire"),
    )
    op.create_index("ix_missed_gunfire_happened_at_id", "missed_gunfire", ["happened_at", "id"])
    op.create_table(
        "answered_requests",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_answered_requests"),
    )
    op.create_index("ix_answered_requests_answered_at", "answered_requests", ["answered_at"])


def downgrade() -> None:
    for table in (
        "answered_requests",
        "missed_gunfire",
        "shot_reports",
        *(name for name, _ in _VERSIONS.values()),
    ):
        op.drop_table(table)
    op.drop_index("ix_calls_of_gunfire_received_at", "calls")
    for column in ("valid_from", "valid_to"):
        op.drop_column("zones", column)
    _change_follow_ups(_with_request_key)
    for table in _PARTS:
        op.drop_column(table, "known_at")
    for table in ("alerts", "calls"):
        op.drop_column(table, "changed_at")


def _without_request_key(table: BatchOperations) -> None:
    """Repeats are told by answered requests."""
    table.drop_constraint("uq_follow_ups_request_key", type_="unique")
    table.drop_column("request_key")


def _with_request_key(table: BatchOperations) -> None:
    table.add_column(sa.Column("request_key", sa.Text(), nullable=True))
    table.create_unique_constraint("uq_follow_ups_request_key", ["request_key"])


def _change_follow_ups(change: Callable[[BatchOperations], None]) -> None:
    """SQLite makes the table anew for it, to which nothing may refer meanwhile: its history steps aside."""
    aside = is_sqlite()
    made = []
    if aside:
        made = list(
            op.get_bind().scalars(
                sa.text(
                    "SELECT sql FROM sqlite_master WHERE tbl_name = 'follow_up_changes' AND sql IS NOT NULL"
                    " ORDER BY type = 'table' DESC"
                )
            )
        )
        op.execute("CREATE TEMPORARY TABLE kept_changes AS SELECT * FROM follow_up_changes")
        op.drop_table("follow_up_changes")
    with op.batch_alter_table("follow_ups") as table:
        change(table)
    for statement in made:
        op.execute(statement)
    if aside:
        op.execute("INSERT INTO follow_up_changes SELECT * FROM kept_changes")
        op.execute("DROP TABLE kept_changes")


def _add_known_at(table: str) -> None:
    """When each row came to be; of those there are, since their incident was last written."""
    epoch = sa.text("0" if is_sqlite() else "'epoch'")
    op.add_column(table, sa.Column("known_at", INSTANT, nullable=False, server_default=epoch))
    op.execute(
        f"UPDATE {table} SET known_at ="
        f" (SELECT updated_at FROM incidents WHERE incidents.id = {table}.incident_id)"
    )
    if not is_sqlite():
        op.alter_column(table, "known_at", server_default=None)


def _create_versions(table: str, versions: str, looked_up_by: tuple[str, ...]) -> None:
    """A table of the same columns, without keys, for the rows that were replaced."""
    columns = [
        sa.Column(column["name"], column["type"], nullable=column["nullable"])
        for column in sa.inspect(op.get_bind()).get_columns(table)
        if column["name"] != "position"
    ]
    op.create_table(
        versions,
        sa.Column("version_id", BIG_ID, autoincrement=True, nullable=False),
        *columns,
        sa.Column("superseded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=f"pk_{versions}"),
    )
    for column in (*looked_up_by, "superseded_at"):
        op.create_index(f"ix_{versions}_{column}", versions, [column])
