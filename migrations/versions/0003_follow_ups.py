"""What analysts found out about incidents, and the work that follows."""

import sqlalchemy as sa
from alembic import op

from migrations.dialect import BIG_ID, DOCUMENT, INSTANT, forbid_changes

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "disposition_changes",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("evidence", DOCUMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_disposition_changes_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_disposition_changes"),
    )
    op.create_index("ix_disposition_changes_incident_id", "disposition_changes", ["incident_id"])
    op.create_table(
        "disposition_alerts",
        sa.Column("disposition_id", BIG_ID, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disposition_id"], ["disposition_changes.id"], name="fk_disposition_alerts_disposition_id"
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_disposition_alerts_alert_id"),
        sa.PrimaryKeyConstraint("disposition_id", "alert_id", name="pk_disposition_alerts"),
    )
    op.create_index("ix_disposition_alerts_alert_id", "disposition_alerts", ["alert_id"])
    op.create_table(
        "follow_ups",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("results", DOCUMENT, nullable=False),
        sa.Column("is_touched", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_follow_ups_incident_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_follow_ups_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
        sa.UniqueConstraint("request_key", name="uq_follow_ups_request_key"),
    )
    for columns in (["incident_id"], ["alert_id"], ["created_at", "id"], ["due_at", "id"]):
        op.create_index(f"ix_follow_ups_{'_'.join(columns)}", "follow_ups", columns)
    op.create_table(
        "follow_up_changes",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("follow_up_id", BIG_ID, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("fields", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name="fk_follow_up_changes_follow_up_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up_changes"),
    )
    op.create_index("ix_follow_up_changes_follow_up_id", "follow_up_changes", ["follow_up_id"])
    for table in ("disposition_changes", "disposition_alerts", "follow_up_changes"):
        forbid_changes(table)


def downgrade() -> None:
    for table in ("follow_up_changes", "follow_ups", "disposition_alerts", "disposition_changes"):
        op.drop_table(table)
