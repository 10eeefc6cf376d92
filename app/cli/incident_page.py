"""One incident on a terminal: the verdict in words, the facts, the evidence."""

from typing import Any
from zoneinfo import ZoneInfo

from app.cli.printing import local_text, print_facts, print_table, shown
from app.incidents.words import TERMS, likelihood, probability, seconds, term_words, without_it


def print_incident(document: dict[str, Any], zone: ZoneInfo) -> None:
    """All of it, times in the agency's zone."""
    print(f"Incident {document['number']}: {document['verdict'].upper()}")
    print(shown(document["reason"]))
    print()
    _print_facts(document, zone)
    _print_alerts(document["alerts"], zone)
    _print_calls(document["calls"], zone)
    if document["cad_records"]:
        print_table(
            ("CAD record", "dispatched", "arrived"),
            (
                (
                    record["external_id"],
                    local_text(record["dispatched_at"], zone),
                    local_text(record["arrived_at"], zone),
                )
                for record in document["cad_records"]
            ),
            title="What the alert itself created in the call feed (never a report)",
        )
    _print_dispositions(document["disposition_history"], zone)
    print_table(
        ("decided", "verdict", "P reported", "rules", "why"),
        (
            (
                local_text(change["decided_at"], zone),
                change["verdict"],
                probability(change["probability_reported"]),
                change["rules_version"],
                change["reason"],
            )
            for change in document["history"]
        ),
        title="History",
    )


def _found(disposition: dict[str, Any]) -> str:
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in disposition["evidence"].items()]
    place = disposition["evidence_position"]
    at = [] if place is None else [f"at {place['longitude']:.6f}, {place['latitude']:.6f}"]
    return ", ".join(counts + at)


def _print_dispositions(history: list[dict[str, Any]], zone: ZoneInfo) -> None:
    if not history:
        return
    print_table(
        ("said", "disposition", "found", "by", "note"),
        (
            (
                local_text(each["decided_at"], zone),
                each["disposition"] or "taken back",
                _found(each),
                each["actor"],
                each["note"],
            )
            for each in history
        ),
        title="What was found",
    )


def _print_facts(document: dict[str, Any], zone: ZoneInfo) -> None:
    place = None
    if document["longitude"] is not None:
        place = f"{document['longitude']:.6f}, {document['latitude']:.6f}"
        if document["uncertainty_m"] is not None:
            place += f" (± {document['uncertainty_m']:.0f} m)"
    yes = [name for name in ("full_auto", "high_capacity", "multiple_shooters") if document[name]]
    first_lag_s = document["first_call_lag_s"]
    print_facts(
        [
            ("id", document["id"]),
            ("P reported", probability(document["probability_reported"])),
            ("needs review", "yes" if document["needs_review"] else None),
            ("disposition", document["disposition"]),
            ("started", local_text(document["started_at"], zone)),
            ("ended", local_text(document["ended_at"], zone)),
            ("published", local_text(document["published_at"], zone)),
            ("window closes", local_text(document["closes_at"], zone)),
            ("times in", zone.key),
            ("longitude, latitude", place),
            ("address", document["address"]),
            ("zones", ", ".join(document["zones"]) or None),
            ("rounds", document["rounds"]),
            ("classification", document["classification"]),
            ("marks", ", ".join(yes).replace("_", " ") or None),
            ("first call", None if first_lag_s is None else f"{seconds(first_lag_s)} after the first shot"),
            ("rules", document["rules_version"]),
        ]
    )


def _print_alerts(alerts: list[dict[str, Any]], zone: ZoneInfo) -> None:
    print_table(
        ("source", "external id", "started", "rounds", "classification", "status", "longitude", "latitude"),
        (
            (
                alert["source"],
                alert["external_id"],
                local_text(alert["started_at"], zone),
                alert["rounds"],
                alert["classification"],
                alert["status"],
                alert["longitude"],
                alert["latitude"],
            )
            for alert in alerts
        ),
        title="Alerts",
        right="rounds",
    )


def _print_calls(calls: list[dict[str, Any]], zone: ZoneInfo) -> None:
    if not calls:
        print("No call in the time and place of this incident counts as a report of it.\n")
        return
    print("Calls that may report it:\n")
    for call in calls:
        _print_call(call, zone)


def _print_call(call: dict[str, Any], zone: ZoneInfo) -> None:
    code = f" ({shown(call['nature_code'])})" if call["nature_code"] else ""
    decision = "" if call["decision"] == "automatic" else f", {call['decision']} by an analyst"
    print(
        f"Call {call['id']}, {local_text(call['received_at'], zone)}, {call['line']},"
        f" {call['nature']}{code}, by {call['origin']}:"
        f" reports this incident with {probability(call['probability'])}{decision}"
    )
    evidence = call["evidence"]
    if evidence is None:
        print("  It lies outside the incident's time or place, or has none: there is no evidence to weigh.\n")
        return
    for name in TERMS:
        print(f"  {evidence[name]:+8.2f}  {term_words(name, call)}")
    print(f"  {evidence['total']:+8.2f}  together: {likelihood(evidence['total'])}")
    if call["without"] is not None:
        print(f"            {without_it(call['without'])}")
    print()
