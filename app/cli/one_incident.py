"""What the commands about one incident begin with: finding it, as of a time, wherever it was merged."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.cli.printing import local, note
from app.cli.times import read_as_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.cli.opening import Workplace


def find_of_incident(
    place: "Workplace", incident: str, as_of: str | None, find: "Callable[[Session, str], Any]"
) -> dict[str, Any]:
    """The document that `find` finds of an incident by id or number; `as_of` as --as-of gives it.

    Raises NotFoundError.
    """
    from app.core.errors import NotFoundError
    from app.incidents.documents import plain
    from app.incidents.known import no_incident
    from app.incidents.queries import Redirect

    moment = read_as_of(as_of, place.settings.zone, place.clock())
    with place.database.read(as_of=moment) as session:
        found = find(session, incident)
        if isinstance(found, Redirect):
            note(f"Incident {incident} was merged into {found.incident_id}, which follows.")
            found = find(session, found.incident_id)
    if not isinstance(found, dict):
        raise NotFoundError(
            f"{no_incident(place.database, incident, moment).detail}; see `earshot incidents list`"
        )
    if moment is not None:
        note(f"As it was known at {local(moment, place.settings.zone)}.")
    return {**found, "as_of": plain(moment)}
