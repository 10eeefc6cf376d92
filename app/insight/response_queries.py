"""The SQL of response times: incidents, and the records of each, in two narrow passes on both databases."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.correlation.columns import Integers
from app.db.database import dialect_of
from app.db.models import Alert, CadRecord, Call, Incident, Link, Source
from app.domain.geodesy import Floats
from app.insight.responders import ResponderKind, kind_of
from app.insight.unalerted import LINKED
from app.sources.feeds import compiled_mapping

MICROS = 1_000_000
Conditions = Sequence[ColumnElement[bool]]


@dataclass(slots=True, kw_only=True)
class Backup:
    """Records to which somebody other than police came: whether police back-up was asked for."""

    requested: int = 0
    known: int = 0
    unknown: int = 0

    def count(self, requested: bool | None) -> None:
        """Count one record."""
        self.unknown += requested is None
        self.known += requested is not None
        self.requested += requested is True


@dataclass(slots=True)
class Records:
    """What the records of one incident say; microseconds, the sources' clock offsets taken out."""

    first_call: int | None = None
    dispatch: int | None = None
    arrival: int | None = None
    has_cad_record: bool = False
    line: str | None = None
    line_rank: tuple[bool, int] | None = None
    priority: str | None = None
    priority_rank: tuple[bool, int, int] | None = None
    kinds: set[ResponderKind] = field(default_factory=set)
    backup: Backup = field(default_factory=Backup)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Incidents as columns, shape (n,): seconds after the first shot, NaN where not known."""

    publication: Floats
    first_call: Floats
    dispatch: Floats
    arrival: Floats
    alert_lead: Floats
    records: Sequence[Records]
    words: Mapping[ResponderKind, frozenset[str]]

    def __len__(self) -> int:
        return len(self.records)


def load_responses(session: Session, conditions: Conditions) -> Responses:
    """The times of every incident that meets the conditions."""
    offsets = _clock_offsets(session)
    micros = dialect_of(session).micros
    incidents = session.execute(
        select(Incident.id, micros(Incident.started_at), _published(offsets, micros)).where(*conditions)
    ).all()
    records: dict[int, Records] = {row[0]: Records() for row in incidents}
    words = _Words()
    for incident_id, is_report, source_id, received, dispatched, arrived, *rest in session.execute(
        _records(conditions, micros)
    ):
        offset = offsets.get(source_id, 0)
        _add(
            records[incident_id],
            is_report,
            received - offset,
            None if dispatched is None else dispatched - offset,
            None if arrived is None else arrived - offset,
            rest,
            words,
        )
    in_order = [records[row[0]] for row in incidents]
    started = np.array([row[1] for row in incidents], dtype=np.int64)
    publication = _since(started, [row[2] for row in incidents])
    first_call = _since(started, [item.first_call for item in in_order])
    return Responses(
        publication=publication,
        first_call=first_call,
        dispatch=_since(started, [item.dispatch for item in in_order]),
        arrival=_since(started, [item.arrival for item in in_order]),
        alert_lead=first_call - publication,
        records=in_order,
        words=words.by_kind(),
    )


class _Words:
    """Agencies' words for responders: each list of them is read once."""

    def __init__(self) -> None:
        self._kinds: dict[str | None, frozenset[ResponderKind]] = {None: frozenset()}
        self._words: dict[ResponderKind, set[str]] = {}

    def kinds(self, document: str | None) -> frozenset[ResponderKind]:
        """The kinds that a stored list of words stands for."""
        if document not in self._kinds:
            words: Iterable[str] = orjson.loads(document or "[]") or ()
            found = {word: kind_of(word) for word in words}
            for word, kind in found.items():
                self._words.setdefault(kind, set()).add(word)
            self._kinds[document] = frozenset(found.values())
        return self._kinds[document]

    def by_kind(self) -> dict[ResponderKind, frozenset[str]]:
        return {kind: frozenset(self._words[kind]) for kind in ResponderKind if kind in self._words}


