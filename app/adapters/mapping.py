"""A feed's mapping: TOML in, a function from its elements to records out. Everything is compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from app.adapters.alert import build_alert, read_status
from app.adapters.call import CallRules, build_call
from app.adapters.convert import Word
from app.adapters.declaration import Declaration, read_declaration
from app.adapters.errors import MappingError, Unusable
from app.adapters.expressions import Expression, compile_expression, is_true
from app.adapters.plan import FieldPlan, Gathered, gather, plan_fields
from app.adapters.position import LONGITUDE, Position, locate, point_of
from app.adapters.raw import as_bytes, mapped_columns, storable
from app.adapters.record_fields import KEY_TIME
from app.adapters.results import Element, Parsed, Refused, Result, Skipped, Unreadable
from app.adapters.words import WordTable
from app.domain.records import AlertRecord, CallRecord, FieldProblem
from app.domain.vocabulary import (
    AlertStatus,
    Classification,
    Line,
    Nature,
    Origin,
    ShotsProvenance,
    SourceKind,
)

_GEOMETRY = compile_expression("geometry", "geometry")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeedMapping(Declaration):
    """One source's mapping: what its file declares, and how an element becomes a record."""

    plans: tuple[FieldPlan, ...]
    unmapped: Mapping[str, Any]
    condition: Expression | None
    records_expression: Expression | None
    classifications: WordTable[Classification]
    default_classification: Classification | None
    statuses: WordTable[AlertStatus]
    call_rules: CallRules
    kept_columns: tuple[Expression, ...]
    from_geometry: bool

    @classmethod
    def from_toml(cls, text: str) -> "FeedMapping":
        """The compiled mapping; MappingError says which key is wrong and what was expected."""
        declared = read_declaration(text)
        plans, unmapped = plan_fields(declared)
        records = declared.records
        expression = None if records is None else compile_expression(records, "records")
        if declared.format == "xml" and expression is not None and expression.path is None:
            raise MappingError("records: for xml expected a plain path from the root, like 'export.incident'")
        mapped = {plan.name for plan in plans}
        from_geometry = declared.format == "geojson" and not mapped & {"longitude", "latitude"}
        statuses = WordTable.of(AlertStatus, declared.status)
        lines = WordTable.of(Line, declared.line)
        classifications = WordTable.of(Classification, declared.classification)
        _check_default(declared, "status", statuses)
        _check_default(declared, "shots_provenance", WordTable.of(ShotsProvenance, {}))
        _check_default(declared, "line", lines)
        kept = tuple(plan.expression for plan in plans)
        return cls(
            **{field.name: getattr(declared, field.name) for field in fields(declared)},
            plans=plans,
            unmapped=unmapped,
            condition=None if declared.where is None else compile_expression(declared.where, "where"),
            records_expression=expression,
            classifications=classifications,
            default_classification=_check_default(declared, "classification", classifications),
            statuses=statuses,
            call_rules=_call_rules(declared, lines),
            kept_columns=(*kept, _GEOMETRY) if from_geometry else kept,
            from_geometry=from_geometry,
        )

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns without which no row of a table could be used: those of the id and the time."""
        names = {"external_id"} if self.kind is SourceKind.ALERTS else {"external_id", KEY_TIME[self.kind]}
        return tuple(
            plan.expression.path[0]
            for plan in self.plans
            if plan.name in names and plan.expression.path is not None and len(plan.expression.path) == 1
        )

    def apply(self, element: Any, *, ordinal: int, line: int | None, now: datetime) -> Result:
        """One element (a JSON object; anything else is refused) as a record, nothing, or a refusal.

        `now` is aware; times later than it by more than the tolerance are not believed. Never raises.
        """
        if not isinstance(element, dict):
            reason = element.reason if isinstance(element, Unreadable) else "the record is not an object"
            body = element.raw if isinstance(element, Unreadable) else as_bytes(element)
            return _refused(ordinal, line, None, [FieldProblem(pointer="", reason=reason)], body)
        if self.condition is not None:
            try:
                if not is_true(self.condition.find(element)):
                    return Skipped(ordinal=ordinal, line=line)
            except Unusable as error:
                problem = FieldProblem(pointer="", reason=f"where: {error}")
                return _refused(ordinal, line, None, [problem], as_bytes(element))
        latest = now + timedelta(seconds=self.future_tolerance_s)
        gathered = gather(self.plans, self.unmapped, element, latest)
        alert_status = read_status(gathered, self.statuses) if self.kind is SourceKind.ALERTS else None
        errors = self._fatal(gathered, alert_status)
        if errors:
            return _refused(ordinal, line, gathered.values.get("external_id"), errors, as_bytes(element))
        position = self._position(gathered, element)
        record: AlertRecord | CallRecord
        if alert_status is not None:
            record = build_alert(
                gathered, alert_status, position, self.classifications, self.default_classification
            )
            raw: dict[str, Any] = element
        else:
            record = build_call(gathered, element, position, self.call_rules)
            raw = mapped_columns(element, self.kept_columns, gathered.computed)
        return Parsed(
            ordinal=ordinal, line=line, record=record, warnings=tuple(gathered.problems), raw=storable(raw)
        )

    def apply_element(self, element: Element, *, now: datetime) -> Result:
        """One element of a file; what could not be read is refused with its raw bytes."""
        if element.problem is None:
            return self.apply(element.value, ordinal=element.ordinal, line=element.line, now=now)
        problem = FieldProblem(pointer="", reason=element.problem)
        return _refused(element.ordinal, element.line, None, [problem], element.raw or b"")

    def _fatal(self, gathered: Gathered, status: AlertStatus | None) -> list[FieldProblem]:
        needed = ["external_id"]
        if status is not AlertStatus.RETRACTED:
            needed.append(KEY_TIME[self.kind])
        missing = [name for name in needed if name not in gathered.values]
        if not missing:
            return []
        reasons = {problem.pointer: problem for problem in gathered.problems}
        return [
            reasons.get(f"/{name}") or FieldProblem(pointer=f"/{name}", reason="is missing")
            for name in missing
        ]

    def _position(self, gathered: Gathered, element: dict[str, Any]) -> Position:
        longitude = gathered.values.get("longitude")
        latitude = gathered.values.get("latitude")
        if self.from_geometry:
            try:
                longitude, latitude = point_of(element.get("geometry"))
            except Unusable as error:
                gathered.problems.append(FieldProblem(pointer=LONGITUDE, reason=str(error)))
        position, problems = locate(longitude, latitude, self.bounds)
        gathered.problems.extend(problems)
        return position


def _call_rules(declared: Declaration, lines: WordTable[Line]) -> CallRules:
    natures = WordTable.of(Nature, declared.nature)
    origins = tuple(
        (origin, tuple(compile_expression(text, f"[origin] {origin}") for text in texts))
        for origin, texts in declared.origin
    )
    return CallRules(
        natures=natures,
        lines=lines,
        origins=origins,
        default_nature=_check_default(declared, "nature", natures),
        default_origin=_check_default(declared, "origin", WordTable.of(Origin, {})),
    )


def _check_default(declared: Declaration, name: str, table: WordTable[Word]) -> Word | None:
    given = declared.defaults.get(name)
    if given is None:
        return None
    word = table.of_word(str(given))
    if word is None:
        options = ", ".join(table.own)
        raise MappingError(f"[defaults] {name}: expected one of {options}, found {given!r}")
    return word


def _refused(
    ordinal: int, line: int | None, external_id: str | None, errors: list[FieldProblem], raw: bytes
) -> Refused:
    return Refused(ordinal=ordinal, line=line, external_id=external_id, errors=tuple(errors), raw=raw)
