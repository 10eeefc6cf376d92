"""What statistics look like, for the OpenAPI document; answers are made without these, a test compares."""

import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.vocabulary import Nature, Origin
from app.insight.responders import ResponderKind


class Schema(BaseModel):
    """Every field is always there, and no others."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Change(Schema):
    """A figure less the earlier one, with the 95 % interval where there are enough for one."""

    value: float
    low: float | None
    high: float | None


class ReportingFigures(Schema):
    """Counts, and the share reported (numerator by denominator) with its 95 % interval.

    `expected` is the sum of the judged incidents' probabilities, `expected_share` their mean.
    """

    reported: int
    unreported: int
    indeterminate: int
    pending: int
    withdrawn: int
    retracted: int
    reclassified: int
    confirmed: int
    unfounded: int
    unconfirmed: int
    numerator: int
    denominator: int
    small: bool
    share: float | None
    low: float | None
    high: float | None
    expected: float | None
    expected_share: float | None


class ReportingTotals(ReportingFigures):
    """All groups together, an incident once."""

    earlier: ReportingFigures | None
    difference: Change | None


class Holiday(Schema):
    """A day that people keep."""

    date: datetime.date
    name: str


class ReportingRow(ReportingTotals):
    """One group; null where it is not known of the incidents, or where they lie in no zone."""

    group: str | None
    zone_id: str | None
    zone_kind: str | None
    weekday: str | None
    hour: int | None
    holidays: list[Holiday]


class RulesCount(Schema):
    """How many incidents a version of the rules judged."""

    version: str
    incidents: int


class Period(Schema):
    """A period as asked for, and what was found in it."""

    from_: AwareDatetime | None = Field(alias="from")
    to: AwareDatetime | None
    incidents: int
    first_started_at: AwareDatetime | None
    last_started_at: AwareDatetime | None
    rules_versions: list[RulesCount]


class Counted(Period):
    """What the figures rest on: which calls can report, when, under which rules, and what to mind."""

    what: str
    origins: list[Origin]
    natures: str
    link_probability: float
    earlier: Period | None
    filters: dict[str, Any]
    min_count: int
    confidence: float
    limits: list[str]


class CallsWithoutAlert(Schema):
    """Citizens' calls of shots inside coverage, over whole days, and those of them without an incident."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    natures: list[Nature]
    origins: list[Origin]
    small: bool
    numerator: int | None
    denominator: int | None
    share: float | None
    low: float | None
    high: float | None
    unknown_origin: int | None
    unlocated: int | None


class Reporting(Schema):
    """The share reported by group."""

    by: str
    time_zone: str
    holidays_of: str | None
    as_of: AwareDatetime | None
    counted: Counted
    rows: list[ReportingRow]
    totals: ReportingTotals
    calls_without_alert: CallsWithoutAlert | None


class Estimate(Schema):
    """A percentile with its 95 % interval; a bound is null where there are too few values for one."""

    value: float
    low: float | None
    high: float | None


class Span(Schema):
    """Seconds; `missing` are those of which a time is not known, `negative` are in every figure."""

    count: int
    missing: int
    negative: int
    mean: float | None
    p10: Estimate | None
    median: Estimate | None
    p90: Estimate | None


class Proportion(Schema):
    """A share with its 95 % Wilson interval."""

    numerator: int
    denominator: int
    share: float | None
    low: float | None
    high: float | None


class AlertFirst(Proportion):
    """Of the incidents with a publication and a first call, those whose alert was first."""

    same_time: int


class Backup(Proportion):
    """Of the records to which others than police came, those in which police back-up was asked for."""

    unknown: int


class ResponseFigures(Schema):
    """After the first shot: publication, first call, dispatch, arrival; and the alert against the call."""

    incidents: int
    with_call: int
    with_cad_record: int
    publication: Span
    first_call: Span
    dispatch: Span
    arrival: Span
    alert_lead: Span
    alert_first: AlertFirst
    backup: Backup


class ResponseChanges(Schema):
    """Medians, and shares, less the earlier ones."""

    publication: Change | None
    first_call: Change | None
    dispatch: Change | None
    arrival: Change | None
    alert_lead: Change | None
    alert_first: Change | None
    backup: Change | None


class ResponseTotals(ResponseFigures):
    """All incidents together."""

    earlier: ResponseFigures | None
    difference: ResponseChanges | None


class ResponseRow(ResponseTotals):
    """One group; null where no record says."""

    group: str | None


class ResponseCounted(Period):
    """What the figures rest on; `responders` are the agency's words by the kind they were taken for."""

    what: str
    origins: list[Origin]
    link_probability: float
    responders: dict[ResponderKind, list[str]]
    earlier: Period | None
    filters: dict[str, Any]
    confidence: float
    limits: list[str]


class ResponseTimes(Schema):
    """How quickly somebody knew and somebody came."""

    by: str
    as_of: AwareDatetime | None
    counted: ResponseCounted
    rows: list[ResponseRow]
    totals: ResponseTotals


class Shift(Schema):
    """Days by which alerts were shifted to measure chance, and how many still fell into covered time."""

    days: int
    alerts_in_covered_time: int


class Window(Schema):
    """One window: ± minutes and metres. Null: not told, fewer than 5."""

    minutes: int
    radius_m: int
    reported: int | None
    calls_with_alert: int | None
    chance_mean: float | None
    chance: list[int] | None


class SensitivityTable(Schema):
    """How the share reported depends on a fixed window; `reported` is of `denominator`."""

    unit: Literal["incidents", "alerts"]
    as_of: AwareDatetime | None
    from_: AwareDatetime | None = Field(alias="from")
    to: AwareDatetime | None
    natures: list[Nature]
    zone: str | None
    small: bool
    denominator: int
    alerts: int
    calls: int | None
    shifts: list[Shift]
    rows: list[Window]
