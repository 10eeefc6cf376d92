"""A mapping's fields compiled, and one element's values gathered by them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.adapters.convert import Convert, instant, plausible
from app.adapters.declaration import Declaration
from app.adapters.errors import Altered, MappingError, Unusable
from app.adapters.expressions import Expression, compile_expression
from app.adapters.record_fields import CALLER_FIELDS, FIELDS, RULED_FIELDS, as_given
from app.domain.records import FieldProblem


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field: where it is found, what it becomes, and what stands in for nothing."""

    name: str
    pointer: str
    expression: Expression
    find: Callable[[dict[str, Any]], Any]
    convert: Convert
    is_time: bool
    default: Any


@dataclass(frozen=True, slots=True)
class Gathered:
    """The converted values of one element, the problems met, and what expressions that are no paths gave."""

    values: dict[str, Any]
    problems: list[FieldProblem]
    computed: dict[str, Any]


def plan_fields(declared: Declaration) -> tuple[tuple[FieldPlan, ...], Mapping[str, Any]]:
    """The compiled fields, and the defaults of fields that are not mapped; MappingError names the key."""
    known = FIELDS[declared.kind]
    time = instant(declared.time_zone, declared.ambiguous_time)
    defaults = {}
    for name, given in declared.defaults.items():
        defaults[name] = _default(name, given, known[name] or time)
    plans = []
    for name, text in declared.fields.items():
        expression = compile_expression(text, f"[fields] {name}")
        if name in CALLER_FIELDS and not declared.keep_caller:
            continue
        convert = known[name]
        plans.append(
            FieldPlan(
                name=name,
                pointer=f"/{name}",
                expression=expression,
                find=expression.find,
                convert=convert or time,
                is_time=convert is None,
                default=None if name in RULED_FIELDS else defaults.pop(name, None),
            )
        )
    return tuple(plans), {name: value for name, value in defaults.items() if name not in RULED_FIELDS}


def gather(
    plans: tuple[FieldPlan, ...], unmapped: Mapping[str, Any], element: dict[str, Any], latest: datetime
) -> Gathered:
    """Every field's value; a wrong one is left out and named. `latest` is the last plausible instant."""
    values: dict[str, Any] = dict(unmapped)
    problems: list[FieldProblem] = []
    computed: dict[str, Any] = {}
    for plan in plans:
        try:
            value = plan.find(element)
            if plan.expression.path is None:
                computed[plan.expression.text] = value
            if value is None or (type(value) is str and (not value or value.isspace())):
                if plan.default is not None:
                    values[plan.name] = plan.default
                continue
            converted = plan.convert(value)
            if plan.is_time:
                plausible(converted, latest)
            values[plan.name] = converted
        except Altered as altered:
            values[plan.name] = altered.value
            problems.append(FieldProblem(pointer=plan.pointer, reason=str(altered)))
        except Unusable as error:
            problems.append(FieldProblem(pointer=plan.pointer, reason=str(error)))
    return Gathered(values, problems, computed)


def _default(name: str, given: Any, convert: Convert) -> Any:
    if convert is as_given and not isinstance(given, str):
        raise MappingError(f"[defaults] {name}: expected a text, found {given!r}")
    try:
        return convert(given)
    except (Unusable, Altered) as error:
        raise MappingError(f"[defaults] {name}: {error}") from error
