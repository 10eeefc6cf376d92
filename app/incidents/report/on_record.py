"""The parts of a report that tell what was recorded: response, alerts, cameras, the report itself. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.vocabulary import Decision, TimelineKind
from app.incidents.report.blocks import (
    NOT_TOLD,
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
_MILESTONES = {
    "published": "The vendor published an alert",
    "received_here": "An alert was stored here",
    "first_call": "The first call that reports it came in",
    "dispatched": "Somebody was dispatched",
    "arrived": "Somebody arrived",
    "cleared": "The record was cleared",
}
_REVISIONS = {
    "received": "received",
    "revised": "revised",
    "reclassified": "reclassified",
    "retracted": "retracted by the vendor",
    "reinstated": "reinstated by the vendor",
    "not_applied": "not applied",
}
_HIDDEN = ("note", "reason", "rules_version", "probability_reported", "probability")


def response_section(report: Report, zone: ZoneInfo) -> Section:
    """How quickly somebody knew and came."""
    rows = (
        (
            _MILESTONES[each["milestone"]],
            moment(each["at"], zone),
            span(each["offset_s"]),
            each["source"],
        )
        for each in report["response"]
    )
    columns = (
        *(Column("What", 2.0), Column("When", 1.6)),
        *(Column("After the first shot", 1.0, NUMBERS), Column("Said by", 1.0)),
    )
    blocks: list[Block] = [
        Paragraph(
            "Dispatch, arrival and clearing are those of the records that the alert itself created, and"
            " of calls"
            " that likely report the incident; the earliest of each. What no feed told is said to be not"
            " told."
        ),
        table("Response times", columns, rows),
    ]
    if report["cad_records"]:
        blocks.append(
            table(
                "Records that the alert itself created in the call feed; never a report",
                (Column("CAD record", 1.4), Column("Dispatched", 1.6), Column("Arrived", 1.6)),
                (
                    (
                        record["external_id"],
                        moment(record["dispatched_at"], zone),
                        moment(record["arrived_at"], zone),
                    )
                    for record in report["cad_records"]
                ),
            )
        )
    return Section("response", "Response", tuple(blocks))


def alerts_section(report: Report, zone: ZoneInfo) -> Section:
    """Each alert as it stands, and every body that ever came about it."""
    blocks: list[Block] = [
        Paragraph(
            "Every body that a vendor sent is kept. Retracted: the vendor withdrew the alert."
            " Reclassified: it"
            " says that it heard something else. Not applied: an earlier revision that came late, or one that"
            " contradicts another without saying which is later."
        )
    ]
    for alert in report["alerts"]:
        blocks += _alert(alert, zone)
    for alert in report["former_alerts"]:
        blocks += _former_alert(alert, zone)
    return Section("alerts", "The alerts and every revision", tuple(blocks))


def _alert(alert: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Block]:
    yield Heading(f"Alert {alert['external_id']} of {alert['source']}")
    place = None
    if alert["longitude"] is not None:
        exact = metres(alert["uncertainty_m"]) or NOT_TOLD
        place = f"{alert['longitude']:.6f}, {alert['latitude']:.6f}; uncertainty (1 sigma): {exact}"
    offset_s, error_s = alert["clock_offset_s"], alert["clock_error_s"]
    yield facts(
        f"Alert {alert['external_id']} as it stands",
        [
            ("Status", alert["status"]),
            ("Classification", spaced(alert["classification"])),
            ("In the vendor's words", alert["vendor_classification"]),
            ("Confidence, as the vendor states it", alert["confidence"]),
            ("First shot, as told", moment(alert["started_at"], zone, millis=True)),
            ("Published, as told", moment(alert["published_at"], zone)),
            ("Stored here", moment(alert["stored_at"], zone)),
            ("Longitude, latitude", place),
            ("Rounds", alert["rounds"]),
            (
                "Direction of travel",
                None if alert["direction_deg"] is None else f"{alert['direction_deg']:g}°",
            ),
            ("Feed's clock is ahead by", f"{offset_s:g} s" if offset_s else "not known to be off"),
            ("Feed's clock error, 1 sigma", None if error_s is None else f"{error_s:g} s"),
        ],
    )
    yield _bodies(alert, zone)


def _former_alert(alert: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Block]:
    yield Heading(f"Alert {alert['external_id']} of {alert['source']}, no longer part of this incident")
    where = (
        "in no incident" if alert["incident_number"] is None else f"in incident {alert['incident_number']}"
    )
    yield Paragraph(
        f"It was grouped with this incident until {moment(alert['left_at'], zone)}. Now it is"
        f" {alert['status']}, classified as {spaced(alert['classification'])}, and {where}. The verdict"
        " that stands was made without it."
    )
    yield _bodies(alert, zone)


def _bodies(alert: Mapping[str, Any], zone: ZoneInfo) -> Block:
    return table(
        f"Every body about alert {alert['external_id']}",
        (
            Column("Stored", 1.4),
            Column("Revision", 0.6, NUMBERS),
            Column("What it did", 1.0),
            Column("It said", 1.5),
            Column("Before → after", 2.2),
        ),
        (_revision_row(revision, zone) for revision in alert["revisions"]),
    )


def _revision_row(revision: Mapping[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    kind = _REVISIONS[revision["kind"]]
    if revision["kind"] == "not_applied":
        kind += f" ({revision['outcome']})"
    said = [revision["status"], spaced(revision["classification"])]
    if revision["rounds"] is not None:
        said.append(f"{revision['rounds']:,} round{'' if revision['rounds'] == 1 else 's'}")
    changes = [
        f"{spaced(change['field'])}: {_value(change, 'before', zone)} → {_value(change, 'after', zone)}"
        for change in revision["changes"]
    ]
    number = revision["revision"]
    return (
        moment(revision["stored_at"], zone),
        "none" if number is None else number,
        kind,
        ", ".join(text for text in said if text),
        "; ".join(changes) or "–",
    )


def _value(change: Mapping[str, Any], side: str, zone: ZoneInfo) -> str:
    value = change[side]
    if isinstance(value, str) and change["field"].endswith("_at"):
        return moment(value, zone, millis=True) or ""
    if isinstance(value, str) and change["field"] == "classification":
        return value.replace("_", " ")
    return shown(value)


def cameras_section(report: Report, zone: ZoneInfo) -> Section:
    """The nearest cameras, whether each looks at the place, and what to pull."""
    cameras = report["cameras"]
    span = f"{moment(cameras['pull_from'], zone)} to {moment(cameras['pull_through'], zone)}"
    if cameras["reason"] is not None:
        return Section("cameras", "Cameras", (Paragraph(cameras["reason"]),))
    rows = (
        (
            camera["external_id"],
            camera["name"],
            metres(camera["distance_m"]),
            _sight(camera),
            camera["in_view"] or "not known",
            moment(camera["pull_before"], zone),
        )
        for camera in cameras["cameras"]
    )
    columns = (
        *(Column("Camera", 0.9), Column("Name", 1.4), Column("Distance", 0.8, NUMBERS)),
        *(Column("Looks", 1.4), Column("In view", 0.7), Column("Overwritten after", 1.3)),
    )
    return Section(
        "cameras",
        "Cameras",
        (Paragraph(f"Recordings to pull: {span}."), table("The nearest cameras", columns, rows)),
    )


def _sight(camera: Mapping[str, Any]) -> str | None:
    told = []
    if camera["direction_deg"] is not None:
        told.append(f"towards {camera['direction_deg']:.0f}°")
    if camera["field_of_view_deg"] is not None:
        told.append(f"{camera['field_of_view_deg']:.0f}° wide")
    if camera["range_m"] is not None:
        told.append(f"{camera['range_m']:,.0f} m far")
    return ", ".join(told) or None


def timeline_section(report: Report, zone: ZoneInfo) -> Section:
    """What happened in order of time; of an alert's shots the first, the others have their own tables."""
    names = {("call", call["id"]): f"call {call['number']}" for call in report["calls"]}
    names |= {("alert", alert["id"]): f"alert {alert['external_id']}" for alert in report["alerts"]}
    rows = [
        (
            moment(entry["at"], zone),
            span(entry["offset_s"]),
            _what(entry, names),
            entry["source"],
            _details(entry),
        )
        for entry in report["timeline"]
        if entry["kind"] != TimelineKind.SHOT or entry["details"]["number"] == 1
    ]
    columns = (
        *(Column("When", 1.5), Column("After the first shot", 0.9, NUMBERS), Column("What", 1.4)),
        *(Column("Said by", 0.9), Column("Details", 2.4)),
    )
    note = Paragraph(
        "Times of a feed whose clock is known to be off are put right. Of each alert's shots only the"
        " first is"
        " here; the section on the shots has all of them."
    )
    return Section("timeline", "What happened, in order", (note, table("The timeline", columns, rows)))


