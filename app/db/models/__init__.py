"""The one schema, for both databases."""

from app.db.models.access import AnsweredRequest, AuditEntry, Key, KeySession
from app.db.models.base import Base
from app.db.models.feeds import CoveredStretch, Import, Reject, Source, SourceSecret
from app.db.models.incidents import (
    CadRecord,
    Event,
    Incident,
    IncidentZone,
    Link,
    LinkDecision,
    NumberSeries,
    VerdictChange,
)
from app.db.models.places import Camera, Zone
from app.db.models.records import (
    Alert,
    AlertRevision,
    Call,
    CallRevision,
    Change,
    MissedGunfire,
    ShotReport,
)
from app.db.models.rules import Background, Rules, RulesUse
from app.db.models.versions import KNOWN_FROM, VERSIONS
from app.db.models.work import DispositionAlert, DispositionChange, FollowUp, FollowUpChange

__all__ = [
    "KNOWN_FROM",
    "VERSIONS",
    "Alert",
    "AlertRevision",
    "AnsweredRequest",
    "AuditEntry",
    "Background",
    "Base",
    "CadRecord",
    "Call",
    "CallRevision",
    "Camera",
    "Change",
    "CoveredStretch",
    "DispositionAlert",
    "DispositionChange",
    "Event",
    "FollowUp",
    "FollowUpChange",
    "Import",
    "Incident",
    "IncidentZone",
    "Key",
    "KeySession",
    "Link",
    "LinkDecision",
    "MissedGunfire",
    "NumberSeries",
    "Reject",
    "Rules",
    "RulesUse",
    "ShotReport",
    "Source",
    "SourceSecret",
    "VerdictChange",
    "Zone",
]
