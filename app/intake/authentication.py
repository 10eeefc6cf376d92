"""Who may send to a source: its own bearer key, or a Standard Webhooks signature."""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

from fastapi import Request

from app.access.guard import CHALLENGE, presented_key
from app.access.keys import KeyRing, Principal
from app.access.roles import WRITE_ALERTS, WRITE_CALLS
from app.core.errors import ForbiddenError, UnauthenticatedError
from app.domain.vocabulary import SourceKind
from app.sources.feeds import Feed

SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
WRONG_SIGNATURE = "the webhook's signature fits no secret of this source"
_SECONDS = re.compile(r"[0-9]{1,12}")


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims to be signed."""
    return any(name in headers for name in SIGNATURE_HEADERS)


def known_principal(request: Request, keys: KeyRing, now: datetime) -> Principal | None:
    """The holder of the bearer key if it was checked a moment ago; None: look it up, if there is one."""
    key = presented_key(request)
    return None if key is None else keys.cached(key, now)


def require_own_source(principal: Principal, kind: SourceKind, feed: Feed) -> None:
    """Refuse a key that is not for writing to this very source."""
    scope = WRITE_ALERTS if kind is SourceKind.ALERTS else WRITE_CALLS
    if scope not in principal.scopes or principal.source != feed.name:
        raise ForbiddenError(f"this key may not write to source {feed.name!r}")
    if feed.require_signature:
        raise UnauthenticatedError(f"source {feed.name!r} takes signed webhooks only", headers=CHALLENGE)


def verify_signature(
    feed: Feed, headers: Mapping[str, str], body: bytes, now: datetime, tolerance_s: int
) -> None:
    """Check a Standard Webhooks signature against every valid secret. Raises UnauthenticatedError."""
    missing = [name for name in SIGNATURE_HEADERS if not headers.get(name)]
    if missing:
        raise UnauthenticatedError(f"the signature lacks {', '.join(missing)}", headers=CHALLENGE)
    _require_recent(headers["webhook-timestamp"], now, tolerance_s)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    presented = [given.encode() for given in headers["webhook-signature"].split(" ")]
    expected = [_signature(secret, signed) for secret in feed.secrets]
    if not any(hmac.compare_digest(one, other) for one in expected for other in presented):
        raise UnauthenticatedError(WRONG_SIGNATURE, headers=CHALLENGE)


def _require_recent(timestamp: str, now: datetime, tolerance_s: int) -> None:
    if _SECONDS.fullmatch(timestamp) is None:
        raise UnauthenticatedError("webhook-timestamp is no count of seconds since 1970", headers=CHALLENGE)
    if abs(now.timestamp() - int(timestamp)) > tolerance_s:
        raise UnauthenticatedError(
            f"webhook-timestamp is more than {tolerance_s} s off our clock", headers=CHALLENGE
        )


def _signature(secret: str, signed: bytes) -> bytes:
    """Standard Webhooks, symmetric: over the bytes as they came, whatever their encoding."""
    key = b64decode(secret.removeprefix("whsec_"))
    return b"v1," + b64encode(hmac.digest(key, signed, "sha256"))
