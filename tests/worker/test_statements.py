"""How often a round asks the database: each statement is a part of what everybody waits for."""

from typing import Any

from sqlalchemy import event

from tests.correlation.conftest import place
from tests.worker.conftest import Town, instant

# Two of them by a second round, which finds nothing to claim.
MOST = 29


def test_judging_one_new_alert_among_known_ones_takes_few_statements(town: Town) -> None:
    town.clock.now = instant(4_000)
    for number in range(3):
        town.alert(f"known-{number}", number * 100, place(3_000 * number))
    town.work_off()
    town.alert("new", 300, place(9_000))
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(town.database.engine, "before_cursor_execute", note)
    town.work_off()
    event.remove(town.database.engine, "before_cursor_execute", note)
    assert town.verdict("new") == "indeterminate"
    assert len(asked) <= MOST, "\n".join(asked)
