"""What a scorecard is counted from: alerts and filings of missed gunfire as columns, on both databases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Floats, Integers
from app.db.database import dialect_of
from app.db.models import Alert, AlertRevision, FollowUp, Incident, MissedGunfire
from app.domain.geodesy import near_distance_m
from app.domain.time import from_micros, to_micros
from app.domain.vocabulary import (
    NOT_GUNFIRE_CLASSES,
    AlertStatus,
    Disposition,
    Finding,
    FollowUpKind,
    FollowUpState,
    Outcome,
    Verdict,
)
from app.incidents.documents import split_evidence
from app.incidents.homes import disposition_histories
from app.incidents.missed_gunfire import NEAR_M, NEAR_S
from app.insight.groups import offset_changes
from app.places.zones import Coverage

MICROS = 1_000_000
_DAY = 86_400 * MICROS
# What proves shots: who saw or was arrested for them does not.
EVIDENCE = tuple(
    word.value for word in (Finding.CASINGS, Finding.BULLET_HOLES, Finding.FIREARMS, Finding.VICTIMS)
)
_LOOKING = (FollowUpKind.EVIDENCE_SEARCH.value, FollowUpKind.CANVASS.value)
_APPLIED = [outcome.value for outcome in (Outcome.ACCEPTED, Outcome.REVISED, Outcome.STALE)]
_NOISE = sorted(word.value for word in NOT_GUNFIRE_CLASSES)
NOBODY = -1
# To compare with element by element: `is None` is one answer for a whole column.
NOTHING = np.array(None)

Words = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Alerts with a time, as columns of shape (n,); NaN and None where not known.

    `day` is the agency's local day since 1970. `was_gunfire` and `was_noise` say what a body of the vendor's
    called it, the last one included. `confirmed`, `examined` and `error_m` rest on what people found at the
    incident, `incident` NOBODY where there is none yet; `sigma_m` has both uncertainties in it.
    """

    source: Words
    day: Integers
    classification: Words
    verdict: Words
    disposition: Words
    incident: Integers
    publication_s: Floats
    retracted: Booleans
    is_noise: Booleans
    was_gunfire: Booleans
    was_noise: Booleans
    located: Booleans
    inside: Booleans
    confirmed: Booleans
    examined: Booleans
    error_m: Floats
    sigma_m: Floats

    def __len__(self) -> int:
        return len(self.day)

    @property
    def standing(self) -> Booleans:
        """Whether the vendor stands by it as gunfire."""
        return ~self.retracted & ~self.is_noise

    def take(self, chosen: Booleans) -> Self:
        """Only these."""
        return replace(self, **{item.name: getattr(self, item.name)[chosen] for item in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Filings that stand, as columns of shape (m,): where, whether proven, whether an incident is near."""

    day: Integers
    inside: Booleans
    evident: Booleans
    near: Booleans

    def __len__(self) -> int:
        return len(self.day)

    def take(self, chosen: Booleans) -> Self:
        """Only these."""
        return replace(self, **{item.name: getattr(self, item.name)[chosen] for item in fields(self)})


def load_heard(
    session: Session,
    from_at: datetime | None,
    to_at: datetime | None,
    coverage: Coverage,
    zone: ZoneInfo,
    sources: Mapping[int, str],
    source_id: int | None,
) -> Heard:
    """Every alert (of one source, or of all) that started in a period, and what became of it."""
    of_source = [] if source_id is None else [Alert.source_id == source_id]
    columns = _alerts(session, [*_within(Alert.started_at, from_at, to_at), *of_source])
    ids, started = (np.array(columns[place], dtype=np.int64) for place in (0, 2))
    published, longitude, latitude, uncertainty = (
        np.array(columns[place], dtype=np.float64) for place in (3, 4, 5, 6)
    )
    incident = np.array(columns[9], dtype=np.int64)
    classification, disposition = _words(columns[8]), _words(columns[11])
    noise = np.isin(classification.astype(str), _NOISE)
    was_gunfire, was_noise = ~noise, noise.copy()
    for alert_id, word in _earlier_words(session, from_at, to_at, of_source):
        (was_noise if word in _NOISE else was_gunfire)[np.searchsorted(ids, alert_id)] = True
    retracted = np.array(columns[7], dtype=bool)
    found = _findings(session, incident[disposition != NOTHING], from_at, to_at)
    confirmed, examined, lay = found.of(incident, disposition)
    standing = ~retracted & ~noise
    error_m = near_distance_m(longitude, latitude, lay[:, 0], lay[:, 1])
    return Heard(
        source=_named(sources, np.array(columns[1], dtype=np.int64)),
        day=local_days(started, zone),
        classification=classification,
        verdict=_words(columns[10]),
        disposition=disposition,
        incident=incident,
        publication_s=np.asarray((published - started) / MICROS, dtype=np.float64),
        retracted=retracted,
        is_noise=noise,
        was_gunfire=was_gunfire,
        was_noise=was_noise,
        located=~np.isnan(longitude),
        inside=coverage.contains(longitude, latitude, started),
        confirmed=confirmed & standing,
        examined=(examined | confirmed) & standing,
        error_m=np.where(standing, error_m, np.nan),
        sigma_m=np.hypot(uncertainty, lay[:, 2]),
    )


def _alerts(session: Session, conditions: list[ColumnElement[bool]]) -> list[Sequence[Any]]:
    """Alerts with a time, and their incidents' verdict and disposition, as columns by id."""
    dialect = dialect_of(session)
    statement = (
        select(
            Alert.id,
            Alert.source_id,
            dialect.micros(Alert.started_at).label("started"),
            dialect.micros(Alert.published_at).label("published"),
            Alert.longitude,
            Alert.latitude,
            Alert.uncertainty_m,
            (Alert.status == AlertStatus.RETRACTED).label("retracted"),
            Alert.classification,
            func.coalesce(Alert.incident_id, NOBODY).label("incident_id"),
            Incident.verdict,
            Incident.disposition,
        )
        .outerjoin(Incident, Alert.incident_id == Incident.id)
        .where(Alert.started_at.is_not(None), *conditions)
        .order_by(Alert.id)
    )
    columns: list[Sequence[Any]] = dialect.columns_of(session, statement)
    return columns


def load_missed(
    session: Session, from_at: datetime | None, to_at: datetime | None, coverage: Coverage, zone: ZoneInfo
) -> Missed:
    """Every filing of a period that was not taken back."""
    rows = session.execute(
        select(
            MissedGunfire.happened_at, MissedGunfire.longitude, MissedGunfire.latitude, MissedGunfire.evidence
        )
        .where(MissedGunfire.withdrawn_at.is_(None), *_within(MissedGunfire.happened_at, from_at, to_at))
        .order_by(MissedGunfire.happened_at, MissedGunfire.id)
    ).all()
    micros = np.array([to_micros(row.happened_at) for row in rows], dtype=np.int64)
    longitude = np.array([row.longitude for row in rows], dtype=np.float64)
    latitude = np.array([row.latitude for row in rows], dtype=np.float64)
    return Missed(
        day=local_days(micros, zone),
        inside=coverage.contains(longitude, latitude, micros),
        evident=np.array([_proves(row.evidence) for row in rows], dtype=bool),
        near=_near_standing(session, micros, longitude, latitude),
    )


def local_days(micros: Integers, zone: ZoneInfo) -> Integers:
    """The agency's local day, counted from 1970-01-01, of each instant."""
    if len(micros) == 0:
        return np.empty(0, dtype=np.int64)
    changes = offset_changes(zone, from_micros(int(micros.min())), from_micros(int(micros.max())))
    since, offsets = (np.array(column, dtype=np.int64) for column in zip(*changes, strict=True))
    place = np.maximum(np.searchsorted(since, micros, side="right") - 1, 0)
    return np.asarray((micros + offsets[place]) // _DAY, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Findings:
    """What was found by incident: proofs, whether anybody looked, and where the evidence lay."""

    proven: frozenset[int]
    looked: frozenset[int]
    lay: Mapping[int, tuple[float, float, float]]

    def of(self, incident: Integers, disposition: Words) -> tuple[Booleans, Booleans, Floats]:
        """Of each alert: confirmed, examined, and longitude, latitude and uncertainty of shape (n, 3)."""
        proven = np.isin(incident, list(self.proven))
        confirmed = (disposition == Disposition.CONFIRMED.value) | (
            proven & (disposition != Disposition.UNFOUNDED.value)
        )
        examined = (disposition != NOTHING) | np.isin(incident, list(self.looked))
        lay = np.full((len(incident), 3), np.nan)
        for place in np.flatnonzero(np.isin(incident, list(self.lay))):
            lay[place] = self.lay[int(incident[place])]
        return confirmed.astype(bool), examined.astype(bool), lay


def _findings(
    session: Session, disposed: Integers, from_at: datetime | None, to_at: datetime | None
) -> _Findings:
    proven, looked = set(), set()
    lay: dict[int, tuple[float, float, float]] = {}
    for incident_id, changes in disposition_histories(session, np.unique(disposed).tolist()).items():
        held = changes[-1]
        counts, position = split_evidence(held["evidence"])
        if _proves(counts):
            proven.add(incident_id)
        if position is not None and held["disposition"] not in (None, Disposition.UNFOUNDED):
            at = (position["longitude"], position["latitude"], position["uncertainty_m"] or 0.0)
            lay[incident_id] = at  # type: ignore[assignment]
    # An incident begins at most a day before the last of its alerts.
    early = None if from_at is None else from_at - timedelta(days=1)
    for row in session.execute(
        select(FollowUp.incident_id, FollowUp.kind, FollowUp.results)
        .join(Incident, FollowUp.incident_id == Incident.id)
        .where(FollowUp.state == FollowUpState.DONE, *_within(Incident.started_at, early, to_at))
    ):
        if _proves(row.results):
            proven.add(row.incident_id)
        if row.kind in _LOOKING:
            looked.add(row.incident_id)
    return _Findings(frozenset(proven), frozenset(looked), lay)


def _earlier_words(
    session: Session, from_at: datetime | None, to_at: datetime | None, of_source: list[ColumnElement[bool]]
) -> Iterable[tuple[int, str]]:
    """Alerts that a body of the vendor's called something else than they are called now, with that word."""
    word = AlertRevision.record["classification"].as_string()
    status = func.coalesce(AlertRevision.record["status"].as_string(), AlertStatus.ACTIVE.value)
    alert_ids, words = dialect_of(session).columns_of(
        session,
        select(AlertRevision.alert_id, word.label("word"))
        .join(Alert, AlertRevision.alert_id == Alert.id)
        .where(
            Alert.started_at.is_not(None),
            *_within(Alert.started_at, from_at, to_at),
            *of_source,
            AlertRevision.outcome.in_(_APPLIED),
            word != Alert.classification,
            status == AlertStatus.ACTIVE,
        ),
    )
    return zip(alert_ids, words, strict=True)


def _near_standing(session: Session, micros: Integers, longitude: Floats, latitude: Floats) -> Booleans:
    """Whether an incident that stands is within NEAR_S and NEAR_M of each filing."""
    near = np.zeros(len(micros), dtype=bool)
    if len(micros) == 0:
        return near
    reach = round(NEAR_S * MICROS)
    dialect = dialect_of(session)
    columns = dialect.columns_of(
        session,
        select(dialect.micros(Incident.started_at).label("started"), Incident.longitude, Incident.latitude)
        .where(
            Incident.merged_into_id.is_(None),
            Incident.verdict != Verdict.WITHDRAWN,
            Incident.longitude.is_not(None),
            Incident.started_at >= from_micros(int(micros.min()) - reach),
            Incident.started_at <= from_micros(int(micros.max()) + reach),
        )
        .order_by(Incident.started_at),
    )
    started = np.array(columns[0], dtype=np.int64)
    east, north = (np.array(column, dtype=np.float64) for column in columns[1:])
    low = np.searchsorted(started, micros - reach, side="left")
    high = np.searchsorted(started, micros + reach, side="right")
    for place, (begin, end) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        apart = near_distance_m(longitude[place], latitude[place], east[begin:end], north[begin:end])
        near[place] = bool((apart <= NEAR_M).any())
    return near


def _within(column: Any, from_at: datetime | None, to_at: datetime | None) -> list[ColumnElement[bool]]:
    conditions = [] if from_at is None else [column >= from_at]
    return conditions if to_at is None else [*conditions, column < to_at]


def _named(names: Mapping[int, str], ids: Integers) -> Words:
    """The name of each of many ids."""
    distinct, places = np.unique(ids, return_inverse=True)
    return _words([names[each] for each in distinct.tolist()])[places]


def _proves(counts: Mapping[str, Any]) -> bool:
    return any(isinstance(counts.get(word), int) and counts[word] > 0 for word in EVIDENCE)


def _words(values: Sequence[str | None]) -> Words:
    column: Words = np.empty(len(values), dtype=object)
    column[:] = values
    return column
