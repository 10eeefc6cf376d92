"""How quickly somebody knew and somebody came, and what the alert was worth against the call."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Integers
from app.db.database import as_of
from app.db.models import Incident
from app.domain.geodesy import Floats
from app.domain.vocabulary import Line, Verdict
from app.incidents.documents import plain
from app.incidents.filters import IncidentFilters
from app.incidents.queries import incident_conditions
from app.insight.questions import ResponseBy, ResponseQuestion, told
from app.insight.reporting import period
from app.insight.reporting_queries import scope_of
from app.insight.responders import ResponderKind
from app.insight.response_queries import KINDS, Responses, load_responses
from app.insight.spans import PERCENTILES, describe, difference, difference_of_shares, proportion
from app.insight.unalerted import LINKED, REPORTING_ORIGINS

MEASURES = ("publication", "first_call", "dispatch", "arrival", "alert_lead")
SHARES = ("alert_first", "backup")
LIMITS = (
    "What is missing is counted and in no figure; centres that record arrivals now and then record the"
    " ordinary ones.",
    "Clocks of sensors, telephones and dispatch differ; the offsets that mappings tell are taken out.",
    "Withdrawn incidents are left out unless a verdict is asked for.",
    "Intervals are of chance alone (95 %).",
)
_KINDS = "An incident to which several kinds came is in several rows; the totals count it once."
_PARTS = ("value", "low", "high")
_SPAN_FIELDS = (
    *("count", "missing", "negative", "mean"),
    *(f"{name}{part}" for name in PERCENTILES for part in ("", "_low", "_high")),
    *("numerator", "denominator", "share", "share_low", "share_high"),
)
CSV_FIELDS = (
    *("group", "measure", "incidents"),
    *_SPAN_FIELDS,
    *(f"earlier_{name}" for name in _SPAN_FIELDS),
    *(f"difference_{name}" for name in _PARTS),
    *("from", "to", "earlier_from", "earlier_to", "origins", "as_of"),
)


def measure_response(session: Session, question: ResponseQuestion) -> dict[str, Any]:
    """The whole answer as a document; spans in seconds."""
    counted, now = _load(session, question.filters)
    earlier_counted, before = None, None
    if question.earlier is not None:
        earlier_counted, before = _load(session, question.earlier)
    by = question.by
    places = _places(by, now)
    earlier_places = {} if before is None else _places(by, before)
    nobody = np.array([], dtype=np.int64)
    limits = [*LIMITS, *([_KINDS] if by is ResponseBy.RESPONDER else [])]
    words = {kind: set(names) for kind, names in now.words.items()}
    for kind, names in ({} if before is None else before.words).items():
        words.setdefault(kind, set()).update(names)
    return {
        "by": by.value,
        "as_of": plain(as_of(session)),
        "counted": {
            "what": "incidents, by their earliest times; CAD records and the calls that report them",
            "origins": [origin.value for origin in REPORTING_ORIGINS],
            "link_probability": LINKED,
            "responders": {kind.value: sorted(words[kind]) for kind in ResponderKind if kind in words},
            **counted,
            "earlier": earlier_counted,
            "filters": told(question.filters),
            "confidence": 0.95,
            "limits": limits,
        },
        "rows": [
            {
                "group": group,
                **_compared(now, places.get(group, nobody), before, earlier_places.get(group, nobody)),
            }
            for group in _in_order(by, {*places, *earlier_places})
        ],
        "totals": _compared(
            now, np.arange(len(now)), before, np.arange(0 if before is None else len(before))
        ),
    }


def csv_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each group and measure, flat; `backup` and `alert_lead` have their shares beside."""
    counted = document["counted"]
    earlier = counted["earlier"] or {}
    constant = {
        "from": counted["from"],
        "to": counted["to"],
        "earlier_from": earlier.get("from"),
        "earlier_to": earlier.get("to"),
        "origins": "; ".join(counted["origins"]),
        "as_of": document["as_of"],
    }
    rows = document["rows"] or [{"group": None, **document["totals"]}]
    return [
        {
            "group": row["group"],
            "measure": measure,
            "incidents": row["incidents"],
            **_flat(row, measure),
            **{f"earlier_{name}": value for name, value in _flat(row["earlier"], measure).items()},
            **{
                f"difference_{part}": ((row["difference"] or {}).get(measure) or {}).get(part)
                for part in _PARTS
            },
            **constant,
        }
        for row in rows
        for measure in (*MEASURES, "backup")
    ]


