"""What a scorecard looks like, for the OpenAPI document; a test compares."""

from pydantic import AwareDatetime, Field

from app.insight.schemas import Change, Estimate, Proportion, Schema, Span


class Share(Proportion):
    """A share with its 95 % Wilson interval; null where `small`."""

    small: bool


class ExpectedShare(Share):
    """The same, and what it would be if the stated uncertainties were right."""

    expected: float


class InCoverage(Schema):
    """Alerts by coverage at their time."""

    inside: int
    outside: int
    unlocated: int


class Noise(Schema):
    """Alerts that stand as something else than gunfire, by what."""

    count: int
    fireworks: int
    not_gunfire: int
    test: int


class StandingVerdicts(Schema):
    """Did anybody report it: alerts that stand, by their incident's verdict."""

    reported: int
    unreported: int
    indeterminate: int
    pending: int


class StandingDispositions(Schema):
    """What analysts found: alerts that stand, by their incident's disposition."""

    confirmed: int
    unfounded: int
    unconfirmed: int
    none: int


class LocationError(Schema):
    """Metres from where the evidence lay; `missing`: confirmed, but one of the two places is not known."""

    count: int
    missing: int
    mean: float | None
    p10: Estimate | None
    median: Estimate | None
    p90: Estimate | None


class MissedFigures(Schema):
    """Filings that stand, and which share of the shootings confirmed by evidence was detected."""

    filed: int
    outside: int
    near_incident: int
    without_evidence: int
    missed: int
    detected: Share


class ScorecardFigures(Schema):
    """One group. standing, retracted, reclassified and never_gunfire add up to alerts."""

    alerts: int
    coverage: InCoverage | None
    standing: int
    retracted: int
    reclassified: Noise
    never_gunfire: Noise
    became_gunfire: int
    verdicts: StandingVerdicts
    dispositions: StandingDispositions
    retracted_share: Share
    reclassified_share: Share
    confirmed_by_evidence: Share
    confirmed_of_examined: Share
    location_error_m: LocationError
    within_uncertainty: ExpectedShare
    within_95: ExpectedShare
    publication: Span
    missed: MissedFigures | None


class ScorecardChanges(Schema):
    """Shares, and medians, less the earlier ones."""

    retracted_share: Change | None
    reclassified_share: Change | None
    confirmed_by_evidence: Change | None
    confirmed_of_examined: Change | None
    within_uncertainty: Change | None
    within_95: Change | None
    detected: Change | None
    location_error_m: Change | None
    publication: Change | None


class ScorecardTotals(ScorecardFigures):
    """All alerts together."""

    earlier: ScorecardFigures | None
    difference: ScorecardChanges | None


class ScorecardRow(ScorecardTotals):
    """One source, month or classification."""

    group: str


class ScorecardPeriod(Schema):
    """A period as asked for, and how much there is in it."""

    from_: AwareDatetime | None = Field(alias="from")
    to: AwareDatetime | None
    alerts: int
    missed_gunfire: int


class ScorecardCounted(ScorecardPeriod):
    """What the figures rest on; `evidence` are the words that confirm."""

    what: str
    evidence: list[str]
    source: str | None
    earlier: ScorecardPeriod | None
    min_count: int
    confidence: float
    limits: list[str]


class Scorecard(Schema):
    """What became of the alerts, how far off and how late they were, and what was missed."""

    by: str
    time_zone: str
    as_of: AwareDatetime | None
    counted: ScorecardCounted
    rows: list[ScorecardRow]
    totals: ScorecardTotals
