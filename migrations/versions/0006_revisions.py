"""How often an incident changed: by that, what was made of it once can be told from what is stale."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
_TABLES = ("incidents", "incident_versions")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table, sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
        )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "revision")
