"""Filters in CQL2 (OGC 21-065) as conditions: every name is looked up, every value is bound."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import Any, NamedTuple

import cql2
import orjson
import shapely
from sqlalchemy import ColumnElement, and_, false, literal, not_, or_, true

from app.db.features import Kind
from app.domain.time import parse_instant
from app.maps.collections import Collection
from app.maps.crs import CRS84, box_of, wkt_of
from app.maps.properties import Property
from app.maps.values import to_end_of_millisecond, typed

LONGEST = 8_000
DEEPEST = 32
MOST_CONDITIONS = 500
MOST_CORNERS = 2_000
TEXT = "cql2-text"
JSON = "cql2-json"
RELATIONS = {
    f"s_{name}": name
    for name in ("intersects", "within", "disjoint", "contains", "equals", "touches", "crosses", "overlaps")
}
_COMPARE: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Span(NamedTuple):
    """A time or a stretch of time of a filter, both ends included; None: open."""

    begin: datetime | None
    end: datetime | None


def parse_filter(text: str, language: str) -> Any:
    """A filter as the tree of CQL2 JSON. ValueError in words for the caller."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST:,} characters")
    if "\x00" in text:
        raise ValueError("it has a zero character in it")
    if language == JSON:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"it is no JSON: {error}") from error
    # The parser recurses by parenthesis, on a stack that it does not watch.
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        found = re.search(r"--> \d+:(\d+)", str(error))
        place = int(found[1]) if found else 1
        said = f" from character {place} on: {text[place - 1 :][:20]!r}"
        raise ValueError(f"it is no CQL2 text{said}") from error


