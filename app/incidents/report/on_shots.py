"""The parts of a report that tell where and in which order shots were fired, by account. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from app.incidents.report.blocks import (
    NOT_TOLD,
    NUMBERS,
    Block,
    Column,
    Drawing,
    Heading,
    Paragraph,
    Section,
    facts,
    metres,
    moment,
    shown,
    spaced,
    table,
    time_of_day,
)
from app.incidents.report.map import HEIGHT, WIDTH, draw_close_up, draw_map
from app.incidents.report.shots_drawing import draw_sequence

Report = Mapping[str, Any]
Account = Mapping[str, Any]
_ACCOUNTS_ABREAST = 4


def place_section(report: Report, zone: ZoneInfo) -> Section:
    """The incident's own facts, and the map where it has a position."""
    incident = report["incident"]
    place = None
    if incident["longitude"] is not None:
        place = f"{incident['longitude']:.6f}, {incident['latitude']:.6f}"
    blocks: list[Block] = [
        facts(
            "The incident, as its alerts tell it",
            [
                ("Number", incident["number"]),
                ("First shot", moment(incident["started_at"], zone, millis=True)),
                ("Last alert", moment(incident["ended_at"], zone, millis=True)),
                ("Published by the vendor", moment(incident["published_at"], zone)),
                ("Longitude, latitude (WGS84)", place),
                ("Uncertainty (1 sigma)", metres(incident["uncertainty_m"])),
                ("Address of the alert", incident["address"]),
                ("Zones", ", ".join(incident["zones"])),
                ("Rounds", incident["rounds"]),
                ("Classification", spaced(incident["classification"])),
                ("Full-auto fire", incident["full_auto"]),
                ("High-capacity magazine", incident["high_capacity"]),
                ("More than one shooter", incident["multiple_shooters"]),
            ],
        )
    ]
    if report["map"] is None:
        blocks.append(Paragraph("The incident has no position, so there is no map."))
    else:
        blocks += _map(report)
    return Section("place", "When and where", tuple(blocks))


def _map(report: Report) -> Iterator[Block]:
    text = _map_in_words(report)
    title = f"Map of incident {report['incident']['number']}"
    yield Drawing(
        "map",
        "Cross in a circle: where an alert places the shots, with 95 % (dashed: an assumed uncertainty)."
        " Dots: shots. Squares: areas of about 200 m from which calls came, never the exact place. Triangles"
        " and sectors: cameras and what they look over. Diamond: where evidence lay. Dashed lines: zones.",
        text,
        draw_map(report, title=title, text=text),
    )
    yield table(
        "What is on the map",
        (Column("What", 1.2), Column("Place", 2.0), Column("How exact", 2.0)),
        _on_map(report),
    )


def _map_in_words(report: Report) -> str:
    calls = sum(call["area"] is not None for call in report["calls"])
    shots = sum(account["shots_located"] for account in report["shots"])
    reach_m = report["map"]["extent"]["reach_m"]
    return (
        f"A map of {2 * reach_m * WIDTH / HEIGHT:,.0f} m by {2 * reach_m:,.0f} m around the incident, north"
        " up, with a scale bar."
        f" It shows {_many(len(report['positions']), 'alert')} with circles of uncertainty,"
        f" {_many(shots, 'placed shot')}, the areas of {_many(calls, 'call')},"
        f" the cameras near by and {_many(len(report['map']['zones']), 'outline')} of zones."
        " The table below gives the places."
    )


def _on_map(report: Report) -> Iterator[tuple[str, str, str]]:
    names = {alert["id"]: alert["external_id"] for alert in report["alerts"]}
    for each in report["positions"]:
        exact = f"{metres(each['uncertainty_m'])} (1 sigma)"
        assumed = "; assumed, the alert does not say" if each["uncertainty_assumed"] else ""
        place = f"{each['longitude']:.6f}, {each['latitude']:.6f}"
        yield f"alert {names.get(each['alert_id'], each['alert_id'])}", place, exact + assumed
    for call in report["calls"]:
        area, error_m = call["area"], call["uncertainty_m"]
        if area is None:
            yield f"call {call['number']}", "not told", "the call has no position"
            continue
        edges = f"{area['west']:.4f} to {area['east']:.4f}, {area['south']:.4f} to {area['north']:.4f}"
        told = "" if error_m is None else f"; the call's own position is good to {metres(error_m)} (1 sigma)"
        yield f"call {call['number']}", edges, f"an area of about 200 m on purpose{told}"
    evidence = report["map"]["evidence"]
    if evidence is not None:
        told_m = evidence["uncertainty_m"]
        place = f"{evidence['longitude']:.6f}, {evidence['latitude']:.6f}"
        known = NOT_TOLD if told_m is None else f"{metres(told_m)} (1 sigma)"
        yield "evidence, as an analyst placed it", place, known
    for zone in report["map"]["zones"]:
        yield f"{zone['kind']} {zone['name']}", "its outline, as far as it lies on the map", "as imported"


def shots_section(report: Report, zone: ZoneInfo) -> Section:
    """The accounts beside each other, on one axis of time, and each with its shots."""
    accounts = report["shots"]
    blocks: list[Block] = [
        Paragraph(
            "Each account stands for itself: the alert as the vendor sent it, an investigative summary, a"
            " forensic report. They are not merged, and where they differ the report does not choose."
        )
    ]
    for start in range(0, len(accounts), _ACCOUNTS_ABREAST):
        blocks.append(_side_by_side(accounts[start : start + _ACCOUNTS_ABREAST], zone))
    if any(account["shots"] for account in accounts):
        blocks.append(_sequence(report))
    else:
        blocks.append(Paragraph("No account lists single shots."))
    for account in accounts:
        blocks += _account(account, zone)
    if report["replaced_accounts"]:
        blocks.append(_replaced(report["replaced_accounts"], zone))
    return Section("shots", "The shots", tuple(blocks))


