"""The tables as they were known at a time, under their own names, so that every query works unchanged.

A statement is put behind common table expressions that bear the names of the tables that it mentions; a name
in it then means what was known. An expression does not see itself, so the table is what its own body reads.
"""

import re
from datetime import datetime
from functools import lru_cache
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, Table, event

from app.db.models import KNOWN_FROM, VERSIONS, Base

OPTION = "earshot_as_of"
# Tables whose rows are only ever added, and what tells when.
_ADDED_AT = {
    "alert_revisions": "stored_at",
    "call_revisions": "stored_at",
    "disposition_changes": "decided_at",
    "events": "at",
    "follow_up_changes": "changed_at",
    "link_decisions": "decided_at",
    "missed_gunfire": "created_at",
    "rules_uses": "effective_at",
    "shot_reports": "stored_at",
    "verdict_changes": "decided_at",
}
# Columns that are set once, later than their row.
_SET_LATER = {("missed_gunfire", "withdrawn_at")}
_WORD = re.compile(r"\b[a-z_]+\b")


def shadow_tables(engine: Engine, dialect: ModuleType) -> None:
    """Let the engine's connections that have a time among their options (OPTION) see what was known then."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _rewrite(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        moment = connection.get_execution_options().get(OPTION)
        return statement if moment is None else as_known(statement, moment, dialect), parameters


def as_known(statement: str, moment: datetime, dialect: ModuleType) -> str:
    """A select that reads what was known at a moment, that moment itself included."""
    shadows = _shadows(dialect)
    told = dialect.instant_literal(moment)
    expressions = [
        f"{name} AS NOT MATERIALIZED ({shadows[name].format(moment=told)})"
        for name in _words(statement)
        if name in shadows
    ]
    if not expressions:
        return statement
    own = statement.removeprefix("WITH ")
    return f"WITH {', '.join(expressions)}{' ' if own is statement else ', '}{own}"


@lru_cache(maxsize=1024)
def _words(statement: str) -> tuple[str, ...]:
    """The words of a statement: a table that is only part of a text in it does no harm."""
    return tuple(sorted(set(_WORD.findall(statement))))


@lru_cache(maxsize=2)
def _shadows(dialect: ModuleType) -> dict[str, str]:
    """By the name that it hides the select of what was known, with `{moment}` for the time."""
    tables = Base.metadata.tables
    shadows = {name: _added(tables[name], dialect) for name in _ADDED_AT}
    for name, versions in VERSIONS.items():
        columns = _columns(tables[name], dialect)
        shadows[name] = dialect.rows_as_of(name, columns, versions.name, KNOWN_FROM[name])
        if "longitude" in versions.c:
            shadows |= dialect.index_shadows(name, versions.name)
    return shadows


def _added(table: Table, dialect: ModuleType) -> str:
    added_at = _ADDED_AT[table.name]
    values = [
        f"CASE WHEN {name} <= {{moment}} THEN {name} END AS {name}"
        if (table.name, name) in _SET_LATER
        else f'"{name}"'
        for name in _columns(table, dialect)
    ]
    source = dialect.stored(table.name)
    return f"SELECT {', '.join(values)} FROM {source} WHERE {added_at} <= {{moment}}"  # noqa: S608 - names of ours


def _columns(table: Table, dialect: ModuleType) -> list[str]:
    """The names of those that this database has."""
    return [column.name for column in table.c if column.info.get("dialect", dialect.NAME) == dialect.NAME]
