"""The parts of a report that tell the verdict, its evidence, and how it came about. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.vocabulary import Decision, Verdict
from app.incidents.report.blocks import (
    NUMBERS,
    Block,
    Column,
    Heading,
    Listing,
    Paragraph,
    Section,
    facts,
    metres,
    moment,
    shown,
    spaced,
    span,
    table,
)
from app.incidents.report.calls import share_words
from app.incidents.words import probability

Report = Mapping[str, Any]
_FOUND = {
    None: "Nobody has said what was found.",
    "confirmed": "An analyst confirmed that it was gunfire.",
    "unfounded": "An analyst found that it was no gunfire.",
    "unconfirmed": "An analyst looked and could neither confirm nor rule it out.",
}


def verdict_section(report: Report, zone: ZoneInfo) -> Section:
    """What is said, what it means, and what it is not to be taken for."""
    verdict = report["verdict"]
    blocks: list[Block] = [
        Paragraph(verdict["meaning"]),
        facts(
            "The verdict",
            [
                ("Probability that it was reported", probability(verdict["probability_reported"])),
                ("Leaves room for doubt", verdict["needs_review"]),
                ("Decided", moment(verdict["decided_at"], zone)),
                ("Under the rules", verdict["rules_version"]),
            ],
        ),
        Heading("What would change it"),
        Listing(tuple(verdict["what_would_change_it"])),
        Heading("Four things that are not the same"),
        table(
            "Retracted, reclassified, unconfirmed, unreported",
            (Column("Word", 0.8), Column("Who says it"), Column("Here", 2.4)),
            _standing(report),
        ),
    ]
    return Section("verdict", "The verdict", tuple(blocks))


def _standing(report: Report) -> Iterator[tuple[str, str, str]]:
    standing, verdict = report["standing"], report["verdict"]["verdict"]
    now, alerts = standing["alerts_retracted_now"], standing["alerts"]
    retracted = "No vendor ever retracted an alert."
    if standing["retracted"]:
        retracted = f"Yes, {_times(standing['retracted'])}. Retracted now: {now} of {alerts} alerts."
    yield "Retracted", "the sensor vendor", retracted
    reclassified = "No vendor ever changed what it says that it heard."
    if standing["reclassified"]:
        reclassified = (
            f"Yes, {_times(standing['reclassified'])}: a vendor changed what it says that it heard."
        )
    yield "Reclassified", "the sensor vendor", reclassified
    found = _FOUND[report["disposition"]]
    yield "Unconfirmed", "an analyst", f"{'Yes' if standing['unconfirmed'] else 'No'}. {found}"
    said = "Yes." if standing["unreported"] else f"No. The verdict is: {verdict}."
    if verdict in (Verdict.PENDING, Verdict.INDETERMINATE):
        said = f"Not known. The verdict is: {verdict}."
    yield "Unreported", "the evidence of the calls", said


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def calls_section(report: Report, zone: ZoneInfo) -> Section:
    """Each call with the terms of its evidence in words and numbers, and what would be without it."""
    calls = report["calls"]
    if not calls:
        none = "No call in the time and place of this incident counts as a report of it."
        return Section("calls", "The calls and their evidence", (Paragraph(none),))
    blocks: list[Block] = [
        Paragraph(
            "Calls are numbered by time. The terms of the evidence are natural logarithms, each given to the"
            " nearest half; the exact ones add up to what stands below them. Above zero together, the call is"
            " likelier a report of this shooting than one that would have come anyway; a step of 1 is a"
            " factor of about 2.7."
        ),
        table(
            "Calls that may report the incident",
            (
                Column("Call", 0.5, NUMBERS),
                Column("Received", 1.7),
                Column("After the first shot", 0.9, NUMBERS),
                Column("Distance", 0.9, NUMBERS),
                Column("Line, nature, made by", 1.7),
                Column("Reports it with", 0.9, NUMBERS),
                Column("Decision", 0.9),
            ),
            (_call_row(call, zone) for call in calls),
        ),
    ]
    for call in calls:
        blocks += _evidence(call)
    return Section("calls", "The calls and their evidence", tuple(blocks))


def _call_row(call: Mapping[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    code = "" if call["nature_code"] is None else f" ({call['nature_code']})"
    automatic = call["decision"] == Decision.AUTOMATIC
    return (
        call["number"],
        moment(call["received_at"], zone),
        span(call["lag_s"]),
        metres(call["distance_m"], about=True),
        f"{spaced(call['line'])}, {spaced(call['nature'])}{code}, {call['origin']}",
        share_words(call["probability"]),
        "none" if automatic else f"{call['decision']} by an analyst",
    )


def _evidence(call: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading(f"Call {call['number']} (reference: call {call['id']})")
    if call["evidence"] is None:
        yield Paragraph(
            "It lies outside the incident's time or place, or has none: there is no evidence to weigh."
        )
        return
    terms = [(term["words"], f"{term['value']:+.1f}") for term in call["evidence"]]
    total = call["total"]
    yield table(
        f"The evidence of call {call['number']}",
        (Column("What speaks for or against it", 4.0), Column("Term", 1.0, NUMBERS)),
        [*terms, (f"together: {total['words']}", f"{total['value']:+.1f}")],
    )
    if call["without"] is not None:
        yield Paragraph(call["without"]["words"])


def decisions_section(report: Report, zone: ZoneInfo) -> Section:
    """What people said of calls and of the incident, and what they did about it."""
    blocks: list[Block] = []
    if report["decisions"]:
        blocks.append(
            table(
                "Decisions about calls",
                (
                    Column("When", 1.3),
                    Column("Call", 0.9),
                    Column("Decision"),
                    Column("Who"),
                    Column("Note", 2),
                ),
                (
                    (
                        moment(each["decided_at"], zone),
                        f"reference {each['call_id']}"
                        if each["call_number"] is None
                        else f"call {each['call_number']}",
                        "taken back" if each["decision"] == Decision.AUTOMATIC else each["decision"],
                        each["actor"],
                        each["note"],
                    )
                    for each in report["decisions"]
                ),
            )
        )
    else:
        blocks.append(Paragraph("No analyst decided about a call."))
    blocks.append(Paragraph(_FOUND[report["disposition"]]))
    if report["dispositions"]:
        blocks.append(
            table(
                "What was found, every word of it; the last one holds",
                (
                    *(Column("When", 1.3), Column("Disposition"), Column("Counted at the scene", 1.5)),
                    *(Column("Who"), Column("Note", 2)),
                ),
                (_disposition_row(each, zone) for each in report["dispositions"]),
            )
        )
    blocks += _follow_ups(report, zone)
    return Section("decisions", "What analysts decided and did", tuple(blocks))


def _disposition_row(each: Mapping[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    found = [f"{shown(count)} {spaced(name)}" for name, count in sorted(each["evidence"].items())]
    place = each.get("evidence_position")
    if place is not None:
        found.append(f"at {place['longitude']:.6f}, {place['latitude']:.6f}")
    return (
        moment(each["decided_at"], zone),
        each["disposition"] or "taken back",
        ", ".join(found),
        each["actor"],
        each["note"],
    )


def _follow_ups(report: Report, zone: ZoneInfo) -> Iterator[Block]:
    if not report["follow_ups"]:
        yield Paragraph("There is no follow-up.")
        return
    yield table(
        "Follow-ups as they stand",
        (
            *(Column("Kind", 0.8), Column("State", 0.8), Column("Whose"), Column("Due", 1.2)),
            *(Column("Results", 1.2), Column("Why, note", 1.8)),
        ),
        (
            (
                spaced(each["kind"]),
                each["state"],
                each["assignee"],
                moment(each["due_at"], zone),
                ", ".join(
                    f"{shown(value)} {spaced(name)}" for name, value in sorted(each["results"].items())
                ),
                ". ".join(text for text in (each["reason"], each["note"]) if text),
            )
            for each in report["follow_ups"]
        ),
    )


def history_section(report: Report, zone: ZoneInfo) -> Section:
    """Everything that was ever said of the incident."""
    rows = (
        (
            moment(change["decided_at"], zone),
            change["verdict"],
            probability(change["probability_reported"]),
            change["rules_version"],
            change["reason"],
        )
        for change in report["verdict"]["history"]
    )
    columns = (
        *(Column("Decided", 1.3), Column("Verdict", 0.9), Column("Probability", 0.8, NUMBERS)),
        *(Column("Rules", 1.0), Column("Reason", 2.6)),
    )
    return Section(
        "history", "Every verdict there was", (table("The history of the verdict", columns, rows),)
    )
