"""Which files a source has brought."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Import


def list_imports(session: Session, source_id: int, limit: int = 10) -> Sequence[Import]:
    """A source's latest imports, newest first."""
    return session.scalars(
        select(Import).where(Import.source_id == source_id).order_by(Import.id.desc()).limit(limit)
    ).all()


def import_under_way(session: Session, source_id: int, at: datetime) -> datetime | None:
    """The `as_of` of the import that was storing a source's records at an instant."""
    found: datetime | None = session.scalar(
        select(Import.as_of)
        .where(Import.source_id == source_id, Import.started_at <= at)
        .order_by(Import.id.desc())
        .limit(1)
    )
    return found
