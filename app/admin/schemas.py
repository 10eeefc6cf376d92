"""What administrators' routes answer and take, for the OpenAPI document; a test compares."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from app.domain.time import parse_instant
from app.domain.vocabulary import Role, Verdict


class Schema(BaseModel):
    """Every field is always there, and no others."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Links(Schema):
    """The address of the next page; null on the last."""

    next: str | None


_Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("expected a time with an offset, as a text")
    return parse_instant(value)


# Not pydantic's own, which takes times whose UTC is in the year 10000: no database gives those back.
_Time = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]


class NewKey(Schema):
    """What a key shall be for; `scopes` fewer than the role's, or the one that it may have beyond."""

    role: Role
    source: _Name | None = None
    name: _Name | None = None
    scopes: list[str] | None = Field(default=None, min_length=1, max_length=50)
    expires_at: _Time | None = None


class KeySummary(Schema):
    """A key, without its secret. `valid`: neither revoked nor expired."""

    id: str
    name: str | None
    role: Role
    source: str | None
    scopes: list[str]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    valid: bool


class CreatedKey(KeySummary):
    """A new key in full: the only time that it can be seen."""

    key: str


class KeyList(Schema):
    """Every key, oldest first."""

    keys: list[KeySummary]
    links: Links


class AuditDocument(Schema):
    """Who did what to what. `actor_name` is the name of the key that acted."""

    id: str
    at: AwareDatetime
    actor: str
    actor_name: str | None
    action: str
    target: str
    detail: dict[str, Any]
    hash: str


class AuditList(Schema):
    """Entries of the trail, the newest first."""

    entries: list[AuditDocument]
    links: Links


class RejectProblem(Schema):
    """What was wrong with it, and where."""

    pointer: str
    reason: str


class RejectSummary(Schema):
    """Something that could not be used, without its body."""

    id: str
    source: str
    stored_at: AwareDatetime
    origin: str
    content_type: str | None
    line: int | None
    external_id: str | None
    errors: list[RejectProblem]
    resolved_at: AwareDatetime | None


class RejectList(Schema):
    """Rejects, the newest first; `waiting` counts all that nobody has resolved."""

    rejects: list[RejectSummary]
    waiting: int
    links: Links


class RejectDocument(RejectSummary):
    """A reject with its body as it came; what is not UTF-8 in it is shown as U+FFFD."""

    raw: str
    raw_bytes: int


class RetryDocument(Schema):
    """What became of rejects that were tried again."""

    tried: int
    resolved: int
    rejected: int
    new: int
    duplicate: int
    revised: int
    stale: int
    conflict: int
    skipped: int


class NewMapping(Schema):
    """A mapping as TOML."""

    mapping: str = Field(max_length=100_000)


class MappingDocument(Schema):
    """A source's mapping as it was written; `waiting` records were rejected and may be tried again."""

    source: str
    mapping: str
    waiting: int


class ParameterChange(Schema):
    """A parameter in force, and as it would be."""

    before: float = Field(alias="from")
    after: float = Field(alias="to")


class RulesCheck(Schema):
    """Rules that can apply: the version they would be, and what differs from those in force."""

    version: str
    in_force: str
    changes: dict[str, ParameterChange]


class TrialRequest(Schema):
    """Rules to try on a stretch of time: parameters (those not named keep their defaults), or a version."""

    parameters: dict[str, Any] | None = None
    version: str | None = None
    from_at: _Time = Field(alias="from")
    to: _Time


class TrialExample(Schema):
    """An incident whose verdict would change."""

    id: str
    number: str
    started_at: AwareDatetime
    probability_before: float | None
    probability_after: float | None
    reason_after: str


class TrialDirection(Schema):
    """Incidents that would go from one verdict to another, with the first few."""

    before: Verdict = Field(alias="from")
    after: Verdict = Field(alias="to")
    count: int
    examples: list[TrialExample]


class TrialDocument(Schema):
    """What other rules would change. `regrouped`: alerts that would form other incidents."""

    version: str
    in_force: str
    incidents: int
    unchanged: int
    regrouped: int
    new: int
    changes: list[TrialDirection]
