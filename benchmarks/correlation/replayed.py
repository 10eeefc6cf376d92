"""One database to which events are delivered, as intake and worker do it, and what comes out of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters import preset_text
from app.core.settings import Settings
from app.correlation.background import Background
from app.correlation.parameters import Parameters
from app.db import Database
from app.db.models import Alert, Call, Incident, Link
from app.domain.vocabulary import SourceKind
from app.incidents.reviews import write_decision
from app.intake.completeness import state_heartbeat
from app.intake.parse import item_of
from app.intake.store import Item, store_items
from app.rules.store import put_in_force
from app.sources.feeds import load_feed
from app.sources.store import add_source
from app.worker.history import fit_from, load_history
from app.worker.round import run_round
from benchmarks.correlation.arrivals import CITY, START, Body, Event, Word

ZONE = CITY.time_zone


class Replayed:
    """A database, its two feeds, and the decisions that wait for what they are about."""

    def __init__(self, url: str, now: datetime) -> None:
        self._database = Database(Settings(database_url=url, _env_file=None))
        self._now = now
        self._waiting: dict[str, set[Word]] = {}
        with self._database.write() as session:
            for name, kind in (("alert", SourceKind.ALERTS), ("call", SourceKind.CALLS)):
                add_source(
                    session,
                    name=name,
                    kind=kind,
                    mapping=preset_text(f"generic-{kind.value}-json"),
                    require_signature=False,
                    actor="benchmark",
                    now=START,
                )
        with self._database.read() as session:
            self._feeds = {name: load_feed(session, name, now) for name in ("alert", "call")}

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()

    def fitted(self) -> Background:
        """A background fitted to all that has been stored."""
        with self._database.read() as session:
            return fit_from(session, load_history(session), Parameters(), ZONE)

    def judge_by(self, background: Background) -> None:
        """Put the rules in force by which everything is judged."""
        with self._database.write() as session:
            put_in_force(session, Parameters(), background, actor="benchmark", now=START)

    def store(self, events: Sequence[Event]) -> None:
        """Store events in one commit, in their order; a decision waits until what it is about is there."""
        with self._database.write() as session:
            for event in events:
                if isinstance(event, Body) and event.kind == "heartbeat":
                    through = datetime.fromisoformat(event.document["through"])
                    state_heartbeat(session, self._feeds["call"], through, self._now)
            bodies = [event for event in events if isinstance(event, Body) and event.kind != "heartbeat"]
            items = [self._item(body) for body in bodies]
            if items:
                store_items(session, items, now=self._now, pushed=True)
            came = [item.parsed.record.external_id for item in items]
            for event in events:
                if isinstance(event, Word):
                    came.append(event.alert)
                    for name in (event.alert, event.call):
                        self._waiting.setdefault(name, set()).add(event)
            self._speak(session, came)

    def work_off(self) -> None:
        """Let the worker look until nothing waits."""
        while run_round(self._database, self._now, ZONE).more:
            pass

    def outcome(self) -> dict[frozenset[str], Any]:
        """By the alerts of each incident: verdict, reason, bits of the probability, links with their bits."""
        with self._database.read() as session:
            alerts: dict[int | None, set[str]] = {}
            for incident_id, name in session.execute(select(Alert.incident_id, Alert.external_id)).tuples():
                alerts.setdefault(incident_id, set()).add(name)
            links: dict[int, set[Any]] = {}
            columns = Link.incident_id, Link.probability, Link.decision, Link.probability_without
            statement = select(*columns, Call.external_id).join(Call, Link.call_id == Call.id)
            for row in session.execute(statement):
                bits = _bits(row.probability), row.decision, _bits(row.probability_without)
                links.setdefault(row.incident_id, set()).add((row.external_id, *bits))
            return {
                frozenset(alerts.get(incident.id, ())): (
                    incident.verdict,
                    incident.reason,
                    _bits(incident.probability_reported),
                    frozenset(links.get(incident.id, ())),
                )
                for incident in session.scalars(select(Incident).where(Incident.merged_into_id.is_(None)))
            }

    def _item(self, event: Body) -> Item:
        feed = self._feeds[event.kind]
        result = feed.mapping.apply(dict(event.document), ordinal=0, line=None, now=self._now)
        item = item_of(feed, result, self._now)
        if not isinstance(item, Item):
            raise TypeError(f"a simulated record was refused: {item}")
        return item

    def _speak(self, session: Session, came: Iterable[str]) -> None:
        """Write down the decisions about records that came, if alert and call are there by now."""
        words = {word for name in came for word in self._waiting.get(name, ())}
        for word in sorted(words, key=lambda word: (word.alert, word.call)):
            alert = session.scalar(
                select(Alert).where(Alert.external_id == word.alert, Alert.started_at.is_not(None))
            )
            call = session.scalar(select(Call).where(Call.external_id == word.call))
            if alert is None or call is None:
                continue
            write_decision(session, [alert], call, word.decision, None, actor="benchmark", now=self._now)
            for name in (word.alert, word.call):
                self._waiting[name].remove(word)


def _bits(value: float | None) -> str | None:
    return None if value is None else value.hex()
