"""A database to which events are delivered one at a time or in bulk, and what comes out."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from app.adapters import Parsed, preset_text
from app.correlation.background import Background
from app.correlation.parameters import Parameters
from app.db import Database
from app.db.models import Alert, Call, Incident, Link, Source
from app.incidents.reviews import write_decision
from app.intake.completeness import state_heartbeat
from app.intake.files import import_file
from app.intake.parse import item_of
from app.intake.store import Item, store_items
from app.rules.store import put_in_force
from app.sources.feeds import load_feed
from app.worker.round import run_round
from tests.feeds import add_feed
from tests.worker.arrivals import BEGIN, FEEDS, NOW, Beat, Body, Event, Sheet, Word


class World:
    """One database with the feeds in it."""

    def __init__(self, database: Database, folder: Path, refurnish: Callable[[], None]) -> None:
        self.database = database
        self.folder = folder
        self.refurnish = refurnish
        with database.read() as session:
            self.feeds = {name: load_feed(session, name, NOW) for name in FEEDS}
        self.unspoken: list[Word] = []

    def start_again(self, background: Background | None) -> None:
        """Forget all that was delivered."""
        self.unspoken.clear()
        self.refurnish()
        with self.database.write() as session:
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
        if isinstance(event, Word):
            self.unspoken.append(event)
        else:
            self._store(event)
        self.unspoken = [word for word in self.unspoken if not self._speak(word)]

    def _store(self, event: Body | Beat | Sheet) -> None:
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
            if isinstance(event, Beat | Sheet):
                self.deliver(event)
        items = [self._item(event) for event in events if isinstance(event, Body)]
        with self.database.write() as session:
            store_items(session, items, now=NOW, pushed=True)
        for event in events:
            if isinstance(event, Word):
                self.deliver(event)
        assert not self.unspoken

    def work_off(self) -> None:
        while run_round(self.database, NOW, "UTC").more:
            pass

    def _speak(self, word: Word) -> bool:
        """Write a decision down, if what it is about is there."""
        with self.database.write() as session:
            alert = session.scalar(_record(Alert, self.feeds[word.alert[0]].id, word.alert[1]))
            call = session.scalar(_record(Call, self.feeds[word.call[0]].id, word.call[1]))
            if alert is None or call is None or alert.started_at is None:
                return False
            write_decision(session, [alert], call, word.decision, None, actor="test", now=NOW)
            return True

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


def _record(model: Any, source_id: int, external_id: str) -> Any:
    return select(model).where(model.source_id == source_id, model.external_id == external_id)


def furnish(database: Database) -> None:
    """The feeds in an empty database."""
    with database.write() as session:
        for name, (kind, words) in FEEDS.items():
            add_feed(session, name, kind, words + preset_text(f"generic-{kind.value}-json"), now=BEGIN)


def outcome(database: Database) -> set[Any]:
    """What must not depend on the order: each incident's alerts, verdict, links, bits and telling."""
    with database.read() as session:
        names = {row.id: row.name for row in session.execute(select(Source.id, Source.name))}
        alerts: dict[int, set[tuple[str, str]]] = {}
        for row in session.execute(select(Alert.incident_id, Alert.source_id, Alert.external_id)):
            alerts.setdefault(row.incident_id, set()).add((names[row.source_id], row.external_id))
        links: dict[int, set[Any]] = {}
        statement = select(
            Link.incident_id,
            Link.probability,
            Link.decision,
            Link.probability_without,
            Call.source_id,
            Call.external_id,
        )
        for row in session.execute(statement.join(Call, Link.call_id == Call.id)):
            without = row.probability_without
            bits = row.probability.hex(), None if without is None else without.hex()
            key = (names[row.source_id], row.external_id, row.decision, *bits)
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
