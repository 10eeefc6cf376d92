"""Decisions written straight to the tables: two analysts at once, and what the log keeps in order."""

from threading import Barrier, Thread

from sqlalchemy import insert, select

from app.core.errors import ConflictError
from app.db import Database
from app.db.models import Alert, Call, Event, Incident, LinkDecision, Source
from app.domain.vocabulary import Decision, SourceKind
from app.incidents.reviews import decide_link
from tests.incidents.conftest import T0, put_incidents

RECORD = {"revision": 0, "fingerprint": b"", "stored_at": T0, "longitude": None, "latitude": None}


def put_two_incidents_and_a_call(database):
    """Incident 1 with alert 1, incident 2 with alert 2, and call 1."""
    with database.write() as session:
        put_incidents(session, [{}, {}])
        source_id = session.scalars(select(Source.id).limit(1)).one()
        for number in (1, 2):
            alert = {
                **RECORD,
                "id": number,
                "source_id": source_id,
                "external_id": f"A{number}",
                "status": "active",
                "started_at": T0,
                "classification": "unclassified",
                "incident_id": number,
            }
            session.execute(insert(Alert).values(**alert))
        call = {
            **RECORD,
            "id": 1,
            "source_id": source_id,
            "external_id": "C1",
            "received_at": T0,
            "line": "911",
            "nature": "other",
            "origin": "citizen",
        }
        session.execute(insert(Call).values(**call))


def test_two_who_confirm_a_call_at_once_cannot_both(database, settings, clock, add_feed):
    add_feed("cad", SourceKind.CALLS)
    put_two_incidents_and_a_call(database)
    for attempt in range(5):
        start = Barrier(2)
        outcomes: dict[str, str] = {}

        def confirm(incident, start=start, outcomes=outcomes):
            own = Database(settings)
            start.wait()
            try:
                with own.write() as session:
                    decide_link(
                        session, incident, "1", Decision.CONFIRMED, None, actor=f"key:{incident}", now=clock()
                    )
                outcomes[incident] = "confirmed"
            except ConflictError:
                outcomes[incident] = "refused"
            own.dispose()

        threads = [Thread(target=confirm, args=(incident,)) for incident in ("1", "2")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes.values()) == ["confirmed", "refused"], attempt
        winner = next(incident for incident, outcome in outcomes.items() if outcome == "confirmed")
        with database.write() as session:
            decide_link(session, winner, "1", Decision.AUTOMATIC, None, actor="test", now=clock())
    with database.read() as session:
        words = session.scalars(select(LinkDecision.decision).order_by(LinkDecision.id)).all()
        assert words == ["confirmed", "automatic"] * 5
        assert len(session.scalars(select(Event.id)).all()) == 10
        assert session.scalars(select(Incident.verdict)).all() == ["unreported"] * 2, "the worker decides"
