"""What the answer about follow-ups looks like, for the OpenAPI document; a test compares."""

from pydantic import AwareDatetime, Field

from app.domain.vocabulary import Finding, FollowUpKind, FollowUpOutcome
from app.insight.schemas import Change, Schema
from app.insight.scorecard_schemas import Share


class Brought(Schema):
    """One kind: how many are done, their counts added up (null: none counted it), their outcomes."""

    done: int
    results: dict[str, int | None]
    outcomes: dict[FollowUpOutcome, int]


class ReportedWindow(Share):
    """The share reported in a zone from a time to another; `complete` where nothing of it was cut off."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    complete: bool


class AfterOutreach(ReportedWindow):
    """After one outreach, until the next or for `days`."""

    done_at: AwareDatetime


class ReportingAround(Schema):
    """Before the first outreach and after the last, with the difference: an association."""

    first_done_at: AwareDatetime
    last_done_at: AwareDatetime
    before: ReportedWindow
    after: ReportedWindow
    difference: Change | None
    after_each: list[AfterOutreach]


class FollowUpTotals(Schema):
    """By kind, and what was found by all of them (null: none counted it)."""

    kinds: dict[FollowUpKind, Brought]
    found: dict[Finding, int | None]


class FollowUpRow(FollowUpTotals):
    """One zone; null for follow-ups whose incident lies in none. `reporting` is null without outreach."""

    zone: str | None
    zone_id: str | None
    zone_kind: str | None
    reporting: ReportingAround | None


class FollowUpCounted(Schema):
    """What the figures rest on."""

    what: str
    days: int
    follow_ups: int
    min_count: int
    confidence: float
    limits: list[str]


class FollowUpEffect(Schema):
    """What follow-ups brought, and what was reported before and after outreach."""

    as_of: AwareDatetime | None
    counted: FollowUpCounted
    rows: list[FollowUpRow]
    totals: FollowUpTotals
