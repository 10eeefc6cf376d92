"""What follow-ups brought, and whether more was reported in a zone after outreach than before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.db.database import as_of
from app.domain.time import format_millis, to_micros
from app.domain.vocabulary import Finding, FollowUpKind, FollowUpOutcome
from app.incidents.documents import plain
from app.incidents.follow_ups import COUNTED, OUTCOME
from app.insight.follow_up_queries import Done, Judged, NamedZone, first_incident_at, load_done, load_judged
from app.insight.follow_up_questions import FollowUpQuestion
from app.insight.tally import NO_SHARE, change, share_of

GROUP_FIELDS = ("zone", "zone_id", "zone_kind")
_WINDOW_FIELDS = ("from", "to", "complete", "numerator", "denominator", "share", "low", "high")
_PARTS = ("value", "low", "high")
CSV_FIELDS = (
    *GROUP_FIELDS,
    *(f"done_{kind.value}" for kind in FollowUpKind),
    *(f"found_{word.value}" for word in Finding),
    *("first_done_at", "last_done_at"),
    *(f"{side}_{name}" for side in ("before", "after") for name in _WINDOW_FIELDS),
    *(f"difference_{part}" for part in _PARTS),
    *("days", "as_of"),
)
LIMITS = (
    "This is an association, not an effect: nobody drew lots for where outreach was done.",
    "Regression to the mean: zones are chosen after bad weeks, and the weeks after those are better anyway.",
    "Season, other programmes and changes of the sensors or of the rules are in the difference too.",
    "Counts of several follow-ups about one incident are added up, and may be of the same casings.",
    "Intervals are of chance alone (95 %).",
)
_NOTHING = Judged(np.empty(0, dtype=np.int64), np.empty(0, dtype=bool))


def measure_follow_ups(session: Session, question: FollowUpQuestion, now: datetime) -> dict[str, Any]:
    """The whole answer as a document; nothing after `now` is expected to be known."""
    done, zones = load_done(session, question.zone_kind)
    within = {zone.id: [each for each in done if zone.id in each.zone_ids] for zone in zones}
    outreach = {zone: _outreach(those) for zone, those in within.items() if _outreach(those)}
    first = first_incident_at(session)
    judged: Mapping[int, Judged] = {}
    if outreach:
        length = timedelta(days=question.days)
        begin = min(times[0] for times in outreach.values()) - length
        judged = load_judged(session, outreach, begin, max(times[-1] for times in outreach.values()) + length)
    rows = [
        {
            **_named(zone),
            **_brought(within[zone.id]),
            "reporting": _reporting(
                outreach.get(zone.id, []), judged.get(zone.id, _NOTHING), question, first, now
            ),
        }
        for zone in zones
    ]
    elsewhere = [each for each in done if not each.zone_ids]
    if elsewhere:
        rows.append({**_named(None), **_brought(elsewhere), "reporting": None})
    return {
        "as_of": plain(as_of(session)),
        "counted": {
            "what": "follow-ups that are done, by the zones of their incidents; before the first outreach"
            " and after the last: incidents that started then, reported / (reported + unreported)",
            "days": question.days,
            "follow_ups": len(done),
            "min_count": question.min_count,
            "confidence": 0.95,
            "limits": list(LIMITS),
        },
        "rows": rows,
        "totals": _brought(done),
    }


def csv_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each zone, flat; what each kind counted, and each outreach alone, are left to JSON."""
    constant = {"days": document["counted"]["days"], "as_of": document["as_of"]}
    rows = []
    for row in document["rows"]:
        reporting = row["reporting"] or {}
        flat = {name: row[name] for name in GROUP_FIELDS} | constant
        flat |= {f"done_{kind.value}": row["kinds"][kind.value]["done"] for kind in FollowUpKind}
        flat |= {f"found_{word.value}": row["found"][word.value] for word in Finding}
        flat |= {name: reporting.get(name) for name in ("first_done_at", "last_done_at")}
        for side in ("before", "after"):
            window = reporting.get(side) or {}
            flat |= {f"{side}_{name}": window.get(name) for name in _WINDOW_FIELDS}
        difference = reporting.get("difference") or {}
        flat |= {f"difference_{part}": difference.get(part) for part in _PARTS}
        rows.append(flat)
    return rows


def _outreach(done: Iterable[Done]) -> list[datetime]:
    return sorted(each.done_at for each in done if each.kind == FollowUpKind.OUTREACH)


def _named(zone: NamedZone | None) -> dict[str, Any]:
    if zone is None:
        return dict.fromkeys(GROUP_FIELDS)
    return {"zone": zone.name, "zone_id": str(zone.id), "zone_kind": zone.kind}


def _brought(done: Sequence[Done]) -> dict[str, Any]:
    """How many of each kind, their counts added up, and what was found by all kinds together."""
    kinds = {
        kind.value: _of_kind(kind, [each for each in done if each.kind == kind]) for kind in FollowUpKind
    }
    counted = {word.value: [told["results"].get(word.value) for told in kinds.values()] for word in Finding}
    found = {word: _sum([count for count in counts if count is not None]) for word, counts in counted.items()}
    return {"kinds": kinds, "found": found}


def _of_kind(kind: FollowUpKind, done: Sequence[Done]) -> dict[str, Any]:
    counted = {word: [each.results[word] for each in done if word in each.results] for word in COUNTED[kind]}
    return {
        "done": len(done),
        "results": {word: _sum(counts) for word, counts in counted.items()},
        "outcomes": {
            word.value: sum(each.results.get(OUTCOME) == word for each in done) for word in FollowUpOutcome
        },
    }


def _sum(counts: Sequence[int]) -> int | None:
    """What nobody counted is not known, which is not 0."""
    return sum(counts) if counts else None


def _reporting(
    outreach: Sequence[datetime],
    judged: Judged,
    question: FollowUpQuestion,
    first: datetime | None,
    now: datetime,
) -> dict[str, Any] | None:
    """The share before the first outreach and after the last; after each, until the next one."""
    if not outreach:
        return None
    length = timedelta(days=question.days)

    def window(begin: datetime, end: datetime) -> dict[str, Any]:
        known_from = begin if first is None else max(begin, first)
        cut = (min(known_from, end), max(begin, min(end, now)))
        return {
            "from": format_millis(cut[0]),
            "to": format_millis(cut[1]),
            "complete": cut == (begin, end),
            **_share(judged, *cut, question.min_count),
        }

    before = window(outreach[0] - length, outreach[0])
    after = window(outreach[-1], outreach[-1] + length)
    following = [*outreach[1:], outreach[-1] + length]
    return {
        "first_done_at": format_millis(outreach[0]),
        "last_done_at": format_millis(outreach[-1]),
        "before": before,
        "after": after,
        "difference": change(after, before),
        "after_each": [
            {"done_at": format_millis(begin), **window(begin, min(end, begin + length))}
            for begin, end in zip(outreach, following, strict=True)
        ],
    }


def _share(judged: Judged, begin: datetime, end: datetime, min_count: int) -> dict[str, Any]:
    """The share of the incidents from `begin` to before `end`."""
    low, high = np.searchsorted(judged.micros, [to_micros(begin), to_micros(end)], side="left").tolist()
    of = max(high - low, 0)
    reported = int(judged.reported[low:high].sum())
    small = of < min_count
    shown = NO_SHARE if small else share_of(reported, of)
    return {"numerator": reported, "denominator": of, "small": small, **shown}
