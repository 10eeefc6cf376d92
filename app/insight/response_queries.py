"""The SQL of response times: incidents, and the records of each, in two narrow passes on both databases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Integers
from app.db.database import dialect_of
from app.db.models import Alert, CadRecord, Call, Incident, Link, Source
from app.domain.geodesy import Floats
from app.insight.responders import ResponderKind, kind_of
from app.insight.unalerted import LINKED
from app.sources.feeds import compiled_mapping

MICROS = 1_000_000
KINDS = tuple(ResponderKind)
_ASKING = sum(1 << place for place, kind in enumerate(KINDS) if kind.can_ask_for_police)

Conditions = Sequence[ColumnElement[bool]]
Words = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Incidents as columns, shape (n,): seconds after the first shot, NaN where not known.

    `line` is that of the first call that reports it, else of its CAD record; `priority` that of the record
    that was dispatched first, else of the first that has one; None where no record says. `kinds` has a bit
    for each of KINDS. The records to which others than police came are counted by whether police back-up
    was asked for: `backup_asked` of `backup_told`, and `backup_unknown`.
    """

    publication: Floats
    first_call: Floats
    dispatch: Floats
    arrival: Floats
    alert_lead: Floats
    has_cad_record: Booleans
    line: Words
    priority: Words
    kinds: Integers
    backup_asked: Integers
    backup_told: Integers
    backup_unknown: Integers
    words: Mapping[ResponderKind, frozenset[str]]

    def __len__(self) -> int:
        return len(self.publication)


def load_responses(session: Session, conditions: Conditions) -> Responses:
    """The times of every incident that meets the conditions."""
    offsets = _clock_offsets(session)
    dialect = dialect_of(session)
    micros = dialect.micros
    ids, started, published = dialect.columns_of(session, _incidents(conditions, offsets, micros))
    columns = dialect.columns_of(session, _records(conditions, micros))
    place = np.searchsorted(np.array(ids, dtype=np.int64), np.array(columns[0], dtype=np.int64))
    is_report = np.array(columns[1], dtype=bool)
    source_id = np.array(columns[2], dtype=np.int64)
    offset = np.zeros(len(source_id))
    for source, by in offsets.items():
        offset[source_id == source] = by
    received, dispatched, arrived = (_floats(columns[index]) - offset for index in (3, 4, 5))
    call_id = np.array(columns[6], dtype=np.int64)
    line, priority = (_words(columns[index]) for index in (7, 8))
    kinds, words = _kinds(columns[9])
    asks = (kinds & _ASKING) != 0
    told = np.array([requested is not None for requested in columns[10]], dtype=bool)
    asked = np.array([requested is True for requested in columns[10]], dtype=bool)
    start = np.array(started, dtype=np.float64)
    count = len(start)

    def since(moment: Floats, of: Booleans | None = None) -> Floats:
        first = np.full(count, np.nan)
        chosen = slice(None) if of is None else of
        np.fmin.at(first, place[chosen], moment[chosen])
        # Microseconds since 1970 are whole numbers below 2^53, so nothing was rounded before this.
        return np.asarray((first - start) / MICROS, dtype=np.float64)

    publication = np.asarray((_floats(published) - start) / MICROS, dtype=np.float64)
    first_call = since(received, is_report)
    together = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(together, place, kinds)
    by_dispatch = np.where(np.isnan(dispatched), received, dispatched)
    has_priority = np.array([word is not None for word in columns[8]], dtype=bool)
    return Responses(
        publication=publication,
        first_call=first_call,
        dispatch=since(dispatched),
        arrival=since(arrived),
        alert_lead=first_call - publication,
        has_cad_record=np.bincount(place[~is_report], minlength=count) > 0,
        line=_first(line, place, (call_id, received, ~is_report), count),
        priority=_first(
            priority[has_priority],
            place[has_priority],
            tuple(rank[has_priority] for rank in (call_id, received, by_dispatch, np.isnan(dispatched))),
            count,
        ),
        kinds=together,
        backup_asked=np.bincount(place[asks & asked], minlength=count),
        backup_told=np.bincount(place[asks & told], minlength=count),
        backup_unknown=np.bincount(place[asks & ~told], minlength=count),
        words=words,
    )


def _incidents(
    conditions: Conditions, offsets: Mapping[int, int], micros: Callable[[Any], ColumnElement[int]]
) -> Select[Any]:
    """The incidents' ids, when they started and when they were published, in microseconds."""
    started, published = micros(Incident.started_at), _published(offsets, micros)
    columns: list[Any] = [Incident.id, started.label("started"), published.label("published")]
    return select(*columns).where(*conditions).order_by(Incident.id)


def _first(words: Words, place: Integers, ranks: tuple[Any, ...], count: int) -> Words:
    """The word of each incident's first record, the last of the ranks before the others; None without one."""
    order = np.lexsort((*ranks, place))
    places, first = np.unique(place[order], return_index=True)
    chosen: Words = np.full(count, None, dtype=object)
    chosen[places] = words[order[first]]
    return chosen


def _kinds(documents: Sequence[str | None]) -> tuple[Integers, dict[ResponderKind, frozenset[str]]]:
    """A bit for each kind in each stored list of words, and which words were taken for which kind."""
    found: dict[ResponderKind, set[str]] = {}
    bits: dict[str | None, int] = {}
    for document in set(documents):
        words: Sequence[str] = orjson.loads(document or "[]") or ()
        bits[document] = 0
        for word in words:
            kind = kind_of(word)
            found.setdefault(kind, set()).add(word)
            bits[document] |= 1 << KINDS.index(kind)
    columns = np.array([bits[document] for document in documents], dtype=np.int64)
    return columns, {kind: frozenset(found[kind]) for kind in KINDS if kind in found}


def _records(conditions: Conditions, micros: Callable[[Any], ColumnElement[int]]) -> CompoundSelect[Any]:
    """Calls that report one of the incidents, and the records that their alerts made."""
    columns = [
        Call.source_id,
        micros(Call.received_at).label("received"),
        micros(Call.dispatched_at).label("dispatched"),
        micros(Call.arrived_at).label("arrived"),
        Call.id.label("call_id"),
        Call.line,
        Call.priority,
        cast(Call.responders, Text).label("responders"),
        Call.backup_requested,
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
    return union_all(reports, made)


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


def _floats(values: Sequence[int | None]) -> Floats:
    # NumPy reads None as NaN.
    return np.array(values, dtype=np.float64)


def _words(values: Sequence[str | None]) -> Words:
    column: Words = np.empty(len(values), dtype=object)
    column[:] = values
    return column
