"""Sessions of people who signed in to the console with a key."""

import sqlalchemy as sa
from alembic import op

from migrations.dialect import BIG_ID, INSTANT

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "key_sessions",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signed_in_at", INSTANT, nullable=False),
        sa.Column("active_at", INSTANT, nullable=False),
        sa.Column("locked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name="fk_key_sessions_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_key_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_key_sessions_token_hash"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("key_sessions")