def _replaced(accounts: Sequence[Account], zone: ZoneInfo) -> Block:
    columns = (
        *(Column("Document", 1.3), Column("About alert"), Column("Filed by", 0.8), Column("Stored", 1.3)),
        *(Column("Replaced", 1.3), Column("Rounds", 0.6, NUMBERS), Column("Shots", 0.5, NUMBERS)),
        Column("Note", 1.2),
    )
    rows = (
        (
            f"{spaced(each['provenance'])} {each['reference'] or ''}".strip(),
            each["alert_external_id"],
            each["filed_by"],
            moment(each["stored_at"], zone),
            moment(each["replaced_at"], zone),
            each["rounds"],
            each["shots_listed"],
            each["note"],
        )
        for each in accounts
    )
    return table("What was filed before and replaced by a later filing of the same document", columns, rows)


def _side_by_side(accounts: Sequence[Account], zone: ZoneInfo) -> Block:
    rows: list[tuple[str, list[Any]]] = [
        ("Provenance", [spaced(each["provenance"]) for each in accounts]),
        ("About alert", [f"{each['alert_external_id']} of {each['source']}" for each in accounts]),
        ("Reference", [each["reference"] for each in accounts]),
        ("Filed by", [each["filed_by"] or "the vendor, with its alert" for each in accounts]),
        ("Stored here", [moment(each["stored_at"], zone) for each in accounts]),
        ("Rounds, as it states them", [each["rounds"] for each in accounts]),
        ("Shooters, as it states them", [each["shooters"] for each in accounts]),
        ("Shots that it lists", [each["shots_listed"] for each in accounts]),
        ("Of these with a place", [each["shots_located"] for each in accounts]),
        ("First to last listed shot", [_span(each["duration_s"]) for each in accounts]),
        ("Shortest and longest gap", [_gaps(each) for each in accounts]),
        ("Note", [each["note"] for each in accounts]),
    ]
    columns = (Column("What", 1.3), *(Column(f"Account {each['label']}", 1.5) for each in accounts))
    return table("The accounts side by side", columns, ((name, *values) for name, values in rows))


def _sequence(report: Report) -> Block:
    lanes = [account for account in report["shots"] if account["shots"]]
    told = "; ".join(
        f"account {each['label']}, {_many(each['shots_listed'], 'shot')} in {_span(each['duration_s'])}"
        for each in lanes
    )
    text = f"The shots in order of time, a lane for each account: {told}. The tables below give every shot."
    title = "The shots in order of time"
    caption = (
        "Each mark is a shot as its account gives it, numbered in order where there is room. The axis counts"
        " from the incident's first shot."
    )
    svg = draw_sequence(report["shots"], report["incident"]["started_at"], title=title, text=text)
    return Drawing("sequence", caption, text, svg)


def _account(account: Account, zone: ZoneInfo) -> Iterator[Block]:
    if not account["shots"]:
        return
    yield Heading(f"Account {account['label']}: {spaced(account['provenance'])}")
    name = f"account {account['label']}"
    yield table(
        f"The shots of {name}, the first at {moment(account['shots'][0]['at'], zone, millis=True)}",
        (
            Column("Shot", 0.5, NUMBERS),
            Column("Time", 1.1),
            Column("Offset", 0.7, NUMBERS),
            Column("Gap before it", 0.8, NUMBERS),
            Column("Longitude, latitude", 1.7),
            Column("Uncertainty (1 sigma)", 0.9, NUMBERS),
            Column("Distance from the one before", 1.0, NUMBERS),
            Column("Shooter", 0.7),
            Column("Provenance", 1.8),
        ),
        (_shot_row(shot, account, zone) for shot in account["shots"]),
    )
    yield Paragraph(
        f"Offsets count from the first shot of alert {account['alert_external_id']}. How exact they are"
        " is not told. Distances are between the two stated places."
    )
    if account["shots_located"]:
        text = (
            f"The {account['shots_located']} placed shots of {name}, numbered in order, north up, with a"
            " scale"
            " bar. The table above gives their places."
        )
        caption = (
            f"The placed shots of {name} in order. Circles: the stated uncertainty (1 sigma), where there"
            " is one."
            " A thin line joins a shot to the next one if both have a place; it is no path that anybody took."
        )
        svg = draw_close_up(account, title=f"The places of the shots of {name}", text=text)
        yield Drawing(f"shots-{account['label'].lower()}", caption, text, svg)


def _shot_row(shot: Mapping[str, Any], account: Account, zone: ZoneInfo) -> tuple[Any, ...]:
    place = None
    if shot["longitude"] is not None:
        place = f"{shot['longitude']:.6f}, {shot['latitude']:.6f}"
    return (
        shot["number"],
        time_of_day(shot["at"], zone),
        _span(shot["offset_s"]),
        "–" if shot["gap_s"] is None else _span(shot["gap_s"]),
        place,
        metres(shot["uncertainty_m"]),
        "–" if shot["number"] == 1 else metres(shot["distance_m"]),
        shot["shooter"],
        spaced(account["provenance"]),
    )


def _span(value: float | None) -> str | None:
    """Seconds to the thousandth, and further only where they were told further."""
    if value is None:
        return None
    return f"{value:.3f} s" if round(value, 3) == value else f"{shown(value)} s"


def _gaps(account: Account) -> str | None:
    if account["shortest_gap_s"] is None:
        return None
    return f"{_span(account['shortest_gap_s'])} and {_span(account['longest_gap_s'])}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
