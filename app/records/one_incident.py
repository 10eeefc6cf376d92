"""One way to answer about one incident: as of a time, elsewhere once it was merged, or not there."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.core.answers import moved_answer
from app.db import Database
from app.domain.parameters import moment_asked
from app.incidents.documents import plain
from app.incidents.known import no_incident
from app.incidents.queries import Redirect


def find_of_incident(
    request: Request,
    values: Mapping[str, Any],
    incident_id: str,
    find: Callable[[Session], dict[str, Any] | Redirect | None],
    below: str = "",
) -> dict[str, Any] | Response:
    """The document that `find` finds, or the way to that of the incident that survives (`below` it).

    `values` are the query's; their `as_of` is told in the document. Raises NotFoundError.
    """
    database: Database = request.app.state.database
    moment = moment_asked(values, request.app.state.clock())
    with database.read(as_of=moment) as session:
        found = find(session)
    if found is None:
        raise no_incident(database, incident_id, moment)
    if isinstance(found, Redirect):
        query = f"?{request.url.query}" if request.url.query else ""
        return moved_answer(f"/v1/incidents/{found.incident_id}{below}{query}")
    return {**found, "as_of": plain(moment)}
