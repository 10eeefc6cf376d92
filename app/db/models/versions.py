"""What rows were before they changed: a table of replaced rows beside each table that as-of answers read.

A row of a table was known from its moment of change on (KNOWN_FROM); one of its versions from then until
`superseded_at`. `app/db/versions.py` keeps them, `app/db/as_of.py` reads both as the table at a time.
"""

from sqlalchemy import Column, Index, Table

from app.db.models.base import Base, BigId, Instant
from app.db.models.incidents import CadRecord, Incident, IncidentZone, Link
from app.db.models.records import Alert, Call
from app.db.models.work import FollowUp

# Of each table the columns that tell since when a row is as it is: the first that is set.
KNOWN_FROM = {
    "incidents": ("updated_at",),
    "incident_zones": ("known_at",),
    "links": ("known_at",),
    "cad_records": ("known_at",),
    "alerts": ("changed_at", "stored_at"),
    "calls": ("changed_at", "stored_at"),
    "follow_ups": ("updated_at",),
}


def _versions_of(model: type[Base], name: str, looked_up_by: tuple[str, ...]) -> Table:
    """A table with the columns of a model, without its keys; a position follows from its degrees."""
    columns = [
        Column(column.name, column.type, nullable=column.nullable)
        for column in model.__table__.c
        if column.name != "position"
    ]
    return Table(
        name,
        Base.metadata,
        Column("version_id", BigId, primary_key=True, autoincrement=True),
        *columns,
        Column("superseded_at", Instant, nullable=False),
        *(Index(f"ix_{name}_{column}", column) for column in (*looked_up_by, "superseded_at")),
    )


VERSIONS = {
    model.__tablename__: _versions_of(model, name, looked_up_by)
    for model, name, looked_up_by in (
        (Incident, "incident_versions", ("id",)),
        (IncidentZone, "incident_zone_versions", ("incident_id",)),
        (Link, "link_versions", ("incident_id",)),
        (CadRecord, "cad_record_versions", ("incident_id",)),
        (Alert, "alert_versions", ("id", "incident_id")),
        (Call, "call_versions", ("id",)),
        (FollowUp, "follow_up_versions", ("id", "incident_id")),
    )
}
