"""Analysts' decisions about calls, what a link was weighed against, and work that waits after a failure."""

import sqlalchemy as sa
from alembic import op

from migrations.dialect import BIG_ID, INSTANT, forbid_changes

revision = "0002"
down_revision = "0001"

_TERMS = ("lag_s", "distance_m", "prior", "time", "distance", "nature", "background", "total")


def upgrade() -> None:
    op.add_column("calls", sa.Column("alert_external_id", sa.Text(), nullable=True))
    op.add_column("changes", sa.Column("retry_at", INSTANT, nullable=True))
    op.create_table(
        "link_decisions",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_link_decisions_alert_id"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_link_decisions_call_id"),
        sa.PrimaryKeyConstraint("id", name="pk_link_decisions"),
    )
    op.create_index("ix_link_decisions_alert_id", "link_decisions", ["alert_id"], unique=False)
    op.create_index("ix_link_decisions_call_id", "link_decisions", ["call_id"], unique=False)
    forbid_changes("link_decisions")
    op.drop_table("links")
    _create_links(
        [
            sa.Column("probability", sa.Double(), nullable=False),
            sa.Column("decision", sa.Text(), nullable=False),
        ],
        [
            *(sa.Column(name, sa.Double(), nullable=True) for name in _TERMS),
            sa.Column("live_factor", sa.Double(), nullable=True),
            sa.Column("probability_without", sa.Double(), nullable=True),
            sa.Column("is_decisive", sa.Boolean(), nullable=False),
        ],
    )
    _judge_all_again()


def downgrade() -> None:
    op.drop_table("links")
    _create_links(
        [sa.Column("probability", sa.Double(), nullable=False)],
        [sa.Column(name, sa.Double(), nullable=False) for name in _TERMS],
    )
    op.drop_table("link_decisions")
    op.drop_column("changes", "retry_at")
    op.drop_column("calls", "alert_external_id")
    _judge_all_again()


def _create_links(first: list[sa.Column[object]], last: list[sa.Column[object]]) -> None:
    op.create_table(
        "links",
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        *first,
        *last,
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_links_call_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_links_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", "call_id", name="pk_links"),
    )
    op.create_index("ix_links_call_id", "links", ["call_id"], unique=False)


def _judge_all_again() -> None:
    """Links are derived: the worker makes them anew from the records."""
    op.execute(
        "INSERT INTO changes (kind, from_at, through_at)"
        " SELECT 'all', min(started_at), max(started_at) FROM alerts WHERE started_at IS NOT NULL"
        " HAVING count(*) > 0"
    )
