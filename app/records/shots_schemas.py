"""What is posted and answered about shots, for the OpenAPI document."""

from typing import Literal

from pydantic import AwareDatetime, Field

from app.adapters.shot_report import (
    LONGEST_NOTE,
    LONGEST_REFERENCE,
    LONGEST_SHOOTER,
    MOST_OFFSET_S,
    MOST_SHOTS,
)
from app.domain.vocabulary import ShotsProvenance
from app.records.schemas import FieldProblem, Links, Schema


class NewShot(Schema):
    """One round: seconds after the alert's first shot (negative: before), and its place where known."""

    offset_s: float = Field(ge=-MOST_OFFSET_S, le=MOST_OFFSET_S)
    longitude: float | None = None
    latitude: float | None = None
    uncertainty_m: float | None = None
    shooter: str | None = Field(default=None, max_length=LONGEST_SHOOTER)


class NewShotReport(Schema):
    """What was found out about the shots of an alert; null and left out: the report does not say."""

    alert: str | int | None = None
    provenance: Literal["investigative_summary", "forensic_report"]
    reference: str | None = Field(default=None, max_length=LONGEST_REFERENCE)
    rounds: int | None = None
    shooters: int | None = None
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)
    shots: list[NewShot] = Field(default_factory=list, max_length=MOST_SHOTS)


class AccountedShot(Schema):
    """One round of an account, by true time; `shooter` is the report's own label."""

    number: int
    at: AwareDatetime
    offset_s: float
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    shooter: str | None


class ShotAccount(Schema):
    """What one document says of an alert's shots. Without `actor` it is the vendor's own, of the alert."""

    alert_id: str
    source: str
    alert_external_id: str
    provenance: ShotsProvenance
    reference: str | None
    actor: str | None
    stored_at: AwareDatetime
    superseded_at: AwareDatetime | None
    rounds: int | None
    shooters: int | None
    note: str | None
    shots: list[AccountedShot]


class FiledShots(ShotAccount):
    """An account as it was filed, and what became null in it or should be looked at."""

    incident_id: str
    warnings: list[FieldProblem]


class IncidentShots(Schema):
    """Every account of an incident's shots. `rounds` is the incident's own count, which no report changes."""

    incident_id: str
    number: str
    started_at: AwareDatetime
    rounds: int | None
    accounts: list[ShotAccount]
    as_of: AwareDatetime | None
    links: Links
