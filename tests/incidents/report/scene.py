"""A shooting with everything that a report can tell, and callers whose every word is a marker.

Incident 1 has it all; 2 has no position and no shots; 3 was retracted.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from app.db.models import Alert, Camera, ShotReport, Zone
from app.domain.vocabulary import Decision, Disposition, FollowUpKind
from app.incidents.dispositions import decide_disposition
from app.incidents.follow_ups import create_follow_up
from app.incidents.reviews import decide_link
from tests.records.conftest import Service, at

MARKERS = ("Wilhelmina", "Quackenbush", "414-555-0123", "Thaddeus", "17 LILAC CT", "neighbour")
CALLER = {"name": "Wilhelmina Quackenbush", "phone": "414-555-0123"}
WHO = "key:analyst-1"
LONGITUDE, LATITUDE = -87.94, 43.01
EVIDENCE = {"longitude": -87.9396, "latitude": 43.0099, "uncertainty_m": 5.0}
CALL_PLACE = (-87.942137, 43.011291)


def fill_scene(service: Service) -> None:
    """One incident, id 1: revised and reclassified, reported, decided about, found and followed up."""
    _places(service)
    for body in _ALERTS:
        service.post("/v1/alerts/sensors", "vendor", body)
        service.clock.advance(20)
    service.post("/v1/calls/dispatch", "cad", _CALLS)
    for through in (-7200, 200_000):
        assert service.send("/v1/sources/dispatch/heartbeat", "cad", {"through": at(through)}).is_success
    service.judge()
    service.clock.advance(60)
    service.post("/v1/alerts/sensors", "vendor", {"external_id": "SST-7733", "status": "retracted"})
    service.judge()
    _reports(service)
    call_id = id_of_call(service, "C-3")
    for decision in (Decision.REJECTED, Decision.AUTOMATIC):
        service.clock.advance(60)
        with service.database.write() as session:
            decide_link(session, "1", call_id, decision, "listened to it", actor=WHO, now=service.clock())
    service.judge()
    service.clock.advance(60)
    found = (Disposition.CONFIRMED, "casings by the porch", {"casings": 5})
    follow_up = {"assignee": "unit 12", "note": "both sides of the street"}
    now = service.clock()
    with service.database.write() as session:
        decide_disposition(session, "1", *found, EVIDENCE, actor=WHO, now=now)
        create_follow_up(session, "1", FollowUpKind.CANVASS, follow_up, actor=WHO, now=now)


def id_of_call(service: Service, external_id: str) -> str:
    calls = service.get(f"/v1/calls?q={external_id}").json()["calls"]
    return next(call["id"] for call in calls if call["external_id"] == external_id)


def _shots(*shots: tuple[float, float | None, float | None]) -> list[dict[str, Any]]:
    """Offsets in seconds, metres east and north of the alert; None: no place."""
    return [
        {"offset_s": offset_s}
        if east is None or north is None
        else {
            "offset_s": offset_s,
            "longitude": round(LONGITUDE + east / 81_500, 6),
            "latitude": round(LATITUDE + north / 111_100, 6),
        }
        for offset_s, east, north in shots
    ]


_ALERT = {
    "external_id": "SST-7731",
    "started_at": at(0),
    "published_at": at(41),
    "longitude": LONGITUDE,
    "latitude": LATITUDE,
    "uncertainty_m": 25,
    "address": "2500 W CENTER ST",
    "confidence": 0.93,
}
_OWN_SHOTS = _shots((0.0, 0, 0), (0.41, 4, 2), (0.86, 9, 3), (3.2, None, None), (3.55, 22, -6), (3.9, 27, -9))
_OF_GUNFIRE = {"classification": "multiple_gunshots"}
# New ones first: what is revised takes a number of its own on PostgreSQL.
_ALERTS = (
    {**_ALERT, "revision": 1, "rounds": 4, "classification": "probable_gunfire"},
    {
        "external_id": "SST-7732",
        "revision": 1,
        "started_at": at(7),
        "longitude": LONGITUDE + 0.0009,
        "latitude": LATITUDE - 0.0004,
        "rounds": 2,
        **_OF_GUNFIRE,
    },
    {
        "external_id": "SST-7733",
        "revision": 1,
        "started_at": at(12),
        "longitude": LONGITUDE + 0.0004,
        "latitude": LATITUDE + 0.0003,
        "rounds": 1,
        "classification": "single_gunshot",
    },
    {"external_id": "NOWHERE", "started_at": at(7200), "classification": "single_gunshot"},
    {**_ALERT, "external_id": "GONE", "started_at": at(14_400), "revision": 1, "rounds": 1},
    {"external_id": "GONE", "revision": 2, "status": "retracted"},
    {**_ALERT, "revision": 2, "rounds": 6, **_OF_GUNFIRE, "shots": _OWN_SHOTS},
    {**_ALERT, "revision": 1, "rounds": 3, "classification": "probable_gunfire"},
)


def _call(number: int, seconds: float, longitude: float, latitude: float, **fields: Any) -> dict[str, Any]:
    return {
        "external_id": f"C-{number}",
        "received_at": at(seconds),
        "longitude": longitude,
        "latitude": latitude,
        "uncertainty_m": 50,
        "address": f"{number} 17 LILAC CT",
        "line": "911",
        "nature_code": "SHOTS FIRED",
        "nature": "shots_fired",
        "origin": "citizen",
        "caller": CALLER,
        "narrative": "my neighbour Thaddeus was at the window",
        **fields,
    }


_CALLS = [
    _call(1, 71, *CALL_PLACE),
    _call(2, 126, LONGITUDE + 0.0031, LATITUDE - 0.0017),
    _call(3, 411, LONGITUDE - 0.006, LATITUDE + 0.004, nature="fireworks", nature_code="FIREWORKS"),
    _call(
        4,
        48,
        LONGITUDE,
        LATITUDE,
        origin="sensor",
        nature_code="SHOTSPOTTER",
        dispatched_at=at(96),
        arrived_at=at(312),
    ),
]


def _places(service: Service) -> None:
    west, east, south, north = -87.947, -87.936, 43.004, 43.013
    zones = [
        ("district", "District 3", [[west, south], [east, south], [east, north], [west, north]]),
        (
            "neighborhood",
            "Metcalfe Park",
            [[-87.9415, 43.0], [-87.90, 43.0], [-87.90, 43.02], [-87.9415, 43.02]],
        ),
    ]
    cameras = [
        ("cam-7", "Center & 25th", -87.9389, 43.0107, 235.0, 90.0, 220.0, 72.0),
        ("cam-9", "Rooftop", -87.9419, 43.0089, None, 360.0, 120.0, None),
        ("cam-12", "Alley", -87.9377, 43.0081, 310.0, 60.0, None, 24.0),
    ]
    with service.database.write() as session:
        for kind, name, corners in zones:
            session.execute(
                insert(Zone).values(
                    kind=kind,
                    name=name,
                    geometry={"type": "Polygon", "coordinates": [[*corners, corners[0]]]},
                    west=corners[0][0],
                    south=corners[0][1],
                    east=corners[1][0],
                    north=corners[2][1],
                    properties={},
                    updated_at=service.clock(),
                )
            )
        for external_id, name, longitude, latitude, direction, view, reach, kept in cameras:
            session.execute(
                insert(Camera).values(
                    external_id=external_id,
                    name=name,
                    longitude=longitude,
                    latitude=latitude,
                    direction_deg=direction,
                    field_of_view_deg=view,
                    range_m=reach,
                    retention_h=kept,
                    contact="ask the owner",
                    properties={},
                    updated_at=service.clock(),
                )
            )


def _reports(service: Service) -> None:
    """An investigative summary and a forensic report, which differ from the alert and from each other."""
    summary = _shots((0.0, 0, 0), (0.41, 4, 2), (0.86, 9, 3), (3.21, 18, -4), (3.55, 22, -6), (3.9, 27, -9))
    forensic = [
        {**shot, "uncertainty_m": 3.5, "shooter": "1" if number < 4 else "2"}
        for number, shot in enumerate(
            _shots((0.0, 1, 0), (0.412, 5, 2), (0.861, 9, 4), (2.7, 16, -2), (3.214, 19, -5), (3.55, 23, -7)),
            1,
        )
    ]
    documents = [
        ("investigative_summary", "IS-2026-118", 5, None, summary[:5], "a first look"),
        ("investigative_summary", "IS-2026-118", 6, None, summary, None),
        ("forensic_report", "FR-2026-031", 6, 2, forensic, "two weapons by the sound of the shots"),
    ]
    with service.database.write() as session:
        alert_id = session.scalars(select(Alert.id).where(Alert.external_id == "SST-7731")).one()
        for place, (provenance, reference, rounds, shooters, shots, note) in enumerate(documents):
            session.execute(
                insert(ShotReport).values(
                    alert_id=alert_id,
                    provenance=provenance,
                    reference=reference,
                    rounds=rounds,
                    shooters=shooters,
                    shots=shots,
                    note=note,
                    fingerprint=bytes([place]),
                    actor="key:lab",
                    stored_at=service.clock() + timedelta(minutes=30 * place),
                )
            )
