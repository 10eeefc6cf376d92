"""What is posted and answered about follow-ups, for the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema

from app.domain.time import parse_instant
from app.domain.vocabulary import FollowUpKind, FollowUpRule, FollowUpState
from app.records.schemas import Links, Schema
from app.records.work_schemas import Note


def _instant(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("expected a time with an offset, as a text")
    return parse_instant(value)


Due = Annotated[
    datetime | None, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Assignee = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
ByPeople = Literal["open", "done", "dismissed"]


class _Told(Schema):
    """What people may say of a follow-up."""

    assignee: Assignee | None = None
    due_at: Due = None
    note: Note | None = None
    results: dict[str, Any] = Field(default_factory=dict)


class NewFollowUp(_Told):
    """A follow-up to be made."""

    kind: FollowUpKind
    state: ByPeople = "open"


class ChangedFollowUp(_Told):
    """The fields of a follow-up to be changed; the others stay. Null takes an assignee, time or note away."""

    state: ByPeople = "open"


class FollowUpChange(Schema):
    """Who changed which fields to what, and when."""

    changed_at: AwareDatetime
    actor: str
    fields: dict[str, Any]


class FollowUpSummary(Schema):
    """A follow-up as it stands. `rule` suggested it, or null: a person made it."""

    id: str
    incident_id: str
    incident_number: str
    kind: FollowUpKind
    state: FollowUpState
    rule: FollowUpRule | None
    reason: str | None
    assignee: str | None
    due_at: AwareDatetime | None
    note: str | None
    results: dict[str, int | str]
    created_by: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class FollowUp(FollowUpSummary):
    """A follow-up with every change of it."""

    history: list[FollowUpChange]


class FollowUpList(Schema):
    """A page of follow-ups."""

    follow_ups: list[FollowUpSummary]
    as_of: AwareDatetime | None
    links: Links


class IncidentFollowUps(Schema):
    """An incident's follow-ups, in the order in which they were made."""

    incident_id: str
    number: str
    follow_ups: list[FollowUp]
    as_of: AwareDatetime | None
    links: Links
