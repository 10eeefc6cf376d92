"""What the public feed is made from: incidents as they were known at a time."""

from datetime import datetime

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import Incident
from app.domain.vocabulary import Disposition
from app.maps.public.coarse import Heard
from app.maps.public.incidents import VERDICTS


def read_incidents(session: Session, since: datetime, before: datetime, ended_by: datetime) -> Heard:
    """Decided incidents that began from `since` to before `before`; none that an analyst found unfounded."""
    dialect = dialect_of(session)
    started, longitude, latitude, verdict, rounds = dialect.columns_of(
        session,
        select(
            dialect.micros(Incident.started_at).label("started"),
            Incident.longitude,
            Incident.latitude,
            Incident.verdict,
            Incident.rounds,
        ).where(
            Incident.verdict.in_([word.value for word in VERDICTS]),
            Incident.merged_into_id.is_(None),
            or_(Incident.disposition.is_(None), Incident.disposition != Disposition.UNFOUNDED.value),
            Incident.started_at >= since,
            Incident.started_at < before,
            Incident.ended_at <= ended_by,
        ),
    )
    return Heard(
        started_micros=np.array(started, dtype=np.int64),
        longitude=np.array(longitude, dtype=np.float64),
        latitude=np.array(latitude, dtype=np.float64),
        verdict=list(verdict),
        rounds=list(rounds),
    )
