"""What is posted and answered about what people do with an incident, for the OpenAPI document."""

from typing import Annotated

from pydantic import Field

from app.domain.vocabulary import Disposition, Finding
from app.records.schemas import DispositionChange, Schema

MOST_COUNTED = 10_000
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNTED)]


class DispositionReview(Schema):
    """What an analyst found; null takes the last word back. `evidence` is what was counted at the scene."""

    disposition: Disposition | None
    note: Note | None = None
    evidence: dict[Finding, Count] = Field(default_factory=dict)


class DispositionReviewed(DispositionChange):
    """A disposition as it was written down."""

    incident_id: str