class Translation:
    """A tree of CQL2 JSON as a condition on a collection's rows. ValueError in words for the caller."""

    def __init__(self, collection: Collection, dialect: ModuleType) -> None:
        self._collection = collection
        self._dialect = dialect
        self._conditions = 0

    def condition(self, node: Any, depth: int = 0) -> ColumnElement[bool]:
        """The condition that a node means."""
        self._conditions += 1
        if depth > DEEPEST:
            raise ValueError(f"it is nested deeper than {DEEPEST} levels")
        if self._conditions > MOST_CONDITIONS:
            raise ValueError(f"it has more than {MOST_CONDITIONS} conditions")
        if isinstance(node, bool):
            return true() if node else false()
        if isinstance(node, dict) and "property" in node:
            property_ = self._property(node)
            typed(property_, True)
            return property_.on(self._dialect) == literal(True)
        operator, arguments = _operation(node)
        if operator in ("and", "or"):
            if not arguments:
                raise ValueError(f"{operator} needs conditions")
            parts = [self.condition(argument, depth + 1) for argument in arguments]
            return and_(*parts) if operator == "and" else or_(*parts)
        if operator == "not":
            (one,) = _exactly(operator, arguments, 1)
            return not_(self.condition(one, depth + 1))
        if operator in _COMPARE:
            return self._comparison(operator, *_exactly(operator, arguments, 2))
        if operator in RELATIONS:
            return self._spatial(operator, *_exactly(operator, arguments, 2))
        if operator.startswith("t_"):
            return self._temporal(operator, *_exactly(operator, arguments, 2))
        return self._advanced(operator, arguments)

    def _advanced(self, operator: str, arguments: Sequence[Any]) -> ColumnElement[bool]:
        if operator == "isnull":
            (one,) = _exactly(operator, arguments, 1)
            return self._property(one).on(self._dialect).is_(None)
        if operator == "like":
            operand, pattern = _exactly(operator, arguments, 2)
            property_, column = self._operand(operand)
            if property_.kind is not Kind.TEXT:
                raise ValueError(f"{property_.name} is no text, which LIKE needs")
            pattern, folded = _folded(pattern)
            if not isinstance(pattern, str):
                raise ValueError("LIKE needs a pattern such as '%Center St'")
            told = literal(pattern.lower() if folded else pattern)
            return self._dialect.like(column, told)  # type: ignore[no-any-return]
        if operator == "between":
            operand, low, high = _exactly(operator, arguments, 3)
            property_, column = self._operand(operand)
            if property_.kind not in (Kind.WHOLE, Kind.NUMBER, Kind.INSTANT):
                raise ValueError(f"{property_.name} has no order, which BETWEEN needs")
            return and_(
                self._compared(">=", property_, column, low), self._compared("<=", property_, column, high)
            )
        if operator == "in":
            operand, listed = _exactly(operator, arguments, 2)
            property_, column = self._operand(operand)
            if not isinstance(listed, list) or not listed:
                raise ValueError("IN needs a list of values")
            self._conditions += len(listed)
            if self._conditions > MOST_CONDITIONS:
                raise ValueError(f"it has more than {MOST_CONDITIONS} conditions")
            return or_(*(self._compared("=", property_, column, value) for value in listed))
        raise ValueError(f"{operator[:40]!r} is not supported")

    def _comparison(self, operator: str, left: Any, right: Any) -> ColumnElement[bool]:
        if not _is_property(left) and _is_property(right):
            operator, left, right = _TURNED[operator], right, left
        property_, column = self._operand(left)
        if _is_property(right):
            other, other_column = self._operand(right)
            if _order_of(property_) != _order_of(other):
                raise ValueError(f"{property_.name} and {other.name} cannot be compared")
            return _COMPARE[operator](column, other_column)
        return self._compared(operator, property_, column, right)

    def _compared(
        self, operator: str, property_: Property, column: ColumnElement[Any], node: Any
    ) -> ColumnElement[bool]:
        node, folded = _folded(node)
        if property_.kind is Kind.INSTANT:
            return _at(operator, column, _span(node))
        if property_.kind in (Kind.TEXT, Kind.TRUTH) and operator not in ("=", "<>"):
            raise ValueError(f"{property_.name} has no order, which {operator} needs")
        if folded and isinstance(node, str):
            return _COMPARE[operator](column, literal(node.lower()))
        return _COMPARE[operator](column, literal(typed(property_, node)))

    def _spatial(self, operator: str, left: Any, right: Any) -> ColumnElement[bool]:
        relation = RELATIONS[operator]
        if not _is_geometry(left):
            if not _is_geometry(right):
                raise ValueError(f"{operator} needs the property geometry")
            relation = {"within": "contains", "contains": "within"}.get(relation, relation)
            left, right = right, left
        wkt, bounds = _geometry(right)
        model = self._collection.model
        told: ColumnElement[bool] = self._dialect.relates(model, relation, wkt)
        if relation == "disjoint":
            return told
        narrowed: ColumnElement[bool] = (
            self._dialect.in_box(model, *bounds)
            if self._collection.is_point
            else and_(
                model.west <= bounds[2],
                model.east >= bounds[0],
                model.south <= bounds[3],
                model.north >= bounds[1],
            )
        )
        return and_(narrowed, told)

    def _temporal(self, operator: str, left: Any, right: Any) -> ColumnElement[bool]:
        if not _is_property(left):
            swapped = {"t_after": "t_before", "t_before": "t_after"}
            if operator not in ("t_after", "t_before", "t_equals", "t_intersects", "t_disjoint"):
                raise ValueError(f"{operator} needs a property first")
            operator, left, right = swapped.get(operator, operator), right, left
        property_, column = self._operand(left)
        if property_.kind is not Kind.INSTANT:
            raise ValueError(f"{property_.name} is no time, which {operator} needs")
        begin, end = _span(right)
        match operator:
            case "t_after":
                return false() if end is None else column > end
            case "t_before":
                return false() if begin is None else column < begin
            case "t_disjoint":
                return not_(_within(column, begin, end))
            case "t_intersects" | "t_equals":
                return _within(column, begin, end)
            case "t_during":
                parts = [column > begin] if begin is not None else []
                parts += [column < end] if end is not None else []
                return and_(*parts) if parts else column.is_not(None)
        raise ValueError(f"{operator[:40]!r} is not supported for times")

    def _operand(self, node: Any) -> tuple[Property, ColumnElement[Any]]:
        if isinstance(node, dict) and str(node.get("op", "")).lower() == "casei":
            (inner,) = _exactly("casei", node.get("args", []), 1)
            property_ = self._property(inner)
            if property_.kind is not Kind.TEXT:
                raise ValueError(f"{property_.name} is no text, which CASEI needs")
            return property_, self._dialect.folded(property_.on(self._dialect))
        property_ = self._property(node)
        return property_, property_.on(self._dialect)

    def _property(self, node: Any) -> Property:
        if not isinstance(node, dict) or not isinstance(node.get("property"), str):
            raise ValueError("expected a property; arithmetic and functions of other names are not supported")
        return known_property(self._collection, node["property"])


def known_property(collection: Collection, name: str) -> Property:
    """A property by its name. ValueError that tells which there are."""
    found = collection.properties.get(name)
    if found is None:
        raise ValueError(f"there is no property {name[:40]!r}; there are {', '.join(collection.properties)}")
    return found


