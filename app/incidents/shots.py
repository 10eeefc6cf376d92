"""The shots of an incident as each account tells them: the alert's own, and what was found out later.

Accounts stand beside each other with their provenance; none is made out of another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.database import dialect_of, rows_as_dicts
from app.db.models import Alert, Incident, ShotReport, Source
from app.domain.vocabulary import ShotsProvenance
from app.incidents.documents import plain
from app.incidents.queries import Redirect, named, survivor
from app.sources.feeds import compiled_mapping

_RANK = {word: rank for rank, word in enumerate(ShotsProvenance)}
_ALERT = ("id", "external_id", "started_at", "rounds", "shots", "shots_provenance", "stored_at", "changed_at")
SHOT_FIELDS = ("number", "at", "offset_s", "longitude", "latitude", "uncertainty_m", "shooter")
_REPORT = ("alert_id", "provenance", "reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One round of an account, by true time; `offset_s` counts from the alert's first shot."""

    number: int
    at: datetime
    offset_s: float
    longitude: float | None
    latitude: float | None
    uncertainty_m: float | None
    shooter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotAccount:
    """What one document says of an alert's shots. `actor` filed it; None: the vendor's own, of the alert.

    `rounds` is what it says in a number, however many shots it lists. `superseded_at` is when a later report
    of the same alert, provenance and reference took its place.
    """

    alert_id: int
    source: str
    alert_external_id: str
    provenance: ShotsProvenance
    reference: str | None
    actor: str | None
    stored_at: datetime
    rounds: int | None
    shooters: int | None
    note: str | None
    shots: tuple[Shot, ...]
    superseded_at: datetime | None = None
    report_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """An alert with its first shot in true time."""

    row: Mapping[str, Any]
    source: str
    first_shot_at: datetime

    @property
    def order(self) -> tuple[datetime, str, str]:
        """By time, then by name, whatever the order of arrival."""
        return self.first_shot_at, self.source, self.row["external_id"]


def find_shots(session: Session, incident_id: int) -> list[ShotAccount]:
    """The accounts that hold of an incident's alerts, by alert time, provenance and reference."""
    return [account for account in _accounts(session, incident_id) if account.superseded_at is None]


def list_shots(session: Session, incident: str) -> dict[str, Any] | Redirect | None:
    """Every account of an incident by id or number, superseded ones too, as a document; None: no such one."""
    columns = (Incident.id, Incident.number, Incident.started_at, Incident.rounds, Incident.merged_into_id)
    row = session.execute(select(*columns).where(named(incident))).first()
    if row is None:
        return None
    if row.merged_into_id is not None:
        return Redirect(str(survivor(session, row.merged_into_id)))
    return {
        "incident_id": str(row.id),
        "number": row.number,
        "started_at": plain(row.started_at),
        "rounds": row.rounds,
        "accounts": [account_document(account) for account in _accounts(session, row.id)],
        "links": {"next": None},
    }


def account_document(account: ShotAccount) -> dict[str, Any]:
    """An account as JSON."""
    names = ("source", "alert_external_id", "provenance", "reference", "actor", "stored_at", "superseded_at")
    return {
        "alert_id": str(account.alert_id),
        **{name: plain(getattr(account, name)) for name in names},
        **{name: getattr(account, name) for name in ("rounds", "shooters", "note")},
        "shots": [{name: plain(getattr(shot, name)) for name in SHOT_FIELDS} for shot in account.shots],
    }


def _accounts(session: Session, incident_id: int) -> list[ShotAccount]:
    ids = session.scalars(select(Alert.id).where(Alert.incident_id == incident_id)).all()
    return accounts_of(session, ids)


def accounts_of(session: Session, alert_ids: Sequence[int]) -> list[ShotAccount]:
    """Every account of some alerts, superseded ones after those that took their place."""
    heard = _alerts(session, alert_ids)
    reports: dict[int, list[dict[str, Any]]] = {}
    statement = (
        select(*ShotReport.__table__.c)
        .where(dialect_of(session).one_of(ShotReport.alert_id, [each.row["id"] for each in heard]))
        .order_by(ShotReport.id)
    )
    for row in rows_as_dicts(session.execute(statement)):
        reports.setdefault(row["alert_id"], []).append(row)
    accounts: list[ShotAccount] = []
    for each in heard:
        accounts.append(_of_alert(each))
        accounts += sorted(_of_reports(each, reports.get(each.row["id"], ())), key=_order)
    return accounts


def _alerts(session: Session, alert_ids: Sequence[int]) -> list[_Heard]:
    statement = (
        select(*(getattr(Alert, name) for name in _ALERT), Source.name.label("source"), Source.mapping)
        .join(Source, Alert.source_id == Source.id)
        .where(dialect_of(session).one_of(Alert.id, alert_ids), Alert.started_at.is_not(None))
    )
    heard = [
        _Heard(
            row,
            row["source"],
            row["started_at"] - timedelta(seconds=compiled_mapping(row["mapping"]).clock_offset_s),
        )
        for row in rows_as_dicts(session.execute(statement))
    ]
    return sorted(heard, key=lambda each: each.order)


def _of_alert(heard: _Heard) -> ShotAccount:
    """The vendor's own. It may itself hand on what an investigation found: then it says so."""
    row = heard.row
    shots = row["shots"] or ()
    provenance = row["shots_provenance"] if shots else None
    return ShotAccount(
        alert_id=row["id"],
        source=heard.source,
        alert_external_id=row["external_id"],
        provenance=ShotsProvenance(provenance or ShotsProvenance.ALERT),
        reference=None,
        actor=None,
        stored_at=row["changed_at"] or row["stored_at"],
        rounds=row["rounds"],
        shooters=None,
        note=None,
        shots=_shots(heard, shots),
    )


def _of_reports(heard: _Heard, rows: Sequence[Mapping[str, Any]]) -> Iterable[ShotAccount]:
    """Reports in the order in which they were filed; a later one of the same document takes the place."""
    superseded_at: dict[tuple[Any, ...], datetime] = {}
    for row in reversed(rows):
        document = tuple(row[name] for name in _REPORT)
        yield ShotAccount(
            alert_id=heard.row["id"],
            source=heard.source,
            alert_external_id=heard.row["external_id"],
            provenance=ShotsProvenance(row["provenance"]),
            reference=row["reference"],
            actor=row["actor"],
            stored_at=row["stored_at"],
            rounds=row["rounds"],
            shooters=row["shooters"],
            note=row["note"],
            shots=_shots(heard, row["shots"]),
            superseded_at=superseded_at.get(document),
            report_id=row["id"],
        )
        superseded_at[document] = row["stored_at"]


def _order(account: ShotAccount) -> tuple[Any, ...]:
    """The newest of a document first; `sorted` keeps the order of equals."""
    return _RANK[account.provenance], account.reference or ""


def _shots(heard: _Heard, shots: Iterable[Mapping[str, Any]]) -> tuple[Shot, ...]:
    return tuple(
        Shot(
            number=number,
            at=heard.first_shot_at + timedelta(seconds=shot["offset_s"]),
            offset_s=shot["offset_s"],
            longitude=shot.get("longitude"),
            latitude=shot.get("latitude"),
            uncertainty_m=shot.get("uncertainty_m"),
            shooter=shot.get("shooter"),
        )
        for number, shot in enumerate(sorted(shots, key=lambda shot: float(shot["offset_s"])), 1)
    )
