"""What /v1/rules answers look like, for the OpenAPI document."""

from typing import Any

from pydantic import AwareDatetime

from app.domain.vocabulary import Nature
from app.records.schemas import Links, Schema


class RulesSummary(Schema):
    """One version of the rules; `background` says what it was fitted to, null where it is assumed."""

    version: str
    in_force: bool
    effective_at: AwareDatetime | None
    created_at: AwareDatetime
    background: str | None


class RulesList(Schema):
    """Every version, the newest first."""

    rules: list[RulesSummary]
    links: Links


class RulesBackground(Schema):
    """What calls to expect where nothing was shot; rates by nature in calls per second and m2."""

    basis: str
    fitted: bool
    calls: int
    area_m2: float | None
    rate_s_m2: dict[Nature, float]


class RulesDocument(Schema):
    """One version of the rules in full."""

    version: str
    in_force: bool
    parameters: dict[str, Any]
    background: RulesBackground


class RulesVersion(Schema):
    """A version and whether it decides."""

    version: str
    in_force: bool
