"""Probabilities, spans and evidence in plain words, the same on a terminal and in a report. Pure."""

import math
from collections.abc import Mapping
from typing import Any

TERMS = {
    "prior": "calls that a reported shooting brings",
    "time": "its lag of {lag}",
    "distance": "its distance of {distance}",
    "nature": "its nature, {nature}",
    "background": "how rare such calls are anyway",
}


def probability(value: float | None) -> str | None:
    """A probability for people: in per cent, never quite 0 or 100."""
    if value is None:
        return None
    if value < 0.001:
        return "< 0.1 %"
    if value > 0.999:
        return "> 99.9 %"
    return f"{value:.1%}".replace("%", " %")


def seconds(value: float) -> str:
    """A span of seconds in words."""
    if abs(value) < 100:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(abs(value)), 60)
    return f"{'−' if value < 0 else ''}{minutes} min {rest:02d} s"


def term_words(name: str, call: Mapping[str, Any]) -> str:
    """What a term of a call's evidence stands for; the call as `link_document` gives it, with evidence."""
    words = TERMS[name].format(
        lag=seconds(call["lag_s"]),
        distance=f"{call['distance_m']:,.0f} m",
        nature=call["nature"].replace("_", " "),
    )
    return words + _live(name, call["evidence"])


def likelihood(total: float, *, about: bool = False) -> str:
    """The sum of the logarithms as what it means: reports to expect against other calls.

    `about`: to one figure.
    """
    times = _times(abs(total), about=about)
    if total >= 0:
        return f"{times} times as likely a report of this shooting as any other call"
    return f"{times} times as likely any other call as a report of this shooting"


def without_it(without: Mapping[str, Any]) -> str:
    """What would be had a call not been made."""
    outcome = ", and it would not count as reported" if without["decisive"] else ""
    return f"without it P would be {probability(without['probability_reported'])}{outcome}"


def _live(name: str, evidence: Mapping[str, Any]) -> str:
    """What the city was calling in at the time, where that counted."""
    if name != "background" or evidence["live_factor"] <= 1:
        return ""
    return f", the city then calling {evidence['live_factor']:.1f} times as often"


def _times(logarithm: float, *, about: bool) -> str:
    if logarithm > math.log(1e6):
        return "over a million"
    times = math.exp(logarithm)
    if about:
        return f"about {float(f'{times:.0e}'):,.0f}"
    return f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