def _operation(node: Any) -> tuple[str, Sequence[Any]]:
    if not isinstance(node, dict) or not isinstance(node.get("op"), str):
        raise ValueError("expected a condition")
    arguments = node.get("args")
    if not isinstance(arguments, list):
        raise ValueError(f"{node['op'][:40]} has no arguments")
    return node["op"].lower(), arguments


def _exactly(operator: str, arguments: Any, count: int) -> Sequence[Any]:
    if not isinstance(arguments, list) or len(arguments) != count:
        raise ValueError(f"{operator} takes {count} arguments")
    return arguments


def _is_property(node: Any) -> bool:
    """Whether it is a property, or one within CASEI."""
    if not isinstance(node, dict):
        return False
    arguments: Any = node.get("args")
    if str(node.get("op", "")).lower() != "casei" or not isinstance(arguments, list):
        return "property" in node
    return any(isinstance(argument, dict) and "property" in argument for argument in arguments)


def _is_geometry(node: Any) -> bool:
    return isinstance(node, dict) and node.get("property") == "geometry"


def _folded(node: Any) -> tuple[Any, bool]:
    """A literal without CASEI around it, and whether there was one."""
    if isinstance(node, dict) and str(node.get("op", "")).lower() == "casei":
        (inner,) = _exactly("casei", node.get("args"), 1)
        return inner, True
    return node, False


def _order_of(property_: Property) -> str:
    return "number" if property_.kind in (Kind.WHOLE, Kind.NUMBER) else property_.kind.value


def _span(node: Any) -> Span:
    """A timestamp, a date (its whole day in UTC), or an interval of them."""
    if isinstance(node, str):
        return _of_text(node)
    if isinstance(node, dict):
        for name in ("timestamp", "date"):
            if isinstance(node.get(name), str):
                return _of_text(node[name])
        interval = node.get("interval")
        if isinstance(interval, list) and len(interval) == 2:
            first, last = (Span(None, None) if end == ".." else _span(end) for end in interval)
            if first.begin is not None and last.end is not None and last.end < first.begin:
                raise ValueError("the interval ends before it begins")
            return Span(first.begin, last.end)
    raise ValueError("expected TIMESTAMP('2026-07-04T21:04:05Z'), DATE('2026-07-04') or INTERVAL(…, …)")


def _of_text(text: str) -> Span:
    if _DATE.fullmatch(text):
        try:
            begin = datetime.combine(date.fromisoformat(text), time(), UTC)
        except ValueError as error:
            raise ValueError(f"{text!r} is no possible date") from error
        return Span(begin, begin + timedelta(days=1) - timedelta(microseconds=1))
    moment = parse_instant(text)
    return Span(moment, to_end_of_millisecond(moment))


def _at(operator: str, column: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    """A column against a time that lasts: a millisecond, or a day."""
    begin, end = span
    match operator:
        case "=":
            return _within(column, begin, end)
        case "<>":
            return not_(_within(column, begin, end))
        case "<" | ">=":
            if begin is None:
                raise ValueError(f"{operator} needs a time, not an interval without a beginning")
            return column < begin if operator == "<" else column >= begin
    if end is None:
        raise ValueError(f"{operator} needs a time, not an interval without an end")
    return column <= end if operator == "<=" else column > end


def _within(column: ColumnElement[Any], begin: datetime | None, end: datetime | None) -> ColumnElement[bool]:
    parts = [column >= begin] if begin is not None else []
    parts += [column <= end] if end is not None else []
    return and_(*parts) if parts else column.is_not(None)


def _geometry(node: Any) -> tuple[str, tuple[float, float, float, float]]:
    """A geometry of a filter as WKT in degrees, with its bounds."""
    if isinstance(node, dict) and isinstance(node.get("bbox"), list):
        numbers = node["bbox"]
        if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
            raise ValueError("a BBOX has numbers only")
        box = box_of([float(number) for number in numbers], CRS84)
        bounds = (box.west, box.south, box.east, box.north)
        return wkt_of(box), bounds if box.west <= box.east else (-180.0, box.south, 180.0, box.north)
    try:
        geometry = shapely.from_geojson(orjson.dumps(node))
    except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
        raise ValueError("expected a geometry such as POINT(-87.94 43.01)") from error
    if geometry is None or geometry.is_empty or shapely.get_num_coordinates(geometry) > MOST_CORNERS:
        raise ValueError(f"a geometry has 1 to {MOST_CORNERS:,} corners")
    if not geometry.is_valid:
        raise ValueError(f"the geometry is not valid: {shapely.is_valid_reason(geometry)[:80]}")
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("the geometry leaves the globe: longitude comes before latitude, in degrees")
    return geometry.wkt, (west, south, east, north)
