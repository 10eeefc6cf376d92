"""A town with a feed of each kind, told what happens in minutes and metres, and looked at afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.adapters import preset_text
from app.core.settings import Settings
from app.correlation.background import Background, unknown_background
from app.correlation.parameters import Parameters
from app.db import Database
from app.db.models import Alert, Call, Event, Incident, Link, VerdictChange
from app.domain.vocabulary import SourceKind
from app.intake.completeness import state_heartbeat, state_import
from app.intake.parse import item_of
from app.intake.store import Item, store_items
from app.rules.store import put_in_force
from app.sources.feeds import load_feed
from app.worker.round import run_round
from tests.conftest import NOW, Clock
from tests.correlation.conftest import place

SHOTS = NOW - timedelta(minutes=5)
MOST_ROUNDS = 20


@dataclass
class Town:
    """One database, its clock, and the things that happen in it; `at` is seconds after SHOTS."""

    database: Database
    clock: Clock
    zone_name: str = "America/Chicago"
    beating: set[str] = field(default_factory=set)

    def alert(self, key: str, at: float = 0, where: tuple[float, float] | None = None, **fields: Any) -> None:
        """Deliver an alert (by default: three rounds at the origin); `source` names another feed."""
        self.deliver(fields.pop("source", "sensors"), alert_document(key, at, where, **fields))

    def retract(self, key: str, source: str = "sensors") -> None:
        self.deliver(source, {"external_id": key, "status": "retracted"})

    def call(self, key: str, at: float = 60, where: tuple[float, float] | None = None, **fields: Any) -> None:
        """Deliver a citizen's call of shots fired; near the origin, a minute after, it is a clear report."""
        self.deliver(
            fields.pop("source", "cad"),
            {
                "external_id": key,
                "revision": 1,
                "received_at": _instant(at),
                **_where(place(50, 50) if where is None else where),
                "nature": "shots_fired",
                "origin": "citizen",
                **fields,
            },
            pushed=fields.pop("pushed", False),
        )

    def deliver(self, source: str, *documents: dict[str, Any], pushed: bool = False) -> None:
        """Store bodies in one commit, as the intake does."""
        now = self.clock()
        for document in documents:
            document.pop("pushed", None)
        with self.database.write() as session:
            feed = load_feed(session, source, now)
            items = []
            for ordinal, document in enumerate(documents):
                item = item_of(feed, feed.mapping.apply(document, ordinal=ordinal, line=None, now=now), now)
                assert isinstance(item, Item), item
                items.append(item)
            store_items(session, items, now=now, pushed=pushed)

    def heartbeat(self, at: float, source: str = "cad", *, since: float = -86_400 * 5) -> None:
        """Let a feed say that it is complete up to a time; the first one from `since` on."""
        with self.database.write() as session:
            feed = load_feed(session, source, self.clock())
            if source not in self.beating:
                self.beating.add(source)
                state_heartbeat(session, feed, SHOTS + timedelta(seconds=since), self.clock())
            state_heartbeat(session, feed, SHOTS + timedelta(seconds=at), self.clock())

    def imported(self, low: float, high: float, source: str = "cad") -> None:
        with self.database.write() as session:
            feed = load_feed(session, source, self.clock())
            ends = [SHOTS + timedelta(seconds=bound) for bound in (low, high)]
            state_import(session, feed, [(ends[0], ends[1])], self.clock())

    def rhythm(self, calls_a_minute: float, source: str = "cad") -> None:
        """Put rules in force that know a feed's rhythm, the same all week."""
        document = {
            **unknown_background().to_document(),
            "source_rhythm_s": {source: [calls_a_minute / 60] * 168},
        }
        with self.database.write() as session:
            put_in_force(
                session, Parameters(), Background.from_document(document), actor="test", now=self.clock()
            )

    def work_off(self) -> int:
        """Run rounds until nothing waits; how many incidents changed. Fails where it never ends."""
        changed = 0
        for _ in range(MOST_ROUNDS):
            result = run_round(self.database, self.clock(), self.zone_name)
            if not result.more:
                return changed
            changed += result.changed
        pytest.fail(f"the worker is not done after {MOST_ROUNDS} rounds")

    def pass_time(self, seconds: float) -> int:
        self.clock.advance(seconds)
        return self.work_off()

    def incidents(self) -> list[Incident]:
        with self.database.read() as session:
            return list(
                session.scalars(
                    select(Incident).where(Incident.merged_into_id.is_(None)).order_by(Incident.id)
                )
            )

    def incident(self, key: str) -> Incident:
        """The incident that an alert belongs to."""
        with self.database.read() as session:
            return session.scalars(
                select(Incident).join(Alert, Alert.incident_id == Incident.id).where(Alert.external_id == key)
            ).one()

    def incident_by_id(self, identity: int) -> Incident:
        with self.database.read() as session:
            return session.get_one(Incident, identity)

    def verdict(self, key: str) -> str:
        return self.incident(key).verdict

    def members(self) -> set[frozenset[str]]:
        """Which alerts are together, by their keys."""
        with self.database.read() as session:
            together: dict[int | None, set[str]] = {}
            for row in session.execute(select(Alert.incident_id, Alert.external_id)):
                together.setdefault(row.incident_id, set()).add(row.external_id)
        return {frozenset(keys) for keys in together.values()}

    def links(self, key: str) -> dict[str, float]:
        with self.database.read() as session:
            statement = (
                select(Call.external_id, Link.probability)
                .join(Link, Link.call_id == Call.id)
                .where(Link.incident_id == self.incident(key).id)
            )
            return {row.external_id: row.probability for row in session.execute(statement)}

    def events(self) -> list[Event]:
        with self.database.read() as session:
            return list(session.scalars(select(Event).order_by(Event.id)))

    def event_types(self, incident_id: int | None = None) -> list[str]:
        found = [
            event.type for event in self.events() if incident_id is None or event.incident_id == incident_id
        ]
        return [type_.removeprefix("incident.") for type_ in found]

    def history(self, key: str) -> list[str]:
        """What was said of the incident of an alert, in order."""
        incident_id = self.incident(key).id
        with self.database.read() as session:
            return list(
                session.scalars(
                    select(VerdictChange.verdict)
                    .where(VerdictChange.incident_id == incident_id)
                    .order_by(VerdictChange.id)
                )
            )


