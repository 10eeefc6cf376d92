"""What rows were before they changed: a table of replaced rows beside each table that as-of answers read.

A row of a table was known from its moment of change on; one of its versions from then until `superseded_at`.
`app/db/as_of.py` reads both as the table at a time.
"""

from sqlalchemy import Column, Index, Table

from app.db.models.base import Base, BigId, Instant
from app.db.models.incidents import CadRecord, Incident, IncidentZone, Link
from app.db.models.records import Alert, Call
from app.db.models.work import FollowUp


def _versions_of(model: type[Base], name: str) -> Table:
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
        Index(f"ix_{name}_superseded_at", "superseded_at"),
    )


VERSIONS = {
    model.__tablename__: _versions_of(model, name)
    for model, name in (
        (Incident, "incident_versions"),
        (IncidentZone, "incident_zone_versions"),
        (Link, "link_versions"),
        (CadRecord, "cad_record_versions"),
        (Alert, "alert_versions"),
        (Call, "call_versions"),
        (FollowUp, "follow_up_versions"),
    )
}
