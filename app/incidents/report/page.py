"""The page of a report: what its data say, in order, for every form. Pure."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app.incidents.report.blocks import Page, moment
from app.incidents.report.on_record import (
    about_section,
    alerts_section,
    cameras_section,
    limits_section,
    response_section,
    timeline_section,
)
from app.incidents.report.on_shots import place_section, shots_section
from app.incidents.report.on_verdict import (
    calls_section,
    decisions_section,
    history_section,
    verdict_section,
)


def page_of(document: Mapping[str, Any]) -> Page:
    """A report with its hash, as `find_report` gives it, as a page."""
    report, digest = document["report"], document["sha256"]
    zone = ZoneInfo(report["time_zone"])
    number = report["incident"]["number"]
    known = (
        ""
        if report["as_of"] is None
        else f" The incident as it was known at {moment(report['as_of'], zone)}."
    )
    return Page(
        title=f"Report of incident {number}",
        verdict=report["verdict"]["verdict"].upper(),
        reason=report["verdict"]["reason"],
        notes=(
            f"First shot {moment(report['incident']['started_at'], zone)}. All times are in"
            f" {report['time_zone']}.{known}",
            "Acoustic gunshot detection, matched against calls for service. Nothing in this report identifies"
            " who called.",
        ),
        sections=(
            verdict_section(report, zone),
            place_section(report, zone),
            shots_section(report, zone),
            calls_section(report, zone),
            response_section(report, zone),
            decisions_section(report, zone),
            alerts_section(report, zone),
            cameras_section(report, zone),
            timeline_section(report, zone),
            history_section(report, zone),
            limits_section(report),
            about_section(report, digest, zone),
        ),
        footer=f"Incident {number} · data {digest[:16]}",
    )
