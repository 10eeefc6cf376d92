"""The order of arrival does not matter: any permutation, one at a time, gives the same bits as one bulk run.

The clock stands far after everything, and the rules are one version. EARSHOT_TEST_EXAMPLES sets how many
worlds are tried.
"""

import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.adapters import Parsed, preset_text
from app.core.settings import Settings
from app.correlation.background import Background, unknown_background
from app.correlation.parameters import Parameters
from app.db import Database
from app.db.models import Alert, Base, Call, Incident, Link, Source
from app.domain.time import format_instant
from app.domain.vocabulary import SourceKind
from app.intake.completeness import state_heartbeat
from app.intake.files import import_file
from app.intake.parse import item_of
from app.intake.store import Item, store_items
from app.rules.store import put_in_force
from app.sources.feeds import Feed, load_feed
from app.sources.store import add_source
from app.worker.round import run_round

EXAMPLES = int(os.environ.get("EARSHOT_TEST_EXAMPLES", "20"))
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


Event = Body | Beat | Sheet


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
    if draw(st.booleans()):
        events.append(draw(st.sampled_from(events)))
    return events


def rhythmic() -> Background:
    """A background in which twenty silent minutes of `cad` are a gap."""
    unknown = unknown_background().to_document()
    return Background.from_document({**unknown, "source_rhythm_s": {"cad": [1 / 60] * 168}})


class World:
    """One database with the feeds in it."""

    def __init__(self, database: Database, feeds: dict[str, Feed], folder: Path) -> None:
        self.database = database
        self.feeds = feeds
        self.folder = folder

    def start_again(self, background: Background | None) -> None:
        """Forget all that was delivered; the trails are append-only, so by file or by table."""
        if self.database.is_embedded:
            self.database.dispose()
            path = Path(self.database.engine.url.database or "")
            for written in path.parent.glob(f"{path.name}*"):
                written.unlink()
            shutil.copy(self.folder / "furnished.db", path)
        with self.database.write() as session:
            if not self.database.is_embedded:
                session.execute(text(f"TRUNCATE {', '.join(_DELIVERED)} CASCADE"))
                session.execute(text(f"UPDATE sources SET {_NOTHING_COVERED}"))
            put_in_force(session, Parameters(), background, actor="test", now=BEGIN)

    def one_at_a_time(self, events: Sequence[Event], background: Background | None) -> set[Any]:
        self.start_again(background)
        for event in events:
            self.deliver(event)
            self.work_off()
        return outcome(self.database)

    def in_bulk(self, events: Sequence[Event], background: Background | None) -> set[Any]:
        self.start_again(background)
        self.deliver_all(events)
        self.work_off()
        return outcome(self.database)

    def deliver(self, event: Event) -> None:
        """Store one event as the intake does, in a commit of its own."""
        if isinstance(event, Sheet):
            self._import(event)
            return
        with self.database.write() as session:
            if isinstance(event, Beat):
                through = BEGIN + timedelta(seconds=event.through_s)
                state_heartbeat(session, self.feeds[event.source], through, NOW)
            else:
                store_items(session, [self._item(event)], now=NOW, pushed=True)

    def deliver_all(self, events: Sequence[Event]) -> None:
        """Store everything before the worker looks, what was posted in one commit."""
        for event in events:
            if not isinstance(event, Body):
                self.deliver(event)
        items = [self._item(event) for event in events if isinstance(event, Body)]
        with self.database.write() as session:
            store_items(session, items, now=NOW, pushed=True)

    def work_off(self) -> None:
        while run_round(self.database, NOW, "UTC").more:
            pass

    def _item(self, event: Body) -> Item:
        feed = self.feeds[event.source]
        item = item_of(feed, feed.mapping.apply(dict(event.document), ordinal=0, line=None, now=NOW), NOW)
        assert isinstance(item, Item)
        assert isinstance(item.parsed, Parsed)
        return item

    def _import(self, sheet: Sheet) -> None:
        path = self.folder / "calls.json"
        path.write_bytes(orjson.dumps([dict(document) for document in sheet.documents]))
        import_file(
            self.database,
            lambda: NOW,
            self.feeds[sheet.source],
            path,
            as_of=NOW - timedelta(days=1, seconds=sheet.as_of_s),
            actor="test",
            progress=lambda _bytes: None,
        )


_NOTHING_COVERED = ", ".join(f"{column} = NULL" for column in ("pushed_from", "pushed_through"))
_NOT_DELIVERED = {"sources", "source_secrets", "audit_entries", "zones", "cameras", "keys"}
_DELIVERED = [table.name for table in Base.metadata.sorted_tables if table.name not in _NOT_DELIVERED]


def furnished(database: Database, folder: Path) -> World:
    """The feeds in an empty database."""
    with database.write() as session:
        for name, (kind, words) in FEEDS.items():
            add_source(
                session,
                name=name,
                kind=kind,
                mapping=words + preset_text(f"generic-{kind.value}-json"),
                require_signature=False,
                actor="test",
                now=BEGIN,
            )
    with database.read() as session:
        feeds = {name: load_feed(session, name, NOW) for name in FEEDS}
    return World(database, feeds, folder)


