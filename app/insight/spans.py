"""How long things took: the figures of many spans of seconds, and of two periods of them. Pure.

A span is NaN where one of its two times is not known; such ones are counted as missing and enter no figure.
"""

from typing import Any

import numpy as np

from app.domain.geodesy import Floats
from app.insight.intervals import Difference, difference_of_medians, newcombe, percentile, percentile_interval
from app.insight.tally import rounded, share_of

PERCENTILES = {"p10": 0.1, "median": 0.5, "p90": 0.9}
_DIGITS = 3


def known(spans: Floats) -> Floats:
    """The spans that are known, in order."""
    return np.sort(spans[~np.isnan(spans)])


def describe(spans: Floats) -> dict[str, Any]:
    """Counts, mean, and percentiles with their 95 % intervals; negative spans are in all of them."""
    ordered = known(spans)
    return {
        "count": len(ordered),
        "missing": len(spans) - len(ordered),
        "negative": int((ordered < 0).sum()),
        "mean": _seconds(float(ordered.mean())) if len(ordered) else None,
        **{name: _percentile(ordered, share) for name, share in PERCENTILES.items()},
    }


def difference(spans: Floats, earlier: Floats) -> dict[str, float | None] | None:
    """The median less the earlier one, with the interval of Bonett and Price; None where either is empty."""
    found = difference_of_medians(known(spans), known(earlier))
    return None if found is None else _change(found, _seconds)


def proportion(is_so: int, of: int) -> dict[str, Any]:
    """A share with its numerator, its denominator and its Wilson interval."""
    return {"numerator": is_so, "denominator": of, **share_of(is_so, of)}


def difference_of_shares(now: dict[str, Any], before: dict[str, Any]) -> dict[str, float | None] | None:
    """A share less an earlier one, with Newcombe's interval; None where either has no denominator."""
    found = newcombe(now["numerator"], now["denominator"], before["numerator"], before["denominator"])
    return None if found is None else _change(found, rounded)


def _percentile(ordered: Floats, share: float) -> dict[str, float | None] | None:
    if len(ordered) == 0:
        return None
    bounds = percentile_interval(ordered, share)
    return {
        "value": _seconds(percentile(ordered, share)),
        "low": _seconds(bounds.low),
        "high": _seconds(bounds.high),
    }


def _change(found: Difference, shown: Any) -> dict[str, float | None]:
    return {"value": shown(found.value), "low": shown(found.low), "high": shown(found.high)}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
