"""Adding, changing and listing sources."""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.adapters import FeedMapping
from app.audit import append_audit
from app.core.errors import InvalidParameterError
from app.db.models import Alert, Change, Source, SourceSecret
from app.domain.time import CLOCKS_MARGIN
from app.domain.vocabulary import SourceKind
from app.sources.feeds import NAME_PATTERN

ROTATION_GRACE = timedelta(hours=24)


def add_source(
    session: Session,
    *,
    name: str,
    kind: SourceKind,
    mapping: str,
    require_signature: bool,
    actor: str,
    now: datetime,
) -> str:
    """Add a source and answer its first signing secret. Raises MappingError and InvalidParameterError."""
    if NAME_PATTERN.fullmatch(name) is None:
        raise InvalidParameterError(
            f"{name!r} is no source name: lower-case letters, digits, - and _, at most 64 of them"
        )
    _check_kind(name, kind, mapping)
    if session.scalar(select(Source.id).where(Source.name == name)) is not None:
        raise InvalidParameterError(f"there is already a source {name!r}; see `earshot source show {name}`")
    source = Source(
        name=name, kind=kind.value, mapping=mapping, require_signature=require_signature, created_at=now
    )
    session.add(source)
    session.flush()
    append_audit(session, at=now, actor=actor, action="source.add", target=f"source:{name}")
    return _new_secret(session, source.id, now)


def change_mapping(session: Session, name: str, mapping: str, *, actor: str, now: datetime) -> None:
    """Put another mapping in the place of a source's; rejects can be retried with it afterwards."""
    source = find_source(session, name)
    _check_kind(name, SourceKind(source.kind), mapping)
    source.mapping = mapping
    session.flush()
    _ask_for_judgement(session, None)
    append_audit(session, at=now, actor=actor, action="source.change-mapping", target=f"source:{name}")


def rotate_secret(session: Session, name: str, *, actor: str, now: datetime) -> str:
    """Add a signing secret; those before it stay valid for a day."""
    source = find_source(session, name)
    session.execute(
        update(SourceSecret)
        .where(SourceSecret.source_id == source.id, SourceSecret.expires_at.is_(None))
        .values(expires_at=now + ROTATION_GRACE)
    )
    append_audit(session, at=now, actor=actor, action="source.rotate-secret", target=f"source:{name}")
    return _new_secret(session, source.id, now)


def set_disabled(session: Session, name: str, *, disabled: bool, actor: str, now: datetime) -> None:
    """Switch a source off, or on again."""
    source = find_source(session, name)
    if source.disabled_at is not None and not disabled:
        _ask_for_judgement(session, source.disabled_at)
    source.disabled_at = now if disabled else None
    session.flush()
    action = "source.disable" if disabled else "source.enable"
    append_audit(session, at=now, actor=actor, action=action, target=f"source:{name}")


def find_source(session: Session, name: str) -> Source:
    """A source's row by name; InvalidParameterError that lists the names there are."""
    # PostgreSQL knows no text with a zero character, so no source is called so.
    source = None if "\x00" in name else session.scalar(select(Source).where(Source.name == name))
    if source is None:
        names = ", ".join(item.name for item in list_sources(session)) or "none yet"
        raise InvalidParameterError(f"there is no source {name!r} (known: {names})")
    return source


def list_sources(session: Session, kind: SourceKind | None = None) -> Sequence[Source]:
    """All sources by name."""
    statement = select(Source).order_by(Source.name)
    if kind is not None:
        statement = statement.where(Source.kind == kind.value)
    return session.scalars(statement).all()


def _check_kind(name: str, kind: SourceKind, mapping: str) -> None:
    mapped = FeedMapping.from_toml(mapping).kind
    if mapped is not kind:
        raise InvalidParameterError(
            f"the mapping is for {mapped.value}, but source {name!r} is to carry {kind.value}"
        )


def _ask_for_judgement(session: Session, since: datetime | None) -> None:
    """Let the worker look again at every alert since a time (None: at all), whose verdict may differ now."""
    first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
    if first is not None and last is not None and (since is None or since <= last):
        low = first if since is None else since
        session.add(Change(kind="source", from_at=low - CLOCKS_MARGIN, through_at=last + CLOCKS_MARGIN))
        session.flush()


def _new_secret(session: Session, source_id: int, now: datetime) -> str:
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    session.execute(insert(SourceSecret).values(source_id=source_id, secret=secret, created_at=now))
    return secret