def _what(entry: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> str:
    kind = "first shot" if entry["kind"] == TimelineKind.SHOT else entry["kind"].replace("_", " ")
    record = entry["record"]
    if record is None:
        return str(kind)
    own = f"{record['type'].replace('_', ' ')} {record['id']}"
    name = names.get((record["type"], record["id"]), own)
    return name if entry["kind"] == TimelineKind.CALL else f"{kind}: {name}"


def _details(entry: Mapping[str, Any]) -> str:
    """The details of an entry in words, in the order of their names; nothing: a dash."""
    told = dict(entry["details"])
    if entry["kind"] == TimelineKind.CALL:
        return _call(told)
    texts = [str(told[name]).removesuffix(".") for name in ("reason", "note") if told.get(name)]
    if entry["kind"] == TimelineKind.SHOT:
        told = {"provenance": told["provenance"]}
    for name in ("probability_reported", "probability"):
        if told.get(name) is not None:
            texts.append(f"probability {probability(told[name])}")
    for name in sorted(told):
        value = told[name]
        if name in _HIDDEN or value in (None, {}, ""):
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{shown(value[each])} {spaced(each)}" for each in sorted(value))
        told_value = str(value).replace("_", " ") if name not in ("external_id", "assignee") else str(value)
        texts.append(f"{spaced(name)} {told_value}")
    return "; ".join(texts) or "–"


def _call(told: Mapping[str, Any]) -> str:
    where = "" if told["distance_m"] is None else f", {metres(told['distance_m'], about=True)} away"
    decided = "" if told["decision"] == Decision.AUTOMATIC else f"; {told['decision']} by an analyst"
    share = share_words(told["probability"])
    kind = f"{spaced(told['line'])}, {spaced(told['nature'])}, {told['origin']}"
    return f"{kind}{where}; reports it with {share}{decided}"


def limits_section(report: Report) -> Section:
    """What the method cannot say, and by which numbers it went."""
    rules = report["rules"]["parameters"]
    numbers = facts(
        f"The rules {report['rules']['version']} in numbers",
        [
            ("A call counts from", f"{rules['window_before_s']:g} s before the first alert"),
            ("and until", f"{rules['window_after_s']:g} s after the last"),
            ("and within", metres(rules["gate_m"])),
            ("Probability of a report before any call is looked at", probability(rules["prior_reported"])),
            ("Calls that a reported shooting brings", rules["expected_calls"]),
            ("It counts as reported from", probability(rules["reported_from"])),
        ],
    )
    return Section("limits", "The limits of the method", (Listing(tuple(report["limits"])), numbers))


def about_section(report: Report, digest: str, zone: ZoneInfo) -> Section:
    """What this report was made from, so that anybody can check it."""
    event = report["last_change"]["event"]
    last = None
    if event is not None:
        last = f"entry {event['id']} of the log, {event['type']}, {moment(event['at'], zone)}"
    known = (
        "as it is stored now"
        if report["as_of"] is None
        else f"as it was known at {moment(report['as_of'], zone)}"
    )
    return Section(
        "about",
        "About this report",
        (
            Paragraph(
                "The report holds no time of its making: the same data give the same report, byte for byte."
                " The hash is that of the report's data, which the JSON form holds and anybody can"
                " compute again."
            ),
            facts(
                "Where it comes from",
                [
                    ("SHA-256 of the report's data", digest),
                    ("Shows the incident", known),
                    (
                        "The incident's last change",
                        moment(report["last_change"]["updated_at"], zone, millis=True),
                    ),
                    ("Its reference", last),
                    ("Incident", f"{report['incident']['number']}, id {report['incident']['id']}"),
                    ("Rules", report["rules"]["version"]),
                    ("Software", f"Earshot {report['software_version']}"),
                    ("Form of the data", report["format"]),
                    ("Times are shown in", report["time_zone"]),
                ],
            ),
        ),
    )
