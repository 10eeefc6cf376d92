"""Feeds for tests: sources of the generic form, or of a mapping of their own."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.adapters import preset_text
from app.domain.vocabulary import SourceKind
from app.sources.store import add_source


def add_feed(
    session: Session,
    name: str,
    kind: SourceKind,
    mapping: str | None = None,
    *,
    now: datetime,
    require_signature: bool = False,
) -> str:
    """Add a source by a mapping, or else of the generic JSON form; answers its signing secret."""
    return add_source(
        session,
        name=name,
        kind=kind,
        mapping=mapping or preset_text(f"generic-{kind.value}-json"),
        require_signature=require_signature,
        actor="test",
        now=now,
    )
