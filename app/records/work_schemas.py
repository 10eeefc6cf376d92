"""What is posted and answered about what people do with an incident, for the OpenAPI document."""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from app.domain.vocabulary import Disposition, Finding, InView, TimelineKind
from app.records.schemas import DispositionChange, Links, Schema

MOST_COUNTED = 10_000
MOST_UNCERTAIN_M = 10_000.0
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNTED)]
Longitude = Annotated[float, Field(strict=True, ge=-180, le=180)]
Latitude = Annotated[float, Field(strict=True, ge=-90, le=90)]
Metres = Annotated[float, Field(strict=True, ge=0, le=MOST_UNCERTAIN_M)]


class Place(Schema):
    """A place as a person tells it; uncertainty 1 sigma, where it was said."""

    longitude: Longitude
    latitude: Latitude
    uncertainty_m: Metres | None = None

    @model_validator(mode="after")
    def _is_a_place(self) -> Self:
        if self.longitude == 0 and self.latitude == 0:
            raise ValueError("0,0 is a placeholder, not a position")
        return self


class DispositionReview(Schema):
    """What an analyst found; null takes the last word back.

    `evidence` is what was counted at the scene, `evidence_position` where it lay.
    """

    disposition: Disposition | None
    note: Note | None = None
    evidence: dict[Finding, Count] = Field(default_factory=dict)
    evidence_position: Place | None = None


class DispositionReviewed(DispositionChange):
    """A disposition as it was written down."""

    incident_id: str


class TimelineRecord(Schema):
    """What an entry is about."""

    type: Literal["alert", "call", "cad_record", "follow_up"]
    id: str


class TimelineEntry(Schema):
    """One thing that happened. `told_at` only where the source's clock was put right."""

    at: AwareDatetime
    offset_s: float
    kind: TimelineKind
    source: str
    told_at: AwareDatetime | None
    record: TimelineRecord | None
    details: dict[str, Any]


class Timeline(Schema):
    """What happened around an incident, in order of time."""

    incident_id: str
    number: str
    started_at: AwareDatetime
    timeline: list[TimelineEntry]
    as_of: AwareDatetime | None
    links: Links


class HeardAt(Schema):
    """Where an alert heard shots (1 sigma; assumed where it does not say), and whither they went."""

    alert_id: str
    longitude: float
    latitude: float
    uncertainty_m: float
    uncertainty_assumed: bool
    direction_deg: float | None
    speed_mps: float | None


class NearCamera(Schema):
    """A camera, whether it looks at the incident, and what to pull from it."""

    incident_id: str
    incident_number: str
    camera_id: str
    external_id: str
    name: str
    longitude: float
    latitude: float
    address: str | None
    distance_m: float
    bearing_deg: float | None
    in_view: InView | None
    off_travel_deg: float | None
    pull_from: AwareDatetime
    pull_through: AwareDatetime
    pull_before: AwareDatetime | None
    direction_deg: float | None
    field_of_view_deg: float | None
    range_m: float | None
    retention_h: float | None
    contact: str | None


class NearCameras(Schema):
    """The cameras about an incident, the nearest first; `reason` says why there are none."""

    incident_id: str
    number: str
    pull_from: AwareDatetime
    pull_through: AwareDatetime
    positions: list[HeardAt]
    reason: str | None
    cameras: list[NearCamera]
    as_of: AwareDatetime | None
    links: Links