def _add(
    item: Records,
    is_report: int,
    received: int,
    dispatched: int | None,
    arrived: int | None,
    rest: Sequence[Any],
    words: _Words,
) -> None:
    """Take one record into what is known of its incident.

    The line is that of the first call that reports it, else of its CAD record; the priority that of the
    record that was dispatched first, else the same.
    """
    line, priority, responders, requested = rest
    if is_report:
        item.first_call = _earlier(item.first_call, received)
    else:
        item.has_cad_record = True
    item.dispatch = _earlier(item.dispatch, dispatched)
    item.arrival = _earlier(item.arrival, arrived)
    line_rank = (not is_report, received)
    if item.line_rank is None or line_rank < item.line_rank:
        item.line, item.line_rank = line, line_rank
    priority_rank = (dispatched is None, received if dispatched is None else dispatched, received)
    if priority is not None and (item.priority_rank is None or priority_rank < item.priority_rank):
        item.priority, item.priority_rank = priority, priority_rank
    kinds = words.kinds(responders)
    item.kinds |= kinds
    if any(kind.can_ask_for_police for kind in kinds):
        item.backup.count(None if requested is None else bool(requested))


def _records(conditions: Conditions, micros: Callable[[Any], ColumnElement[int]]) -> Select[Any]:
    """Calls that report one of the incidents, and the records that their alerts made; in a fixed order."""
    columns = [
        Call.source_id,
        micros(Call.received_at).label("received"),
        micros(Call.dispatched_at).label("dispatched"),
        micros(Call.arrived_at).label("arrived"),
        Call.line,
        Call.priority,
        cast(Call.responders, Text).label("responders"),
        Call.backup_requested,
        Call.id.label("call_id"),
    ]
    reports = (
        select(Link.incident_id, literal(1).label("is_report"), *columns)
        .join(Incident, Link.incident_id == Incident.id)
        .join(Call, Link.call_id == Call.id)
        .where(Link.probability >= LINKED, *conditions)
    )
    made = (
        select(CadRecord.incident_id, literal(0).label("is_report"), *columns)
        .join(Incident, CadRecord.incident_id == Incident.id)
        .join(Call, CadRecord.call_id == Call.id)
        .where(*conditions)
    )
    both = union_all(reports, made).subquery()
    return select(*(column for column in both.c if column.name != "call_id")).order_by(
        both.c.incident_id, both.c.received, both.c.call_id
    )


def _published(offsets: Mapping[int, int], micros: Callable[[Any], ColumnElement[int]]) -> ColumnElement[int]:
    """When the first of its alerts was published, by true time; as stored where no clock is off."""
    wrong = {source: offset for source, offset in offsets.items() if offset}
    if not wrong:
        return micros(Incident.published_at)
    offset = case(
        *((Alert.source_id == source, literal(by, BigInteger)) for source, by in sorted(wrong.items())),
        else_=literal(0, BigInteger),
    )
    first = select(func.min(micros(Alert.published_at) - offset)).where(Alert.incident_id == Incident.id)
    return first.correlate(Incident).scalar_subquery()


def _clock_offsets(session: Session) -> dict[int, int]:
    """How far each source's clock is ahead, in microseconds, by its id."""
    rows = session.execute(select(Source.id, Source.mapping))
    return {row.id: round(compiled_mapping(row.mapping).clock_offset_s * MICROS) for row in rows}


def _since(started: Integers, moments: Sequence[int | None]) -> Floats:
    told = np.array([np.nan if moment is None else moment for moment in moments], dtype=np.float64)
    # Microseconds since 1970 are whole numbers below 2^53, so nothing is rounded here.
    since: Floats = (told - started) / MICROS
    return since


def _earlier(known: int | None, moment: int | None) -> int | None:
    if known is None or moment is None:
        return moment if known is None else known
    return min(known, moment)
