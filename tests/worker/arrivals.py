"""Events in the order of nothing: what Hypothesis draws to be delivered in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from app.domain.time import format_instant
from app.domain.vocabulary import Decision, SourceKind

BEGIN = datetime(2026, 7, 4, 2, 0, tzinfo=UTC)
NOW = BEGIN + timedelta(days=10)
LONGITUDE, LATITUDE = -87.94, 43.03
FEEDS = {
    "sensors": (SourceKind.ALERTS, ""),
    "sensors-fast": (SourceKind.ALERTS, "clock_offset_s = 20\nclock_error_s = 2\n"),
    "cad": (SourceKind.CALLS, "lateness_s = 60\n"),
    "cad-slow": (SourceKind.CALLS, "clock_offset_s = -7200\nlateness_s = 300\n"),
}
# What a source's clock shows when it is BEGIN; all other times here are true.
SHOWN_S = {"cad-slow": -7200}


@dataclass(frozen=True)
class Body:
    """One record as it is posted."""

    source: str
    document: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Beat:
    """One heartbeat."""

    source: str
    through_s: int


@dataclass(frozen=True)
class Sheet:
    """One imported file of calls."""

    source: str
    as_of_s: int
    documents: tuple[tuple[tuple[str, Any], ...], ...]


@dataclass(frozen=True)
class Word:
    """An analyst's decision about an alert and a call, spoken once both are there."""

    alert: tuple[str, str]
    call: tuple[str, str]
    decision: Decision


Event = Body | Beat | Sheet | Word


def at(seconds: float) -> str:
    return format_instant(BEGIN + timedelta(seconds=seconds))


def body(source: str, **fields: Any) -> Body:
    return Body(source, tuple(sorted(fields.items())))


seconds = st.one_of(
    st.integers(0, 240),
    st.sampled_from([0, 60, 120, 600, 601, 660]),
    st.integers(0, 40).map(lambda number: number * 90),
)
places = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
        lambda cell: (LONGITUDE + cell[0] * 0.0012, LATITUDE + cell[1] * 0.0009)
    ),
    st.just((LONGITUDE, LATITUDE)),
)


@st.composite
def alert_bodies(draw: st.DrawFn, number: int) -> list[Event]:
    source = draw(st.sampled_from(["sensors", "sensors-fast"]))
    key = f"A{number}"
    bodies: list[Event] = []
    for revision in range(1, draw(st.integers(1, 3)) + 1):
        fields: dict[str, Any] = {"external_id": key, "revision": revision, "started_at": at(draw(seconds))}
        place = draw(places)
        if place:
            fields |= {"longitude": place[0], "latitude": place[1]}
        fields["classification"] = draw(
            st.sampled_from(["multiple_gunshots", "single_gunshot", "multiple_gunshots", "fireworks"])
        )
        fields["rounds"] = draw(st.integers(1, 5))
        if draw(st.integers(0, 9)) == 0:
            fields["status"] = "retracted"
        bodies.append(body(source, **fields))
    withdrawn = draw(st.integers(0, 11))
    if withdrawn == 0:
        bodies.append(body(source, external_id=key, status="retracted"))
    elif withdrawn == 1:
        revision = draw(st.integers(1, 3))
        bodies.append(body(source, external_id=key, status="retracted", revision=revision))
    return bodies


@st.composite
def call_fields(draw: st.DrawFn, source: str, key: str) -> dict[str, Any]:
    received_at = at(draw(seconds) + draw(st.integers(0, 200)) + SHOWN_S.get(source, 0))
    fields: dict[str, Any] = {"external_id": key, "received_at": received_at}
    place = draw(places)
    if place:
        fields |= {"longitude": place[0], "latitude": place[1]}
    fields["nature"] = draw(st.sampled_from(["shots_fired", "shots_fired", "disturbance"]))
    fields["origin"] = draw(st.sampled_from(["citizen", "unknown", "citizen", "sensor", "officer"]))
    return fields


@st.composite
def call_bodies(draw: st.DrawFn, number: int) -> list[Event]:
    source = draw(st.sampled_from(["cad", "cad-slow"]))
    return [
        body(source, revision=revision, **draw(call_fields(source, f"C{number}")))
        for revision in range(1, draw(st.integers(1, 2)) + 1)
    ]


@st.composite
def all_events(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for number in range(draw(st.integers(1, 6))):
        events += draw(alert_bodies(number))
    for number in range(draw(st.integers(0, 5))):
        events += draw(call_bodies(number))
    for _ in range(draw(st.integers(0, 2))):
        source = draw(st.sampled_from(["cad", "cad-slow"]))
        events.append(Beat(source, draw(st.integers(-600, 9000)) + SHOWN_S.get(source, 0)))
    if draw(st.booleans()):
        keys = draw(st.lists(st.sampled_from(["C0", "C1", "F1", "F2"]), min_size=1, max_size=3, unique=True))
        source = draw(st.sampled_from(["cad", "cad-slow"]))
        rows = [draw(call_fields(source, key)) for key in keys]
        late = draw(st.integers(-7200, 7200)) + SHOWN_S.get(source, 0)
        for row in rows:
            row["received_at"] = at(draw(st.integers(-600, 600)) + late)
        documents = tuple(tuple(sorted(row.items())) for row in rows)
        events.append(Sheet(source, draw(st.integers(0, 9)), documents))
    events += draw(words(events))
    if draw(st.booleans()):
        events.append(draw(st.sampled_from([event for event in events if not isinstance(event, Word)])))
    return events


@st.composite
def words(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """At most one decision for an alert and a call: of several the last counts, and last is an order."""
    keys = {
        (event.source, str(dict(event.document)["external_id"]))
        for event in events
        if isinstance(event, Body)
    }
    alerts = sorted(key for key in keys if key[0].startswith("sensors"))
    calls = sorted(key for key in keys if key[0].startswith("cad"))
    if not calls:
        return []
    pairs = st.tuples(st.sampled_from(alerts), st.sampled_from(calls))
    return [
        Word(alert, call, draw(st.sampled_from([Decision.CONFIRMED, Decision.REJECTED])))
        for alert, call in draw(st.lists(pairs, max_size=3, unique=True))
    ]


def located(source: str, external_id: str, seconds_: float, **fields: Any) -> Body:
    time = "received_at" if source.startswith("cad") else "started_at"
    told = {time: at(seconds_), "longitude": LONGITUDE, "latitude": LATITUDE, **fields}
    return body(source, external_id=external_id, **told)
