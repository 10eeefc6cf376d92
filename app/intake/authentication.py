"""Who may send to a source: its own bearer key, or a Standard Webhooks signature."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fastapi import Request
from standardwebhooks import Webhook, WebhookVerificationError

from app.access.guard import presented_key
from app.access.keys import KeyRing, Principal
from app.access.roles import WRITE_ALERTS, WRITE_CALLS
from app.core.errors import ForbiddenError, UnauthenticatedError
from app.domain.vocabulary import SourceKind
from app.sources.feeds import Feed

SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims to be signed."""
    return any(name in headers for name in SIGNATURE_HEADERS)


def known_principal(request: Request, keys: KeyRing, now: datetime) -> Principal | None:
    """The holder of the bearer key if it was checked a moment ago; None: it must be looked up or there is none."""
    key = presented_key(request)
    return None if key is None else keys.cached(key, now)


def require_own_source(principal: Principal, kind: SourceKind, feed: Feed) -> None:
    """Refuse a key that is not for writing to this very source."""
    scope = WRITE_ALERTS if kind is SourceKind.ALERTS else WRITE_CALLS
    if scope not in principal.scopes or principal.source != feed.name:
        raise ForbiddenError(f"this key may not write to source {feed.name!r}")
    if feed.require_signature:
        raise UnauthenticatedError(f"source {feed.name!r} takes signed webhooks only")


def verify_signature(
    feed: Feed | None, headers: Mapping[str, str], body: bytes, now: datetime, tolerance_s: int
) -> None:
    """Check a Standard Webhooks signature against every valid secret. Raises UnauthenticatedError.

    An unknown source is answered like a wrong signature, so that names cannot be found out by asking.
    """
    missing = [name for name in SIGNATURE_HEADERS if not headers.get(name)]
    if missing:
        raise UnauthenticatedError(f"the signature lacks {', '.join(missing)}")
    _require_recent(headers["webhook-timestamp"], now, tolerance_s)
    for secret in feed.secrets if feed else ():
        if _fits(secret, headers, body):
            return
    raise UnauthenticatedError("the webhook's signature fits no secret of this source")


def _require_recent(timestamp: str, now: datetime, tolerance_s: int) -> None:
    try:
        sent_at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise UnauthenticatedError("webhook-timestamp is no count of seconds since 1970") from None
    if abs(now - sent_at) > timedelta(seconds=tolerance_s):
        raise UnauthenticatedError(f"webhook-timestamp is more than {tolerance_s} s off our clock")


def _fits(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """The library raises ValueError for malformed headers and compares in constant time for sound ones."""
    try:
        text = body.decode()
        expected = Webhook(secret).sign(
            headers["webhook-id"], datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC), text
        )
    except (WebhookVerificationError, ValueError):
        return False
    return _any_equal(expected, headers["webhook-signature"])


def _any_equal(expected: str, presented: str) -> bool:
    import hmac

    return any(hmac.compare_digest(expected.encode(), given.encode()) for given in presented.split(" "))
