"""A call's record from its gathered values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.adapters.convert import MAX_TEXT, text
from app.adapters.errors import Altered, Unusable
from app.adapters.expressions import Expression, is_true
from app.adapters.plan import Gathered
from app.adapters.position import Position
from app.adapters.words import WordTable
from app.domain.records import CallRecord, FieldProblem
from app.domain.vocabulary import Line, Nature, Origin

_ORIGINS = WordTable.of(Origin, {})
_part = text(MAX_TEXT)


@dataclass(frozen=True, slots=True)
class CallRules:
    """How a mapping reads the agency's codes. Defaults apply where the feed and the rules give nothing."""

    natures: WordTable[Nature]
    lines: WordTable[Line]
    origins: tuple[tuple[Origin, tuple[Expression, ...]], ...]
    default_nature: Nature | None
    default_origin: Origin | None


def build_call(
    gathered: Gathered, element: dict[str, Any], position: Position, rules: CallRules
) -> CallRecord:
    """The record; what is wrong in its words or its caller joins the problems. Needs the id and the time."""
    values, problems = gathered.values, gathered.problems
    values["longitude"], values["latitude"] = position
    values["line"] = _line(values.get("line"), problems, rules)
    values["nature"] = _nature(values, problems, rules)
    values["origin"] = _origin(values.get("origin"), problems, element, rules)
    caller = _caller(values, problems)
    return CallRecord(caller=caller, **values)


def _line(code: str | None, problems: list[FieldProblem], rules: CallRules) -> Line:
    if code is None:
        return Line.OTHER
    line = rules.lines.of_word(code)
    if line is None:
        problems.append(FieldProblem(pointer="/line", reason=f"{code[:40]!r} is no known line"))
        return Line.OTHER
    return line


def _nature(values: dict[str, Any], problems: list[FieldProblem], rules: CallRules) -> Nature:
    given, code = values.get("nature"), values.get("nature_code")
    if given is not None:
        nature = rules.natures.of_word(given)
        if nature is not None:
            return nature
        problems.append(FieldProblem(pointer="/nature", reason=f"{given[:40]!r} is no known class"))
    found = None if code is None else rules.natures.of_code(code)
    return found or rules.default_nature or Nature.OTHER


def _origin(
    given: str | None, problems: list[FieldProblem], element: dict[str, Any], rules: CallRules
) -> Origin:
    for origin, expressions in rules.origins:
        for expression in expressions:
            try:
                if is_true(expression.find(element)):
                    return origin
            except Unusable as error:
                problems.append(FieldProblem(pointer="/origin", reason=f"rule for {origin}: {error}"))
    if given is not None:
        word = _ORIGINS.of_word(given)
        if word is not None:
            return word
        problems.append(FieldProblem(pointer="/origin", reason=f"{given[:40]!r} is no known origin"))
    return rules.default_origin or Origin.UNKNOWN


def _caller(values: dict[str, Any], problems: list[FieldProblem]) -> Mapping[str, str] | None:
    given = values.pop("caller", None)
    caller: dict[str, str] = {}
    if isinstance(given, dict):
        for part in ("name", "phone"):
            if given.get(part) in (None, ""):
                continue
            try:
                caller[part] = _part(given[part])
            except Altered as altered:
                caller[part] = str(altered.value)
                problems.append(FieldProblem(pointer=f"/caller/{part}", reason=str(altered)))
            except Unusable as error:
                problems.append(FieldProblem(pointer=f"/caller/{part}", reason=str(error)))
    elif given is not None:
        problems.append(FieldProblem(pointer="/caller", reason="must be an object with name and phone"))
    for part in ("name", "phone"):
        column = values.pop(f"caller_{part}", None)
        if column is not None:
            caller[part] = column
    return caller or None
