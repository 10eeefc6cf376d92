"""The verdict and the sentence that gives its reason: the first rule that applies."""

from dataclasses import dataclass
from datetime import timedelta

from app.correlation.completeness import Interval, WindowCoverage
from app.correlation.parameters import Parameters
from app.domain.time import from_micros
from app.domain.vocabulary import Nature, Verdict

MICROS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the rules of precedence look at. Probabilities are None without a position."""

    is_active: bool
    is_located: bool
    is_confirmed: bool
    probability_final: float | None
    window: Interval
    coverage: WindowCoverage
    best_call: tuple[float, float, str] | None
    strong_calls: int
    now_micros: int


def decide(situation: Situation, parameters: Parameters) -> tuple[Verdict, str]:
    """The verdict (design section 4, in its order) and its reason in words."""
    if not situation.is_active:
        return Verdict.WITHDRAWN, "Every alert was retracted or classified as not gunfire."
    if situation.is_confirmed:
        return Verdict.REPORTED, "An analyst confirmed that a call reports it."
    if situation.probability_final is not None and situation.probability_final >= parameters.reported_from:
        return Verdict.REPORTED, _reported(situation)
    if not situation.is_located:
        return Verdict.INDETERMINATE, "The alert has no usable position, so no call can be matched to it."
    if not situation.coverage.sources:
        return Verdict.INDETERMINATE, "No call feed covers this time and place."
    if not situation.coverage.is_whole:
        waits_until = situation.window[1] + round(parameters.grace_s * MICROS)
        if situation.now_micros >= waits_until:
            return Verdict.INDETERMINATE, f"{_gap(situation)}, so silence proves nothing."
        return Verdict.PENDING, f"Waiting for calls: {_gap(situation, lower=True)}."
    return Verdict.UNREPORTED, _unreported(situation, parameters)


def revisit_micros(verdict: Verdict, window: Interval, parameters: Parameters) -> int | None:
    """When time alone may change the verdict; None when it cannot."""
    if verdict is not Verdict.PENDING:
        return None
    return window[1] + round(parameters.grace_s * MICROS)


def _reported(situation: Situation) -> str:
    if situation.best_call is None:
        return "Calls report it."
    lag_s, distance_m, nature = situation.best_call
    others = situation.strong_calls - 1
    more = f", with {others} more" if others > 0 else ""
    call = _a_call(nature).capitalize()
    return f"{call} {_when(lag_s)} and {distance_m:,.0f} m away reports it{more}."


def _unreported(situation: Situation, parameters: Parameters) -> str:
    heard = f"call feed complete to {_clock(situation.window[1])}"
    reach = f"{parameters.window_after_s / 60:.0f} min and {parameters.gate_m:,.0f} m"
    if situation.best_call is None:
        return f"No citizen call within {reach} explains it; {heard}."
    lag_s, distance_m, nature = situation.best_call
    return (
        f"No citizen call within {reach} explains it; the nearest in evidence is"
        f" {_a_call(nature)} {_when(lag_s)} and {distance_m:,.0f} m away; {heard}."
    )


def _a_call(nature: str) -> str:
    return "a call of another nature" if nature == Nature.OTHER else f"a {nature.replace('_', ' ')} call"


def _gap(situation: Situation, *, lower: bool = False) -> str:
    start, end = situation.coverage.missing_at_source or situation.coverage.missing[0]
    source = situation.coverage.missing_source or ", ".join(situation.coverage.sources)
    the = "the" if lower else "The"
    return f"{the} call feed {source} is not known complete from {_clock(start)} to {_clock(end)}"


def _when(lag_s: float) -> str:
    if abs(lag_s) < 1:
        return "at the same moment"
    side = "after" if lag_s > 0 else "before"
    seconds = round(abs(lag_s))
    if seconds < 120:
        return f"{seconds} s {side}"
    return f"{seconds // 60} min {seconds % 60:02d} s {side}"


def _clock(micros: int) -> str:
    rounded = from_micros(micros) + timedelta(microseconds=500_000)
    return f"{rounded:%Y-%m-%d %H:%M:%S}Z"
