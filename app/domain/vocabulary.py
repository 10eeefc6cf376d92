"""The words of the field, as closed sets. Everything stored or answered uses these spellings."""

from enum import StrEnum


class SourceKind(StrEnum):
    """What a feed carries."""

    ALERTS = "alerts"
    CALLS = "calls"


class UpdateRule(StrEnum):
    """What an unrevised repeat of a record with another body means at a source."""

    CONFLICT = "conflict"
    SNAPSHOT = "snapshot"


class Classification(StrEnum):
    """What the sensor vendor says that it heard."""

    SINGLE_GUNSHOT = "single_gunshot"
    MULTIPLE_GUNSHOTS = "multiple_gunshots"
    PROBABLE_GUNFIRE = "probable_gunfire"
    UNCLASSIFIED = "unclassified"
    FIREWORKS = "fireworks"
    NOT_GUNFIRE = "not_gunfire"
    TEST = "test"

    @property
    def is_gunfire(self) -> bool:
        """Whether an alert of this class can belong to a live incident."""
        return self not in NOT_GUNFIRE_CLASSES


NOT_GUNFIRE_CLASSES = frozenset({Classification.FIREWORKS, Classification.NOT_GUNFIRE, Classification.TEST})


class AlertStatus(StrEnum):
    """Whether the vendor stands by the alert."""

    ACTIVE = "active"
    RETRACTED = "retracted"


class ShotsProvenance(StrEnum):
    """Where per-shot data came from."""

    ALERT = "alert"
    INVESTIGATIVE_SUMMARY = "investigative_summary"
    FORENSIC_REPORT = "forensic_report"


class Line(StrEnum):
    """The line on which a call came in."""

    EMERGENCY = "911"
    NON_EMERGENCY = "non_emergency"
    OTHER = "other"


class Nature(StrEnum):
    """Our class of a call's nature; a source's mapping assigns the agency's codes to it."""

    SHOTS_FIRED = "shots_fired"
    SHOOTING = "shooting"
    WEAPON = "weapon"
    FIREWORKS = "fireworks"
    DISTURBANCE = "disturbance"
    OTHER = "other"


class Origin(StrEnum):
    """Who made the record: only citizens (and the unknown) can report gunfire."""

    CITIZEN = "citizen"
    SENSOR = "sensor"
    OFFICER = "officer"
    UNKNOWN = "unknown"

    @property
    def counts_as_report(self) -> bool:
        """Whether a call of this origin may explain an incident."""
        return self in (Origin.CITIZEN, Origin.UNKNOWN)


class Verdict(StrEnum):
    """Did anybody report it."""

    PENDING = "pending"
    REPORTED = "reported"
    UNREPORTED = "unreported"
    INDETERMINATE = "indeterminate"
    WITHDRAWN = "withdrawn"


class Disposition(StrEnum):
    """What the analyst found; never mixed up with the verdict."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"
    UNCONFIRMED = "unconfirmed"


class Finding(StrEnum):
    """What can be counted at a scene: physical evidence, people hurt, people held."""

    CASINGS = "casings"
    BULLET_HOLES = "bullet_holes"
    FIREARMS = "firearms"
    VICTIMS = "victims"
    WITNESSES = "witnesses"
    ARRESTS = "arrests"


class FollowUpKind(StrEnum):
    """What is done about an incident afterwards."""

    OUTREACH = "outreach"
    CANVASS = "canvass"
    CAMERA_PULL = "camera_pull"
    EVIDENCE_SEARCH = "evidence_search"


class FollowUpState(StrEnum):
    """How far it is: a rule suggests, a person opens, finishes or dismisses."""

    SUGGESTED = "suggested"
    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class FollowUpRule(StrEnum):
    """Why a follow-up was suggested: many rounds, or a second unreported incident at the same place."""

    ROUNDS = "rounds"
    REPEAT = "repeat"


class FollowUpOutcome(StrEnum):
    """What came of a follow-up, in a word."""

    FOUND = "found"
    NOTHING = "nothing"
    NOT_POSSIBLE = "not_possible"


class InView(StrEnum):
    """Whether a camera looks at a place that is only known to within its uncertainty."""

    YES = "yes"
    POSSIBLY = "possibly"
    NO = "no"


class Decision(StrEnum):
    """An analyst's word on whether a call reports an alert."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    AUTOMATIC = "automatic"


class TimelineKind(StrEnum):
    """What can stand on an incident's timeline; of one moment, in this order."""

    SHOT = "shot"
    ALERT_PUBLISHED = "alert_published"
    ALERT_STORED = "alert_stored"
    ALERT_REVISED = "alert_revised"
    ALERT_RETRACTED = "alert_retracted"
    ALERT_NOT_APPLIED = "alert_not_applied"
    CALL = "call"
    DISPATCHED = "dispatched"
    ARRIVED = "arrived"
    CLEARED = "cleared"
    VERDICT = "verdict"
    DECISION = "decision"
    DISPOSITION = "disposition"
    SHOT_REPORT = "shot_report"
    FOLLOW_UP = "follow_up"


class ReportForm(StrEnum):
    """What an incident's report can be written as."""

    PDF = "pdf"
    HTML = "html"
    JSON = "json"


class ExportForm(StrEnum):
    """What features can be exported as; each word is also how such files' names end."""

    GEOJSON = "geojson"
    CSV = "csv"
    GPKG = "gpkg"
    PARQUET = "parquet"


class Outcome(StrEnum):
    """What became of one submitted record."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REVISED = "revised"
    STALE = "stale"
    CONFLICT = "conflict"
    SKIPPED = "skipped"
    REJECTED = "rejected"


class Role(StrEnum):
    """What a key may do at most."""

    VENDOR = "vendor"
    CAD = "cad"
    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"


class ZoneKind(StrEnum):
    """What a polygon stands for."""

    NEIGHBORHOOD = "neighborhood"
    BEAT = "beat"
    DISTRICT = "district"
    COVERAGE = "coverage"
