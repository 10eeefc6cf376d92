"""One class for each thing that can go wrong with a request, with its status (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SettingsError(Exception):
    """The process cannot start as it is configured; the message says which setting and why."""


class ProblemError(Exception):
    """What a caller is told: `type` is stable, `detail` says what to do, `errors` point into the input."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            "type": f"urn:earshot:problem:{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        return body


class MalformedBodyError(ProblemError):
    """The body cannot be read at all."""

    status, type, title = 400, "malformed-body", "The body cannot be read"


class InvalidParameterError(ProblemError):
    """A query parameter is wrong."""

    status, type, title = 400, "invalid-parameter", "A parameter is wrong"


class UnauthenticatedError(ProblemError):
    """No key, a wrong, expired or revoked one, or a signature that does not fit."""

    status, type, title = 401, "unauthenticated", "Not signed in"


class SessionLockedError(ProblemError):
    """The session sleeps until the key is presented again."""

    status, type, title = 401, "session-locked", "The session is locked"


class ForbiddenError(ProblemError):
    """The key is good but may not do this."""

    status, type, title = 403, "forbidden", "Not allowed"


class ForeignPageError(ProblemError):
    """A write by cookie that no page of ours sent."""

    status, type, title = 403, "foreign-page", "Not sent by a page of ours"


class NotFoundError(ProblemError):
    """No such thing, or none that the key may see."""

    status, type, title = 404, "not-found", "Not found"


class ConflictError(ProblemError):
    """It contradicts what is there."""

    status, type, title = 409, "conflict", "It contradicts what is there"


class NotAcceptableError(ProblemError):
    """No representation that the client takes."""

    status, type, title = 406, "not-acceptable", "No such representation"


class SourceDisabledError(ProblemError):
    """The source was switched off by an administrator."""

    status, type, title = 403, "source-disabled", "The source is disabled"


class TooLargeError(ProblemError):
    """The body, or the batch in it, is above the limit."""

    status, type, title = 413, "too-large", "Too large"


class UnsupportedMediaError(ProblemError):
    """The body's type or encoding is none that the route takes."""

    status, type, title = 415, "unsupported-media-type", "Unsupported media type"


class UnusableRecordError(ProblemError):
    """A single record that cannot be identified or placed in time."""

    status, type, title = 422, "unusable-record", "The record cannot be used"


class ReusedKeyError(ProblemError):
    """An Idempotency-Key that came with another request before."""

    status, type, title = 422, "reused-key", "The key was used for another request"


class TooManyTriesError(ProblemError):
    """Too many wrong keys came from one address."""

    status, type, title = 429, "too-many-tries", "Too many tries"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class NotInstalledError(ProblemError):
    """It needs a part that is installed apart, and here is not."""

    status, type, title = 501, "not-installed", "Not installed here"


class BusyError(ProblemError):
    """Too much is waiting; nothing was stored."""

    status, type, title = 503, "busy", "Busy, try again"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


class NotLiveError(ProblemError):
    """The process can no longer do its work: it must be started again."""

    status, type, title = 503, "not-live", "Not live"


class NotReadyError(ProblemError):
    """The database is unreachable or not migrated."""

    status, type, title = 503, "not-ready", "Not ready"
