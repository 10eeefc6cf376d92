"""What a mapping file says, checked: the attributes of a feed before anything is compiled."""

import tomllib
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.adapters.errors import MappingError
from app.adapters.position import Bounds
from app.adapters.record_fields import FIELDS, KEY_TIME, WITHOUT_DEFAULT
from app.adapters.toml_table import Table
from app.domain.vocabulary import AlertStatus, Classification, Line, Nature, Origin, SourceKind, UpdateRule

FORMATS = ("csv", "json", "ndjson", "geojson", "xml")
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1")
MAX_SIZE = 1_000_000
DEFAULT_LATENESS_S = 120.0
DEFAULT_FUTURE_TOLERANCE_S = 300.0
_DAY_S = 86_400.0
_KEYS = {
    "kind", "format", "title", "notes", "provisional", "time_zone", "ambiguous_time", "updates",
    "clock_offset_s", "clock_error_s", "lateness_s", "future_tolerance_s", "keep_caller", "delimiter",
    "encoding", "records", "where", "fields", "defaults", "bounds",
}  # fmt: skip
_TABLES = {
    SourceKind.ALERTS: {"classification", "status"},
    SourceKind.CALLS: {"nature", "line", "origin"},
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Declaration:
    """The attributes of a mapping. Durations are seconds; `None` is "the file does not say".

    `fields` are our field names to JMESPath; `defaults` our field names to values as written; `nature`,
    `classification`, `status` and `line` are codes to words; `origin` holds rules in the file's order.
    `clock_offset_s` is what the feed's clock is ahead by; `clock_error_s` its 1 sigma beyond the rules' own.
    """

    kind: SourceKind
    format: str
    title: str | None
    notes: str | None
    provisional: tuple[str, ...]
    time_zone: ZoneInfo | None
    ambiguous_time: str | None
    updates: UpdateRule | None
    clock_offset_s: float
    clock_error_s: float | None
    lateness_s: float
    future_tolerance_s: float
    keep_caller: bool
    delimiter: str
    encoding: str
    records: str | None
    where: str | None
    fields: MappingProxyType[str, str]
    defaults: MappingProxyType[str, Any]
    nature: MappingProxyType[str, Nature]
    classification: MappingProxyType[str, Classification]
    status: MappingProxyType[str, AlertStatus]
    line: MappingProxyType[str, Line]
    origin: tuple[tuple[Origin, tuple[str, ...]], ...]
    bounds: Bounds | None


def read_declaration(text: str) -> Declaration:
    """The checked content of a mapping file; MappingError names the wrong key and what was expected."""
    top = Table(_load(text))
    kind = SourceKind(top.choice("kind", SourceKind) or top.required("kind"))
    top.check_keys(_KEYS | _TABLES[kind])
    feed_format = top.choice("format", FORMATS) or top.required("format")
    updates = top.choice("updates", UpdateRule)
    offset = top.number("clock_offset_s", -_DAY_S, _DAY_S)
    lateness = top.number("lateness_s", 0, 7 * _DAY_S)
    tolerance = top.number("future_tolerance_s", 0, 7 * _DAY_S)
    fields = _read_fields(top.table("fields"), kind)
    delimiter = top.data.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise MappingError(f"delimiter: expected one character, found {delimiter!r}")
    return Declaration(
        kind=kind,
        format=feed_format,
        title=top.text("title"),
        notes=top.text("notes"),
        provisional=_read_provisional(top, fields),
        time_zone=_read_zone(top),
        ambiguous_time=top.choice("ambiguous_time", ("earlier", "later")),
        updates=None if updates is None else UpdateRule(updates),
        clock_offset_s=offset or 0.0,
        clock_error_s=top.number("clock_error_s", 0, _DAY_S),
        lateness_s=DEFAULT_LATENESS_S if lateness is None else lateness,
        future_tolerance_s=DEFAULT_FUTURE_TOLERANCE_S if tolerance is None else tolerance,
        keep_caller=top.boolean("keep_caller", False),
        delimiter=delimiter,
        encoding=top.choice("encoding", ENCODINGS) or "utf-8",
        records=_read_records_path(top, feed_format),
        where=top.text("where"),
        fields=MappingProxyType(fields),
        defaults=MappingProxyType(_read_defaults(top.table("defaults"), kind)),
        nature=MappingProxyType(top.words("nature", Nature)),
        classification=MappingProxyType(top.words("classification", Classification)),
        status=MappingProxyType(top.words("status", AlertStatus)),
        line=MappingProxyType(top.words("line", Line)),
        origin=_read_origin(top.table("origin")),
        bounds=_read_bounds(top),
    )


def _load(text: str) -> dict[str, Any]:
    if len(text) > MAX_SIZE:
        raise MappingError(f"a mapping may have at most {MAX_SIZE} characters")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MappingError(f"the mapping is not TOML: {error}") from error


def _read_fields(table: Table, kind: SourceKind) -> dict[str, str]:
    table.check_keys(FIELDS[kind])
    fields = {name: table.required(name) for name in table.data}
    for name in ("external_id", KEY_TIME[kind]):
        if name not in fields:
            raise MappingError(f"[fields] {name}: is missing; a record of kind {kind} cannot do without it")
    return fields


def _read_defaults(table: Table, kind: SourceKind) -> dict[str, Any]:
    table.check_keys(FIELDS[kind])
    for name in table.data:
        if name in WITHOUT_DEFAULT:
            raise MappingError(f"[defaults] {name}: a constant here would be an invented value")
    return dict(table.data)


def _read_provisional(top: Table, fields: dict[str, str]) -> tuple[str, ...]:
    names = top.names("provisional")
    for name in names:
        if name not in fields:
            raise MappingError(f"provisional: {name!r} is not in [fields]")
    return names


def _read_zone(top: Table) -> ZoneInfo | None:
    name = top.text("time_zone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MappingError(f"time_zone: {name!r} is no IANA zone like 'America/Chicago'") from error


def _read_records_path(top: Table, feed_format: str) -> str | None:
    path = top.text("records")
    if path is not None and feed_format in ("csv", "geojson"):
        raise MappingError(f"records: a {feed_format} feed has its records in a fixed place; leave it out")
    return path


def _read_origin(table: Table) -> tuple[tuple[Origin, tuple[str, ...]], ...]:
    table.check_keys(Origin)
    rules = []
    for name, given in table.data.items():
        expressions = (table.required(name),) if not isinstance(given, list) else table.names(name)
        rules.append((Origin(name), expressions))
    return tuple(rules)


def _read_bounds(top: Table) -> Bounds | None:
    if "bounds" not in top.data:
        return None
    table = top.table("bounds")
    table.check_keys(("west", "south", "east", "north"))
    edges: dict[str, float] = {}
    for edge, limit in (("west", 180), ("south", 90), ("east", 180), ("north", 90)):
        value = table.number(edge, -limit, limit)
        if value is None:
            raise MappingError(f"[bounds] {edge}: is missing")
        edges[edge] = value
    if edges["west"] >= edges["east"]:
        raise MappingError("[bounds] west: must be less than east")
    if edges["south"] >= edges["north"]:
        raise MappingError("[bounds] south: must be less than north")
    return Bounds(**edges)
