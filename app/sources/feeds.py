"""One feed as the rest of the program needs it: its row with the mapping compiled and the valid secrets."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.adapters import FeedMapping
from app.core.errors import NotFoundError, SourceDisabledError
from app.db import Database
from app.db.models import Source, SourceSecret
from app.domain.vocabulary import SourceKind

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source, ready for use."""

    id: int
    name: str
    kind: SourceKind
    mapping: FeedMapping
    require_signature: bool
    secrets: tuple[str, ...]
    disabled_at: datetime | None

    def require(self, kind: SourceKind) -> None:
        """Refuse a disabled feed and one of the other kind."""
        if self.kind is not kind:
            raise NotFoundError(f"source {self.name!r} carries {self.kind.value}, not {kind.value}")
        if self.disabled_at is not None:
            raise SourceDisabledError(f"source {self.name!r} was disabled; nothing was stored")


def load_feed(session: Session, name: str, now: datetime) -> Feed:
    """Read a feed by its name; NotFoundError when there is none."""
    source = session.scalar(select(Source).where(Source.name == name))
    if source is None:
        raise NotFoundError(f"there is no source {name[:64]!r}")
    return feed_of(session, source, now)


def feed_of(session: Session, source: Source, now: datetime) -> Feed:
    """A source's row with its mapping compiled."""
    secrets = session.scalars(
        select(SourceSecret.secret)
        .where(
            SourceSecret.source_id == source.id,
            or_(SourceSecret.expires_at.is_(None), SourceSecret.expires_at > now),
        )
        .order_by(SourceSecret.id.desc())
    )
    return Feed(
        id=source.id,
        name=source.name,
        kind=SourceKind(source.kind),
        mapping=compiled_mapping(source.mapping),
        require_signature=source.require_signature,
        secrets=tuple(secrets),
        disabled_at=source.disabled_at,
    )


@lru_cache(maxsize=256)
def compiled_mapping(text: str) -> FeedMapping:
    """A mapping by its text; compiling is much slower than looking it up."""
    return FeedMapping.from_toml(text)


class FeedCache:
    """Feeds by name, read again when older than `age_s`: a webhook must not wait for a look-up."""

    def __init__(self, database: Database, age_s: float) -> None:
        self._database = database
        self._age_s = age_s
        self._feeds: dict[str, tuple[float, Feed]] = {}
        self._lock = Lock()

    def cached(self, name: str) -> Feed | None:
        """The feed if it was read a moment ago."""
        read_at, feed = self._feeds.get(name, (-1.0, None))
        return feed if feed is not None and time.monotonic() - read_at < self._age_s else None

    def load(self, name: str, now: datetime) -> Feed:
        """The feed, read now."""
        with self._database.read() as session:
            feed = load_feed(session, name, now)
        with self._lock:
            self._feeds[name] = (time.monotonic(), feed)
        return feed
