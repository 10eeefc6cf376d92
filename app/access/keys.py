"""Keys of the form earshot_<id>_<secret>; only the SHA-256 of the secret (256 random bits) is kept."""

import hmac
import math
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.access.roles import allowed_scopes, default_scopes
from app.audit import append_audit
from app.core.errors import InvalidParameterError, NotFoundError
from app.db import Database
from app.db.models import Key, Source
from app.domain.vocabulary import Role, SourceKind

KEY_PATTERN = re.compile(r"earshot_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_MOST_REMEMBERED = 10_000
_Remembered = TypeVar("_Remembered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: a key's role, scopes and, for feeds, the one source it is bound to."""

    key_id: str
    role: Role
    scopes: frozenset[str]
    source: str | None = None
    expires_at: datetime | None = field(default=None, compare=False)

    @property
    def actor(self) -> str:
        """How the audit trail names it."""
        return f"key:{self.key_id}"


def create_key(
    session: Session,
    *,
    role: Role,
    source_name: str | None,
    name: str | None,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
    actor: str,
    now: datetime,
) -> str:
    """Create a key and answer it whole: the only time it can be seen. Raises InvalidParameterError."""
    granted = sorted(default_scopes(role) if scopes is None else set(scopes))
    strays = sorted(set(granted) - allowed_scopes(role))
    if strays:
        raise InvalidParameterError(
            f"role {role.value} cannot have {', '.join(strays)};"
            f" it may have {', '.join(sorted(allowed_scopes(role)))}"
        )
    if expires_at is not None and expires_at <= now:
        raise InvalidParameterError("the key would already have expired")
    source_id = _source_for(session, role, source_name)
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    session.execute(
        insert(Key).values(
            id=key_id,
            secret_hash=sha256(secret.encode()).digest(),
            role=role.value,
            source_id=source_id,
            name=name,
            scopes=granted,
            created_at=now,
            expires_at=expires_at,
        )
    )
    append_audit(
        session,
        at=now,
        actor=actor,
        action="key.create",
        target=f"key:{key_id}",
        detail={"role": role.value, "source": source_name, "name": name, "scopes": granted},
    )
    return f"earshot_{key_id}_{secret}"


def revoke_key(session: Session, key_id: str, *, actor: str, now: datetime) -> None:
    """Make a key useless; accepted ones may live on for the cache's age."""
    if session.get(Key, key_id) is None:
        raise InvalidParameterError(f"there is no key {key_id!r}; see `earshot key list`")
    session.execute(update(Key).where(Key.id == key_id, Key.revoked_at.is_(None)).values(revoked_at=now))
    append_audit(session, at=now, actor=actor, action="key.revoke", target=f"key:{key_id}")


def list_keys(session: Session) -> Sequence[tuple[Key, str | None]]:
    """Every key with the name of its source, oldest first."""
    statement = select(Key, Source.name).outerjoin(Source, Key.source_id == Source.id)
    return [(key, name) for key, name in session.execute(statement.order_by(Key.created_at, Key.id))]


def find_key(session: Session, key_id: str) -> tuple[Key, str | None]:
    """One key with the name of its source. Raises NotFoundError."""
    statement = select(Key, Source.name).outerjoin(Source, Key.source_id == Source.id)
    row = session.execute(statement.where(Key.id == key_id)).first() if key_id.isalnum() else None
    if row is None:
        raise NotFoundError(f"there is no key {key_id[:64]!r}")
    return row[0], row[1]


class KeyRing:
    """Checks keys against the database, remembering for a moment which were good and which were not."""

    def __init__(self, database: Database, age_s: float) -> None:
        self._database = database
        self._age_s = age_s
        self._known: dict[str, tuple[float, Principal]] = {}
        self._refused: dict[str, float] = {}

    def cached(self, key: str, now: datetime) -> Principal | None:
        """Who holds this key, if it was checked a moment ago."""
        checked_at, principal = self._known.get(key, (-1.0, None))
        if principal is None or time.monotonic() - checked_at >= self._age_s:
            return None
        if principal.expires_at is not None and principal.expires_at <= now:
            return None
        return principal

    def check(self, key: str, now: datetime) -> Principal | None:
        """Who holds this key; None for a malformed, unknown, revoked or expired one."""
        match = KEY_PATTERN.fullmatch(key)
        if match is None or time.monotonic() - self._refused.get(key, -math.inf) < self._age_s:
            return None
        principal = self._look_up(match[1], match[2], now)
        if principal is None:
            _remember(self._refused, key, time.monotonic())
        else:
            _remember(self._known, key, (time.monotonic(), principal))
        return principal

    def _look_up(self, key_id: str, secret: str, now: datetime) -> Principal | None:
        with self._database.read() as session:
            row = session.execute(
                select(Key, Source.name).outerjoin(Source, Key.source_id == Source.id).where(Key.id == key_id)
            ).first()
        stored = row[0].secret_hash if row else bytes(32)
        fits = hmac.compare_digest(stored, sha256(secret.encode()).digest())
        return holder_of(row[0], row[1], now) if row and fits else None


def holder_of(key: Key, source: str | None, now: datetime) -> Principal | None:
    """Whom a stored key names; None once it is revoked or has expired."""
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    role = Role(key.role)
    return Principal(
        key_id=key.id,
        role=role,
        # What a role may do can have become less since the key was made.
        scopes=allowed_scopes(role).intersection(key.scopes),
        source=source,
        expires_at=key.expires_at,
    )


def _remember(memory: dict[str, _Remembered], key: str, value: _Remembered) -> None:
    if len(memory) >= _MOST_REMEMBERED:
        memory.clear()
    memory[key] = value


def _source_for(session: Session, role: Role, source_name: str | None) -> int | None:
    wanted = {Role.VENDOR: SourceKind.ALERTS, Role.CAD: SourceKind.CALLS}.get(role)
    if wanted is None:
        if source_name is not None:
            raise InvalidParameterError(f"a key of role {role.value} is not bound to a source")
        return None
    if source_name is None:
        raise InvalidParameterError(f"a key of role {role.value} needs a source: it may use no other")
    source = session.scalar(select(Source).where(Source.name == source_name))
    if source is None:
        raise InvalidParameterError(f"there is no source {source_name!r}; add it with `earshot source add`")
    if source.kind != wanted:
        raise InvalidParameterError(
            f"source {source_name!r} carries {source.kind}, role {role.value} sends {wanted.value}"
        )
    return source.id