def furnish(add_feed: Callable[..., str], words: Sequence[tuple[str, SourceKind, str]] = ()) -> None:
    """The feeds of the town, and more with words of their own in the mapping."""
    add_feed("sensors", SourceKind.ALERTS)
    add_feed("cad", SourceKind.CALLS)
    for name, kind, text in words:
        add_feed(name, kind, text + preset_text(f"generic-{kind.value}-json"))


@pytest.fixture
def town(database: Database, clock: Clock, add_feed: Callable[..., str]) -> Town:
    furnish(add_feed)
    return Town(database, clock)


@pytest.fixture
def second_database(settings: Settings) -> Any:
    """Another process's view of the same database."""
    opened = Database(settings)
    yield opened
    opened.dispose()


def alert_document(
    key: str, at: float = 0, where: tuple[float, float] | None = None, **fields: Any
) -> dict[str, Any]:
    return {
        "external_id": key,
        "revision": 1,
        "started_at": _instant(at),
        **_where(place() if where is None else where),
        "rounds": 3,
        "classification": "multiple_gunshots",
        **fields,
    }


def _instant(at: float) -> str:
    return (SHOTS + timedelta(seconds=at)).isoformat()


def _where(where: tuple[float, float] | tuple[()]) -> dict[str, float]:
    return {"longitude": where[0], "latitude": where[1]} if where else {}


def instant(at: float) -> datetime:
    return SHOTS + timedelta(seconds=at)
