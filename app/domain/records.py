"""One alert, one call, as a feed tells them. What is missing is None; nothing is invented."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from app.domain.vocabulary import (
    AlertStatus,
    Classification,
    Line,
    Nature,
    Origin,
    ShotsProvenance,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field: a JSON pointer into the record and the reason in words."""

    pointer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One round: seconds after the alert's first shot, and its place where known (WGS84 degrees)."""

    offset_s: float
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """One acoustic detection. `started_at` is None only in a retraction that carries just its id."""

    external_id: str
    started_at: datetime | None
    status: AlertStatus = AlertStatus.ACTIVE
    revision: int | None = None
    revised_at: datetime | None = None
    published_at: datetime | None = None
    longitude: float | None = None
    latitude: float | None = None
    uncertainty_m: float | None = None
    rounds: int | None = None
    classification: Classification = Classification.UNCLASSIFIED
    vendor_classification: str | None = None
    confidence: float | None = None
    address: str | None = None
    full_auto: bool | None = None
    high_capacity: bool | None = None
    multiple_shooters: bool | None = None
    direction_deg: float | None = None
    speed_mps: float | None = None
    audio_url: str | None = None
    shots: tuple[Shot, ...] | None = None
    shots_provenance: ShotsProvenance | None = None

    @property
    def is_bare_retraction(self) -> bool:
        """A retraction that says only which alert it withdraws."""
        return self.status is AlertStatus.RETRACTED and self.started_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call for service. `received_at` is when the centre took the call.

    `alert_external_id` is the vendor's id of the alert that a sensor's record is of.
    """

    external_id: str
    received_at: datetime
    revision: int | None = None
    revised_at: datetime | None = None
    longitude: float | None = None
    latitude: float | None = None
    uncertainty_m: float | None = None
    address: str | None = None
    line: Line = Line.OTHER
    nature_code: str | None = None
    nature: Nature = Nature.OTHER
    origin: Origin = Origin.UNKNOWN
    priority: str | None = None
    disposition: str | None = None
    responders: tuple[str, ...] | None = None
    backup_requested: bool | None = None
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    cleared_at: datetime | None = None
    narrative: str | None = None
    alert_external_id: str | None = None
    caller: Mapping[str, str] | None = None


Record = AlertRecord | CallRecord


def encode(record: Record) -> bytes:
    """The record as JSON: times as RFC 3339 in UTC, vocabularies as their words, fields in their order.

    Equal for a repeat, whatever its spelling on the wire.
    """
    return orjson.dumps(record, option=orjson.OPT_UTC_Z)


def as_document(record: Record) -> dict[str, Any]:
    """The record as plain JSON values."""
    document: dict[str, Any] = orjson.loads(encode(record))
    return document


def fingerprint(encoded: bytes) -> bytes:
    """SHA-256 over an encoded record."""
    return sha256(encoded).digest()
