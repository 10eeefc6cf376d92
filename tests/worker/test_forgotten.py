"""An alert that nothing would look at again is found."""

from sqlalchemy import delete

from app.db.models import Change
from app.worker.round import recall_forgotten
from tests.worker.conftest import Town, instant


def test_an_alert_without_an_incident_is_recalled(town: Town) -> None:
    town.alert("A")
    with town.database.write() as session:
        session.execute(delete(Change))
    town.work_off()
    assert town.incidents() == []
    with town.database.write() as session:
        assert recall_forgotten(session, town.clock()) == 0, "it may still be under way"
    town.clock.now = instant(7_200)
    with town.database.write() as session:
        assert recall_forgotten(session, town.clock()) == 1
    town.work_off()
    assert town.members() == {frozenset({"A"})}
    with town.database.write() as session:
        assert recall_forgotten(session, town.clock()) == 0
