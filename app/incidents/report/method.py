"""What a verdict means, what would change it, and what the method cannot say: in plain words. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.correlation.parameters import Parameters
from app.domain.vocabulary import Decision, Verdict
from app.incidents.report.calls import CELL_M, DISTANCE_STEP_M

MEANING = {
    Verdict.REPORTED: "At least one call in the feeds reports this gunfire: an analyst confirmed one, or the"
    " evidence of the calls makes a report at least as likely as the rules ask for.",
    Verdict.UNREPORTED: "No call in the feeds reports this gunfire, and the feeds are known to be"
    " complete for"
    " the whole time in which a report counts. It does not mean that nobody heard it.",
    Verdict.INDETERMINATE: "It cannot be said whether anybody reported this gunfire: what a verdict would"
    " rest on is missing.",
    Verdict.PENDING: "The time in which a report counts has not been heard to its end. This is no"
    " verdict yet.",
    Verdict.WITHDRAWN: "No alert of this incident stands: each was retracted, or classified as something"
    " other"
    " than gunfire. The question who reported it no longer arises.",
}


def meaning(verdict: str) -> str:
    """What the verdict says, and what it does not."""
    return MEANING[Verdict(verdict)]


def what_would_change(verdict: str, calls: Sequence[Mapping[str, Any]], parameters: Parameters) -> list[str]:
    """What would make the verdict another one, as far as that is known; calls as the report has them."""
    minutes = f"{parameters.window_after_s / 60:.0f} minutes"
    match Verdict(verdict):
        case Verdict.REPORTED:
            return _of_reported(calls)
        case Verdict.UNREPORTED:
            return [
                f"A call that reaches the feeds late, received from {parameters.window_before_s:.0f} seconds"
                f" before the first alert to {minutes} after the last and within {parameters.gate_m:,.0f} m,"
                " if its evidence is strong enough.",
                "A correction of the alert's time, place or classification.",
                "An analyst who confirms that a call reports it; a gap found in the call feed; other rules.",
            ]
        case Verdict.PENDING:
            return [
                "Time: once the call feeds are complete for the window, or the wait for them is over.",
                "A call that reports it; an analyst who confirms one.",
            ]
        case Verdict.INDETERMINATE:
            return [
                "What is missing, as the reason names it; an analyst who confirms that a call reports it."
            ]
        case Verdict.WITHDRAWN:
            return ["A revision by the vendor that says again that it was gunfire."]


def limits(parameters: Parameters) -> list[str]:
    """The limits of the method, each in a sentence or two."""
    return [
        "The verdict says whether somebody reported the gunfire, never whether shots were fired. What was"
        " found at the scene is the disposition; the two are never mixed up.",
        "An alert is what an acoustic sensor system and its vendor say they heard. Fireworks, engines"
        " and echoes"
        " can be taken for shots, and shots can be missed. Earshot does not judge the sound.",
        "A place is known to within its uncertainty. The circle on the map is where the shots were with a"
        " probability of 95 %, if the stated uncertainty is right (one standard deviation in each direction)."
        f" Where an alert states none, {parameters.alert_uncertainty_m:g} m are assumed and the circle is"
        " dashed.",
        "Shots are shown as each account gives them. Gaps and distances are arithmetic on its numbers."
        " Who fired,"
        " from which weapon, and in which direction anybody moved is not concluded from them; a distance"
        " smaller than the uncertainty of its two places shows no movement.",
        "Accounts of the same shots stand beside each other and are not merged. Where they differ, the report"
        " does not choose.",
        "The probability is that at least one call in the feeds reports this gunfire, if the model, its"
        " parameters and the background hold. A call is weighed by its time, place and nature, and by how"
        " often such calls come anyway; what the caller said is not read.",
        "A call counts if it was made by a citizen or its origin is unknown. Calls that the centre merged"
        " into an earlier record, or that went to another number, are not in the feeds.",
        "Silence counts only as far as the call feeds are known to be complete. Earshot knows this from the"
        " feeds' own statements and their usual rhythm.",
        "Clocks differ. Where a feed's clock is known to be off its times are put right, and what it"
        " told is kept"
        f" beside; an error of {parameters.clock_error_s:g} s, and more where a feed says so, is allowed"
        " for.",
        f"Calls are shown by areas of about {CELL_M:.0f} m by {CELL_M:.0f} m on a fixed grid, their distances"
        f" to the nearest {DISTANCE_STEP_M:.0f} m, their evidence to the nearest half and their probabilities"
        " to whole per cent, to keep the exact place out of this report. The verdict was made with the exact"
        " values.",
        "Whether a camera looks at the place is worked out from its direction, field of view and range on"
        " flat ground. Buildings, trees and the dark are not known.",
    ]


def _of_reported(calls: Sequence[Mapping[str, Any]]) -> list[str]:
    confirmed = [call for call in calls if call["decision"] == Decision.CONFIRMED]
    if confirmed:
        names = ", ".join(f"call {call['number']}" for call in confirmed)
        return [f"An analyst confirmed {names}. The verdict stands until that decision is taken back."]
    decisive = [call for call in calls if call["without"] is not None and call["without"]["decisive"]]
    if decisive:
        return [
            f"Had call {call['number']} not been made, it would not count as reported." for call in decisive
        ]
    return [
        "No single call decides: without any one of them it would still count as reported.",
        "Other rules, or a correction of the alert's time, place or classification, can change it.",
    ]
