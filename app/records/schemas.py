"""What answers look like, for the OpenAPI document; answers are made without these, a test compares."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.vocabulary import (
    AlertStatus,
    Classification,
    Decision,
    Finding,
    Line,
    Nature,
    Origin,
    Outcome,
    ShotsProvenance,
    SourceKind,
    Verdict,
)
from app.domain.vocabulary import Disposition as DispositionWord


class Schema(BaseModel):
    """Every field is always there, and no others."""

    model_config = ConfigDict(extra="forbid")


class Links(Schema):
    """Where to go on; null on the last page."""

    next: str | None


class Shot(Schema):
    """One round: seconds after the first, and its place where known."""

    offset_s: float
    longitude: float | None
    latitude: float | None


class IncidentAlert(Schema):
    """An alert within its incident."""

    id: str
    source: str
    external_id: str
    revision: int | None
    status: AlertStatus
    started_at: AwareDatetime | None
    published_at: AwareDatetime | None
    rounds: int | None
    classification: Classification
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    shots: list[Shot] | None


class IncidentSummary(Schema):
    """An incident as lists and the live stream show it."""

    id: str
    number: str
    verdict: Verdict
    probability_reported: float | None
    needs_review: bool
    reason: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    published_at: AwareDatetime | None
    closes_at: AwareDatetime
    decided_at: AwareDatetime
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    address: str | None
    rounds: int | None
    classification: Classification
    full_auto: bool | None
    high_capacity: bool | None
    multiple_shooters: bool | None
    zones: list[str]
    alerts: list[IncidentAlert]
    alert_count: int
    call_count: int
    cad_record_count: int
    first_call_lag_s: float | None
    disposition: DispositionWord | None
    rules_version: str
    updated_at: AwareDatetime


class Evidence(Schema):
    """The terms of a link's evidence, natural logarithms, and their sum.

    `live_factor` is how many times the city's calls stood above the background; it is part of that term.
    """

    prior: float
    time: float
    distance: float
    nature: float
    background: float
    total: float
    live_factor: float


class Without(Schema):
    """The incident had this call not been made; `decisive`: it would then not be `reported`."""

    probability_reported: float
    decisive: bool


class IncidentCall(Schema):
    """A call that may report the incident."""

    id: str
    probability: float
    decision: Decision
    lag_s: float | None
    distance_m: float | None
    received_at: AwareDatetime
    line: Line
    nature: Nature
    nature_code: str | None
    origin: Origin
    evidence: Evidence | None
    without: Without | None


class LinkReview(Schema):
    """An analyst's decision about a call; `automatic` leaves it to the evidence again."""

    decision: Decision
    note: str | None = Field(default=None, max_length=2000, pattern=r"^[^\x00]*$")


class LinkReviewed(Schema):
    """A decision as it was written down; the incident follows within moments."""

    incident_id: str
    call_id: str
    decision: Decision
    note: str | None


class CadRecord(Schema):
    """What the alert itself created in the call feed."""

    external_id: str
    dispatched_at: AwareDatetime | None
    arrived_at: AwareDatetime | None


class VerdictChange(Schema):
    """What was said of the incident, why, under which rules, and when."""

    decided_at: AwareDatetime
    verdict: Verdict
    probability_reported: float | None
    reason: str
    rules_version: str


class EvidencePosition(Schema):
    """Where evidence lay; `uncertainty_m` 1 sigma, null where nobody said."""

    longitude: float
    latitude: float
    uncertainty_m: float | None


class DispositionChange(Schema):
    """What an analyst found, when, and what was counted at the scene."""

    decided_at: AwareDatetime
    disposition: DispositionWord | None
    note: str | None
    evidence: dict[Finding, int]
    evidence_position: EvidencePosition | None
    actor: str


class Incident(IncidentSummary):
    """All of an incident. `calls` and `cad_records` only with `calls:read`.

    `disposition_history` only with `incidents:review`.
    """

    calls: list[IncidentCall] = []
    cad_records: list[CadRecord] = []
    disposition_history: list[DispositionChange] = []
    history: list[VerdictChange]
    as_of: AwareDatetime | None


class IncidentList(Schema):
    """A page of incidents."""

    incidents: list[IncidentSummary]
    as_of: AwareDatetime | None
    links: Links


class FieldProblem(Schema):
    """What was wrong with a field, which is null for it."""

    pointer: str
    reason: str


class AlertSummary(Schema):
    """One acoustic detection as its best revision tells it."""

    id: str
    incident_id: str | None
    source: str
    external_id: str
    revision: int | None
    status: AlertStatus
    started_at: AwareDatetime | None
    published_at: AwareDatetime | None
    revised_at: AwareDatetime | None
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    address: str | None
    rounds: int | None
    classification: Classification
    vendor_classification: str | None
    confidence: float | None
    full_auto: bool | None
    high_capacity: bool | None
    multiple_shooters: bool | None
    direction_deg: float | None
    speed_mps: float | None
    has_audio: bool
    shots: list[Shot] | None
    shots_provenance: ShotsProvenance | None
    warnings: list[FieldProblem]
    stored_at: AwareDatetime


class Revision(Schema):
    """One body about a record, applied or not. `raw` is for administrators."""

    revision: int | None
    outcome: Outcome
    stored_at: AwareDatetime
    record: dict[str, Any]
    raw: dict[str, Any] | None = None


class Alert(AlertSummary):
    """An alert with every body that ever came about it."""

    revisions: list[Revision]


class AlertList(Schema):
    """A page of alerts."""

    alerts: list[AlertSummary]
    as_of: AwareDatetime | None
    links: Links


class CallSummary(Schema):
    """One call for service as its best revision tells it, without the people in it."""

    id: str
    source: str
    external_id: str
    revision: int | None
    received_at: AwareDatetime
    revised_at: AwareDatetime | None
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    address: str | None
    line: Line
    nature_code: str | None
    nature: Nature
    origin: Origin
    priority: str | None
    disposition: str | None
    responders: list[str] | None
    backup_requested: bool | None
    dispatched_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    cleared_at: AwareDatetime | None
    alert_external_id: str | None
    warnings: list[FieldProblem]
    stored_at: AwareDatetime


class Call(CallSummary):
    """A call with every body that ever came about it. `caller` and `narrative` only with `calls:pii`."""

    caller: dict[str, Any] | None = None
    narrative: str | None = None
    revisions: list[Revision]


class CallList(Schema):
    """A page of calls."""

    calls: list[CallSummary]
    as_of: AwareDatetime | None
    links: Links


class Gap(Schema):
    """A stretch of event time without calls that the feed's own rhythm makes implausible."""

    from_: AwareDatetime = Field(alias="from")
    through: AwareDatetime


class Source(Schema):
    """A feed and how it is doing. `watermark`, `lag_s` and `gaps` are of call feeds."""

    name: str
    kind: SourceKind
    status: Literal["ok", "silent", "disabled", "never"]
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    last_received_at: AwareDatetime | None
    watermark: AwareDatetime | None
    lag_s: float | None
    gaps: list[Gap]
    records: int
    records_with_warnings: int
    rejects: int


class SourceList(Schema):
    """Every feed, by name."""

    sources: list[Source]
    links: Links


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
