"""The rows of a scorecard as a flat table."""

from collections.abc import Mapping
from typing import Any

from app.domain.vocabulary import Disposition
from app.insight.scorecard import NOISE, SHARES, SPANS, STANDING_VERDICTS

_PLAIN = ("group", "alerts", "standing", "retracted", "became_gunfire")
_COUNTS: dict[str, tuple[str, ...]] = {
    "coverage": ("inside", "outside", "unlocated"),
    "reclassified": ("count", *NOISE),
    "never_gunfire": ("count", *NOISE),
    "verdicts": tuple(word.value for word in STANDING_VERDICTS),
    "dispositions": (*(word.value for word in Disposition), "none"),
    "missed": ("filed", "outside", "near_incident", "without_evidence", "missed"),
}
_SHARE = ("numerator", "denominator", "share", "low", "high")
_SPAN = ("count", "missing")
_ESTIMATES = ("median", "p90")
_PARTS = ("value", "low", "high")
_CHANGES = (*SHARES, "detected", *SPANS)
_PERIOD = ("from", "to", "earlier_from", "earlier_to", "as_of")
CSV_FIELDS = (
    *_PLAIN,
    *(f"{name}_{part}" for name, parts in _COUNTS.items() for part in parts),
    *(f"{name}_{part}" for name in (*SHARES, "detected") for part in _SHARE),
    *(f"{name}_{part}" for name in SPANS for part in _SPAN),
    *(f"{name}_{estimate}_{part}" for name in SPANS for estimate in _ESTIMATES for part in _PARTS),
    *(f"difference_{name}_{part}" for name in _CHANGES for part in _PARTS),
    *_PERIOD,
)


def csv_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each group, with the change against the earlier period; totals are left to JSON."""
    counted = document["counted"]
    earlier = counted["earlier"] or {}
    constant = {
        "from": counted["from"],
        "to": counted["to"],
        "earlier_from": earlier.get("from"),
        "earlier_to": earlier.get("to"),
        "as_of": document["as_of"],
    }
    return [{**_flat(row), **constant} for row in document["rows"]]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: row[name] for name in _PLAIN}
    for name, parts in _COUNTS.items():
        flat |= {f"{name}_{part}": (row[name] or {}).get(part) for part in parts}
    shares = {**{name: row[name] for name in SHARES}, "detected": (row["missed"] or {}).get("detected")}
    for name, share in shares.items():
        flat |= {f"{name}_{part}": (share or {}).get(part) for part in _SHARE}
    for name in SPANS:
        flat |= {f"{name}_{part}": row[name][part] for part in _SPAN}
        for estimate in _ESTIMATES:
            told = row[name][estimate] or {}
            flat |= {f"{name}_{estimate}_{part}": told.get(part) for part in _PARTS}
    for name in _CHANGES:
        change = (row["difference"] or {}).get(name) or {}
        flat |= {f"difference_{name}_{part}": change.get(part) for part in _PARTS}
    return flat
