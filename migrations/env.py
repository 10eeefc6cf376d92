"""How Alembic reaches the database: the connection that `app.db.migration` hands over."""

from alembic import context

from app.db.migration import belongs_here
from app.db.models import Base

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=belongs_here(connection.dialect.name),
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
