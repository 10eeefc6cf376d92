"""A service to measure: its two feeds, and the keys of who posts and who reads."""

from datetime import UTC, datetime

from app.access.keys import create_key
from app.adapters import preset_text
from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import Role, SourceKind
from app.sources.store import add_source


def furnish(url: str, role: Role) -> tuple[str, str]:
    """A feed of alerts, one of calls that is silent, and the keys of a vendor and of a reader."""
    database = Database(Settings(database_url=url, _env_file=None))
    now = datetime.now(UTC)
    with database.write() as session:
        for name, kind in (("bench", SourceKind.ALERTS), ("cad", SourceKind.CALLS)):
            add_source(
                session,
                name=name,
                kind=kind,
                mapping=preset_text(f"generic-{kind.value}-json"),
                require_signature=False,
                actor="benchmark",
                now=now,
            )
        vendor, reader = (
            create_key(
                session,
                role=role,
                source_name=source,
                name=None,
                scopes=None,
                expires_at=None,
                actor="benchmark",
                now=now,
            )
            for role, source in ((Role.VENDOR, "bench"), (role, None))
        )
    database.dispose()
    return vendor, reader
