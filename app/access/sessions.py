"""Sessions of people who signed in to the console: a random token that stands for a key, until it locks.

Only the SHA-256 of the token (256 random bits) is kept. A session locks when its person does nothing for a
while, and some hours after the key was presented, whatever is done. The table is the truth, so any number of
processes may serve one session; what a process remembers, it remembers as briefly as keys.
"""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.access.keys import Principal, holder_of
from app.audit import append_audit
from app.core.errors import SessionLockedError, UnauthenticatedError
from app.core.settings import Settings
from app.db import Database
from app.db.models import Key, KeySession
from app.domain.time import format_instant

COOKIE = "earshot_session"
# So long a session that has locked is told apart from none at all.
REMEMBERED_FOR = timedelta(days=7)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_REMEMBERED = 10_000
_ACTIVITY_WRITTEN_EVERY_S = 60.0
# Activity is written down more often where a session locks within minutes.
_ACTIVITY_SHARE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session as it was found: whose it is, and the times by which it locks."""

    id: int
    principal: Principal
    name: str | None
    signed_in_at: datetime
    active_at: datetime
    locked_at: datetime | None


@dataclass(frozen=True, slots=True)
class LockTimes:
    """When sessions lock: after so long without activity, and after so long in all."""

    idle: timedelta
    longest: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "LockTimes":
        """As the operator set them."""
        return cls(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_longest_s))

    def when_idle(self, found: SignedIn) -> datetime:
        """When it locks if nothing more is done."""
        return min(found.active_at + self.idle, self.at_latest(found))

    def at_latest(self, found: SignedIn) -> datetime:
        """When the key must be presented again whatever is done."""
        latest = found.signed_in_at + self.longest
        expires_at = found.principal.expires_at
        return latest if expires_at is None else min(latest, expires_at)

    def is_locked(self, found: SignedIn, now: datetime) -> bool:
        """Whether it is locked; once that was written down it stays so."""
        return found.locked_at is not None or self.when_idle(found) <= now

    def reason(self, one: SignedIn | KeySession) -> str:
        """Which of the two comes first."""
        return "idle" if one.active_at + self.idle < one.signed_in_at + self.longest else "longest"


class Sessions:
    """Finds sessions by their tokens and moves their idle clocks."""

    def __init__(self, database: Database, times: LockTimes, age_s: float) -> None:
        self.times = times
        self._database = database
        self._age_s = age_s
        self._known: dict[str, tuple[float, SignedIn]] = {}
        written_every_s = min(_ACTIVITY_WRITTEN_EVERY_S, times.idle.total_seconds() / _ACTIVITY_SHARE)
        self._written_every = timedelta(seconds=written_every_s)

    def require(self, token: str, now: datetime) -> SignedIn:
        """The session of a token. Raises UnauthenticatedError, or SessionLockedError until it is unlocked."""
        found = self._remembered(token, now) or self._find(token, now)
        if found is None:
            raise UnauthenticatedError("signed out: the session has ended, or its key is no longer good")
        if not self.times.is_locked(found, now):
            return found
        if found.locked_at is None:
            with self._database.write() as session:
                _lock(session, found.id, found.principal.actor, self.times.reason(found), now)
        raise SessionLockedError("the session is locked: present the key again")

    def move(self, token: str, found: SignedIn, now: datetime) -> None:
        """The person did something. Written down at most once a minute, whoever else does so."""
        if now - found.active_at < self._written_every:
            return
        with self._database.write() as session:
            session.execute(
                update(KeySession)
                .where(
                    KeySession.id == found.id,
                    KeySession.active_at <= now - self._written_every,
                    KeySession.locked_at.is_(None),
                )
                .values(active_at=now)
            )
        self.forget(token)

    def forget(self, token: str) -> None:
        """Look the session up anew when it is asked for next."""
        self._known.pop(token, None)

    def _remembered(self, token: str, now: datetime) -> SignedIn | None:
        """What was found a moment ago; a session that seems to lock may have been used elsewhere since."""
        checked_at, found = self._known.get(token, (0.0, None))
        if found is None or time.monotonic() - checked_at >= self._age_s:
            return None
        return None if self.times.is_locked(found, now) else found

    def _find(self, token: str, now: datetime) -> SignedIn | None:
        if _TOKEN.fullmatch(token) is None:
            return None
        with self._database.read() as session:
            row = session.execute(
                select(KeySession, Key)
                .join(Key, KeySession.key_id == Key.id)
                .where(KeySession.token_hash == _digest(token))
            ).first()
        if row is None:
            return None
        kept, key = row
        principal = holder_of(key, None, now)
        if principal is None:
            return None
        found = SignedIn(
            id=kept.id,
            principal=principal,
            name=key.name,
            signed_in_at=kept.signed_in_at,
            active_at=kept.active_at,
            locked_at=kept.locked_at,
        )
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[token] = (time.monotonic(), found)
        return found


def sign_in(session: Session, principal: Principal, *, address: str | None, now: datetime) -> str:
    """Begin a session for the holder of a key; answers its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    number = session.scalar(
        insert(KeySession)
        .values(token_hash=_digest(token), key_id=principal.key_id, signed_in_at=now, active_at=now)
        .returning(KeySession.id)
    )
    append_audit(
        session,
        at=now,
        actor=principal.actor,
        action="session.sign-in",
        target=f"session:{number}",
        detail={"address": address},
    )
    return token


def sign_out(session: Session, token: str, *, because: str, now: datetime) -> None:
    """End the session of a token, locked or not; nothing happens where there is none."""
    ended = session.execute(
        delete(KeySession)
        .where(KeySession.token_hash == _digest(token))
        .returning(KeySession.id, KeySession.key_id)
    ).first()
    if ended is None:
        return
    append_audit(
        session,
        at=now,
        actor=f"key:{ended.key_id}",
        action="session.sign-out",
        target=f"session:{ended.id}",
        detail={"because": because},
    )


def tidy_sessions(session: Session, times: LockTimes, now: datetime) -> None:
    """Write down which sessions have locked without anybody asking, and delete those of last week."""
    open_ones: Sequence[KeySession] = session.scalars(
        select(KeySession).where(
            KeySession.locked_at.is_(None),
            (KeySession.active_at <= now - times.idle) | (KeySession.signed_in_at <= now - times.longest),
        )
    ).all()
    for one in open_ones:
        _lock(session, one.id, f"key:{one.key_id}", times.reason(one), now)
    session.execute(delete(KeySession).where(KeySession.signed_in_at < now - REMEMBERED_FOR))


def _lock(session: Session, number: int, actor: str, because: str, now: datetime) -> None:
    """Once, whoever notices first."""
    locked = session.scalar(
        update(KeySession)
        .where(KeySession.id == number, KeySession.locked_at.is_(None))
        .values(locked_at=now)
        .returning(KeySession.active_at)
    )
    if locked is None:
        return
    append_audit(
        session,
        at=now,
        actor=actor,
        action="session.lock",
        target=f"session:{number}",
        detail={"because": because, "active_at": format_instant(locked)},
    )


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