def _flat(figures: Mapping[str, Any] | None, measure: str) -> dict[str, Any]:
    flat: dict[str, Any] = dict.fromkeys(_SPAN_FIELDS)
    if figures is None:
        return flat
    if measure in MEASURES:
        span = figures[measure]
        flat |= {name: span[name] for name in ("count", "missing", "negative", "mean")}
        for name in PERCENTILES:
            value, low, high = ((span[name] or {}).get(part) for part in _PARTS)
            flat |= {name: value, f"{name}_low": low, f"{name}_high": high}
    share = {"alert_lead": figures["alert_first"], "backup": figures["backup"]}.get(measure)
    if share is not None:
        flat |= {name: share[name] for name in ("numerator", "denominator", "share")}
        flat |= {"share_low": share["low"], "share_high": share["high"]}
        if measure == "backup":
            flat["missing"] = share["unknown"]
    return flat


def _load(session: Session, filters: IncidentFilters) -> tuple[dict[str, Any], Responses]:
    conditions = incident_conditions(session, filters)
    if not filters.verdicts:
        conditions.append(Incident.verdict != Verdict.WITHDRAWN)
    return period(filters, scope_of(session, conditions)), load_responses(session, conditions)


def _places(by: ResponseBy, responses: Responses) -> dict[str | None, Integers]:
    """Which incidents (by their places in the columns) are in each group."""
    if by is ResponseBy.NONE:
        return {}
    if by is ResponseBy.RESPONDER:
        inside: dict[str | None, Booleans] = {None: responses.kinds == 0}
        for bit, kind in enumerate(KINDS):
            inside[kind.value] = (responses.kinds >> bit & 1).astype(bool)
        return {name: np.flatnonzero(those) for name, those in inside.items() if those.any()}
    column = responses.line if by is ResponseBy.LINE else responses.priority
    names: set[str | None] = set(column.tolist())
    return {name: np.flatnonzero(column == name) for name in names}


def _in_order(by: ResponseBy, found: set[str | None]) -> list[str | None]:
    """As the vocabulary goes, priorities by number, what is not known last."""
    vocabulary = [*(line.value for line in Line), *(kind.value for kind in ResponderKind)]
    named = [name for name in found if name is not None]
    if by is ResponseBy.PRIORITY:
        named.sort(key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name))
    else:
        named.sort(key=vocabulary.index)
    return [*named, *([None] if None in found else [])]


def _compared(
    now: Responses, places: Integers, before: Responses | None, earlier_places: Integers
) -> dict[str, Any]:
    figures = _figures(now, places)
    if before is None:
        return {**figures, "earlier": None, "difference": None}
    earlier = _figures(before, earlier_places)
    changes = {
        name: difference(_of(now, name, places), _of(before, name, earlier_places)) for name in MEASURES
    }
    changes |= {name: difference_of_shares(figures[name], earlier[name]) for name in SHARES}
    return {**figures, "earlier": earlier, "difference": changes}


def _of(responses: Responses, measure: str, places: Integers) -> Floats:
    spans: Floats = getattr(responses, measure)[places]
    return spans


def _figures(responses: Responses, places: Integers) -> dict[str, Any]:
    lead = _of(responses, "alert_lead", places)
    told = int(responses.backup_told[places].sum())
    return {
        "incidents": len(places),
        "with_call": int((~np.isnan(responses.first_call[places])).sum()),
        "with_cad_record": int(responses.has_cad_record[places].sum()),
        **{name: describe(_of(responses, name, places)) for name in MEASURES},
        "alert_first": {
            **proportion(int((lead > 0).sum()), int((~np.isnan(lead)).sum())),
            "same_time": int((lead == 0).sum()),
        },
        "backup": {
            **proportion(int(responses.backup_asked[places].sum()), told),
            "unknown": int(responses.backup_unknown[places].sum()),
        },
    }