def outcome(database: Database) -> set[Any]:
    """What must not depend on the order: each incident's alerts, verdict, links, bits and telling."""
    with database.read() as session:
        names = {row.id: row.name for row in session.execute(select(Source.id, Source.name))}
        alerts: dict[int, set[tuple[str, str]]] = {}
        for row in session.execute(select(Alert.incident_id, Alert.source_id, Alert.external_id)):
            alerts.setdefault(row.incident_id, set()).add((names[row.source_id], row.external_id))
        links: dict[int, set[Any]] = {}
        statement = select(Link.incident_id, Link.probability, Call.source_id, Call.external_id)
        for row in session.execute(statement.join(Call, Link.call_id == Call.id)):
            key = (names[row.source_id], row.external_id, row.probability.hex())
            links.setdefault(row.incident_id, set()).add(key)
        found = set()
        waiting = alerts.pop(None, set())  # type: ignore[call-overload]
        for incident in session.scalars(select(Incident).where(Incident.merged_into_id.is_(None))):
            probability = incident.probability_reported
            found.add(
                (
                    frozenset(alerts.get(incident.id, set())),
                    incident.verdict,
                    None if probability is None else probability.hex(),
                    frozenset(links.get(incident.id, set())),
                    incident.reason,
                    (incident.longitude, incident.latitude, incident.started_at, incident.ended_at),
                    (incident.rounds, incident.classification, incident.first_call_lag_s),
                )
            )
        tombstones = session.execute(
            select(Alert.source_id, Alert.external_id).where(Alert.started_at.is_(None))
        )
        assert waiting == {(names[row.source_id], row.external_id) for row in tombstones}
        return found


@pytest.fixture
def on_databases(
    migrated_file: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[dict[str, World]]:
    """A world on each database that there is; SQLite in memory, where the machine has a folder for that."""
    folder = Path("/dev/shm") / f"earshot-{os.getpid()}" if Path("/dev/shm").is_dir() else tmp_path
    folder.mkdir(exist_ok=True)
    shutil.copy(migrated_file, folder / "world.db")
    databases = {"sqlite": Database(Settings(database_url=f"sqlite:///{folder}/world.db", _env_file=None))}
    if os.environ.get("EARSHOT_TEST_DATABASE_URL"):
        databases["postgresql"] = Database(request.getfixturevalue("postgresql_settings"))
    worlds = {name: furnished(database, tmp_path) for name, database in databases.items()}
    databases["sqlite"].dispose()
    shutil.copy(folder / "world.db", tmp_path / "furnished.db")
    yield worlds
    for database in databases.values():
        database.dispose()
    shutil.rmtree(folder)


def located(source: str, external_id: str, seconds_: float, **fields: Any) -> Body:
    time = "received_at" if source.startswith("cad") else "started_at"
    told = {time: at(seconds_), "longitude": LONGITUDE, "latitude": LATITUDE, **fields}
    return body(source, external_id=external_id, **told)


# A feed's first pushed call, older than its heartbeat, makes all between the two complete.
OLD_CALL_AFTER_HEARTBEAT: list[Event] = [
    located("cad", "C0", -2000),
    located("sensors", "A0", 0),
    Beat("cad", 3000),
]
# The calls settle a time two hours after what their clock shows.
SLOW_CLOCK: list[Event] = [
    located("cad-slow", "C2", 9000 - 7200),
    located("sensors", "A0", 3000),
    located("cad-slow", "C1", -3000 - 7200),
    located("cad-slow", "C0", -6000 - 7200),
]

# Sums over alerts of one moment, whose last bits depend on the order of adding.
AT_ONCE: list[Event] = [
    *(
        located("sensors", f"A{number}", 0, longitude=LONGITUDE + number * number * 1e-4)
        for number in range(6)
    ),
    *(located("cad", f"C{number}", 60 + number, latitude=LATITUDE + number * 3e-3) for number in range(4)),
]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=all_events(), seed=st.integers(0, 2**32 - 1), rhythm=st.booleans())
@example(events=OLD_CALL_AFTER_HEARTBEAT, seed=0, rhythm=False)
@example(events=SLOW_CLOCK, seed=0, rhythm=False)
@example(events=AT_ONCE, seed=0, rhythm=False)
@example(events=AT_ONCE, seed=3, rhythm=True)
def test_any_order_gives_the_same_bits(
    on_databases: dict[str, World], events: list[Event], seed: int, rhythm: bool
) -> None:
    background = rhythmic() if rhythm else None
    shuffled = random.Random(seed).sample(events, len(events))
    expected = on_databases["sqlite"].in_bulk(events, background)
    for name, world in on_databases.items():
        assert world.one_at_a_time(shuffled, background) == expected, f"one at a time on {name}"
    if "postgresql" in on_databases:
        assert on_databases["postgresql"].in_bulk(shuffled, background) == expected, "in bulk on postgresql"
    assert on_databases["sqlite"].one_at_a_time(events[::-1], background) == expected, "backwards"


def test_a_long_chain_grows_together_in_any_order(on_databases: dict[str, World]) -> None:
    """Fireworks: an hour of alerts, each linked to the next, is cut at its widest gaps wherever it began."""
    steps = [35 + number * 7 % 25 for number in range(70)]
    chain: list[Event] = [
        located("sensors", f"A{number:02}", sum(steps[:number])) for number in range(len(steps))
    ]
    chain.append(located("sensors", "A35", sum(steps[:35]) + 200, revision=1))
    world = on_databases["sqlite"]
    expected = world.in_bulk(chain, None)
    assert len(expected) > 5
    for seed in range(2):
        assert world.one_at_a_time(random.Random(seed).sample(chain, len(chain)), None) == expected
    if "postgresql" in on_databases:
        assert on_databases["postgresql"].in_bulk(chain[::-1], None) == expected
