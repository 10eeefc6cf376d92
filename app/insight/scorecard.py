"""The vendor's scorecard: what became of its alerts, how far off and how late they were, what it missed."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import InvalidParameterError
from app.correlation.columns import Booleans, Floats, Integers
from app.db.database import as_of
from app.db.models import Source
from app.domain.time import format_millis
from app.domain.vocabulary import NOT_GUNFIRE_CLASSES, Classification, Disposition, SourceKind, Verdict
from app.incidents.documents import plain
from app.insight import groups
from app.insight.scorecard_queries import (
    EVIDENCE,
    NOBODY,
    NOTHING,
    Heard,
    Missed,
    load_heard,
    load_missed,
)
from app.insight.scorecard_questions import ScorecardBy, ScorecardQuestion
from app.insight.spans import describe, difference, difference_of_shares
from app.insight.tally import NO_SHARE, share_of
from app.places.zones import Coverage, load_coverage

NOISE = tuple(word.value for word in Classification if word in NOT_GUNFIRE_CLASSES)
STANDING_VERDICTS = (Verdict.REPORTED, Verdict.UNREPORTED, Verdict.INDETERMINATE, Verdict.PENDING)
# Of a circular normal error, within sigma per axis and within 2.448 sigma.
WITHIN_SIGMA = 1 - math.exp(-0.5)
_SIGMAS_95 = math.sqrt(-2 * math.log(0.05))
SHARES = (
    *("retracted_share", "reclassified_share", "confirmed_by_evidence", "confirmed_of_examined"),
    *("within_uncertainty", "within_95"),
)
SPANS = ("location_error_m", "publication")
LIMITS = (
    "Evidence is found where somebody looks: a share confirmed is a lower bound, and one of those examined is"
    " of what was worth a look.",
    "Missed gunfire is what people happened to learn of and file: the share detected is an upper bound.",
    "retracted, reclassified, unconfirmed, unfounded and unreported are different things, and counted apart.",
    "Intervals are of chance alone (95 %).",
)


def measure_scorecard(session: Session, question: ScorecardQuestion, zone: ZoneInfo) -> dict[str, Any]:
    """The whole answer as a document; months are those of the agency's zone."""
    coverage = load_coverage(session)
    now = _Period(session, question, (question.from_at, question.to_at), coverage, zone)
    before = None
    if question.earlier is not None:
        before = _Period(session, question, question.earlier, coverage, zone)
    names = _in_order(question, {*now.names, *(before.names if before else ())})
    return {
        "by": question.by.value,
        "time_zone": zone.key,
        "as_of": plain(as_of(session)),
        "counted": {
            "what": "alerts with a time, by source; missed gunfire by filing",
            "evidence": list(EVIDENCE),
            "source": question.source,
            **now.told(),
            "earlier": None if before is None else before.told(),
            "min_count": question.min_count,
            "confidence": 0.95,
            "limits": list(LIMITS),
        },
        "rows": [{"group": name, **_compared(now, before, name)} for name in names],
        "totals": _compared(now, before, None),
    }


class _Period:
    """One period's columns, and their groups."""

    def __init__(
        self,
        session: Session,
        question: ScorecardQuestion,
        period: tuple[datetime | None, datetime | None],
        coverage: Coverage,
        zone: ZoneInfo,
    ) -> None:
        self.question, self._by = question, question.by
        self.from_at, self.to_at = period
        named = session.execute(select(Source.name, Source.id).where(Source.kind == SourceKind.ALERTS)).all()
        ids = {row.name: row.id for row in named}
        sources = {row.id: row.name for row in named}
        self.heard = load_heard(session, *period, coverage, zone, sources, _source_id(question.source, ids))
        self.missed = load_missed(session, *period, coverage, zone)
        self.has_coverage = bool(coverage.parts)
        self.has_sources = len(sources) > 1
        self.group = _groups(question, self.heard)
        self.missed_group = _months(question, self.missed.day)
        self.names = {str(name) for name in self.group}
        if question.by is ScorecardBy.MONTH:
            self.names |= {str(name) for name in self.missed_group}

    def told(self) -> dict[str, Any]:
        """The period as asked for, and how many alerts there are in it."""
        ends = {"from": self.from_at, "to": self.to_at}
        return {
            **{name: None if end is None else format_millis(end) for name, end in ends.items()},
            "alerts": len(self.heard),
            "missed_gunfire": len(self.missed),
        }

    def figures(self, name: str | None) -> dict[str, Any]:
        """The figures of one group; of all of them together where it is None."""
        heard = self.of(name)
        found = _figures(heard, self.question.min_count, has_coverage=self.has_coverage)
        return {**found, "missed": self._missed(name, heard)}

    def of(self, name: str | None) -> Heard:
        """The alerts of one group."""
        return self.heard if name is None else self.heard.take(self.group == name)

    def _missed(self, name: str | None, heard: Heard) -> dict[str, Any] | None:
        """Missed gunfire belongs to a place and a time, not to a class, nor to one of several sources."""
        of_source = self.question.source is not None or (name is not None and self._by is ScorecardBy.SOURCE)
        of_class = name is not None and self._by is ScorecardBy.CLASSIFICATION
        if not self.has_coverage or of_class or (of_source and self.has_sources):
            return None
        by_month = name is not None and self._by is ScorecardBy.MONTH
        missed = self.missed.take(self.missed_group == name) if by_month else self.missed
        return _missed_figures(heard, missed, self.question.min_count)


