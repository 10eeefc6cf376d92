"""Incidents put straight into the tables."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.correlation.parameters import Parameters
from app.db.models import Incident
from app.rules.store import put_in_force

T0 = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)


def put_incidents(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Incidents numbered from 1; each row says only what matters about it."""
    rules = put_in_force(session, Parameters(), None, actor="test", now=T0)
    plain = {
        "founding_alert_id": 0,
        "merged_into_id": None,
        "verdict": "unreported",
        "probability_reported": 0.01,
        "needs_review": False,
        "reason": "because",
        "started_at": T0,
        "ended_at": T0,
        "closes_at": T0 + timedelta(minutes=15),
        "decided_at": T0,
        "classification": "unclassified",
        "alert_count": 0,
        "call_count": 0,
        "cad_record_count": 0,
        "rules_version": rules.version,
        "window_covered": True,
        "created_at": T0,
        "updated_at": T0,
        "longitude": None,
        "latitude": None,
        "rounds": None,
    }
    listed = [
        {**plain, "id": number, "number": f"2026-{number:06}", **row} for number, row in enumerate(rows, 1)
    ]
    session.execute(insert(Incident), listed)