def _figures(heard: Heard, min_count: int, *, has_coverage: bool) -> dict[str, Any]:
    standing, told = heard.standing, heard.was_gunfire
    noise = heard.is_noise & ~heard.retracted
    measured = standing & (heard.confirmed | ~np.isnan(heard.error_m))
    ratio = _ratio(heard)

    def share(is_so: Booleans, of: Booleans) -> dict[str, Any]:
        return _share(int((is_so & of).sum()), int(of.sum()), min_count)

    return {
        "alerts": len(heard),
        "coverage": {
            "inside": int(heard.inside.sum()),
            "outside": int((heard.located & ~heard.inside).sum()),
            "unlocated": int((~heard.located).sum()),
        }
        if has_coverage
        else None,
        "standing": int(standing.sum()),
        "retracted": int(heard.retracted.sum()),
        "reclassified": _by_noise(heard, noise & told),
        "never_gunfire": _by_noise(heard, noise & ~told),
        "became_gunfire": int((standing & heard.was_noise).sum()),
        "verdicts": _verdicts(heard),
        "dispositions": {
            **{word.value: int((heard.disposition[standing] == word.value).sum()) for word in Disposition},
            "none": int((heard.disposition[standing] == NOTHING).sum()),
        },
        "retracted_share": share(heard.retracted, told),
        "reclassified_share": share(noise, told),
        "confirmed_by_evidence": share(heard.confirmed, standing),
        "confirmed_of_examined": share(heard.confirmed, heard.examined),
        "location_error_m": _without_sign(describe(heard.error_m[measured])),
        "within_uncertainty": {
            **_share(int((ratio <= 1).sum()), len(ratio), min_count),
            "expected": round(WITHIN_SIGMA, 3),
        },
        "within_95": {**_share(int((ratio <= _SIGMAS_95).sum()), len(ratio), min_count), "expected": 0.95},
        "publication": describe(heard.publication_s),
    }


def _missed_figures(heard: Heard, missed: Missed, min_count: int) -> dict[str, Any]:
    """Shootings, not alerts: an incident that several alerts told of was detected once."""
    detected = heard.confirmed & heard.inside & (heard.incident != NOBODY)
    count = len(np.unique(heard.incident[detected]))
    counted = missed.inside & ~missed.near & missed.evident
    return {
        "filed": len(missed),
        "outside": int((~missed.inside).sum()),
        "near_incident": int((missed.inside & missed.near).sum()),
        "without_evidence": int((missed.inside & ~missed.near & ~missed.evident).sum()),
        "missed": int(counted.sum()),
        "detected": _share(count, count + int(counted.sum()), min_count),
    }


def _ratio(heard: Heard) -> Floats:
    """Errors by their stated uncertainty, where both are known."""
    known = ~np.isnan(heard.error_m) & (heard.sigma_m > 0)
    return np.asarray(heard.error_m[known] / heard.sigma_m[known], dtype=np.float64)


def _by_noise(heard: Heard, chosen: Booleans) -> dict[str, int]:
    words = heard.classification[chosen]
    return {"count": len(words), **{word: int((words == word).sum()) for word in NOISE}}


def _verdicts(heard: Heard) -> dict[str, int]:
    """Of alerts that stand; one that the worker has not yet looked at is pending."""
    words = np.where(heard.verdict == NOTHING, Verdict.PENDING.value, heard.verdict)[heard.standing]
    return {word.value: int((words == word.value).sum()) for word in STANDING_VERDICTS}


def _share(is_so: int, of: int, min_count: int) -> dict[str, Any]:
    small = of < min_count
    return {
        "numerator": is_so,
        "denominator": of,
        "small": small,
        **(NO_SHARE if small else share_of(is_so, of)),
    }


def _without_sign(described: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if name != "negative"}


def _compared(now: _Period, before: _Period | None, name: str | None) -> dict[str, Any]:
    figures = now.figures(name)
    if before is None:
        return {**figures, "earlier": None, "difference": None}
    earlier = before.figures(name)
    changes: dict[str, Any] = {key: _share_change(figures[key], earlier[key]) for key in SHARES}
    both = figures["missed"] and earlier["missed"]
    changes["detected"] = (
        _share_change(figures["missed"]["detected"], earlier["missed"]["detected"]) if both else None
    )
    for key in SPANS:
        changes[key] = difference(_spans(now, key, name), _spans(before, key, name))
    return {**figures, "earlier": earlier, "difference": changes}


def _share_change(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, float | None] | None:
    if now["share"] is None or before["share"] is None:
        return None
    return difference_of_shares(dict(now), dict(before))


def _spans(period: _Period, key: str, name: str | None) -> Floats:
    heard = period.of(name)
    return heard.publication_s if key == "publication" else heard.error_m


def _source_id(name: str | None, sources: Mapping[str, int]) -> int | None:
    if name is None:
        return None
    if name not in sources:
        reason = f"there is no source of alerts {name!r} (known: {', '.join(sorted(sources)) or 'none yet'})"
        raise InvalidParameterError(reason, errors=[{"pointer": "/query/source", "reason": reason}])
    return sources[name]


def _groups(question: ScorecardQuestion, heard: Heard) -> Any:
    if question.by is ScorecardBy.SOURCE:
        return heard.source
    if question.by is ScorecardBy.CLASSIFICATION:
        return heard.classification
    return _months(question, heard.day)


def _months(question: ScorecardQuestion, day: Integers) -> Any:
    of_day = groups.of_month if question.earlier is None else groups.of_calendar_month
    days, places = np.unique(day, return_inverse=True)
    return np.array([of_day(each).name for each in days.tolist()], dtype=object)[places]


def _in_order(question: ScorecardQuestion, names: set[str]) -> list[str]:
    if question.by is ScorecardBy.CLASSIFICATION:
        return [word.value for word in Classification if word.value in names]
    if question.by is ScorecardBy.MONTH and question.earlier is not None:
        return [name for name in groups.MONTHS if name in names]
    return sorted(names)
